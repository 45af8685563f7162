//! Replication as seen from one server.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Millis};

/// A server's place in replication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// On a standby: whether it receives WAL (a walreceiver runs).
    #[serde(default)]
    pub streaming: bool,
    /// On a standby, how far replay is behind what was received; nought when nothing waits to be replayed, none when
    /// nothing is received: then it cannot know.
    pub lag: Option<Millis>,
    /// On a standby: WAL that was received and has not been replayed.
    pub behind: Bytes,
    /// The replication slots.
    pub slots: Vec<Slot>,
}

/// A replication slot (`pg_replication_slots`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// `physical` or `logical`.
    pub kind: String,
    /// The database of a logical slot.
    pub database: Option<String>,
    /// Whether somebody reads from it.
    pub active: bool,
    /// Whether it ends with its session.
    pub temporary: bool,
    /// On a standby: whether it is kept in step with the primary's slot of that name, idle on purpose (from 17 on).
    #[serde(default)]
    pub synced: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: Option<String>,
    /// WAL the server keeps because of it.
    pub retained: Option<Bytes>,
}
