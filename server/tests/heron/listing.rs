//! Tables are sorted, searched, narrowed and paged by their URL, and can be taken away as files.

use std::collections::BTreeSet;

use crate::support::{Answer, PAGES, TestApp, free_port, rows, run};
use http::StatusCode;
use model::DatabaseId;
use serde_json::Value;
use testkit::{Postgres, TestDatabase, major};

async fn shop() -> TestDatabase {
    let database = Postgres::shared(major()).database_with_statements().await;
    let db = database.connect().await;
    run(&db, "CREATE TABLE orders (id serial PRIMARY KEY, \"=status\" text)").await;
    run(&db, "INSERT INTO orders (\"=status\") VALUES ('paid')").await;
    for _ in 0..3 {
        run(&db, "SELECT count(*) FROM orders WHERE \"=status\" = 'paid'").await;
    }
    db.close().await;
    database
}

/// PgHero's users have asked for it; it exports nothing (defect 23) (P3).
#[tokio::test]
async fn a_table_is_taken_away_as_it_is_narrowed_and_sorted() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let csv = app.get("/shop/download/statements.csv?of=all&q=orders&sort=calls&order=asc").await;
    assert_eq!((csv.status, csv.header("content-type")), (StatusCode::OK, "text/csv; charset=utf-8"));
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"shop-statements.csv\"");
    let lines: Vec<&str> = csv.body.lines().collect();
    assert!(lines[0].starts_with("queryid,role,toplevel,query,total_ms,share,mean_ms,calls,rows"), "{}", csv.body);
    assert_eq!(lines.len(), 4, "the table made, a row inserted, rows counted: {}", csv.body);
    assert!(lines[3].contains("SELECT count(*) FROM orders"), "{}", csv.body);

    let json = app.get("/shop/download/statements.json?of=all&q=count(").await;
    let json: Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!((&json["database"], &json["statements"][0]["calls"]), (&"shop".into(), &3.into()));
    assert!(json["taken_at"].as_str().unwrap().ends_with('Z'));
}

/// P9, §7 `controller` (connections, "By Security"), `connections` (sources).
#[tokio::test]
async fn the_sources_of_connections_are_a_table_and_a_file() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let _held = shop.hold("SELECT 1").await;
    let page = app.page("/shop/connections?sort=application").await;
    page.must_say("download/sources.csv?sort=application");
    assert!(page.text().contains("By security"), "{}", page.text());
    let csv = app.get("/shop/download/sources.csv").await;
    assert!(
        csv.body.starts_with("application,role,database,address,connections,active,idle_in_transaction\n"),
        "{}",
        csv.body
    );
}

/// A window has what was captured in it, "since statistics began" what the server says (P3, defect 23 and 24).
/// §7 `query_stats` (historical).
#[tokio::test]
async fn queries_are_of_the_window_or_of_all_time() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let page = app.page("/shop/queries").await;
    page.must_say("count(*)");
    assert!(page.text().contains("Since statistics began"), "{}", page.text());
    let page = app.page("/shop/queries?of=window").await;
    page.must_say("Nothing was captured in this window");

    app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
    let db = shop.connect().await;
    for _ in 0..7 {
        run(&db, "SELECT count(*) FROM orders WHERE \"=status\" = 'late'").await;
    }
    app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
    let page = app.page("/shop/queries?q=from+orders").await;
    let calls: Vec<String> = rows(&page).into_iter().filter_map(|mut row| row.remove("Calls")).collect();
    assert_eq!(calls, ["7"], "{}", page.text());
    let page = app.page("/shop/queries?min_calls=8").await;
    page.must_say("No statement matches");
    let page = app.page("/shop/queries?of=all&min_ms=100000").await;
    page.must_say("No statement matches");
}

