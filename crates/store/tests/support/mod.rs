//! A fresh store for a test.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use model::{
    Bytes, Capture, Connections, DatabaseId, DatabaseSample, Mark, Millis, Statement, StatementCounters, StatementKey,
    Timestamp,
};
use store::{Change, NewCapture, Snapshot, Store};
use tempfile::TempDir;
use testkit::{MariaDb, Postgres, TestDatabase};

/// Where a test's store is; it can be opened there again.
pub enum Place {
    Sqlite(TempDir),
    Postgres(TestDatabase),
    Mariadb(String),
}

impl Place {
    /// A SQLite file of its own.
    pub fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A PostgreSQL database of its own.
    pub async fn postgres() -> Self {
        Self::Postgres(Postgres::shared(testkit::major()).database().await)
    }

    /// A MariaDB database of its own.
    pub async fn mariadb(server: &MariaDb) -> Self {
        Self::Mariadb(server.database().await)
    }

    pub async fn open(&self) -> Store {
        let url = match self {
            Self::Sqlite(folder) => format!("sqlite://{}/heron.db", folder.path().display()),
            Self::Postgres(database) => database.url.clone(),
            Self::Mariadb(url) => url.clone(),
        };
        Store::open(&url).await.unwrap()
    }
}

/// Each of these tests on each database that can hold a store. One test for all on MariaDB, which takes seconds to start.
macro_rules! on_every_store {
    ($($test:ident;)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::sqlite()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Place::postgres().await).await;
            })*
        }

        #[tokio::test]
        async fn on_mariadb() {
            let Some(server) = testkit::MariaDb::start() else {
                assert!(std::env::var("CI").is_err(), "no mariadbd on this machine");
                println!("no mariadbd on this machine: nothing was tested");
                return;
            };
            $(
                println!(stringify!($test));
                $test(Place::mariadb(&server).await).await;
            )*
        }
    };
}
pub(crate) use on_every_store;

#[allow(dead_code, reason = "not every test that has this module captures")]
pub fn shop() -> DatabaseId {
    DatabaseId("shop \"größe\"".into())
}

#[allow(dead_code, reason = "as above")]
pub fn statement(queryid: &str, role: &str, calls: i64) -> Statement {
    Statement {
        key: StatementKey { queryid: queryid.into(), role: role.into(), toplevel: true },
        counters: StatementCounters {
            calls,
            total_ms: Millis(calls as f64 * 2.0),
            rows: calls * 3,
            ..Default::default()
        },
        stats_since: None,
    }
}

/// A capture at `second`, `span` seconds after the one before, in which each statement did what is said of it.
#[allow(dead_code, reason = "as above")]
pub fn capture(second: i64, span: Option<i64>, marks: &[Mark], grown: &[(Option<i64>, Statement)]) -> NewCapture {
    let taken_at = Timestamp(second * 1_000_000);
    NewCapture {
        capture: Capture { taken_at, span: span.map(Millis::from_secs), marks: marks.to_vec() },
        snapshot: Some(Snapshot {
            taken_at,
            started_at: Timestamp(0),
            stats_reset: None,
            dealloc: 0,
            sees_all: true,
            node: None,
        }),
        sample: Some(DatabaseSample {
            size: Bytes(second),
            connections: Connections { total: 3, active: 1, idle: 1, idle_in_transaction: 1 },
            ..Default::default()
        }),
        changed: grown
            .iter()
            .map(|(id, statement)| Change {
                id: *id,
                statement: statement.clone(),
                growth: span.map(|_| statement.counters),
            })
            .collect(),
        gone: vec![],
        system: None,
    }
}
