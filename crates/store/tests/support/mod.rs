//! A fresh store for a test.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use model::{
    Bytes, Capture, Connections, DatabaseId, DatabaseSample, Mark, Millis, Statement, StatementCounters, StatementKey,
    Timestamp,
};
use store::{Change, NewCapture, Snapshot, Store};
use tempfile::TempDir;

/// A store in a SQLite file of its own.
pub async fn sqlite() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&url(&folder)).await.unwrap();
    (store, folder)
}

pub fn url(folder: &TempDir) -> String {
    format!("sqlite://{}/heron.db", folder.path().display())
}

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
        snapshot: Some(Snapshot { taken_at, started_at: Timestamp(0), stats_reset: None, dealloc: 0, sees_all: true }),
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
    }
}
