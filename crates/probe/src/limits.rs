//! How long Heron lets a watched server work for it, and how long it waits itself.

use std::time::Duration;

use dataset::Options;

use crate::{actions, session};

/// Time limits of every question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The server stops a statement after this long (`statement_timeout`).
    pub statement_timeout: Duration,
    /// The server stops waiting for a lock after this long (`lock_timeout`).
    pub lock_timeout: Duration,
    /// The server ends a session that idles in a transaction for so long.
    pub idle_in_transaction_timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// A connection nobody used for so long is closed.
    pub idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            statement_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_millis(500),
            idle_in_transaction_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(3),
            idle_timeout: Duration::from_secs(5 * 60),
        }
    }
}

impl Limits {
    /// How long Heron waits for an answer before it gives the connection up: a little longer than the server works.
    pub(crate) fn query_timeout(&self) -> Duration {
        self.statement_timeout + Duration::from_secs(2)
    }

    /// How long a question may wait in line for one of the two connections.
    pub(crate) fn patience(&self) -> Duration {
        2 * self.query_timeout()
    }

    /// What every connection is held to: one at a time, read-only, known by name.
    pub(crate) fn options(&self) -> Options {
        Options {
            max_connections: 1,
            // When the server accepts but does not answer, the toolkit tries once more to learn why: both together.
            acquire_timeout: self.connect_timeout * 2 / 3,
            connect_timeout: self.connect_timeout / 3,
            idle_timeout: Some(self.idle_timeout),
            statement_timeout: Some(self.statement_timeout),
            lock_timeout: Some(self.lock_timeout),
            idle_in_transaction_timeout: Some(self.idle_in_transaction_timeout),
            query_timeout: Some(self.query_timeout()),
            read_only: true,
            application_name: Some("heron".into()),
            startup_settings: session::STARTUP.to_vec(),
            connect_sqls: vec![session::OWN.sql, session::SETTINGS.sql],
            replace_invalid_text: true,
            ..Options::default()
        }
    }

    /// What a connection that acts is held to: the same, but that it may write.
    pub(crate) fn options_to_act(&self) -> Options {
        let connect_sqls = vec![session::OWN.sql, session::SETTINGS.sql, actions::WRITE.sql];
        Options { read_only: false, connect_sqls, ..self.options() }
    }

    /// What a connection that explains is held to: the same as one that asks, but that a name means what it means to people,
    /// and that it is not logged how long their statement took.
    pub(crate) fn options_to_explain(&self) -> Options {
        Options {
            startup_settings: session::STARTUP_TO_EXPLAIN.to_vec(),
            connect_sqls: vec![session::OWN.sql],
            slow_statement: Duration::MAX,
            ..self.options()
        }
    }
}
