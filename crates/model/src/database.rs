//! A watched database and its vital figures.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Connections, Timestamp};

/// The id of a watched database: the first segment of its pages' URLs, from the configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseId(pub String);

impl fmt::Display for DatabaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A database's size and counters at one moment (`pg_database_size`, `pg_stat_database`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct DatabaseSample {
    /// Size on disk.
    pub size: Bytes,
    /// Client connections of the whole instance.
    #[serde(flatten)]
    pub connections: Connections,
    /// When the server started.
    pub started_at: Timestamp,
    /// When this database's statistics were last reset.
    pub stats_reset: Option<Timestamp>,
}
