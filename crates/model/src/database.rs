//! A watched database and its vital figures.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Bytes, ConnectionUse, Connections, Report, Server, Severity, Timestamp};

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

/// A database at a glance: its verdicts and vital figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The verdicts.
    pub report: Report,
    /// The server, if it answered.
    pub server: Option<Server>,
    /// Client connections of the instance, if they could be counted.
    pub connections: Option<Connections>,
    /// The limits of connections and what is used of them, if they could be read.
    #[serde(default)]
    pub connection_use: Option<ConnectionUse>,
    /// The database's size, as last captured.
    pub size: Option<Bytes>,
    /// The clock of the machine that asked, to tell ages by.
    pub now: Timestamp,
}

/// A database in the list of all, or a server that several of them share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetRow {
    /// Which one; of a server's row, one of its databases.
    pub id: DatabaseId,
    /// The address of the server, if the row is about the whole server that several databases share.
    #[serde(default)]
    pub of_server: Option<String>,
    /// When it was asked.
    pub taken_at: Timestamp,
    /// The server's version, if it answered.
    pub server_version: Option<String>,
    /// The worst finding, if there is one.
    pub worst: Option<Severity>,
    /// What it says.
    #[serde(default)]
    pub title: Option<String>,
    /// How many findings there are.
    pub findings: u32,
    /// How many checks could not look.
    pub not_run: u32,
    /// Why the server did not answer, if it did not.
    pub unreachable: Option<String>,
}
