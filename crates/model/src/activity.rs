//! Sessions: rows of `pg_stat_activity`.

use serde::{Deserialize, Serialize};

use crate::{Millis, Timestamp};

/// One backend (`pg_stat_activity`), other than Heron's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The process id.
    pub pid: i32,
    /// The database it is connected to; none for background processes.
    pub database: Option<String>,
    /// The role that signed in.
    pub user: Option<String>,
    /// `application_name`.
    pub application: String,
    /// The client's address; none for a socket or a background process.
    pub client: Option<String>,
    /// `client backend`, `walsender`, `autovacuum worker`, …
    pub backend_type: String,
    /// `active`, `idle`, `idle in transaction`, …; none without the privilege to see it.
    pub state: Option<String>,
    /// What kind of thing it waits for.
    pub wait_event_type: Option<String>,
    /// The thing it waits for.
    pub wait_event: Option<String>,
    /// When the transaction began.
    pub xact_start: Option<Timestamp>,
    /// When the current (or, if idle, the last) statement began.
    pub query_start: Option<Timestamp>,
    /// When `state` last changed.
    pub state_change: Option<Timestamp>,
    /// The statement's text, cut to 2,000 characters.
    pub query: Option<String>,
    /// `query_id`, as text: a browser's numbers do not hold 64 bits.
    pub query_id: Option<String>,
    /// The pids that hold what it waits for (`pg_blocking_pids`).
    pub blocked_by: Vec<i32>,
}

impl Session {
    /// Whether a client, not the server itself, stands behind it.
    pub fn is_client(&self) -> bool {
        self.backend_type == "client backend"
    }

    /// Whether it holds a transaction open without doing anything in it (aborted ones too).
    pub fn is_idle_in_transaction(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"))
    }

    /// How long the current statement has run at `now`; none when no statement runs.
    pub fn running_for(&self, now: Timestamp) -> Option<Millis> {
        (self.state.as_deref() == Some("active")).then(|| self.query_start.map(|start| now.since(start))).flatten()
    }
}

/// How many client connections there are, by what they do; the whole instance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connections {
    /// Client backends in all.
    pub total: i64,
    /// Running a statement.
    pub active: i64,
    /// Waiting for a client's next statement, outside a transaction.
    pub idle: i64,
    /// Waiting for a client's next statement, inside a transaction.
    pub idle_in_transaction: i64,
}

impl Connections {
    /// Counts the client backends among `sessions`.
    pub fn count(sessions: &[Session]) -> Self {
        sessions.iter().filter(|session| session.is_client()).fold(Self::default(), |mut sum, session| {
            sum.total += 1;
            match session.state.as_deref() {
                Some("active" | "fastpath function call") => sum.active += 1,
                Some("idle") => sum.idle += 1,
                _ if session.is_idle_in_transaction() => sum.idle_in_transaction += 1,
                _ => {}
            }
            sum
        })
    }
}
