//! What a server did is captured as it happened: resets and restarts are marks, never numbers.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{sync::Arc, time::Duration};

use collector::Collector;
use dataset::Database;
use model::{Counter, DatabaseId, Mark, SystemHistory, Timestamp};
use probe::{Fleet, Limits};
use store::Store;
use tempfile::TempDir;
use testkit::{Postgres, TestDatabase, majors};

struct Captured {
    db: Database,
    store: Store,
    collector: Collector,
    _database: TestDatabase,
    _folder: TempDir,
}

fn id() -> DatabaseId {
    DatabaseId("shop".into())
}

impl Captured {
    async fn on(server: &Postgres) -> Self {
        let database = server.database().await;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/heron.db", folder.path().display())).await.unwrap();
        let fleet = Arc::new(Fleet::new([(id(), database.url.clone())], Limits::default()).unwrap());
        let collector = Collector::new(fleet, store.clone(), Duration::from_secs(3600), Duration::from_secs(24 * 3600));
        Self { db: database.connect().await, store, collector, _database: database, _folder: folder }
    }

    async fn run(&self, sql: &'static str) {
        self.db.execute_script(sql).await.unwrap();
    }

    async fn capture(&self) {
        self.collector.capture(&id()).await.unwrap().expect("nobody else captures");
    }

    /// All there is. The captures of a test are in one stretch of a window as long as this.
    async fn history(&self) -> SystemHistory {
        let now: Timestamp = std::time::SystemTime::now().into();
        self.store.system(&id(), Timestamp(now.0 - 86_400_000_000), Timestamp(now.0 + 1_000_000)).await.unwrap()
    }

    async fn rate(&self, counter: Counter) -> f64 {
        self.history().await.rate(counter).into_iter().flatten().fold(0.0, f64::max)
    }

    /// Captures until a backend has reported what it did.
    async fn until(&self, what: &str, done: impl AsyncFn(&Self) -> bool) {
        for _ in 0..100 {
            self.run("SELECT 1").await;
            self.capture().await;
            if done(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{what}: {:#?}", self.history().await);
    }
}

#[tokio::test]
async fn what_a_server_does_is_a_rate() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured.capture().await;
        let first = captured.history().await;
        assert!(first.rates.is_empty(), "what happened before the first capture is nobody's: {first:#?}");
        assert!(first.marks.iter().any(|(_, mark)| *mark == Mark::First));
        captured.run("CREATE TABLE t AS SELECT generate_series(1, 50000) AS n").await;
        captured
            .until("rows and WAL grow", async |captured| {
                captured.rate(Counter::RowsInserted).await > 0.0 && captured.rate(Counter::WalBytes).await > 0.0
            })
            .await;
        let history = captured.history().await;
        assert!(history.rates.values().flatten().flatten().all(|rate| *rate >= 0.0), "on {major}: {history:#?}");
        assert!(history.active.iter().flatten().count() > 0);
        assert_eq!(history.knows(&[Counter::ClientWriteBytes]), major >= 16, "on {major}");
    }
}

/// §3.4: Heron never resets, and what others reset is a mark.
#[tokio::test]
async fn a_reset_is_a_mark_and_no_negative_number() {
    for major in majors() {
        let captured = Captured::on(Postgres::shared(major)).await;
        captured.run("CREATE TABLE t AS SELECT generate_series(1, 50000) AS n").await;
        captured.capture().await;
        captured.run("SELECT pg_stat_reset()").await;
        captured
            .until("the reset is seen", async |captured| {
                captured.history().await.marks.iter().any(|(_, mark)| *mark == Mark::Reset)
            })
            .await;
        let history = captured.history().await;
        assert!(history.rates.values().flatten().flatten().all(|rate| *rate >= 0.0), "on {major}: {history:#?}");
    }
}
