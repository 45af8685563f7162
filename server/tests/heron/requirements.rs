//! No check is green, and no page empty without a reason, on what the server does not record or the role may not see.

use std::{collections::BTreeSet, process::Command, time::Duration};

use crate::{
    program::Home,
    support::{TestApp, eventually, rows, run},
};
use advisor::{Need, RULES, Requirement};
use serde_json::Value;
use testkit::{Postgres, majors};

/// A table with one index that is scanned and one that is not. ANALYZE writes their sizes into the catalog.
const USED: &str = "CREATE TABLE used (id bigint PRIMARY KEY, v text);
     INSERT INTO used SELECT g, md5(g::text) FROM generate_series(1, 100000) g;
     CREATE INDEX used_v ON used (v);
     CREATE INDEX never ON used ((v || 'x'));
     ANALYZE used;
     SET enable_seqscan = off;
     SELECT count(*) FROM used WHERE v = md5('5');";

fn check(url: &str) -> Value {
    let home = Home::new();
    home.write("heron.toml", "[thresholds]\nunused_index_megabytes = 1\n");
    let done = home.run(&["check", "--config", "heron.toml", "--format", "json", url]);
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

/// The names of the checks in one list of a report.
fn names(report: &Value, list: &str) -> BTreeSet<String> {
    report[list].as_array().unwrap().iter().map(|one| one["check"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that no check is green that needs one of these.
fn assert_none_is_green(report: &Value, missing: &[Requirement]) {
    let (found, not_run) = (names(report, "findings"), names(report, "not_run"));
    for rule in RULES {
        let name = rule.check.name();
        for need in rule.requires.iter().filter(|need| missing.contains(&need.requirement())) {
            match need {
                Need::Answer(_) => assert!(not_run.contains(name), "{name} needs {need:?}: {report}"),
                // Without a standby the question does not arise.
                Need::Complete(_) if rule.check == model::Check::ReplicationLag => {}
                Need::Complete(_) => {
                    assert!(not_run.contains(name) || found.contains(name), "{name} needs {need:?}: {report}");
                }
                Need::Explain(_) | Need::PerObject(_) => {}
            }
        }
    }
}

/// Inputs a-30, a-31 and a-32 of the faults that were found by using Heron.
#[tokio::test]
async fn server_that_records_nothing_is_not_green() {
    for major in majors() {
        let off = [("track_activities", "off"), ("track_counts", "off"), ("pg_stat_statements.track", "none")];
        let server = Postgres::start_own(major, &off);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        run(&db, USED).await;
        let held = database.hold("SELECT 1").await;
        let role = server.role("IN ROLE pg_monitor").await;
        let report = check(&role.url(&database.name));
        use Requirement::{TrackActivities, TrackCounts, TrackStatements};
        assert_none_is_green(&report, &[TrackActivities, TrackCounts, TrackStatements]);
        let found = names(&report, "findings");
        assert!(found.contains("statistics_missing") && !found.contains("unused_index"), "{report}");
        let reasons = report["not_run"].to_string();
        for fix in ["track_activities = 'on'", "track_counts = 'on'", "pg_stat_statements.track = 'top'"] {
            assert!(reasons.contains(&format!("ALTER SYSTEM SET {fix}; SELECT pg_reload_conf();")), "{reasons}");
        }

        let app = TestApp::watching(&role.url(&database.name)).await;
        for (path, reason) in [
            ("/shop/live", "track_activities is off"),
            ("/shop/locks", "track_activities is off"),
            ("/shop/indexes", "track_counts is off"),
            ("/shop/indexes?show=unread", "track_counts is off"),
            ("/shop/space", "track_counts is off"),
            ("/shop/space/used", "track_counts is off"),
            ("/shop/queries?of=all", "pg_stat_statements.track is none"),
            ("/settings", "track_counts is off"),
        ] {
            app.page(path).await.must_say(reason);
        }
        let unused = app.page("/shop/indexes").await;
        assert!(!unused.text().contains("DROP INDEX"), "{}", unused.text());

        // Each is fixed where its reason says so.
        for fix in ["track_activities = 'on'", "track_counts = 'on'", "pg_stat_statements.track = 'top'"] {
            run(&db, &format!("ALTER SYSTEM SET {fix}")).await;
        }
        run(&db, "SELECT pg_reload_conf()").await;
        eventually("the checks run", async || {
            let report = check(&role.url(&database.name));
            let not_run = names(&report, "not_run");
            (!not_run.contains("unused_index") && !not_run.contains("slow_query")).then_some(())
        })
        .await;
        held.release().await;
        db.close().await;
    }
}

#[tokio::test]
async fn role_without_privileges_sees_nothing_green() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let held = database.hold("SELECT 1").await;
        let role = server.role("").await;
        let report = check(&role.url(&database.name));
        assert_none_is_green(&report, &[Requirement::ReadAllStats, Requirement::ReadAllSettings]);
        let reasons = report["not_run"].to_string();
        assert!(reasons.contains(&format!("GRANT pg_monitor TO {};", role.name)), "{reasons}");

        let app = TestApp::watching(&role.url(&database.name)).await;
        app.page("/shop/live").await.must_say("cannot be seen into");
        app.page("/shop/queries?of=all").await.must_say("GRANT pg_monitor");
        let needs = rows(&app.page("/settings").await);
        let met = |name: &str| {
            let row = needs.iter().find(|row| row.get("Needed").is_some_and(|needed| needed.contains(name)));
            row.unwrap_or_else(|| panic!("{needs:?}"))["Met"].clone()
        };
        assert_eq!((met("pg_read_all_stats"), met("pg_read_all_settings")), ("no".into(), "no".into()));
        assert_eq!((met("track_counts"), met("SELECT on sequences")), ("yes".into(), "not known".into()));
        held.release().await;
    }
}

/// Settings of a database and of a role.
#[tokio::test]
async fn setting_off_for_database_or_role_is_named() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        let (role, batch) = (server.role("IN ROLE pg_monitor").await, server.role("").await);
        let not_run = || {
            let report = check(&role.url(&database.name));
            report["not_run"].as_array().unwrap().iter().map(|one| one["reason"].to_string()).collect::<String>()
        };
        run(&db, &format!("ALTER ROLE {} SET track_counts = 'false'", batch.name)).await;
        let said = not_run();
        assert!(said.contains(&format!("track_counts is off for role {}", batch.name)), "{said}");
        run(&db, &format!("ALTER ROLE {} RESET track_counts", batch.name)).await;
        assert!(!not_run().contains("track_counts"));
        run(&db, &format!("ALTER DATABASE \"{}\" SET track_counts = off", database.name)).await;
        let said = not_run();
        assert!(said.contains("ALTER DATABASE ") && said.contains(" RESET track_counts;"), "{said}");
        db.close().await;
    }
}

