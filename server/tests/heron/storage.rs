//! What takes the space, how it grew, and which indexes are for nothing: the pages, in full without a browser's help.

use crate::support::{Answer, TestApp, rows, run};
use http::StatusCode;
use model::{Bytes, DatabaseId, Millis, QualifiedName, Timestamp};
use testkit::{Postgres, TestDatabase, major, majors};

const CATALOGUE: &str = r#"
    CREATE SCHEMA "Odd Schema";
    CREATE TABLE "Odd Schema"."Order.Lines/%41 ü" (id int PRIMARY KEY, "select" text);
    INSERT INTO "Odd Schema"."Order.Lines/%41 ü" SELECT n, repeat('x', 100) FROM generate_series(1, 30000) AS n;
    CREATE INDEX "By ""select""" ON "Odd Schema"."Order.Lines/%41 ü" ("select", id);
    CREATE TABLE events (id int, day int) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (2) TO (3);
    INSERT INTO events SELECT n, 1 + n % 2 FROM generate_series(1, 20000) AS n;
    CREATE TABLE twice (id int PRIMARY KEY, a int); CREATE INDEX twice_a ON twice (a); CREATE INDEX twice_b ON twice (a);
    INSERT INTO twice SELECT n, n FROM generate_series(1, 20000) AS n;
    ANALYZE"#;

/// Hostile names in a URL.
const LINES: &str = "/shop/space/Order.Lines%2F%2541%20%C3%BC?schema=Odd%20Schema";

async fn shop(major: u16) -> TestDatabase {
    let database = Postgres::shared(major).database_with_statements().await;
    let db = database.connect().await;
    run(&db, CATALOGUE).await;
    db.close().await;
    database
}

fn names(page: &Answer, column: &str) -> Vec<String> {
    rows(page).into_iter().filter_map(|row| row.get(column).cloned()).collect()
}

/// P5: tables with their indexes, partitions under their table, each by itself; sorted; and no JavaScript needed.
/// §7 `controller`, `space`; defect 16.
#[tokio::test]
async fn the_space_page_says_what_takes_the_space_p5() {
    for major in majors() {
        let shop = shop(major).await;
        let app = TestApp::watching(&shop.url).await;
        let page = app.page("/shop/space").await;
        assert_eq!(names(&page, "Name"), ["Order.Lines/%41 ü", "twice", "events"], "on {major}: {}", page.text());
        page.must_say(LINES.replace('&', "&amp;").as_str());
        assert!(page.text().contains("2 partitions") && page.text().contains("Sizes are those of the files."));
        assert!(page.text().contains("Growth is unknown until Heron has captured sizes"), "{}", page.text());

        let each = app.page("/shop/space?show=each").await;
        let all = names(&each, "Name");
        assert!(
            ["events_1", "events_2", "By \"select\"", "twice_pkey"]
                .iter()
                .all(|name| all.iter().any(|one| one == name)),
            "{all:?}"
        );
        let unused = rows(&each).into_iter().filter(|row| row.get("Note").is_some_and(|note| note == "unused"));
        let mut unused: Vec<String> = unused.filter_map(|row| row.get("Name").cloned()).collect();
        unused.sort();
        assert_eq!(unused, ["By \"select\"", "twice_a", "twice_b"], "no primary key is called unused");

        let parts = app.page("/shop/space?parent=public.events&sort=name").await;
        assert_eq!(names(&parts, "Name"), ["events_1", "events_2"]);
        let by_schema = app.page("/shop/space?schema=Odd+Schema").await;
        assert_eq!(names(&by_schema, "Name").len(), 1);
        let csv = app.get("/shop/download/relations.csv?show=each&q=twice_a").await;
        assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
    }
}

