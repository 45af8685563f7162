//! Hostile neighbours: every page, on servers and under roles that were made to break it. What the catalogue answers there is
//! tested in `probe/tests/hostile.rs`.

use std::time::Duration;

use crate::support::{PAGES, PAGES_WITHOUT_IT, TestApp, eventually, rows, run};
use dataset::Database;
use testkit::{PgBouncer, PoolMode, Postgres, Role, TestDatabase, major, majors};

/// Every page of the database `shop`, none of which may report a reading that failed.
async fn all_pages_answer(app: &TestApp, case: &str) {
    for page in PAGES.iter().chain(PAGES_WITHOUT_IT) {
        let answer = app.page(&format!("/shop{page}")).await;
        for failure in ["did not answer", "took too long", "cannot be reached", "Not found", "is NULL"] {
            assert!(!answer.says(failure), "{case}: /shop{page} says {failure:?}:\n{}", answer.text());
        }
    }
}

async fn watched(server: &'static Postgres) -> (TestDatabase, Role<'static>, Database) {
    let database = server.database_with_statements().await;
    let role = server.role("IN ROLE pg_monitor").await;
    let admin = database.connect().await;
    (database, role, admin)
}

#[tokio::test]
async fn pages_of_role_with_hostile_settings_answer() {
    for major in majors() {
        let (database, role, admin) = watched(Postgres::shared(major)).await;
        for setting in [
            "search_path = 'nowhere'",
            "default_transaction_isolation = 'serializable'",
            "statement_timeout = '1ms'",
            "idle_session_timeout = '100ms'",
            "quote_all_identifiers = on",
            "\"DateStyle\" = 'German, DMY'",
            "bytea_output = 'escape'",
            "xmloption = 'document'",
            "work_mem = '64kB'",
        ] {
            run(&admin, &format!("ALTER ROLE {} SET {setting}", role.name)).await;
        }
        let app = TestApp::watching(&role.url(&database.name)).await;
        all_pages_answer(&app, "hostile settings").await;
        // The server's value is out of sight; its default is shown, and said to be that.
        let tune = app.page("/shop/tune").await;
        let setting = rows(&tune).into_iter().find(|row| row.values().any(|cell| cell == "work_mem")).unwrap();
        assert!(setting.values().any(|cell| cell.contains("4.00 MB")), "{setting:?}");
        assert!(setting.values().any(|cell| cell.contains("value of its own")), "{setting:?}");
    }
}

#[tokio::test]
async fn pages_beside_latin1_database_answer() {
    let (database, role, admin) = watched(Postgres::shared(major())).await;
    let latin1 = format!("{}_latin1", database.name);
    run(&admin, &format!("CREATE DATABASE {latin1} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"))
        .await;
    let odd = Database::connect(&database.url.replace(&database.name, &latin1)).await.unwrap();
    let sleeping = tokio::spawn(async move {
        let _ = odd.execute_script("SELECT pg_sleep(60) AS \"caf\u{e9}\" -- caf\u{e9}").await;
    });
    let app = TestApp::watching(&role.url(&database.name)).await;
    eventually("the odd session on the live page", || async {
        let page = app.page("/shop/live").await;
        page.says("pg_sleep").then_some(())
    })
    .await;
    all_pages_answer(&app, "beside LATIN1").await;
    sleeping.abort();
}

#[tokio::test]
async fn pages_through_pooler_name_it() {
    let server = Postgres::shared(major());
    let (database, _, _) = watched(server).await;
    let settings = [("ignore_startup_parameters", "options,extra_float_digits")];
    for mode in [PoolMode::Session, PoolMode::Transaction, PoolMode::Statement] {
        let pooler = PgBouncer::start_with(server, mode, 1, &settings);
        let app = TestApp::watching(&pooler.url(server, &database.name)).await;
        for page in PAGES {
            app.page(&format!("/shop{page}")).await.must_say("connection pooler");
        }
    }
}

#[tokio::test]
async fn pages_of_role_with_one_connection_answer() {
    let (database, role, admin) = watched(Postgres::shared(major())).await;
    run(&admin, &format!("ALTER ROLE {} CONNECTION LIMIT 1", role.name)).await;
    let app = TestApp::watching(&role.url(&database.name)).await;
    // The first page learns that one connection is all there is, which takes as long as a refused connection.
    app.page("/shop").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    all_pages_answer(&app, "one connection").await;
}

/// A role that sees nothing, one that sees all, and one whose password is wrong, on one server.
#[tokio::test]
async fn readings_are_shared_by_role_and_failures_with_none() {
    let server = Postgres::shared(major());
    let (one, two) = (server.database_with_statements().await, server.database_with_statements().await);
    let poor = server.role("").await;
    let stranger = server.role("").await;
    let wrong = stranger.url(&one.name).replace(&stranger.password, "wr0ng");
    let app = TestApp::new(&[
        ("one", &one.url),
        ("two", &two.url),
        ("poor", &poor.url(&two.name)),
        ("wrong", &wrong),
        ("missing", &server.url("no such database")),
    ])
    .await;
    app.sign_in().await;
    let admin = two.connect().await;
    run(&admin, "CREATE TABLE held (id int)").await;
    let holder = two.hold("LOCK TABLE held").await;
    let waiting = two.connect().await;
    let waiter = tokio::spawn(async move {
        let _ = waiting.execute_script("SELECT 'a secret of two' FROM held").await;
    });

    eventually("the waiting session", || async { app.page("/two/locks").await.says("public.held").then_some(()) })
        .await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    // Each page within the freshness of the one before.
    assert!(app.page("/one/live").await.text().contains("FROM held"));
    app.page("/two/locks").await.must_say("public.held");
    let poor_page = app.page("/poor/live").await.text();
    assert!(!poor_page.contains("FROM held"), "{poor_page}");
    assert!(app.page("/one/live").await.text().contains("FROM held"));

    for (failing, why) in [("wrong", stranger.name.as_str()), ("missing", "There is no database")] {
        app.page(&format!("/{failing}")).await.must_say(why);
        for healthy in ["one", "two"] {
            for page in ["", "/live", "/replication"] {
                let page = app.page(&format!("/{healthy}{page}")).await;
                page.must_not_say("There is no database");
                page.must_not_say("does not let role");
                page.must_not_say("rejected the login");
            }
        }
    }
    holder.release().await;
    let _ = waiter.await;
}
