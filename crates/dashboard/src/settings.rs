//! What is decided for a watched database: where bad begins, and what people may do to it.

use std::time::Duration;

use advisor::Thresholds;
use probe::CloudSettings;

/// The settings of one database; what is not set for it is as for all.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name people read; the id if there is none.
    pub name: Option<String>,
    /// What the checks find worth mentioning.
    pub thresholds: Thresholds,
    /// How far people may explain statements.
    pub explain: Explain,
    /// How long an EXPLAIN may take.
    pub explain_timeout: Duration,
    /// Whether people may cancel and terminate sessions, enable and reset statistics, and analyze tables.
    pub actions: bool,
    /// Whether texts are shown only once a parser has replaced every literal in them; what it does not understand is not
    /// shown at all.
    pub filter_data: bool,
    /// The cloud the database runs in, if its host's figures are to be had there.
    pub cloud: CloudSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: None,
            thresholds: Thresholds::default(),
            explain: Explain::Plan,
            explain_timeout: Duration::from_secs(10),
            actions: true,
            filter_data: false,
            cloud: CloudSettings::default(),
        }
    }
}

/// How far people may explain statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Explain {
    /// Not at all.
    Off,
    /// The plan, which the statement is not run for.
    Plan,
    /// Also with the statement run.
    Analyze,
}
