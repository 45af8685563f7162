//! Where bad begins.

use serde::{Deserialize, Serialize};

/// The limits of all checks. PgHero's where it has one and there is no reason to differ; each can be set on its own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Seconds a standby may lag behind what it received: a warning (PgHero: 5).
    pub replication_lag_sec: f64,
    /// Seconds a standby may lag behind what it received: critical.
    pub replication_lag_critical_sec: f64,
    /// Seconds by which standbys are late on purpose (`recovery_min_apply_delay`). A standby knows its own; the primary
    /// does not see it.
    pub standby_apply_delay_sec: f64,
    /// Megabytes of WAL a slot in use may retain: a warning.
    pub slot_retained_megabytes: i64,
    /// Megabytes of WAL a slot may retain, in use or not: critical.
    pub slot_retained_critical_megabytes: i64,
    /// Seconds a finished WAL file may wait to be archived: a warning.
    pub archive_wait_sec: f64,
    /// Seconds a finished WAL file may wait to be archived: critical.
    pub archive_wait_critical_sec: f64,
    /// Megabytes of WAL that may wait to be archived: critical.
    pub archive_backlog_critical_megabytes: i64,
    /// Seconds a transaction may stay prepared: a warning.
    pub prepared_transaction_sec: f64,
    /// Seconds a transaction may stay prepared: critical.
    pub prepared_transaction_critical_sec: f64,
    /// Seconds a statement may run (PgHero: 60).
    pub long_running_query_sec: f64,
    /// Seconds a session may wait for a lock: a warning.
    pub blocked_query_sec: f64,
    /// Seconds a session may wait for a lock: critical.
    pub blocked_query_critical_sec: f64,
    /// Percent of blocks that should be found in shared buffers (PgHero: 99).
    pub cache_hit_rate: f64,
    /// Percent of the connections a limit allows that may be in use: a warning (PgHero: 500 connections).
    pub connections_percent: f64,
    /// Percent of the connections a limit allows that may be in use: critical. So is a limit that is reached.
    pub connections_critical_percent: f64,
    /// Connections that may be in use, whatever `max_connections` is: a warning (PgHero: 500). Off unless it is set.
    pub total_connections_threshold: Option<i64>,
    /// Seconds a session may be idle in a transaction: a warning (PgHero: 100 sessions, however short).
    pub idle_in_transaction_sec: f64,
    /// Seconds a session may be idle in a transaction: critical.
    pub idle_in_transaction_critical_sec: f64,
    /// How many times `autovacuum_freeze_max_age` a table's age may reach: a warning. At one time that age autovacuum
    /// starts to freeze the table whatever else is set; above 1.2 times it is not keeping up. (PgHero warns above an
    /// age of 646 million, whatever the server's setting.)
    pub freeze_age_ratio: f64,
    /// Transaction or multixact ids that should be left: a warning, whatever `autovacuum_freeze_max_age` says.
    pub transactions_left: i64,
    /// Transaction or multixact ids that should be left: critical.
    pub transactions_left_critical: i64,
    /// Dead or changed rows from which on it matters that a table was never vacuumed or analyzed.
    pub never_vacuumed_rows: i64,
    /// Percent of a sequence's range that may be used: a warning (PgHero: 90).
    pub sequence_percent: f64,
    /// Percent of a sequence's range that may be used: critical.
    pub sequence_critical_percent: f64,
    /// Milliseconds a statement may take on average (PgHero: 20).
    pub slow_query_ms: f64,
    /// Calls from which on a slow statement matters (PgHero: 100).
    pub slow_query_calls: i64,
    /// Milliseconds on average from which on a statement is worth an index (PgHero: 20).
    pub suggested_index_ms: f64,
    /// Calls from which on a statement is worth an index (PgHero: 50).
    pub suggested_index_calls: i64,
    /// Estimated rows of a table from which on a reference without an index matters.
    pub foreign_key_index_rows: i64,
    /// Bytes a fresh copy of an index would have to save (PgHero: 104857600).
    pub index_bloat_bytes: i64,
    /// Bytes a fresh copy of a table would have to save.
    pub table_bloat_bytes: i64,
    /// Percent of a table or index that a fresh copy would have to save, besides the bytes.
    pub bloat_percent: f64,
    /// Megabytes from which on an unused index matters (PgHero: 10).
    pub unused_index_megabytes: i64,
    /// Days the statistics must have counted before "never scanned" is a warning rather than a hint.
    pub unused_index_days: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            replication_lag_sec: 5.0,
            replication_lag_critical_sec: 300.0,
            standby_apply_delay_sec: 0.0,
            slot_retained_megabytes: 2 * 1024,
            slot_retained_critical_megabytes: 10 * 1024,
            archive_wait_sec: 300.0,
            archive_wait_critical_sec: 3_600.0,
            archive_backlog_critical_megabytes: 10 * 1024,
            prepared_transaction_sec: 60.0,
            prepared_transaction_critical_sec: 3_600.0,
            long_running_query_sec: 60.0,
            blocked_query_sec: 1.0,
            blocked_query_critical_sec: 60.0,
            cache_hit_rate: 99.0,
            connections_percent: 80.0,
            connections_critical_percent: 95.0,
            total_connections_threshold: None,
            idle_in_transaction_sec: 60.0,
            idle_in_transaction_critical_sec: 600.0,
            freeze_age_ratio: 1.2,
            transactions_left: 500_000_000,
            transactions_left_critical: 200_000_000,
            never_vacuumed_rows: 10_000,
            sequence_percent: 90.0,
            sequence_critical_percent: 98.0,
            slow_query_ms: 20.0,
            slow_query_calls: 100,
            suggested_index_ms: 20.0,
            suggested_index_calls: 50,
            foreign_key_index_rows: 10_000,
            index_bloat_bytes: 104_857_600,
            table_bloat_bytes: 104_857_600,
            bloat_percent: 30.0,
            unused_index_megabytes: 10,
            unused_index_days: 7.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_threshold_can_be_set_and_a_misspelt_one_is_refused() {
        let set: Thresholds = serde_json::from_str(r#"{"slow_query_ms": 5}"#).unwrap();
        assert_eq!(set, Thresholds { slow_query_ms: 5.0, ..Thresholds::default() });
        assert!(serde_json::from_str::<Thresholds>(r#"{"slow_query": 5}"#).is_err());
    }
}
