//! What happened between two captures.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Millis, Timestamp};

/// One capture: a moment at which Heron wrote down what changed since the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// When the snapshot was taken.
    pub taken_at: Timestamp,
    /// The time since the snapshot it was compared with; none when there was nothing to compare with.
    pub span: Option<Millis>,
    /// What a reader of the numbers has to know.
    pub marks: Vec<Mark>,
}

/// An event that breaks or bends the line of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Nothing was captured before: counters begin here.
    First,
    /// Heron looked away for longer than its interval.
    Gap,
    /// Somebody reset the statement statistics.
    Reset,
    /// The server restarted.
    Restart,
    /// Another node answers, or a standby became the primary.
    Failover,
    /// Statements were evicted (`dealloc` grew): what they did since the last capture is lost.
    Eviction,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 6] = [Self::First, Self::Gap, Self::Reset, Self::Restart, Self::Failover, Self::Eviction];

    /// The name the store keeps it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Gap => "gap",
            Self::Reset => "reset",
            Self::Restart => "restart",
            Self::Failover => "failover",
            Self::Eviction => "eviction",
        }
    }

    /// The mark of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == name)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first capture",
            Self::Gap => "not captured",
            Self::Reset => "statistics reset",
            Self::Restart => "server restarted",
            Self::Failover => "failed over",
            Self::Eviction => "statements evicted",
        })
    }
}
