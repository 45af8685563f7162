//! What is captured is what happened, and nothing on the watched server is touched for it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use collector::Collector;
use dataset::Database;
use model::{Capture, DatabaseId, Mark, QualifiedName, StatementSort, StatementTotal, Timestamp};
use probe::{Fleet, Limits};
use store::Store;
use tempfile::TempDir;
use testkit::{Postgres, TestDatabase, major, majors};

/// A watched database, a store, and who captures the one into the other.
struct Captured {
    id: DatabaseId,
    database: TestDatabase,
    db: Database,
    store: Store,
    collector: Collector,
    _folder: TempDir,
}

impl Captured {
    async fn on(server: &Postgres) -> Self {
        Self::of(server.database_with_statements().await).await
    }

    async fn of(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/heron.db", folder.path().display())).await.unwrap();
        let db = database.connect().await;
        let collector = collector(&database.url, &store);
        Self { id: id(), database, db, store, collector, _folder: folder }
    }

    async fn run(&self, sql: &'static str) {
        self.db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn capture(&self) -> Capture {
        self.collector.capture(&self.id).await.unwrap().expect("nobody else captures")
    }

    /// Everything the store knows.
    async fn top(&self) -> Vec<StatementTotal> {
        let all = (Timestamp(0), Timestamp(i64::MAX));
        self.store.top(&self.id, all.0, all.1, StatementSort::Calls, 10_000).await.unwrap().statements
    }

    /// Calls and rows of the statements whose text contains this.
    async fn grown(&self, text: &str) -> Option<(i64, i64)> {
        let top = self.top().await;
        let found: Vec<_> =
            top.iter().filter(|one| one.query.as_deref().is_some_and(|query| query.contains(text))).collect();
        assert!(found.len() <= 1, "{text} is no name: {found:#?}");
        found.first().map(|one| (one.counters.calls, one.counters.rows))
    }

    /// How often statement texts were asked for by Heron.
    async fn text_questions(&self) -> i64 {
        let sql = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements WHERE query ~ 'ANY \\(\\$1::int8' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        self.db.fetch(sql, []).get().await.unwrap().unwrap()
    }

    async fn stats_reset(&self) -> String {
        self.db.fetch("SELECT stats_reset::text FROM pg_stat_statements_info", []).get().await.unwrap().unwrap()
    }

    /// No number of the store is below nought.
    async fn nothing_is_negative(&self) {
        for StatementTotal { query, counters, .. } in self.top().await {
            assert!(counters.calls >= 0 && counters.rows >= 0 && counters.total_ms.0 >= 0.0, "{query:?}: {counters:?}");
        }
        let series = self.store.series(&self.id, Timestamp(0), Timestamp(i64::MAX / 2), None).await.unwrap();
        assert!(series.calls.iter().flatten().all(|calls| *calls >= 0.0), "{series:?}");
    }
}

fn id() -> DatabaseId {
    DatabaseId("shop".into())
}

fn collector(url: &str, store: &Store) -> Collector {
    let fleet = Arc::new(Fleet::new([(id(), url.to_owned())], Limits::default()).unwrap());
    Collector::new(fleet, store.clone(), Duration::from_secs(3600), Duration::from_secs(24 * 3600))
}

/// L6, §7 `query_stats` (capture, a later execution); defect 2.
#[tokio::test]
async fn what_grew_is_what_was_run() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured.run("SELECT n AS early FROM generate_series(1, 50) AS n").await;
        let first = captured.capture().await;
        assert_eq!((first.marks.as_slice(), first.span), (&[Mark::First][..], None));
        assert!(captured.top().await.is_empty(), "what ran before the first capture is nobody's");

        for _ in 0..5 {
            captured.run("SELECT n, n AS late FROM generate_series(1, 7) AS n").await;
        }
        captured.run("SELECT n AS early FROM generate_series(1, 50) AS n").await;
        let second = captured.capture().await;
        assert_eq!(second.marks, []);
        assert_eq!(second.span.unwrap(), second.taken_at.since(first.taken_at));
        assert_eq!(captured.grown("AS late").await, Some((5, 35)), "on {major}");
        assert_eq!(captured.grown("AS early").await, Some((1, 50)), "on {major}");

        captured.run("SELECT n, n AS late FROM generate_series(1, 2) AS n").await;
        captured.capture().await;
        assert_eq!(captured.grown("AS late").await, Some((6, 37)), "on {major}");
        assert!(captured.store.last_size(&captured.id).await.unwrap().unwrap().0 > 1_000_000);
        captured.nothing_is_negative().await;
    }
}

/// §4.3 (L6, §7 `space` (capture)).
#[tokio::test]
async fn sizes_are_captured_with_the_first_capture_and_then_once_an_hour() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured
            .run("CREATE TABLE \"Order\" (id int PRIMARY KEY); INSERT INTO \"Order\" SELECT generate_series(1, 5000)")
            .await;
        captured.capture().await;
        let first = captured.store.last_sizes(&captured.id).await.unwrap().unwrap();
        captured.capture().await;
        assert_eq!(captured.store.last_sizes(&captured.id).await.unwrap(), Some(first));
        let sizes = captured.store.sizes_since(&captured.id, Timestamp(0)).await.unwrap();
        for name in ["Order", "Order_pkey"] {
            let (since, bytes) = sizes[&QualifiedName::new("public", name)];
            assert!(since == first && bytes.0 > 100_000, "{name}: {bytes}");
        }
    }
}

