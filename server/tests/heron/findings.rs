//! What `heron check` and the pages say of slots, archiving, prepared transactions, delayed standbys and connection limits.

use serde_json::Value;
use testkit::{Held, Postgres, major, majors};

use crate::{
    program::Home,
    support::{TestApp, eventually, run},
};

/// The findings of `heron check` with these thresholds.
fn check(thresholds: &str, url: &str) -> Vec<Value> {
    let home = Home::new();
    home.write("heron.toml", &format!("[thresholds]\n{thresholds}\n"));
    let done = home.run(&["check", "--config", "heron.toml", "--format", "json", url]);
    let report: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    report["findings"].as_array().unwrap().clone()
}

/// The finding of a check about an object.
fn find<'a>(findings: &'a [Value], check: &str, object: &str) -> Option<&'a Value> {
    findings.iter().find(|finding| finding["check"] == check && finding["object"] == object)
}

fn text<'a>(finding: &'a Value, field: &str) -> &'a str {
    finding[field].as_str().unwrap_or_default()
}

#[tokio::test]
async fn slots_are_found_by_what_they_retain() {
    for major in majors() {
        let mut primary = Postgres::start_own(major, &[]);
        let db = primary.connect().await;
        run(&db, "SELECT pg_create_physical_replication_slot('feed', true)").await;
        drop(db);
        let standby = primary.standby(&[("primary_slot_name", "feed")]);
        primary.caught_up(&standby).await;
        let db = primary.connect().await;
        run(&db, "SELECT pg_create_physical_replication_slot('never_used')").await;
        let receiver: Option<i32> =
            standby.connect().await.fetch("SELECT pid FROM pg_stat_wal_receiver", []).get().await.unwrap();
        let stop = std::process::Command::new("kill").args(["-STOP", &receiver.unwrap().to_string()]).status().unwrap();
        assert!(stop.success());
        run(&db, "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1048576)) FROM generate_series(1, 60)").await;
        // A commit writes out what was only inserted.
        run(&db, "CREATE TABLE flushed (); DROP TABLE flushed").await;

        let findings = check("slot_retained_critical_megabytes = 20", &primary.url("postgres"));
        let lag =
            find(&findings, "replication_slot_lag", "feed").unwrap_or_else(|| panic!("on {major}: {findings:#?}"));
        assert_eq!(lag["severity"], "critical", "on {major}: {lag}");
        assert!(lag["evidence"]["retained_bytes"].as_i64() >= Some(60 << 20), "on {major}: {lag}");
        assert!(text(lag, "detail").contains("Its reader standby (pid "), "on {major}: {lag}");
        assert!(find(&findings, "inactive_replication_slot", "feed").is_none(), "one cause, one finding on {major}");
        let unused = find(&findings, "inactive_replication_slot", "never_used").unwrap();
        assert_eq!(unused["severity"], "info", "on {major}: {unused}");
        assert!(text(unused, "detail").contains("keeps no WAL for it"), "on {major}: {unused}");
        assert!(find(&findings, "replication_slot_lag", "never_used").is_none(), "on {major}");
    }
}

#[tokio::test]
async fn prepared_transaction_is_found_and_its_remedy_runs() {
    for major in majors() {
        let server = Postgres::start_own(major, &[("max_prepared_transactions", "5")]);
        let (database, other) = (server.database_named("A 41").await, server.database().await);
        let db = database.connect().await;
        run(&db, "CREATE TABLE t41 (id int); INSERT INTO t41 VALUES (1)").await;
        run(&db, "BEGIN; DELETE FROM t41; PREPARE TRANSACTION E'it''s \\\\ forgotten'").await;
        let gid = "it's \\ forgotten";
        assert!(find(&check("", &database.url), "prepared_transaction", gid).is_none(), "it is young on {major}");
        let strict = "prepared_transaction_sec = 0.0";
        let findings = check(strict, &database.url);
        let found = find(&findings, "prepared_transaction", gid).unwrap_or_else(|| panic!("on {major}: {findings:#?}"));
        assert_eq!(found["severity"], "warning", "on {major}: {found}");
        assert!(text(found, "detail").contains("on public.t41"), "on {major}: {found}");
        assert_eq!((&found["evidence"]["database"], &found["evidence"]["owner"]), (&"A 41".into(), &"postgres".into()));
        let elsewhere = check(strict, &other.url);
        let elsewhere = find(&elsewhere, "prepared_transaction", gid).unwrap();
        assert!(text(elsewhere, "remedy_sql").starts_with("-- connected to \"A 41\"\n"), "on {major}: {elsewhere}");

        let page = TestApp::watching(&database.url).await.page("/shop/maintenance").await;
        assert!(page.text().contains("Prepared transactions") && page.text().contains("public.t41"), "{}", page.text());
        run(&db, Box::leak(text(found, "remedy_sql").to_owned().into_boxed_str())).await;
        assert!(find(&check(strict, &database.url), "prepared_transaction", gid).is_none(), "on {major}");
    }
}

