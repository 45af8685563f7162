//! Sessions: rows of `pg_stat_activity`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Millis, QualifiedName, SessionKey, Timestamp};

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
    /// Whether TLS protects the connection (`pg_stat_ssl.ssl`); none without the privilege to see it.
    pub tls: Option<bool>,
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
    /// The lock it waits for.
    pub wanted: Option<WantedLock>,
    /// How far its VACUUM is (`pg_stat_progress_vacuum.phase`).
    pub vacuum_phase: Option<String>,
    /// What tells it, and the statement it runs, from all others; none without the privilege to see it.
    pub key: Option<SessionKey>,
}

/// A lock that is not granted yet (`pg_locks`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WantedLock {
    /// What is locked: `relation`, `transactionid` (somebody's row), `advisory`, …
    pub kind: String,
    /// `AccessExclusiveLock`, …
    pub mode: String,
    /// The relation, or the one whose row it is; none if it is neither, or of another database.
    pub relation: Option<QualifiedName>,
    /// When the wait began (`waitstart`); PostgreSQL records it a moment after that.
    pub since: Option<Timestamp>,
}

impl fmt::Display for WantedLock {
    /// As `AccessExclusiveLock on relation public.orders`, `ShareLock on a row of public.orders`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on ", self.mode)?;
        match (self.kind.as_str(), &self.relation) {
            ("relation", Some(relation)) => write!(f, "{relation}"),
            ("transactionid", Some(relation)) => write!(f, "a row of {relation}"),
            ("transactionid", None) => f.write_str("a row that a transaction changed"),
            (kind, Some(relation)) => write!(f, "{kind} of {relation}"),
            (kind, None) => f.write_str(kind),
        }
    }
}

impl Session {
    /// Whether a client, not the server itself, stands behind it.
    pub fn is_client(&self) -> bool {
        self.backend_type == "client backend"
    }

    /// Whether it has `track_activities` off and reports neither state nor statement.
    pub fn is_silent(&self) -> bool {
        self.state.as_deref() == Some("disabled")
    }

    /// Whether it holds a transaction open without doing anything in it (aborted ones too).
    pub fn is_idle_in_transaction(&self) -> bool {
        self.state.as_deref().is_some_and(|state| state.starts_with("idle in transaction"))
    }

    /// How long the current statement has run at `now`; none when no statement runs.
    pub fn running_for(&self, now: Timestamp) -> Option<Millis> {
        (self.state.as_deref() == Some("active")).then(|| self.query_start.map(|start| now.since(start))).flatten()
    }

    /// How long it has waited for its lock at `now`; none when it waits for none, or where that is not recorded yet.
    pub fn waited_for(&self, now: Timestamp) -> Option<Millis> {
        self.wanted.as_ref()?.since.map(|since| now.since(since))
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
        let mut sum = Self::default();
        sessions.iter().filter(|session| session.is_client()).for_each(|session| sum.add(session));
        sum
    }

    /// Counts one more.
    pub fn add(&mut self, session: &Session) {
        self.total += 1;
        match session.state.as_deref() {
            Some("active" | "fastpath function call") => self.active += 1,
            Some("idle") => self.idle += 1,
            _ if session.is_idle_in_transaction() => self.idle_in_transaction += 1,
            _ => {}
        }
    }
}