/// §3.4.
/// L6; defect 2: what was counted stays counted.
#[tokio::test]
async fn never_resets_anything() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured.run("SELECT 1 AS kept").await;
        let calls = "SELECT calls FROM pg_stat_statements WHERE query ~ 'AS kept$' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let before = captured.stats_reset().await;
        for _ in 0..3 {
            captured.capture().await;
        }
        assert_eq!(captured.stats_reset().await, before);
        assert_eq!(captured.db.fetch(calls, []).get::<i64>().await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn a_text_is_kept_without_its_literals_and_fetched_once() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured.run("SET application_name = 'geheim 1234'").await;
        captured.run("SELECT 4711 AS number /* Kunde 4711 */").await;
        captured.capture().await;
        captured.run("SET application_name = 'geheim 1234'").await;
        captured.capture().await;
        let fetched = captured.text_questions().await;
        assert!((1..=2).contains(&fetched), "{fetched}");
        assert_eq!(captured.grown("SET application_name = ").await.map(|(calls, _)| calls), Some(1));
        assert!(captured.top().await.iter().all(|one| !one.query.as_deref().unwrap_or_default().contains("geheim")));

        // Heron's own questions and this test's are known by now. The same again: nothing to fetch.
        let settled = captured.settled().await;
        captured.run("SET application_name = 'geheim 1234'").await;
        captured.capture().await;
        assert_eq!(captured.text_questions().await, settled, "texts were fetched again on {major}");
    }
}

impl Captured {
    /// Captures until every text is known, and says how often texts were fetched for that.
    async fn settled(&self) -> i64 {
        for _ in 0..5 {
            let before = self.text_questions().await;
            self.capture().await;
            if self.text_questions().await == before {
                return before;
            }
        }
        panic!("texts are fetched at every capture");
    }
}

#[tokio::test]
async fn a_server_without_statements_still_shows_its_size() {
    for major in majors() {
        let captured = Captured::of(Postgres::shared(major).database().await).await;
        let capture = captured.capture().await;
        assert_eq!((capture.span, capture.marks.as_slice()), (None, &[][..]));
        assert!(captured.store.last_size(&captured.id).await.unwrap().unwrap().0 > 1_000_000);
        assert!(captured.top().await.is_empty());
        // From when they can be read, they are captured.
        captured.run("CREATE EXTENSION pg_stat_statements").await;
        assert_eq!(captured.capture().await.marks, [Mark::First]);
        captured.run("SELECT 1 AS one").await;
        captured.capture().await;
        assert_eq!(captured.grown("AS one").await, Some((1, 1)));
    }
}

