//! The audit trail.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Something somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who, by the name they sign in with; `command line` for who sits at Heron's machine.
    pub account: String,
    /// What: `signed in`, `terminate`, `removed account`, …
    pub action: String,
    /// To what: a session, a table, an account. Never a literal of a statement.
    pub object: String,
    /// The watched database, if it was done to one.
    pub database: Option<String>,
    /// What came of it; none where that goes without saying, or if Heron stopped before it could be written down.
    pub outcome: Option<String>,
}

/// A page of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// Its entries, the latest first.
    pub entries: Vec<AuditEntry>,
    /// Its number, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
    /// How many entries there are on all of them.
    pub total: i64,
}