/// P5, P6, §4.3, §4.5: growth and the chart come from what was captured.
/// §7 `controller` (relation_space), `space` (growth, relation stats).
#[tokio::test]
async fn growth_is_counted_from_what_was_captured_p5_p6() {
    let shop = shop(major()).await;
    let app = TestApp::watching(&shop.url).await;
    let id = DatabaseId("shop".into());
    let now: Timestamp = std::time::SystemTime::now().into();
    let then = now - Millis::from_secs(3 * 86_400);
    let lines = QualifiedName::new("Odd Schema", "Order.Lines/%41 ü");
    app.store.record_sizes(&id, then, [(lines, Bytes(1 << 20))].into()).await.unwrap();
    app.collector.capture(&id).await.unwrap();

    let page = app.page("/shop/space").await;
    let row = rows(&page).into_iter().find(|row| row["Name"].starts_with("Order.Lines")).unwrap();
    assert!(row["Growth"].starts_with('+') && row["Growth"].ends_with("MB"), "{row:?}");
    let short = app.page("/shop/space?days=1").await;
    let row = rows(&short).into_iter().find(|row| row["Name"].starts_with("Order.Lines")).unwrap();
    assert_eq!(row["Growth"], "0 B", "what is older than a day does not count");

    let page = app.page(LINES).await;
    page.must_say("<svg");
    page.must_say("the size went from 1.00 MB to");
    for said in ["Order.Lines/%41 ü", "By \"select\"", "Sequential scans", "primary key", "table in schema Odd Schema"]
    {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    let index = app.page("/shop/space/By%20%22select%22").await;
    assert!(index.text().contains("Index of"), "{}", index.text());
    let parent = app.page("/shop/space/events").await;
    parent.must_say("/shop/space?parent=public.events");
    assert_eq!(app.get("/shop/space/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/nowhere/space").await.status, StatusCode::NOT_FOUND);
}

/// §10.6: what is locked is named, and nobody waits.
#[tokio::test]
async fn a_locked_table_does_not_hold_up_the_page_10_6() {
    for major in majors() {
        let shop = shop(major).await;
        let app = TestApp::watching(&shop.url).await;
        let held = shop.hold("ALTER TABLE twice ADD COLUMN b int").await;
        let page = app.page("/shop/space").await;
        let row = rows(&page).into_iter().find(|row| row["Name"].starts_with("twice")).unwrap();
        assert!(row["Note"] == "locked" && row["Total"].contains('B'), "{row:?}");
        let detail = app.page("/shop/space/twice").await;
        assert!(detail.text().contains("somebody alters it or waits to"), "{}", detail.text());
        for show in ["unused", "duplicate", "invalid", "missing", "usage", "unread", "caching", "bloat"] {
            app.page(&format!("/shop/indexes?show={show}")).await;
        }
        held.release().await;
    }
}

/// P7, §2.5, §2.16: every method of PgHero's about indexes and tables has its place.
/// O9, O12, §7 `controller` (index_bloat, unused indexes), `indexes`, `tables`; defect 8.
#[tokio::test]
async fn the_indexes_are_seen_from_every_side_p7() {
    for major in majors() {
        let shop = shop(major).await;
        let app = TestApp::watching(&shop.url).await;
        let unused = app.page("/shop/indexes").await;
        assert_eq!(names(&unused, "Index").len(), 3, "{}", unused.text());
        assert!(
            unused.text().contains("DROP INDEX CONCURRENTLY \"Odd Schema\".\"By \"\"select\"\"\";"),
            "{}",
            unused.text()
        );
        assert!(unused.text().contains("Scans are counted since"));
        let duplicate = app.page("/shop/indexes?show=duplicate").await;
        assert!(duplicate.text().contains("DROP INDEX CONCURRENTLY public.twice_b;"), "{}", duplicate.text());
        let invalid = app.page("/shop/indexes?show=invalid").await;
        assert!(invalid.text().contains("No invalid indexes"));
        let caching = app.page("/shop/indexes?show=caching&q=twice").await;
        assert_eq!(names(&caching, "Index").len(), 3);
        let usage = app.page("/shop/indexes?show=usage").await;
        assert!(names(&usage, "Table").contains(&"events_1".to_owned()), "{}", usage.text());
        app.page("/shop/indexes?show=missing").await;
        app.page("/shop/indexes?show=unread").await;
        let db = shop.connect().await;
        run(
            &db,
            "CREATE TABLE \"Hollow\" (id int PRIMARY KEY); INSERT INTO \"Hollow\" SELECT generate_series(1, 100000)",
        )
        .await;
        run(&db, "DELETE FROM \"Hollow\" WHERE id % 3 > 0").await;
        run(&db, "VACUUM \"Hollow\"").await;
        db.close().await;
        let bloat = app.page("/shop/indexes?show=bloat&q=hollow").await;
        assert!(bloat.text().contains("REINDEX INDEX CONCURRENTLY public.\"Hollow_pkey\";"), "{}", bloat.text());
        for file in ["unused-indexes", "indexes", "table-reads", "bloat"] {
            let csv = app.get(&format!("/shop/download/{file}.csv")).await;
            assert!(csv.status == StatusCode::OK && csv.body.lines().count() > 1, "{file}: {}", csv.body);
        }
    }
}

#[tokio::test]
async fn bloat_is_measured_where_pgstattuple_is_installed() {
    let shop = shop(major()).await;
    let app = TestApp::watching(&shop.url).await;
    let page = app.page("/shop/space/twice").await;
    assert!(page.text().contains("Measure bloat") && !page.text().contains("Leaf density"), "{}", page.text());
    page.must_say("/shop/space/twice?measure=yes");
    let without = app.page("/shop/space/twice?measure=yes").await;
    assert!(without.text().contains("CREATE EXTENSION pgstattuple;"), "{}", without.text());
    let db = shop.connect().await;
    run(&db, "CREATE SCHEMA \"Own\"; CREATE EXTENSION pgstattuple SCHEMA \"Own\"").await;
    db.close().await;
    let table = app.page("/shop/space/twice?measure=yes").await;
    assert!(table.text().contains("Free space"), "{}", table.text());
    let index = app.page("/shop/space/twice_pkey?measure=yes").await;
    assert!(index.text().contains("Leaf density"), "{}", index.text());
    assert!(!app.page("/shop/space/events").await.text().contains("Measure bloat"), "it has no file of its own");
}

/// P5 `?across=`: an index that another database uses is not unused (L1 `unused_indexes`).
#[tokio::test]
async fn an_index_that_a_replica_uses_is_not_unused() {
    let (primary, replica) = (shop(major()).await, shop(major()).await);
    let db = replica.connect().await;
    run(&db, "SET enable_seqscan = off; SELECT * FROM twice WHERE a = 5").await;
    let app = TestApp::new(&[("shop", &primary.url), ("replica", &replica.url)]).await;
    app.sign_in().await;
    let here = app.page("/shop/indexes").await;
    assert_eq!(names(&here, "Index").len(), 3);
    // A scan is counted a moment later, and a reading is fresh for a minute.
    crate::support::eventually("the replica's scan", async || {
        let scans = "SELECT sum(idx_scan)::int8 FROM pg_stat_user_indexes";
        let scans: Option<i64> = db.fetch(scans, []).get().await.unwrap();
        scans.filter(|scans| *scans > 0)
    })
    .await;
    let page = app.page("/shop/indexes?across=replica").await;
    assert_eq!(names(&page, "Index").len(), 2, "{}", page.text());
    assert!(page.text().contains("1 index is left out: used on replica."), "{}", page.text());
    assert_eq!(app.get("/shop/indexes?across=nowhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/shop/space?across=nowhere").await.status, StatusCode::NOT_FOUND);
    db.close().await;
}

/// §2.13, L7: what one subject cannot say keeps the others from nothing; a viewer may look.
#[tokio::test]
async fn a_stranger_sees_nothing() {
    let shop = shop(major()).await;
    let app = TestApp::new(&[("shop", &shop.url)]).await;
    for path in ["/shop/space", "/shop/space/twice", "/shop/indexes", "/shop/download/relations.csv"] {
        let answer = app.get(path).await;
        assert_ne!(answer.status, StatusCode::OK, "{path}");
        answer.must_not_say("twice_pkey");
    }
}
