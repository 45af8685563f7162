//! Every SQL remedy of every check runs, on relations of every shape, and removes its finding.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use advisor::{RULES, Rule, Thresholds};
use dataset::{Database, Options};
use model::{Check, Finding};
use probe::Target;
use testkit::{Postgres, TestDatabase};

use crate::{
    common::{leak, majors, run, target},
    reading::findings,
    shapes::{CHANGED, NAMES, SETUP, SHAPES, Shape, instantiate},
};

/// The checks whose remedies do not run here, and why.
const NOT_PROVOKED: &[(Check, &str)] = &[
    (Check::ReplicationLag, "its SQL resumes a standby that was paused; server/tests has the standby"),
    (Check::ReplicationSlotLag, "its reader has to catch up: has no SQL"),
    (Check::Archiving, "the archive command has to work: has no SQL"),
    (Check::CacheHitRate, "has no SQL"),
    (Check::Connections, "has no SQL"),
    (Check::SlowQuery, "has no SQL"),
];

/// The checks that may still find something after their remedy: other transactions have gone on since.
const MAY_STAY: &[Check] = &[Check::TransactionIdWraparound, Check::MultixactWraparound];

/// Remedies of those that are followed: each table of the database has one.
const ENOUGH: usize = 30;

const SLOW_TABLES: &str = r#"
    CREATE TABLE "slow table" (id int PRIMARY KEY, "A b" int);
    INSERT INTO "slow table" SELECT n, n FROM generate_series(1, 20000) AS n;
    CREATE TABLE slow_parts (k int PRIMARY KEY, a int, b int) PARTITION BY LIST (k);
    CREATE TABLE slow_parts_1 PARTITION OF slow_parts DEFAULT;
    INSERT INTO slow_parts SELECT n, n, n FROM generate_series(1, 20000) AS n;
    CREATE MATERIALIZED VIEW slow_view AS SELECT n AS a FROM generate_series(1, 20000) AS n;
    ANALYZE
"#;

mod a_server_of_ones_own {
    use super::*;

    macro_rules! on {
        ($($name:ident $major:literal),*) => { $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                if majors().contains(&$major) {
                    every_remedy_runs($major).await;
                }
            }
        )* };
    }

    on!(every_remedy_runs_on_14 14, every_remedy_runs_on_15 15, every_remedy_runs_on_16 16, every_remedy_runs_on_17 17, every_remedy_runs_on_18 18);
}

