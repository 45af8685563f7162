//! Signals to sessions, and what became of them.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Which session is meant, and perhaps which of its statements. A process id alone is used again sooner or later.
///
/// The moments are on the server's clock, to the microsecond, as `pg_stat_activity` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionKey {
    /// The process id.
    pub pid: i32,
    /// `backend_start`.
    pub began: Timestamp,
    /// `query_start`, if only this statement is meant, and only while it runs.
    pub statement_began: Option<Timestamp>,
}

/// What became of a signal to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signalled {
    /// The process id.
    pub pid: i32,
    /// What became of it.
    pub outcome: Signal,
}

/// The ends a signal can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// It was sent.
    Done,
    /// The session, or the statement meant, was over.
    Gone,
    /// It is a process of the server's own, or Heron.
    Spared,
    /// It is connected to another database.
    Elsewhere,
    /// The role may not signal it.
    Forbidden,
}
