//! Normalised queries and their counters: rows of `pg_stat_statements`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Bytes, Millis, Ratio, Timestamp, Window};

/// What tells one statement from another within a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementKey {
    /// The server's hash of the normalised query; signed 64 bits, carried as text.
    pub queryid: String,
    /// The role that ran it.
    pub role: String,
    /// Whether it was sent by a client rather than run inside a function.
    pub toplevel: bool,
}

/// A statement's counters since its entry began, or their growth over a span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StatementCounters {
    /// How often it was executed.
    pub calls: i64,
    /// Time spent planning and executing it.
    pub total_ms: Millis,
    /// Rows retrieved or affected.
    pub rows: i64,
    /// Blocks found in shared buffers.
    pub shared_hit: i64,
    /// Blocks asked of the operating system.
    pub shared_read: i64,
    /// Blocks of temporary files written.
    pub temp_written: i64,
    /// WAL generated.
    pub wal_bytes: Bytes,
}

impl StatementCounters {
    /// Average time of one call.
    pub fn mean(&self) -> Millis {
        if self.calls > 0 { Millis(self.total_ms.0 / self.calls as f64) } else { Millis(0.0) }
    }
}

/// One row of `pg_stat_statements`, without its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Which statement.
    #[serde(flatten)]
    pub key: StatementKey,
    /// What it did so far.
    #[serde(flatten)]
    pub counters: StatementCounters,
    /// When the entry began (`stats_since`; from extension 1.11 on).
    pub stats_since: Option<Timestamp>,
}

/// All statements of one database at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statements {
    /// One per key, in no particular order.
    pub rows: Vec<Statement>,
    /// What the extension says of itself.
    pub info: StatementsInfo,
}

/// `pg_stat_statements_info`: the facts without which counters cannot be compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementsInfo {
    /// How often entries were evicted because there were more than `pg_stat_statements.max`.
    pub dealloc: i64,
    /// When all entries were last reset.
    pub stats_reset: Option<Timestamp>,
}

/// By what statements are ranked, greatest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementSort {
    /// Time spent.
    #[default]
    Time,
    /// Average time of a call.
    Mean,
    /// Calls.
    Calls,
    /// Rows retrieved or affected.
    Rows,
}

impl StatementSort {
    /// The name in URLs and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Mean => "mean",
            Self::Calls => "calls",
            Self::Rows => "rows",
        }
    }
}

impl FromStr for StatementSort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Time, Self::Mean, Self::Calls, Self::Rows]
            .into_iter()
            .find(|sort| sort.name() == text)
            .ok_or_else(|| format!("cannot sort by {text:?}: use time, mean, calls or rows"))
    }
}

/// Which statements a page wants to see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct StatementQuery {
    /// The ranking.
    pub sort: StatementSort,
    /// Smallest first instead of greatest first.
    pub ascending: bool,
    /// Only statements whose text contains this, whatever its case; empty for all.
    pub search: String,
    /// Only this role's; empty for all.
    pub role: String,
    /// Only what takes at least so many milliseconds on average.
    pub min_mean_ms: i64,
    /// Only what was called at least so often.
    pub min_calls: i64,
    /// Also Heron's own statements and those of the platform the server runs on.
    pub own: bool,
    /// What they did within this window, from history; none for what they did since the server's statistics began.
    pub window: Option<Window>,
    /// Which page of the list, from 1.
    pub page: u32,
}

/// Whose statement it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The application's, or of unknown origin.
    #[default]
    Application,
    /// Heron's own.
    Heron,
    /// An agent's of the platform the server runs on.
    Platform,
}

/// Statements that are not the application's, and their shares of the time of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Noise {
    /// How many there are.
    pub statements: u32,
    /// The share of Heron's own.
    pub heron: Ratio,
    /// The share of the platform's.
    pub platform: Ratio,
}

/// A statement as a list shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementRow {
    /// Which statement.
    pub key: StatementKey,
    /// What it did.
    pub counters: StatementCounters,
    /// Its share of the time of all statements of the database, listed or not.
    pub share: Ratio,
    /// Whose it is.
    #[serde(default)]
    pub origin: Origin,
    /// Its text without literals; none while it is not known.
    pub query: Option<String>,
}

/// One page of statements.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StatementList {
    /// The page's rows, ranked.
    pub rows: Vec<StatementRow>,
    /// How many statements match.
    pub found: u32,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many there are, at least 1.
    pub pages: u32,
    /// Time of all statements of the database.
    pub total_ms: Millis,
    /// What is not the application's, listed or not.
    #[serde(default)]
    pub noise: Noise,
    /// Since when the counters count, where that is known.
    pub since: Option<Timestamp>,
    /// How often statements were evicted since then: what they did is not in the numbers.
    pub dealloc: i64,
}
