//! Prepared transactions of a server.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The prepared transactions of a server and how many it allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedTransactions {
    /// `max_prepared_transactions`
    pub max: i64,
    /// Whether the server is a standby, which lists none.
    pub in_recovery: bool,
    /// Oldest first.
    pub transactions: Vec<PreparedTransaction>,
}

/// A transaction prepared for two-phase commit (`pg_prepared_xacts`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreparedTransaction {
    /// Its global identifier.
    pub gid: String,
    /// The role that prepared it.
    pub owner: String,
    /// The database it belongs to.
    pub database: String,
    /// Whether that is the database that was queried.
    pub here: bool,
    /// When it was prepared.
    pub prepared_at: Timestamp,
    /// Transactions begun since it began; VACUUM keeps the rows they replaced.
    pub age: i64,
    /// Locks it holds (`pg_locks`).
    pub locks: i64,
    /// Tables of the database that was queried on which it holds locks; at most five.
    pub tables: Vec<String>,
    /// Sessions that wait for its transaction, or for a relation it has locked.
    pub waiting: i64,
}