/// Every table that can be taken away is taken away, from every page, in both forms; and says the same in both.
#[tokio::test]
async fn every_table_of_every_page_can_be_taken_away() {
    let own = Postgres::start_own(major(), &[("wal_level", "logical")]);
    let shop = own.database_with_statements().await;
    let db = shop.connect().await;
    run(&db, "CREATE TABLE orders (id int)").await;
    run(&db, "SELECT pg_create_logical_replication_slot('left_behind', 'test_decoding')").await;
    let _held = shop.hold("DELETE FROM orders").await;
    let app = TestApp::new(&[("shop", &shop.url), ("other", &shop.url)]).await;
    app.sign_in().await;
    let mut taken = BTreeSet::new();
    let pages = PAGES.iter().map(|page| format!("/shop{page}")).chain(["/", "/users", "/audit"].map(String::from));
    for page in pages {
        let html = app.page(&page).await.body;
        for link in html.split("href=\"").filter_map(|rest| rest.split('"').next()) {
            let Some((_, file)) = link.split_once("/download/") else { continue };
            let answer = app.get(&link.replace("&amp;", "&")).await;
            assert_eq!(answer.status, StatusCode::OK, "{link} of {page}: {}", answer.body);
            let (name, format) = file.split('?').next().and_then(|file| file.rsplit_once('.')).unwrap();
            if format == "json" {
                let json: Value = serde_json::from_str(&answer.body).unwrap();
                let rows = json[name].as_array().unwrap_or_else(|| panic!("{link}: {json}"));
                let csv = app.get(&link.replace("&amp;", "&").replace(".json", ".csv")).await.body;
                let head = csv.lines().next().unwrap_or_default();
                assert_eq!(rows[0].as_object().unwrap().len(), head.split(',').count(), "{link}: {head}");
            }
            taken.insert(name.to_owned());
        }
    }
    for name in ["accounts", "audit", "fleet", "holders", "relations", "sessions", "settings", "slots", "statements"] {
        assert!(taken.contains(name), "nothing leads to {name}: {taken:?}");
    }
}

/// The second table of a page is sorted and searched by its own part of the URL.
#[tokio::test]
async fn two_tables_of_a_page_are_sorted_each_by_itself() {
    let own = Postgres::start_own(major(), &[("wal_level", "logical")]);
    let shop = own.database().await;
    let db = shop.connect().await;
    for slot in 0..7 {
        run(&db, &format!("SELECT pg_create_logical_replication_slot('slot_{slot}', 'test_decoding')")).await;
    }
    let app = TestApp::watching(&shop.url).await;
    let slots =
        |page: &Answer| -> Vec<String> { rows(page).into_iter().filter_map(|mut row| row.remove("Slot")).collect() };
    let page = app.page("/shop/replication?slots-sort=slot&slots-order=desc").await;
    assert_eq!(slots(&page)[0], "slot_6");
    page.must_say("name=\"slots-q\"");
    assert_eq!(slots(&app.page("/shop/replication?slots-q=SLOT_3").await), ["slot_3"]);
    assert_eq!(slots(&app.page("/shop/replication?q=slot_3").await).len(), 7, "another table's search");
}

/// Relations of one kind.
#[tokio::test]
async fn space_is_narrowed_to_a_kind() {
    let shop = shop().await;
    let db = shop.connect().await;
    run(&db, "CREATE MATERIALIZED VIEW \"Sum\" AS SELECT 1 AS one").await;
    for n in 0..5 {
        run(&db, &format!("CREATE TABLE more_{n} (id int)")).await;
    }
    let app = TestApp::watching(&shop.url).await;
    let page = app.page("/shop/space?kind=materialized+view").await;
    let names: Vec<String> = rows(&page).into_iter().map(|mut row| row.remove("Name").unwrap()).collect();
    assert_eq!(names, ["Sum"]);
    page.must_say("<select name=\"kind\" aria-label=\"Kind\">");
}

#[tokio::test]
async fn a_file_that_is_none_or_cannot_be_made_says_so() {
    let dead = format!("postgres://heron@127.0.0.1:{}/app", free_port());
    let app = TestApp::watching(&dead).await;
    for (path, status) in [
        ("/shop/download/sources.csv", StatusCode::UNPROCESSABLE_ENTITY),
        ("/shop/download/nothing.csv", StatusCode::NOT_FOUND),
        ("/shop/download/sources.exe", StatusCode::NOT_FOUND),
        ("/shop/download/sources", StatusCode::NOT_FOUND),
        ("/download/nothing.csv", StatusCode::NOT_FOUND),
        ("/download/sources.csv", StatusCode::NOT_FOUND),
        ("/elsewhere/download/sources.csv", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(app.get(path).await.status, status, "{path}");
    }
    app.set_cookie(None);
    let answer = app.get("/shop/download/sources.csv").await;
    assert!(answer.location().starts_with("/sign-in"), "{answer:?}");
}