async fn every_remedy_runs(major: u16) {
    let server = Postgres::start_own(major, &[("autovacuum", "off"), ("max_prepared_transactions", "2")]);
    let database = server.database().await;
    let watched = Watched { target: target(&database.url), admin: database.connect().await, major };
    watched.create_relations().await;
    share_a_row(&database).await;
    interrupt_reindex(&watched, &database).await;
    watched.run("SELECT pg_create_physical_replication_slot('left_behind', true)").await;
    let sessions = Sessions::open(&watched, &database).await;
    let preparer = database.connect().await;
    run(&preparer, r#"BEGIN; CREATE TABLE prepared (id int); PREPARE TRANSACTION 'left ''behind"'"#).await;

    let mut rules: Vec<&Rule> = RULES.iter().collect();
    // The suggestions need the extension; other remedies vacuum; the settings make everything after them slower.
    rules.sort_by_key(|rule| match rule.check {
        Check::StatisticsMissing | Check::PreparedTransaction => 0,
        Check::NeverVacuumed => 1,
        Check::AutovacuumOff => 3,
        Check::Setting => 4,
        _ => 2,
    });
    let mut provoked = BTreeSet::new();
    for rule in rules {
        if watched.follow_remedies(rule).await > 0 {
            provoked.insert(rule.check);
        }
    }
    drop(sessions);
    for rule in RULES {
        let reason = NOT_PROVOKED.iter().find(|(check, _)| *check == rule.check).map(|(_, reason)| *reason);
        match (provoked.contains(&rule.check), reason) {
            (false, None) => {
                panic!("no remedy of {} was provoked on {major}: provoke it, or list it with a reason", rule.check)
            }
            (true, Some(reason)) => panic!("{} is listed as not provoked ({reason}), but was on {major}", rule.check),
            _ => {}
        }
    }
}

struct Watched {
    target: Target,
    admin: Database,
    major: u16,
}

impl Watched {
    async fn run(&self, sql: &str) {
        run(&self.admin, sql).await;
    }

    async fn create_relations(&self) {
        self.run(SETUP).await;
        self.run(SLOW_TABLES).await;
        // ANALYZE reads foreign tables, and these have no server.
        let foreign = |shape: &Shape| shape.1.contains("FOREIGN TABLE");
        self.create(SHAPES, 0, |shape| !foreign(shape)).await;
        self.run("CREATE TABLE docs (id int PRIMARY KEY, body text); INSERT INTO docs VALUES (1, 'x')").await;
        // What is counted after ANALYZE counts as changed since.
        self.wait_for("SELECT count(*) FROM pg_stat_user_tables WHERE n_tup_del > 1000", 1).await;
        self.run("VACUUM ANALYZE").await;
        self.create(SHAPES, 0, foreign).await;
        self.create(CHANGED, SHAPES.len(), |_| true).await;
        self.wait_for("SELECT count(*) FROM pg_stat_user_tables WHERE n_dead_tup > 1000", CHANGED.len() as i64).await;
    }

    /// Waits until a query counts as many: a session reports its statistics a little later.
    async fn wait_for(&self, sql: &'static str, number: i64) {
        let begun = Instant::now();
        while self.admin.fetch(sql, []).get::<i64>().await.unwrap() < Some(number) {
            assert!(begun.elapsed() < Duration::from_secs(60), "{sql} on {}", self.major);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn create(&self, shapes: &[Shape], first: usize, wanted: impl Fn(&Shape) -> bool) {
        for (number, shape) in (first..).zip(shapes).filter(|(_, shape)| shape.0 <= self.major && wanted(shape)) {
            // Each version tries other names with a shape.
            let name = NAMES[(number + usize::from(self.major)) % NAMES.len()];
            self.run(&instantiate(shape, number, name)).await;
        }
    }

    /// Follows the remedies of a check, one at a time, until it has none left; how many there were.
    async fn follow_remedies(&self, rule: &Rule) -> usize {
        let mut done = BTreeSet::new();
        loop {
            let findings = findings(&self.target, rule, &thresholds()).await;
            let next = findings.into_iter().find_map(|found| {
                let sql = found.remedy.as_ref()?.sql.clone();
                (!done.contains(&(found.object.clone(), sql.clone()))).then_some((found, sql))
            });
            let Some((found, sql)) = next else { return done.len() };
            for statement in statements(&sql) {
                let result = self.admin.execute_script(leak(&statement)).await;
                result.unwrap_or_else(|error| {
                    panic!("{} on {}: {statement}\n{error}\n{found:#?}", rule.check, self.major)
                });
            }
            // A role other than Heron's present one cannot end the finding about the present one.
            let about_role = found.object.starts_with("role ");
            if !MAY_STAY.contains(&rule.check) && !about_role {
                self.expect_gone(rule, &found).await;
            }
            done.insert((found.object, sql));
            if MAY_STAY.contains(&rule.check) && done.len() >= ENOUGH {
                return done.len();
            }
        }
    }

    async fn expect_gone(&self, rule: &Rule, found: &Finding) {
        let begun = Instant::now();
        loop {
            let left = findings(&self.target, rule, &thresholds()).await;
            let Some(left) = left.iter().find(|left| left.object == found.object) else { return };
            assert!(begun.elapsed() < Duration::from_secs(10), "still there on {}: {left:#?}", self.major);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Whatever can be found is.
fn thresholds() -> Thresholds {
    Thresholds {
        long_running_query_sec: 0.0,
        blocked_query_sec: 0.0,
        idle_in_transaction_sec: 0.0,
        prepared_transaction_sec: 0.0,
        freeze_age_ratio: 0.0,
        never_vacuumed_rows: 1,
        foreign_key_index_rows: 0,
        index_bloat_bytes: 100_000,
        table_bloat_bytes: 100_000,
        unused_index_megabytes: 0,
        ..Thresholds::default()
    }
}

/// The statements of a remedy, without its comments.
fn statements(sql: &str) -> Vec<String> {
    let lines: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let sql = lines.join("\n");
    sql.split_inclusive(";\n")
        .map(|statement| statement.trim().to_owned())
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// A row that two transactions lock takes a multixact id, so that tables have an age in these too.
async fn share_a_row(database: &TestDatabase) {
    let sql = "BEGIN; SELECT * FROM docs FOR SHARE";
    let (first, second) = (session(database, sql).await, session(database, sql).await);
    first.close().await;
    second.close().await;
}

/// A REINDEX CONCURRENTLY that is cancelled while it waits leaves an invalid index on the table and one on its TOAST table.
async fn interrupt_reindex(watched: &Watched, database: &TestDatabase) {
    let writer = session(database, "BEGIN; INSERT INTO docs VALUES (2, 'y')").await;
    let url = database.url.clone();
    let reindex = tokio::spawn(async move {
        let session = Database::connect(&url).await.unwrap();
        session.execute_script("REINDEX TABLE CONCURRENTLY docs").await.unwrap_err();
    });
    let cancel = "SELECT count(pg_cancel_backend(p.pid)) FROM pg_stat_progress_create_index AS p
                   WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.relname ~ 'toast.*_ccnew$')";
    watched.wait_for(cancel, 1).await;
    reindex.await.unwrap();
    writer.close().await;
}

/// Sessions that block others.
struct Sessions {
    _idle: Vec<Database>,
    waiting: Vec<tokio::task::JoinHandle<()>>,
}

impl Sessions {
    async fn open(watched: &Watched, database: &TestDatabase) -> Self {
        let holder = session(database, "BEGIN; LOCK TABLE docs").await;
        let idle = session(database, "BEGIN; SELECT count(*) FROM pg_class").await;
        let waiting = ["SELECT * FROM docs", "SELECT pg_sleep(600)"].map(|sql| {
            let url = database.url.clone();
            tokio::spawn(async move {
                // It ends with its remedy.
                let _ = Database::connect(&url).await.unwrap().execute_script(sql).await;
            })
        });
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event IN ('relation', 'PgSleep')";
        watched.wait_for(waits, 2).await;
        Self { _idle: vec![holder, idle], waiting: waiting.into() }
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        for waiting in &self.waiting {
            waiting.abort();
        }
    }
}

async fn session(database: &TestDatabase, sql: &str) -> Database {
    let options = Options { max_connections: 1, idle_timeout: None, ..Options::default() };
    let session = Database::connect_with(&database.url, options).await.unwrap();
    run(&session, sql).await;
    session
}
