//! What the store remembers, as pages and the command line read it.

use serde::{Deserialize, Serialize};

use crate::{Mark, Millis, StatementCounters, StatementKey, Timestamp};

/// What a statement did within a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementTotal {
    /// Which statement.
    #[serde(flatten)]
    pub key: StatementKey,
    /// Its text, literals removed; none while it is not known.
    pub query: Option<String>,
    /// The growth of its counters.
    #[serde(flatten)]
    pub counters: StatementCounters,
}

/// A stretch of time of which the store knows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last moment before it that is known.
    pub from: Timestamp,
    /// The first moment after it that is known.
    pub to: Timestamp,
}

/// Values over time, as a chart draws them: one column of moments, one of values per name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The moments, ascending.
    pub at: Vec<Timestamp>,
    /// Time spent in statements per second of the clock, in milliseconds; none across a gap.
    pub load: Vec<Option<Millis>>,
    /// Calls per second; none across a gap.
    pub calls: Vec<Option<f64>>,
    /// Events worth a mark.
    pub marks: Vec<(Timestamp, Mark)>,
    /// Where nothing is known.
    pub gaps: Vec<Gap>,
}

/// What a chart of a window needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// The window's beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// The values.
    pub series: Series,
}
