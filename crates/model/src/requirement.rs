//! What checks need of a server, and whether it is there.

use serde::{Deserialize, Serialize};

use crate::Check;

/// One requirement on one server, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequirementState {
    /// What is needed, as `track_counts = on`.
    pub name: String,
    /// The checks that need it.
    pub checks: Vec<Check>,
    /// Whether it is there.
    pub met: Met,
    /// What is missing, as a sentence; empty if nothing is.
    pub detail: String,
    /// The statements that fix it, where a statement can.
    pub fix: Option<String>,
}

/// Whether a requirement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It is there.
    Yes,
    /// It is missing.
    No,
    /// It is given or missing for each object, or the server did not answer.
    Unknown,
}

impl Met {
    /// One word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "not known",
        }
    }
}
