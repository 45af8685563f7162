//! Heron watches a standby as it watches a primary, and notices when one becomes the other.

use std::time::Duration;

use crate::program::Home;
use crate::support::{PAGES, PAGES_WITHOUT_IT, TestApp, eventually, rows, run};
use dataset::Database;
use http::StatusCode;
use testkit::{Postgres, majors};

/// O1, O6, L5; defects 11, 14.
#[tokio::test]
async fn a_standby_is_watched_and_its_promotion_noticed() {
    for major in majors().into_iter().take(1).chain(majors().into_iter().skip(1).last()) {
        let mut primary = Postgres::start_own(major, &[("fsync", "on"), ("full_page_writes", "on")]);
        let database = primary.database_with_statements().await;
        let standby = primary.standby(&[]);
        let (here, url) = (database.connect().await, standby.url(&database.name));
        run(&here, "CREATE TABLE kept (id serial PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 100)").await;
        primary.caught_up(&standby).await;
        let there = Database::connect(&url).await.unwrap();
        let app = TestApp::new(&[("shop", &url), ("first", &database.url)]).await;
        app.sign_in().await;

        for page in PAGES.iter().chain(PAGES_WITHOUT_IT) {
            let page = app.page(&format!("/shop{page}")).await;
            for broken in ["recovery is in progress", "cannot execute", "This could not be"] {
                page.must_not_say(broken);
            }
        }
        let page = app.page("/shop/replication").await;
        page.must_say("Healthy replication lag");
        assert!(page.text().contains(&format!("127.0.0.1:{}", primary.port())), "{}", page.text());
        app.page("/shop/maintenance").await.must_say("This is a standby");
        // What was written a moment ago is on its way.
        let row = eventually("a standby that has all", async || {
            let rows = rows(&app.page("/first/replication").await);
            let mut standby = rows.into_iter().filter(|row| row.get("Name").is_some_and(|name| name == "standby"));
            standby.find(|row| row["Not sent"] == "0 B")
        });
        let row = row.await;
        assert_eq!(row["State"], "streaming, async", "{row:?}");
        assert!(row["Not replayed"].ends_with('B') && row["Replay lag"] != "unknown", "{row:?}");

        // The same in a terminal: nothing is wrong with lag, and what cannot be told says why.
        let done = Home::new().run(&["check", "--format", "json", "--fail-on", "critical", &url]);
        assert_eq!(done.code, 0, "{done:?}");
        for broken in ["recovery is in progress", "cannot execute", "replication_lag"] {
            assert!(!done.out.contains(broken), "{broken}: {}", done.out);
        }

        // L5: its statistics are the primary's, and whoever asks for them here is told so.
        let asked = app.post(
            "/api/act",
            &[("database", "shop"), ("action", "analyze"), ("parameters", "schema=public&table=kept")],
        );
        assert_eq!(asked.await.status, StatusCode::FOUND);
        let told = app.page("/shop").await;
        assert!(told.text().contains("only reads, as a standby does") && told.says("Not done"), "{}", told.text());
        let home = Home::new();
        home.write("heron.toml", &format!("[databases.shop]\nurl = \"{url}\"\n"));
        let done = home.run(&["analyze"]);
        assert!(done.code == 0 && done.out.contains("a standby has the statistics of its primary"), "{done:?}");

        // Replay is paused while the primary writes.
        run(&there, "SELECT pg_wal_replay_pause()").await;
        run(&here, "INSERT INTO kept SELECT generate_series(1000, 20000)").await;
        let says = |path: &'static str, text: &'static str| {
            let app = &app;
            async move {
                eventually(text, || async {
                    let page = app.page(path).await;
                    if page.text().contains(text) {
                        return Some(page);
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    None
                })
                .await
            }
        };
        let page = says("/shop/replication", "This standby is").await;
        assert!(page.text().contains("SELECT pg_wal_replay_resume();"), "{}", page.text());
        page.must_say("paused");
        run(&there, "SELECT pg_wal_replay_resume()").await;
        says("/shop/replication", "Healthy replication lag").await;

        // A failover, while Heron runs.
        primary.stop();
        assert_eq!(there.fetch("SELECT pg_promote()", []).get().await.unwrap(), Some(true));
        says("/shop/replication", "Primary without a standby").await;
        let page = says("/shop", "primary").await;
        page.must_not_say("<dd class=\"stat-sub\">standby</dd>");
        let page = says("/shop/maintenance", "Tables").await;
        page.must_not_say("This is a standby");
    }
}
