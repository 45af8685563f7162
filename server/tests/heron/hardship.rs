//! When a watched server is in trouble, its pages say so in time, everything else works, and Heron recovers by itself.

use std::time::{Duration, Instant};

use crate::support::{Answer, PAGES, PAGES_WITHOUT_IT, TestApp, eventually, free_port, rows, run};
use advisor::Thresholds;
use testkit::{Postgres, major, majors};

/// Longer than the sum of every patience on a page, and shorter than anybody would wait.
const GENEROUS: Duration = Duration::from_secs(20);

/// A page, which is there in time.
async fn in_time(app: &TestApp, path: &str) -> Answer {
    let begun = Instant::now();
    let page = app.page(path).await;
    assert!(begun.elapsed() < GENEROUS, "{path} took {:?}", begun.elapsed());
    page
}

/// Two databases, one of them well.
async fn beside_a_healthy_one(url: &str) -> TestApp {
    let well = Postgres::shared(major()).database_with_statements().await;
    let app = TestApp::new(&[("ill", url), ("well", &well.url)]).await;
    app.sign_in().await;
    app
}

/// The other database does not suffer with it.
async fn the_other_one_is_well(app: &TestApp) {
    in_time(app, "/well").await.must_say("Query statistics can be read");
    assert!(!rows(&in_time(app, "/well/queries").await).is_empty());
    let fleet = rows(&in_time(app, "/").await);
    let state = |name: &str| fleet.iter().find(|row| row["Database"] == name).unwrap_or_else(|| panic!("{fleet:?}"));
    assert_eq!(state("well")["PostgreSQL"].split('.').next(), Some(major().to_string().as_str()));
}

/// L7, P14.
#[tokio::test]
async fn a_dead_server_is_a_page_that_says_so() {
    let url = format!("postgres://heron:s3cr3t@127.0.0.1:{}/app", free_port());
    let app = beside_a_healthy_one(&url).await;
    for page in PAGES {
        in_time(&app, &format!("/ill{page}")).await.must_say("cannot be reached");
    }
    in_time(&app, "/ill").await.must_say("The server does not answer");
    the_other_one_is_well(&app).await;
    assert!(rows(&app.page("/").await)[0]["The worst"].contains("cannot be reached"));
}

/// Worse than refusing: nothing comes back, as through a firewall that drops packets.
#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_a_page_that_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://heron:s3cr3t@{}/app", listener.local_addr().unwrap());
    let app = beside_a_healthy_one(&url).await;
    for page in PAGES {
        let said = in_time(&app, &format!("/ill{page}")).await.text();
        assert!(
            ["not answered within", "cannot be reached", "did not accept"].iter().any(|why| said.contains(why)),
            "{said}"
        );
    }
    the_other_one_is_well(&app).await;
}

#[tokio::test]
async fn a_wrong_password_is_a_page_that_says_so_without_repeating_it() {
    let server = Postgres::shared(major());
    let database = server.database().await;
    let role = server.role("IN ROLE pg_monitor").await;
    let app = beside_a_healthy_one(&role.url(&database.name).replace(&role.password, "wr0ng-password")).await;
    for page in PAGES {
        let page = in_time(&app, &format!("/ill{page}")).await;
        page.must_say(&format!("does not let role {} in", role.name));
    }
    the_other_one_is_well(&app).await;
}

/// A4, O11, P1; defect 21.
#[tokio::test]
async fn without_pg_stat_statements_the_rest_is_there_and_the_remedy_is_named() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE t (a int, b int); CREATE INDEX narrow ON t (a); CREATE INDEX wide ON t (a, b)").await;
        let role = server.role("IN ROLE pg_monitor").await;
        let app = TestApp::watching(&role.url(&database.name)).await;
        let overview = in_time(&app, "/shop").await;
        assert!(overview.text().contains("CREATE EXTENSION"), "{}", overview.text());
        overview.must_say("is covered by");
        overview.must_say("id=\"connections\"");
        for page in ["/shop/queries", "/shop/queries/1"] {
            let page = in_time(&app, page).await;
            assert!(page.text().contains("CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"), "{}", page.text());
            page.must_say("Load, ");
        }
        // Mended while Heron runs.
        run(&db, "CREATE EXTENSION pg_stat_statements").await;
        eventually("statements can be read", async || {
            let page = app.page("/shop/queries").await;
            (!rows(&page).is_empty()).then_some(())
        })
        .await;
        db.close().await;
    }
}

/// O7 (unreadable sequences), D4; defect 6.
#[tokio::test]
async fn a_role_with_only_pg_monitor_sees_every_page() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE INDEX one ON t (a); CREATE INDEX two ON t (a)")
            .await;
        run(&db, "SELECT count(*) FROM t WHERE a = 1").await;
        db.close().await;
        let role = server.role("IN ROLE pg_monitor").await;
        let app = TestApp::watching(&role.url(&database.name)).await;
        let overview = in_time(&app, "/shop").await;
        overview.must_say("is the same as");
        overview.must_say("Query statistics can be read");
        // What it may not see is said, and is not green.
        overview.must_say("Sequences: cannot tell");
        overview.must_say("GRANT SELECT on them");
        let statements = rows(&in_time(&app, "/shop/queries?q=count(*)").await);
        assert_eq!(statements.len(), 1, "another role's statement");
        assert!(statements[0]["Query"].contains("FROM t WHERE a = "), "{statements:?}");
    }
}

