//! Statements as PgHero's users look at them: by role, over time, and as shares of a whole.

use crate::{
    program::Home,
    support::{Answer, PAGES, TestApp, run},
};
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
                let json = app.get(&format!("/shop/download/statements.json?own=1&of={of}{narrowed}")).await;
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

/// The texts of a download.
async fn texts(app: &TestApp, query: &str) -> Vec<String> {
    let json = app.get(&format!("/shop/download/statements.json?{query}")).await;
    let json: Value = serde_json::from_str(&json.body).unwrap();
    let rows = json["statements"].as_array().unwrap().iter();
    rows.map(|row| row["query"].as_str().unwrap_or("unknown").to_owned()).collect()
}

/// Every statement Heron sends is recognized, whatever PostgreSQL makes of its text.
#[tokio::test]
async fn statements_of_herons_role_are_all_its_own() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let role = server.role("IN ROLE pg_monitor").await;
        let app = TestApp::watching(&role.url(&database.name)).await;
        for page in PAGES {
            app.page(&format!("/shop{page}")).await;
        }
        app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
        // The reading of the statements page is shared for three seconds.
        tokio::time::sleep(std::time::Duration::from_millis(3_200)).await;
        let all = texts(&app, &format!("of=all&own=1&role={}", role.name)).await;
        assert!(all.len() > 15, "{major}: {all:?}");
        let others = texts(&app, &format!("of=all&role={}", role.name)).await;
        assert_eq!(others, [""; 0], "{major}: {} of {} not recognized", others.len(), all.len());
    }
}

/// `a-61`: also where Heron signs in as the application does, whose statements stay.
#[tokio::test]
async fn own_and_platform_statements_are_left_out_and_their_share_is_shown() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        run(&db, "DROP ROLE IF EXISTS rdsadmin").await;
        let platform = server.role_named("rdsadmin", "").await;
        let agent = Database::connect(&platform.url(&database.name)).await.unwrap();
        let app = TestApp::watching(&database.url).await;
        let id = DatabaseId("shop".into());
        app.collector.capture(&id).await.unwrap();
        run(&db, "SELECT count(*) FROM pg_class WHERE relname = 'of the application'").await;
        run(&agent, "SELECT count(*) FROM pg_am WHERE amname = 'of the platform'").await;
        app.collector.capture(&id).await.unwrap();
        agent.close().await;
        for of in ["all", "window"] {
            let path = format!("/shop/queries?of={of}");
            let some = app.page(&path).await;
            some.must_say("pg_class");
            for other in ["pg_am", "pg_statio_user_tables", "pg_stat_database", "statements_info"] {
                assert!(!some.text().contains(other), "{of} on {major}: {other}");
            }
            some.must_say("Heron's own statements take ");
            some.must_say("Show all statements");
            let all = app.page(&format!("{path}&own=1")).await;
            all.must_say("pg_am");
            all.must_say("the platform's");
            all.must_say("Leave them out");
            let (some, all) = (texts(&app, &format!("of={of}")).await, texts(&app, &format!("of={of}&own=1")).await);
            assert!(some.iter().any(|text| text.contains("pg_class WHERE relname")), "{of} on {major}: {some:?}");
            assert!(!some.iter().any(|text| text.contains("pg_am")) && all.len() > some.len() + 5, "{of} on {major}");
        }
    }
}

/// `a-61`: the checks do not report Heron to itself, and `heron top` leaves it out unless asked.
#[tokio::test]
async fn own_statements_are_neither_slow_nor_at_the_top() {
    let database = Postgres::shared(testkit::major()).database_with_statements().await;
    let db = database.connect().await;
    run(&db, "CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 1000) AS n").await;
    let home = Home::new();
    home.write("strict.toml", "[thresholds]\nslow_query_ms = 0.0\nslow_query_calls = 1\n");
    home.write("heron.toml", &format!("[databases.shop]\nurl = \"{}\"\n", database.url));
    let slow = || -> Vec<String> {
        let done = home.run(&["check", "--config", "strict.toml", "--format", "json", &database.url]);
        let report: Value = serde_json::from_str(&done.out).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let slow = findings.filter(|finding| finding["check"] == "slow_query");
        slow.map(|finding| finding["evidence"]["query"].as_str().unwrap_or("unknown").to_owned()).collect()
    };
    slow();
    run(&db, SQL).await;
    let found = slow();
    assert!(found.iter().any(|text| text.contains("FROM orders WHERE id > ")), "{found:?}");
    assert!(!found.iter().any(|text| text == "unknown" || text.contains("pg_stat_user_tables")), "{found:?}");
    assert!(!found.iter().any(|text| text.contains("-- answers:") || text.contains("pg_statio")), "{found:?}");

    for _ in 0..2 {
        run(&db, SQL).await;
        assert_eq!(home.run(&["capture", "--once"]).code, 0);
    }
    let top = |more: &[&str]| home.run(&[&["top", "--limit", "1000", "--format", "json", "shop"], more].concat()).out;
    assert!(top(&[]).contains("FROM orders WHERE id > ") && !top(&[]).contains("pg_statio"), "{}", top(&[]));
    assert!(top(&["--own"]).contains("FROM orders WHERE id > ") && top(&["--own"]).contains("pg_stat_statements"));
}