/// L6, C1 `capture_query_stats: false` (§4.2): its size is captured, its statements are not even read.
#[tokio::test]
async fn statements_are_left_alone_where_the_configuration_says_so() {
    for major in majors() {
        let mut captured = Captured::on(Postgres::shared(major)).await;
        captured.collector = collector(&captured.database.url, &captured.store).without_statements_of([id()].into());
        captured.run("CREATE TABLE t (id int)").await;
        captured.capture().await;
        captured.run("SELECT 1 AS nobodys").await;
        captured.capture().await;
        assert!(captured.top().await.is_empty(), "on {major}");
        assert!(captured.store.baseline(&captured.id).await.unwrap().is_none());
        let sql = "SELECT count(*) FROM pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid WHERE query ~ 'pg_stat_statements\\(' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(captured.db.fetch(sql, []).get::<i64>().await.unwrap(), Some(0), "they were read on {major}");
        assert!(captured.store.last_size(&captured.id).await.unwrap().unwrap().0 > 1_000_000);
        assert!(captured.store.last_sizes(&captured.id).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn of_two_collectors_on_one_store_one_captures() {
    let captured = Captured::on(Postgres::shared(major())).await;
    let other = collector(&captured.database.url, &captured.store);
    captured.capture().await;
    assert_eq!(other.capture(&captured.id).await.unwrap(), None);
    // Until it lets go.
    captured.collector.release().await.unwrap();
    assert!(other.capture(&captured.id).await.unwrap().is_some());
    assert_eq!(captured.collector.capture(&captured.id).await.unwrap(), None);
}

/// L6; defect 2.
#[tokio::test]
async fn two_at_the_same_moment_are_one_capture() {
    let captured = Captured::on(Postgres::shared(major())).await;
    let others: Vec<Collector> = (0..6).map(|_| collector(&captured.database.url, &captured.store)).collect();
    let done = futures::future::join_all(others.iter().map(|one| one.capture(&captured.id))).await;
    assert_eq!(done.into_iter().filter(|done| matches!(done, Ok(Some(_)))).count(), 1);
}

#[tokio::test]
async fn a_capture_that_fails_leaves_nothing_behind() {
    let captured = Captured::on(Postgres::shared(major())).await;
    captured.capture().await;
    let last = captured.store.last_capture(&captured.id).await.unwrap();
    let dead = collector("postgres://heron:x@127.0.0.1:1/shop", &captured.store);
    captured.collector.release().await.unwrap();
    assert!(dead.capture(&captured.id).await.unwrap_err().to_string().contains("cannot be reached"));
    assert!(dead.capture(&DatabaseId("nowhere".into())).await.is_err());
    assert_eq!(captured.store.last_capture(&captured.id).await.unwrap(), last);
}

/// These change a whole server.
mod a_server_of_ones_own {
    use super::*;

    #[tokio::test]
    async fn a_reset_by_somebody_is_a_mark_and_no_negative_number() {
        for major in majors() {
            let server = Postgres::start_own(major, &[]);
            let captured = Captured::on(&server).await;
            for _ in 0..9 {
                captured.run("SELECT 1 AS one").await;
            }
            captured.capture().await;
            captured.run("SELECT pg_stat_statements_reset()").await;
            for _ in 0..3 {
                captured.run("SELECT 1 AS one").await;
            }
            assert_eq!(captured.capture().await.marks, [Mark::Reset], "on {major}");
            assert_eq!(captured.grown("AS one").await, Some((3, 3)));
            captured.nothing_is_negative().await;
            // One statement alone: the counters of the others go on.
            captured
                .run("SELECT pg_stat_statements_reset(0, 0, queryid) FROM pg_stat_statements WHERE query ~ 'AS one$'")
                .await;
            captured.run("SELECT 1 AS one").await;
            let capture = captured.capture().await;
            assert_eq!(capture.marks, [Mark::Reset], "on {major}");
            assert_eq!(captured.grown("AS one").await, Some((4, 4)));
            captured.nothing_is_negative().await;
        }
    }

    #[tokio::test]
    async fn a_restart_is_a_mark_and_the_counters_go_on() {
        let mut server = Postgres::start_own(major(), &[]);
        let mut captured = Captured::on(&server).await;
        captured.run("SELECT 1 AS one").await;
        captured.capture().await;
        captured.run("SELECT 1 AS one").await;
        captured.db.close().await;
        server.stop();
        assert!(captured.collector.capture(&captured.id).await.is_err());
        server.start();
        captured.db = captured.database.connect().await;
        captured.run("SELECT 1 AS one").await;
        // What a connection of before the restart knew is noticed and replaced.
        let capture = loop {
            match captured.collector.capture(&captured.id).await {
                Ok(capture) => break capture.unwrap(),
                Err(error) => println!("not yet: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert_eq!(capture.marks, [Mark::Restart]);
        assert_eq!(captured.grown("AS one").await, Some((2, 2)));
        captured.nothing_is_negative().await;
    }

    #[tokio::test]
    async fn a_crash_that_lost_the_counters_invents_nothing() {
        let mut server = Postgres::start_own(major(), &[]);
        let mut captured = Captured::on(&server).await;
        for _ in 0..9 {
            captured.run("SELECT 1 AS one").await;
        }
        captured.capture().await;
        captured.db.close().await;
        server.crash();
        // Whatever was saved is lost too.
        let _ = std::fs::remove_file(server.log().with_file_name("data").join("pg_stat/pg_stat_statements.stat"));
        server.start();
        captured.db = captured.database.connect().await;
        captured.run("SELECT 1 AS one").await;
        let capture = loop {
            if let Ok(capture) = captured.collector.capture(&captured.id).await {
                break capture.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        assert!(capture.marks.contains(&Mark::Restart), "{:?}", capture.marks);
        assert!(capture.marks.contains(&Mark::Reset), "{:?}", capture.marks);
        assert_eq!(captured.grown("AS one").await, Some((1, 1)));
        captured.nothing_is_negative().await;
    }

    #[tokio::test]
    async fn an_eviction_is_a_mark_and_what_returns_counts_from_its_return() {
        for major in majors() {
            // The least there may be.
            let server = Postgres::start_own(major, &[("pg_stat_statements.max", "100")]);
            let captured = Captured::on(&server).await;
            captured.run("CREATE TABLE wide ()").await;
            for n in 0..150 {
                let sql: &'static str = format!("ALTER TABLE wide ADD column_{n} int").leak();
                captured.db.execute(sql, []).await.unwrap();
            }
            captured.run("SELECT column_0 FROM wide").await;
            captured.capture().await;
            for n in 0..150 {
                let sql: &'static str = format!("SELECT column_{n} FROM wide").leak();
                captured.db.execute(sql, []).await.unwrap();
            }
            let capture = captured.capture().await;
            assert_eq!(capture.marks, [Mark::Eviction], "on {major}");
            captured.nothing_is_negative().await;
            let calls: i64 = captured.top().await.iter().map(|one| one.counters.calls).sum();
            assert!((1..=1000).contains(&calls), "{calls} calls");
        }
    }
}