/// O9; defect 6.
#[tokio::test]
async fn a_table_under_an_access_exclusive_lock_holds_up_no_page() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        run(
            &db,
            "CREATE TABLE held (id serial PRIMARY KEY, a int);
             CREATE INDEX held_one ON held (a); CREATE INDEX held_two ON held (a, id);
             CREATE TABLE free (a int, b int);
             CREATE INDEX free_one ON free (a); CREATE INDEX free_two ON free (a, b)",
        )
        .await;
        let role = server.role("IN ROLE pg_monitor").await;
        for waiting in [false, true] {
            // A fresh one each time: nothing is known from before the lock.
            let at_once = Thresholds { blocked_query_sec: 0.0, ..Thresholds::default() };
            let app = TestApp::with(&[("shop", &role.url(&database.name))], at_once).await;
            app.sign_in().await;
            let (held, waiter) = if waiting {
                let reader = database.hold("LOCK TABLE held IN ACCESS SHARE MODE").await;
                let connection = database.connect().await;
                let waiter = tokio::spawn(async move {
                    run(&connection, "ALTER TABLE held ADD COLUMN c int").await;
                    connection.close().await;
                });
                eventually("somebody waits for the lock", async || {
                    // A wait is in pg_locks a moment before its wait event, and a reading goes by the event.
                    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
                    db.fetch(sql, []).get::<i64>().await.unwrap().filter(|waiting| *waiting > 0)
                })
                .await;
                (reader, Some(waiter))
            } else {
                (database.hold("LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await, None)
            };
            let overview = in_time(&app, "/shop").await;
            let said = overview.text();
            assert!(said.contains("free_one (a) is covered by free_two (a, b)"), "{said}");
            assert!(!said.contains("held_one (a) is covered by"), "{said}");
            assert!(said.contains("were not compared, because DDL holds or waits for a lock: public.held."), "{said}");
            assert_eq!(!said.contains("No session has waited long for a lock"), waiting, "{said}");
            for page in PAGES.iter().chain(PAGES_WITHOUT_IT).chain(&["/space/held?schema=public"]) {
                in_time(&app, &format!("/shop{page}")).await.must_not_say("not answered within");
            }
            held.release().await;
            if let Some(waiter) = waiter {
                waiter.await.unwrap();
            }
        }
        db.close().await;
    }
}

mod a_server_of_ones_own {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_comes_back_is_watched_again_without_a_restart_of_heron() {
        let mut server = Postgres::start_own(major(), &[]);
        let database = server.database_with_statements().await;
        let app = TestApp::watching(&database.url).await;
        in_time(&app, "/shop").await.must_say("Query statistics can be read");
        server.stop();
        // A reading stays fresh for a few seconds.
        eventually("the page says that the server is gone", async || {
            let page = in_time(&app, "/shop").await;
            page.says("The server does not answer").then_some(())
        })
        .await;
        eventually("so do the queries", async || {
            in_time(&app, "/shop/queries").await.says("cannot be reached").then_some(())
        })
        .await;
        assert!(app.collector.capture(&model::DatabaseId("shop".into())).await.is_err());
        server.start();
        eventually("the page is as it was", async || {
            in_time(&app, "/shop").await.says("Query statistics can be read").then_some(())
        })
        .await;
        eventually("so are the queries", async || (!rows(&app.page("/shop/queries").await).is_empty()).then_some(()))
            .await;
        app.collector.capture(&model::DatabaseId("shop".into())).await.unwrap().unwrap();
    }

    /// Accepted, connected, and then nothing: the process is stopped as by a debugger or a dying disk.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_freezes_holds_up_no_page() {
        let server = Postgres::start_own(major(), &[]);
        let database = server.database_with_statements().await;
        let app = beside_a_healthy_one(&database.url).await;
        in_time(&app, "/ill").await.must_say("Query statistics can be read");
        let data = server.log().with_file_name("data");
        let pid = std::fs::read_to_string(data.join("postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
        let signal = |name: &str| {
            let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            for process in children.split_whitespace().chain([pid.as_str()]) {
                std::process::Command::new("kill").args([name, process]).status().unwrap();
            }
        };
        signal("-STOP");
        let frozen = async {
            eventually("the page says that nothing comes", async || {
                let page = in_time(&app, "/ill").await;
                (page.says("not answered within") || page.says("did not accept")).then_some(())
            })
            .await;
            in_time(&app, "/ill/queries").await;
            the_other_one_is_well(&app).await;
        };
        frozen.await;
        signal("-CONT");
        eventually("the page is as it was", async || {
            in_time(&app, "/ill").await.says("Query statistics can be read").then_some(())
        })
        .await;
    }
}
