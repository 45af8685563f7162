//! A probe's answer and where it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Millis, Timestamp};

/// What a probe answered, when, how long PostgreSQL took to say it, or why there is no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading<T> {
    /// When the answer arrived.
    pub taken_at: Timestamp,
    /// How long the question took, waiting for a connection included.
    pub took: Millis,
    /// The answer, or what stood in its way.
    pub answer: Result<T, Missing>,
}

impl<T> Reading<T> {
    /// The answer, if there is one.
    pub fn value(&self) -> Option<&T> {
        self.answer.as_ref().ok()
    }
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The kind of obstacle.
    pub why: Why,
    /// What a person needs to know to remove it, as a sentence without secrets.
    pub detail: String,
}

impl Missing {
    /// An obstacle and its explanation.
    pub fn new(why: Why, detail: impl Into<String>) -> Self {
        Self { why, detail: detail.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// The kinds of obstacle between Heron and an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The role lacks a privilege.
    Privilege,
    /// An extension is missing or too old.
    Extension,
    /// A setting keeps the server from recording it.
    Setting,
    /// The server's version does not have it.
    Version,
    /// The statement was cancelled after its time ran out.
    Timeout,
    /// Somebody holds a lock that the statement would have waited for.
    Locked,
    /// The server cannot be reached.
    Unreachable,
    /// The server refuses the role or the password.
    Authentication,
    /// The address is a connection pooler's, not a server's.
    Pooler,
    /// The server, the database or the role allows no further connection.
    Connections,
    /// Anything else that went wrong.
    Failed,
}
