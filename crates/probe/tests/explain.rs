//! Statements somebody typed are explained, and nothing else happens (PgHero's test file `explain`, and §10 items 18, 21).
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{Watched, majors};
use probe::explain::{Explain, Format, Refused, explain};

const TIMEOUT: Duration = Duration::from_secs(10);
const PLAN: Explain = Explain {
    analyze: false,
    verbose: None,
    costs: None,
    settings: None,
    buffers: None,
    wal: None,
    timing: None,
    summary: None,
    memory: None,
    serialize: false,
    format: Format::Text,
};
const ANALYZE: Explain = Explain { analyze: true, ..PLAN };

/// Tables with some rows, which the role may read.
async fn watched(major: u16) -> Watched {
    let watched = Watched::new(major).await;
    watched
        .run(
            "CREATE TABLE states (id serial PRIMARY KEY, name text); \
             INSERT INTO states (name) SELECT 'state ' || n FROM generate_series(1, 50) AS n; \
             CREATE TABLE \"Odd \"\"Table\"\"\" (\"select\" int); \
             CREATE TABLE parts (id int) PARTITION BY RANGE (id); \
             CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (100); \
             CREATE TABLE secret (word text); INSERT INTO secret VALUES ('geheim'); ANALYZE; \
             GRANT SELECT ON states, \"Odd \"\"Table\"\"\", parts, part_1 TO PUBLIC",
        )
        .await;
    watched
}

