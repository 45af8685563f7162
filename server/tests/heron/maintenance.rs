//! Maintenance (P10) and replication are whole pages without any script.

use std::time::Duration;

use model::Role;

use crate::support::{TestApp, free_port, rows, run};
use testkit::{Postgres, TestDatabase, major, majors};

/// Tables with odd names, one of which nobody may vacuum.
async fn shop(major: u16) -> TestDatabase {
    let database = Postgres::shared(major).database().await;
    let db = database.connect().await;
    run(
        &db,
        "CREATE SCHEMA \"Odd Schema\";
         CREATE TABLE \"Odd Schema\".\"Order.Lines\" (id int) WITH (autovacuum_enabled = off);
         CREATE TABLE kept (id int);
         INSERT INTO \"Odd Schema\".\"Order.Lines\" SELECT generate_series(1, 1000);
         INSERT INTO kept SELECT generate_series(1, 100)",
    )
    .await;
    run(&db, "DELETE FROM \"Odd Schema\".\"Order.Lines\" WHERE id <= 400").await;
    run(&db, "ANALYZE kept").await;
    db.execute("VACUUM kept", []).await.unwrap();
    db.close().await;
    database
}

/// Heron's readings are fresh for seconds, and a session reports its counts when it gets round to it.
async fn page_that_says(app: &TestApp, path: &str, text: &str) -> crate::support::Answer {
    let mut said = String::new();
    for _ in 0..30 {
        let page = app.page(path).await;
        said = page.text();
        if said.contains(text) {
            return page;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{path} does not say {text}: {said}")
}

/// P10, O6, §7 `controller` (maintenance, dead rows), `maintenance` (maintenance_info).
#[tokio::test]
async fn each_table_says_when_it_was_vacuumed_and_what_waits() {
    for major in majors() {
        let shop = shop(major).await;
        let app = TestApp::watching(&shop.url).await;
        let page = page_that_says(&app, "/shop/maintenance?sort=dead_rows", "40.0 %").await;
        page.must_say("<h1>Maintenance</h1>");
        for check in [
            "prepared_transaction",
            "transaction_id_wraparound",
            "multixact_wraparound",
            "autovacuum_off",
            "never_vacuumed",
        ] {
            page.must_say(&format!("id=\"{check}\""));
        }
        assert!(page.text().contains("Autovacuum is off for \"Odd Schema\".\"Order.Lines\""), "{}", page.text());
        assert!(page.text().contains("ALTER TABLE \"Odd Schema\".\"Order.Lines\" RESET (autovacuum_enabled);"));
        let rows = rows(&page);
        let of =
            |name: &str| rows.iter().find(|row| row.get("Table").is_some_and(|table| table.starts_with(name))).unwrap();
        let lines = of("\"Odd Schema\".\"Order.Lines\"");
        assert_eq!((lines["Dead rows"].as_str(), lines["Live rows"].as_str()), ("400", "600"), "{lines:?}");
        assert!(lines["Table"].ends_with("autovacuum off") && lines["Last vacuum"] == "never counted", "{lines:?}");
        assert_eq!(lines["Unanalyzed"], "1,400");
        let kept = of("public.kept");
        assert!(kept["Last vacuum"].ends_with(", by hand") && kept["Last analyze"].ends_with(", by hand"), "{kept:?}");
        assert_eq!((kept["Dead rows"].as_str(), kept["Vacuum due"].as_str()), ("0", "0.0 %"), "{kept:?}");
        assert!(kept["Freeze age"].replace(',', "").parse::<i64>().unwrap() >= 0);

        let csv = app.get("/shop/download/upkeep.csv?schema=Odd+Schema").await;
        assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
        assert!(csv.body.contains("\"\"\"Odd Schema\"\".\"\"Order.Lines\"\"\",,,600,400,0.4,,1400,"), "{}", csv.body);
    }
}

/// §10.13 (P10, L1 `vacuum_progress`).
#[tokio::test]
async fn who_holds_vacuum_back_and_what_runs_is_said() {
    let shop = shop(major()).await;
    let db = shop.connect().await;
    let held = shop.hold("DELETE FROM kept").await;
    run(&db, "INSERT INTO kept VALUES (1)").await;
    let building = tokio::spawn({
        let url = shop.url.clone();
        async move {
            let db = dataset::Database::connect(&url).await.unwrap();
            db.execute("CREATE INDEX CONCURRENTLY \"Odd <index>\" ON kept (id)", []).await.unwrap();
        }
    });
    let app = TestApp::watching(&shop.url).await;
    let page = page_that_says(&app, "/shop/maintenance", "CREATE INDEX CONCURRENTLY").await;
    let rows = rows(&page);
    let holder =
        rows.iter().find(|row| row.get("Who").is_some_and(|who| who.ends_with(&format!(" {}", held.pid)))).unwrap();
    assert!(holder["Of"].contains("held") && holder["In"] == "every table", "{holder:?}");
    let index = rows.iter().find(|row| row.get("On").is_some_and(|on| on.contains("Odd"))).unwrap();
    assert_eq!(index["On"], "Odd &lt;index&gt; on public.kept", "{index:?}");
    assert!(index["Phase"].starts_with("waiting for writers"), "{index:?}");
    held.release().await;
    building.await.unwrap();
}

/// §10.13: whoever may ends a session from there; of the rest there is the SQL, as it can be run.
#[tokio::test]
async fn what_holds_vacuum_back_is_ended_from_the_page() {
    for major in majors() {
        let own = Postgres::start_own(major, &[("max_prepared_transactions", "5"), ("wal_level", "logical")]);
        let database = own.database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE t (a int)").await;
        run(&db, "SELECT pg_create_logical_replication_slot('left_behind', 'test_decoding')").await;
        run(&db, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION E'it''s \\\\ <b>'").await;
        let held = database.hold("INSERT INTO t VALUES (2)").await;
        let elsewhere = own.database().await;
        let other = elsewhere.hold("CREATE TABLE u ()").await;
        let app = TestApp::watching(&database.url).await;
        let page = app.page("/shop/maintenance?sort=live_rows").await;
        let end = |pid: i32| format!("/shop/confirm/terminate?pid={pid}&amp;started=0&amp;back=");
        assert!(page.body.contains(&format!("{}maintenance%3Fsort%3Dlive_rows\"", end(held.pid))), "{}", page.body);
        // Who is connected to another database is ended there.
        assert!(page.text().contains(&format!("session {}", other.pid)) && !page.body.contains(&end(other.pid)));
        assert!(page.text().contains(&format!("act on it in database {}", elsewhere.name)), "{}", page.text());

        let remedies = ["ROLLBACK PREPARED E'it''s \\\\ <b>';", "SELECT pg_drop_replication_slot('left_behind');"];
        for sql in remedies {
            assert!(page.text().contains(sql), "{sql}: {}", page.text());
        }
        app.sign_in_as("Bea", Role::Viewer).await;
        let theirs = app.page("/shop/maintenance").await;
        theirs.must_not_say("/confirm/");
        assert!(theirs.text().contains("pg_drop_replication_slot"), "{}", theirs.text());
        drop((held, other));
        for sql in remedies {
            run(&db, sql).await;
        }
        let left = "SELECT (SELECT count(*) FROM pg_prepared_xacts) + (SELECT count(*) FROM pg_replication_slots)";
        assert_eq!(db.fetch(left, []).get::<i64>().await.unwrap(), Some(0));
    }
}

/// O2, §7 `replication` (no standby, no slots, nobody replicates); defect 14.
#[tokio::test]
async fn a_server_with_a_slot_and_one_without_anything_say_so() {
    let own = Postgres::start_own(major(), &[("wal_level", "logical")]);
    let database = own.database().await;
    let app = TestApp::watching(&database.url).await;
    let page = app.page("/shop/replication").await;
    page.must_say("<h1>Replication</h1>");
    page.must_say("Primary without a standby");
    assert!(page.text().contains("Nobody receives this server's WAL"), "{}", page.text());
    assert!(page.text().contains("pg_create_physical_replication_slot"), "{}", page.text());

    let db = database.connect().await;
    run(&db, "SELECT pg_create_logical_replication_slot('left_behind', 'test_decoding')").await;
    let page = page_that_says(&app, "/shop/replication", "left_behind").await;
    page.must_say("SELECT</span>");
    assert!(page.text().contains("Replication slot left_behind is inactive and retains"), "{}", page.text());
    let slot = rows(&page).into_iter().find(|row| row.contains_key("Slot")).unwrap();
    assert_eq!(slot["Kind"], format!("logical · test_decoding · {}", database.name));
    assert!(slot["State"] == "inactive" && slot["Confirmed"].contains(" to go"), "{slot:?}");
    page.must_not_say("Nobody receives");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_page_all_the_same() {
    let app = TestApp::watching(&format!("postgres://heron:s3cr3t@127.0.0.1:{}/app", free_port())).await;
    for path in ["/shop/maintenance", "/shop/replication"] {
        assert!(app.page(path).await.text().contains("cannot be reached"), "{path}");
    }
}
