//! How often PostgreSQL found in its buffers what it looked for.

use serde::{Deserialize, Serialize};

use crate::Ratio;

/// Block hits and reads of user tables and indexes since the statistics began (`pg_statio_user_tables`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caches {
    /// Table blocks found in shared buffers.
    pub table_hit: i64,
    /// Table blocks asked of the operating system.
    pub table_read: i64,
    /// Index blocks found in shared buffers.
    pub index_hit: i64,
    /// Index blocks asked of the operating system.
    pub index_read: i64,
}

impl Caches {
    /// Share of table blocks found in shared buffers; none before the first access.
    pub fn tables(&self) -> Option<Ratio> {
        Ratio::of(self.table_hit as f64, self.table_hit as f64 + self.table_read as f64)
    }

    /// Share of index blocks found in shared buffers; none before the first access.
    pub fn indexes(&self) -> Option<Ratio> {
        Ratio::of(self.index_hit as f64, self.index_hit as f64 + self.index_read as f64)
    }
}