#[tokio::test]
async fn superuser_role_is_reported() {
    let server = Postgres::shared(testkit::major());
    let database = server.database_with_statements().await;
    let role = server.role("IN ROLE pg_monitor").await;
    let told = |report: &Value| {
        report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["object"] == "role postgres" && one["severity"] == "info")
    };
    assert!(told(&check(&database.url)));
    assert!(!told(&check(&role.url(&database.name))));
}

/// Input a-33: a crash recovery discards the counters and leaves the start of the server as it was; a clean restart keeps them.
#[tokio::test]
async fn index_use_is_counted_since_crash() {
    for major in majors() {
        let mut server = Postgres::start_own(major, &[]);
        let database = server.database().await;
        let db = database.connect().await;
        run(&db, USED).await;
        let begun = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')";
        let first: Option<String> = db.fetch(begun, []).get().await.unwrap();
        db.close().await;
        let since = |report: &Value, index: &str| {
            let findings = report["findings"].as_array().unwrap().iter();
            let mut found = findings.filter(|one| one["object"] == format!("public.used.{index}"));
            found.find(|one| one["check"] == "unused_index").map(|one| {
                assert_eq!(one["severity"], "info", "{one}");
                one["evidence"]["since"].as_str().unwrap().to_owned()
            })
        };

        tokio::time::sleep(Duration::from_millis(1_100)).await;
        server.stop();
        server.start();
        let report = check(&database.url);
        assert_eq!(since(&report, "used_v"), None, "{report}");
        assert!(since(&report, "never") <= first, "the restart of {major} counts as a reset: {report}");

        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let db = database.connect().await;
        let before: Option<String> = db.fetch(begun, []).get().await.unwrap();
        let pid: Option<i32> = db.fetch("SELECT pg_backend_pid()", []).get().await.unwrap();
        let killed = Command::new("kill").args(["-9", &pid.unwrap().to_string()]).status().unwrap();
        assert!(killed.success());
        db.close().await;
        let report = eventually("the server has recovered", async || {
            let done = Home::new().run(&["check", "--format", "json", &database.url]);
            (done.code != 3).then(|| check(&database.url))
        })
        .await;
        for index in ["used_v", "never"] {
            assert!(since(&report, index) >= before, "{index} on {major}, not before {before:?}: {report}");
        }
    }
}

/// What `heron grants` prints says what each privilege is for.
#[test]
fn grants_name_checks_that_need_each_privilege() {
    let home = Home::new();
    let grants = home.run(&["grants"]).out;
    for requirement in Requirement::ALL {
        let checks = requirement.checks();
        assert!(!checks.is_empty(), "{requirement:?} is needed by no check");
        let line = grants.lines().find(|line| line.contains(requirement.name()));
        let line = line.unwrap_or_else(|| panic!("{requirement:?}: {grants}"));
        for check in checks {
            assert!(line.contains(check.name()), "{line}");
        }
    }
    assert!(home.run(&["catalogue", "--checks"]).out.starts_with("# Checks and what they need\n"));
}