/// A6, §7 `explain` (Result, text, json, xml, yaml).
#[tokio::test]
async fn explain_returns_a_plan_in_every_format() {
    for major in majors() {
        let watched = watched(major).await;
        let target = watched.target();
        let plan = explain(&target, "SELECT 1", PLAN, TIMEOUT).await.unwrap();
        assert_eq!(plan, "Result  (cost=0.00..0.01 rows=1 width=4)", "{major}");
        let of =
            async |format| explain(&target, "SELECT 1; -- done", Explain { format, ..PLAN }, TIMEOUT).await.unwrap();
        assert!(of(Format::Json).await.starts_with("[\n  {\n    \"Plan\": {"));
        assert!(of(Format::Xml).await.starts_with("<explain xmlns="));
        assert!(of(Format::Yaml).await.starts_with("- Plan:"));
        let how = Explain { costs: Some(false), verbose: Some(true), settings: Some(true), ..PLAN };
        let odd = explain(&target, r#"SELECT "select" FROM "Odd ""Table""" WHERE "select" ? 1"#, how, TIMEOUT).await;
        // An operator that is no placeholder, and that integers do not have.
        assert_eq!(odd, Err(Refused::Undefined), "{major}");
        let odd = explain(&target, r#"SELECT "select" FROM "Odd ""Table""""#, how, TIMEOUT).await.unwrap();
        assert!(odd.starts_with("Seq Scan on public.\"Odd \"\"Table\"\"\"\n"), "{major}: {odd}");
        // What only writes has a plan too, where the role may.
        watched.run("GRANT DELETE ON states TO PUBLIC").await;
        assert!(explain(&target, "DELETE FROM states", PLAN, TIMEOUT).await.unwrap().starts_with("Delete on states"));
    }
}

/// A6, §7 `explain` (analyze).
#[tokio::test]
async fn analyze_has_an_execution_time_and_all_its_options() {
    for major in majors() {
        let target = watched(major).await.target();
        let how = Explain { buffers: Some(true), wal: Some(true), summary: Some(true), timing: Some(false), ..ANALYZE };
        let plan = explain(&target, "SELECT * FROM states", how, TIMEOUT).await.unwrap();
        assert!(plan.contains("Execution Time: ") && plan.contains("(actual rows=50"), "{major}: {plan}");
        assert!(plan.contains("Buffers: "), "{major}: {plan}");
        let how = Explain { memory: Some(true), serialize: true, ..ANALYZE };
        let plan = explain(&target, "SELECT * FROM states", how, TIMEOUT).await;
        match plan {
            Ok(plan) => assert!(major >= 17 && plan.contains("Memory: used=") && plan.contains("Serialization: time=")),
            Err(refused) => assert!(major < 17 && refused == Refused::Syntax, "{major}: {refused}"),
        }
    }
}

/// A6, §7 `explain` (`$1`).
#[tokio::test]
async fn parameters_have_a_generic_plan_also_before_16() {
    for major in majors() {
        let target = watched(major).await.target();
        let one = explain(&target, "SELECT $1", PLAN, TIMEOUT).await.unwrap();
        assert_eq!(one, "Result  (cost=0.00..0.01 rows=1 width=32)", "{major}");
        let two = "SELECT name FROM states WHERE id = $1 AND name <> $2";
        let plan = explain(&target, two, PLAN, TIMEOUT).await.unwrap();
        assert!(plan.contains("$1") && plan.contains("$2"), "{major}: {plan}");
        let json = explain(&target, two, Explain { format: Format::Json, ..PLAN }, TIMEOUT).await.unwrap();
        assert!(json.contains("\"Node Type\""), "{major}: {json}");
        assert_eq!(explain(&target, two, ANALYZE, TIMEOUT).await, Err(Refused::AnalyzeParameters), "{major}");
        // Nothing is known of the value, so no partition is left out.
        let parts = explain(&target, "SELECT * FROM parts WHERE id = $1", PLAN, TIMEOUT).await.unwrap();
        assert!(major < 16 || parts.contains("part_1"), "{major}: {parts}");
        // Twice: a name that was given is gone with its session.
        explain(&target, "SELECT name FROM states LIMIT $1", PLAN, TIMEOUT).await.unwrap();
        assert_eq!(explain(&target, "SELECT interval $1", PLAN, TIMEOUT).await, Err(Refused::Syntax), "{major}");
    }
}

/// A6, §7 `explain` (…; DELETE …; COMMIT), C9 (§5.6).
#[tokio::test]
async fn what_is_refused_is_refused_with_a_fixed_text() {
    for major in majors() {
        let watched = watched(major).await;
        let target = watched.target();
        let cases = [
            ("", PLAN, Refused::Empty),
            (" -- nothing", PLAN, Refused::Empty),
            ("SELECT 1; DELETE FROM states; COMMIT", PLAN, Refused::Unsafe),
            ("SELECT 1; SELECT 1", ANALYZE, Refused::Unsafe),
            ("ANALYZE SELECT 1", PLAN, Refused::Syntax),
            ("ANALYZE SELECT 1", ANALYZE, Refused::Syntax),
            ("COMMIT", PLAN, Refused::Syntax),
            ("VACUUM", ANALYZE, Refused::Syntax),
            ("SELECT 'geheim'::int", PLAN, Refused::Failed),
            ("SELECT * FROM nowhere WHERE a = 'geheim'", PLAN, Refused::Undefined),
            ("SELECT * FROM secret", PLAN, Refused::Privilege),
        ];
        for (sql, how, expected) in cases {
            assert_eq!(explain(&target, sql, how, TIMEOUT).await, Err(expected.clone()), "{sql} on {major}");
            assert!(!expected.to_string().contains("geheim"));
        }
    }
}

#[tokio::test]
async fn analyze_changes_nothing_whatever_the_role_may_do_10_18() {
    for major in majors() {
        let watched = watched(major).await;
        // Explained by somebody who may do everything.
        let target = common::target(watched.admin_url());
        for sql in [
            "DELETE FROM states",
            "WITH gone AS (DELETE FROM states RETURNING *) SELECT * FROM gone",
            "INSERT INTO states (name) VALUES ('x')",
            "UPDATE states SET name = 'x'",
            "SELECT nextval('states_id_seq')",
            "CREATE TABLE made AS SELECT 1",
            "SELECT 1 AS a INTO made",
            "(SELECT 1 AS a INTO made)",
            "CREATE MATERIALIZED VIEW made AS SELECT 1",
        ] {
            assert_eq!(explain(&target, sql, ANALYZE, TIMEOUT).await, Err(Refused::Writes), "{sql} on {major}");
        }
        let kept: Option<i64> = watched.admin.fetch("SELECT count(*) FROM states", []).get().await.unwrap();
        assert_eq!(kept, Some(50));
        // What a transaction does not undo goes with the session.
        explain(&target, "SELECT pg_advisory_lock(7), set_config('work_mem', '1MB', false)", ANALYZE, TIMEOUT)
            .await
            .unwrap();
        let held = watched.admin.fetch("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", []);
        assert_eq!(held.get::<i64>().await.unwrap(), Some(0), "{major}");
    }
}

/// A6, §7 `explain` (timeout).
#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    for major in majors() {
        let target = watched(major).await.target();
        let begun = Instant::now();
        let slow = explain(&target, "SELECT pg_sleep(1)", ANALYZE, Duration::from_millis(100)).await;
        assert_eq!(slow, Err(Refused::TimedOut), "{major}");
        assert_eq!(slow.unwrap_err().to_string(), "Query timed out");
        assert!(begun.elapsed() < Duration::from_millis(900));
        // Longer than a question may take.
        let long = explain(&target, "SELECT pg_sleep(0.2)", ANALYZE, TIMEOUT).await.unwrap();
        assert!(long.contains("Execution Time"), "{long}");
    }
}

/// A6; defect 6.
#[tokio::test]
async fn explain_does_not_wait_behind_ddl() {
    for major in majors() {
        let watched = watched(major).await;
        let held = watched.hold("LOCK TABLE states IN ACCESS EXCLUSIVE MODE").await;
        let begun = Instant::now();
        assert_eq!(explain(&watched.target(), "SELECT * FROM states", PLAN, TIMEOUT).await, Err(Refused::Locked));
        assert!(begun.elapsed() < Duration::from_secs(3));
        held.close().await;
    }
}

#[tokio::test]
async fn no_more_than_two_connections_are_used() {
    let watched = watched(common::major()).await;
    let target = watched.target();
    common::answer(probe::server::read(&target).await);
    let slow = tokio::spawn({
        let target = target.clone();
        async move { explain(&target, "SELECT pg_sleep(3)", ANALYZE, TIMEOUT).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    // The other connection is left for questions meanwhile.
    let begun = Instant::now();
    common::answer(probe::server::read(&target).await);
    assert!(begun.elapsed() < Duration::from_secs(2));
    let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user";
    let connections: Option<i64> = watched.admin.fetch(count, []).get().await.unwrap();
    assert!(connections <= Some(2), "{connections:?}");
    slow.await.unwrap().unwrap();
}
