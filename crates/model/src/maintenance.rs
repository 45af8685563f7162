//! What a page on maintenance shows.

use serde::{Deserialize, Serialize};

use crate::{PreparedTransactions, Progress, Reading, Table, Vacuum, Verdict};

/// How well a database is looked after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Maintenance {
    /// What the checks on vacuum say, worst first.
    pub verdicts: Vec<Verdict>,
    /// Whether the server is a standby, if it said so.
    pub in_recovery: Option<bool>,
    /// How far it is to wraparound, and what keeps vacuum back.
    pub vacuum: Reading<Vacuum>,
    /// The prepared transactions of the server.
    pub prepared: Reading<PreparedTransactions>,
    /// What runs now, on the whole server.
    pub progress: Reading<Vec<Progress>>,
    /// The user tables with their counters.
    pub tables: Reading<Vec<Table>>,
}
