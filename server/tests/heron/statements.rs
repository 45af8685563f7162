//! Statements as PgHero's users look at them: by role, over time, and as shares of a whole.

use crate::support::{Answer, TestApp, run};
use dataset::Database;
use model::DatabaseId;
use serde_json::Value;
use testkit::{Postgres, majors};

const SQL: &str = "SELECT count(*) FROM orders WHERE id > 5";

/// The address of the first statement's page.
fn details(list: &Answer) -> String {
    let href = list.body.split('"').find(|text| text.starts_with("/shop/queries/"));
    href.unwrap_or_else(|| panic!("no statement: {}", list.text())).replace("&amp;", "&")
}

/// P4; defect 1: PgHero shows whichever role took the most time.
#[tokio::test]
async fn a_statement_of_two_roles_is_shown_for_the_one_in_the_url() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let (db, role) = (database.connect().await, server.role("").await);
        run(&db, "CREATE TABLE orders (id int); GRANT SELECT ON orders TO PUBLIC").await;
        let theirs = Database::connect(&role.url(&database.name)).await.unwrap();
        for n in 0..7 {
            run(&theirs, SQL).await;
            if n < 3 {
                run(&db, SQL).await;
            }
        }
        let app = TestApp::watching(&database.url).await;
        let list = app.page(&format!("/shop/queries?of=all&q=count(*)&role={}", role.name)).await;
        let href = details(&list);
        assert!(href.ends_with(&format!("role={}", role.name)), "{href}");
        let alone = href.split_once('?').unwrap().0;
        for (query, whose, calls) in [
            (role.name.as_str(), format!("role {}", role.name), 7),
            ("postgres", "role postgres".into(), 3),
            ("", "all roles".into(), 10),
        ] {
            let page = app.page(&format!("{alone}?role={query}")).await.text();
            assert!(page.contains(&whose) && page.contains(&format!("Calls{calls}Rows{calls}")), "{major}: {page}");
        }
    }
}

/// P4 (§1.4): total time, average time and calls over the last day.
#[tokio::test]
async fn a_statement_is_drawn_over_time() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE orders (id int)").await;
        let app = TestApp::watching(&database.url).await;
        let id = DatabaseId("shop".into());
        for _ in 0..3 {
            run(&db, SQL).await;
            app.collector.capture(&id).await.unwrap();
        }
        let href = details(&app.page("/shop/queries?window=24h&q=count(*)").await);
        let page = app.page(&href).await;
        for said in ["Statement time per second", "Calls per second", "Mean time of a call", "A call took "] {
            page.must_say(said);
        }
        assert!(page.body.matches("<figure").count() == 2 && page.body.contains("window=24h"), "{}", page.text());
        // What is not called in a window has no mean.
        let before = app.page(&href.replace("window=24h", "window=2026-01-01T00:00:00Z/2026-01-02T00:00:00Z")).await;
        before.must_not_say("Mean time of a call");
    }
}

/// P3; defect 24: a share is one of what all statements of the same span took, whoever's are shown.
#[tokio::test]
async fn shares_are_of_one_whole() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let (db, role) = (database.connect().await, server.role("").await);
        run(&db, "CREATE TABLE orders (id int); GRANT SELECT ON orders TO PUBLIC").await;
        let theirs = Database::connect(&role.url(&database.name)).await.unwrap();
        let app = TestApp::watching(&database.url).await;
        let id = DatabaseId("shop".into());
        app.collector.capture(&id).await.unwrap();
        run(&db, "SELECT pg_sleep(0.05)").await;
        run(&theirs, SQL).await;
        app.collector.capture(&id).await.unwrap();
        for of in ["all", "window"] {
            let shares = async |narrowed: &str| -> Vec<(String, f64)> {
                let json = app.get(&format!("/shop/download/statements.json?of={of}{narrowed}")).await;
                let json: Value = serde_json::from_str(&json.body).unwrap();
                let rows = json["statements"].as_array().unwrap().iter();
                rows.map(|row| (format!("{} {}", row["queryid"], row["role"]), row["share"].as_f64().unwrap()))
                    .collect()
            };
            let all = shares("").await;
            let whole: f64 = all.iter().map(|(_, share)| share).sum();
            assert!((whole - 1.0).abs() < 1e-6, "{of} on {major}: {whole}");
            let some = shares(&format!("&role={}", role.name)).await;
            assert!(!some.is_empty() && some.len() < all.len(), "{of} on {major}: {some:?}");
            let share = |key: &str| all.iter().find(|(known, _)| known == key).unwrap().1;
            // The server's own counters go on meanwhile.
            assert!(some.iter().all(|(key, one)| (share(key) - one).abs() < 0.05), "{of} on {major}: {some:?} {all:?}");
        }
    }
}
