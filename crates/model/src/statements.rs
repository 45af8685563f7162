//! Normalised queries and their counters: rows of `pg_stat_statements`.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Millis, Timestamp};

/// What tells one statement from another within a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementKey {
    /// The server's hash of the normalised query; signed 64 bits, carried as text.
    pub queryid: String,
    /// The role that ran it.
    pub role: String,
    /// Whether it was sent by a client rather than run inside a function.
    pub toplevel: bool,
}

/// A statement's counters since its entry began, or their growth over a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StatementCounters {
    /// How often it was executed.
    pub calls: i64,
    /// Time spent planning and executing it.
    pub total_ms: Millis,
    /// Rows retrieved or affected.
    pub rows: i64,
    /// Blocks found in shared buffers.
    pub shared_hit: i64,
    /// Blocks asked of the operating system.
    pub shared_read: i64,
    /// Blocks of temporary files written.
    pub temp_written: i64,
    /// WAL generated.
    pub wal_bytes: Bytes,
}

impl StatementCounters {
    /// Average time of one call.
    pub fn mean(&self) -> Millis {
        if self.calls > 0 { Millis(self.total_ms.0 / self.calls as f64) } else { Millis(0.0) }
    }
}

/// One row of `pg_stat_statements`, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Which statement.
    #[serde(flatten)]
    pub key: StatementKey,
    /// What it did so far.
    #[serde(flatten)]
    pub counters: StatementCounters,
    /// When the entry began (`stats_since`; from extension 1.11 on).
    pub stats_since: Option<Timestamp>,
}

/// All statements of one database at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statements {
    /// One per key, in no particular order.
    pub rows: Vec<Statement>,
    /// What the extension says of itself.
    pub info: StatementsInfo,
}

/// `pg_stat_statements_info`: the facts without which counters cannot be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementsInfo {
    /// How often entries were evicted because there were more than `pg_stat_statements.max`.
    pub dealloc: i64,
    /// When all entries were last reset.
    pub stats_reset: Option<Timestamp>,
}