#[tokio::test]
async fn failing_archive_is_found_and_shown() {
    for major in majors() {
        let server = Postgres::start_own(major, &[("archive_mode", "on"), ("archive_command", "false")]);
        let (database, db) = (server.database().await, server.connect().await);
        run(&db, "CREATE TABLE t ()").await;
        run(&db, "SELECT pg_switch_wal()").await;
        let role = server.role("IN ROLE pg_monitor").await;
        let url = role.url(&database.name);
        let found =
            eventually("archiving fails", async || find(&check("", &url), "archiving", "server").cloned()).await;
        assert_eq!(
            (&found["title"], &found["severity"]),
            (&"WAL archiving fails".into(), &"warning".into()),
            "{found}"
        );
        assert!(text(&found, "detail").contains("does not show how much of its disk is free"), "on {major}: {found}");
        assert!(found["evidence"]["waiting_files"].as_i64() >= Some(1), "on {major}: {found}");
        let page = TestApp::watching(&url).await.page("/shop/replication").await;
        assert!(page.text().contains("WAL archiving fails"), "on {major}: {}", page.text());
        assert!(page.text().contains("no file yet; ") && page.text().contains(" to archive"), "{}", page.text());
    }
}

#[tokio::test]
async fn connection_limits_are_found_when_clients_are_refused() {
    for major in majors() {
        let settings = [("max_connections", "60"), ("superuser_reserved_connections", "40")];
        let server = Postgres::start_own(major, &settings);
        let (free, limited) = (server.database().await, server.database_named("a50").await);
        let app = server.role_named("a50app", "").await;
        let mut held = vec![];
        for _ in 0..3 {
            held.push(Held::new(&app.url("a50"), "SELECT 1").await);
        }
        assert!(find(&check("", &free.url), "connections", "server").is_none(), "on {major}");
        run(&server.connect().await, "ALTER DATABASE a50 CONNECTION LIMIT 3").await;
        let findings = check("", &limited.url);
        let found =
            find(&findings, "connections", "database a50").unwrap_or_else(|| panic!("on {major}: {findings:#?}"));
        assert_eq!(found["severity"], "critical", "on {major}: {found}");
        assert!(text(found, "title").starts_with("Clients of database a50 are refused: "), "on {major}: {found}");

        for _ in 0..16 {
            held.push(Held::new(&app.url(&free.name), "SELECT 1").await);
        }
        let findings = check("", &free.url);
        let found = find(&findings, "connections", "server").unwrap_or_else(|| panic!("on {major}: {findings:#?}"));
        assert_eq!(found["severity"], "critical", "on {major}: {found}");
        assert_eq!(found["evidence"]["limit"], 20, "on {major}: {found}");
        let heron = TestApp::watching(&free.url).await;
        for (page, says) in [("/shop", " of 20"), ("/shop/connections", "clients are refused")] {
            let page = heron.page(page).await;
            assert!(page.text().contains(says), "on {major}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn standby_delayed_on_purpose_is_healthy() {
    let major = major();
    let mut primary = Postgres::start_own(major, &[]);
    let database = primary.database().await;
    let standby = primary.standby(&[("recovery_min_apply_delay", "1h")]);
    let db = primary.connect().await;
    run(&db, "CREATE TABLE t ()").await;
    let app = TestApp::watching(&standby.url(&database.name)).await;
    let page = eventually("replay waits", async || {
        let page = app.page("/shop/replication").await;
        page.text().contains("Healthy replication lag, besides an intended delay of 1 h").then_some(page)
    });
    let page = page.await;
    assert!(page.text().contains("by 1 h on purpose (recovery_min_apply_delay)"), "{}", page.text());
    let findings = check("replication_lag_sec = 0.001", &standby.url(&database.name));
    assert!(find(&findings, "replication_lag", "server").is_none(), "{findings:#?}");
    run(&standby.connect().await, "SELECT pg_wal_replay_pause()").await;
    let findings = check("", &standby.url(&database.name));
    let paused = find(&findings, "replication_lag", "server").unwrap_or_else(|| panic!("{findings:#?}"));
    assert!(text(paused, "title").contains("is paused"), "{paused}");
    assert_eq!(paused["remedy_sql"], "SELECT pg_wal_replay_resume();", "{paused}");
}
