//! Tables are sorted, searched, narrowed and paged by their URL, and can be taken away as files.

use crate::support::{TestApp, free_port, rows, run};
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

/// PgHero's users have asked for it; it exports nothing (defect 23).
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

/// P9.
#[tokio::test]
async fn the_sources_of_connections_are_a_table_and_a_file() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let _held = shop.connect().await;
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

#[tokio::test]
async fn a_file_that_is_none_or_cannot_be_made_says_so() {
    let dead = format!("postgres://heron@127.0.0.1:{}/app", free_port());
    let app = TestApp::watching(&dead).await;
    for (path, status) in [
        ("/shop/download/sources.csv", StatusCode::UNPROCESSABLE_ENTITY),
        ("/shop/download/nothing.csv", StatusCode::NOT_FOUND),
        ("/shop/download/sources.exe", StatusCode::NOT_FOUND),
        ("/shop/download/sources", StatusCode::NOT_FOUND),
        ("/elsewhere/download/sources.csv", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(app.get(path).await.status, status, "{path}");
    }
    app.set_cookie(None);
    let answer = app.get("/shop/download/sources.csv").await;
    assert!(answer.location().starts_with("/sign-in"), "{answer:?}");
}
