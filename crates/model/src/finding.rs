//! Judgements: what a check found, or why it could not look.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Bytes, Millis, Ratio, Timestamp};

/// The checks, by the names that `heron check --format json` promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// O1. Replay on a standby lags.
    ReplicationLag,
    /// O2. A slot keeps WAL that nobody reads.
    InactiveReplicationSlot,
    /// A slot that is in use retains much WAL, or is about to lose it.
    ReplicationSlotLag,
    /// WAL archiving fails, has stopped or is behind.
    Archiving,
    /// A prepared transaction was neither committed nor rolled back.
    PreparedTransaction,
    /// O3. A statement has run for long.
    LongRunningQuery,
    /// A session waits for another one's lock.
    BlockedQuery,
    /// O4. Too many reads miss the shared buffers.
    CacheHitRate,
    /// O5. Connections run out.
    Connections,
    /// O5. Transactions are held open without work.
    IdleInTransaction,
    /// O6. Transaction ids run out before vacuum freezes the old ones.
    TransactionIdWraparound,
    /// Multixact ids run out before vacuum freezes the old ones.
    MultixactWraparound,
    /// Autovacuum is switched off, for all tables or for some.
    AutovacuumOff,
    /// A table that changes was never vacuumed or analyzed.
    NeverVacuumed,
    /// A setting puts data at risk, or waits for a restart.
    Setting,
    /// An extension is older than the server's files.
    ExtensionOutdated,
    /// O7. A sequence nears the end of its column.
    SequenceOverflow,
    /// A column is narrower than the key it refers to.
    ForeignKeyType,
    /// O8. An index is invalid.
    InvalidIndex,
    /// O8. A constraint was never validated.
    InvalidConstraint,
    /// A large table refers to another without an index.
    ForeignKeyIndex,
    /// O9. An index is covered by another.
    DuplicateIndex,
    /// O10. An index would help.
    SuggestedIndex,
    /// O11. A statement is slow and frequent.
    SlowQuery,
    /// `pg_stat_statements` cannot be read.
    StatisticsMissing,
    /// O12. An index is never scanned.
    UnusedIndex,
    /// An index is mostly holes.
    IndexBloat,
    /// A table is mostly holes.
    TableBloat,
    /// A table has nothing that tells its rows apart.
    NoPrimaryKey,
}

impl Check {
    /// The name in JSON, URLs and anchors, as `duplicate_index`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReplicationLag => "replication_lag",
            Self::InactiveReplicationSlot => "inactive_replication_slot",
            Self::ReplicationSlotLag => "replication_slot_lag",
            Self::Archiving => "archiving",
            Self::PreparedTransaction => "prepared_transaction",
            Self::LongRunningQuery => "long_running_query",
            Self::BlockedQuery => "blocked_query",
            Self::CacheHitRate => "cache_hit_rate",
            Self::Connections => "connections",
            Self::IdleInTransaction => "idle_in_transaction",
            Self::TransactionIdWraparound => "transaction_id_wraparound",
            Self::MultixactWraparound => "multixact_wraparound",
            Self::AutovacuumOff => "autovacuum_off",
            Self::NeverVacuumed => "never_vacuumed",
            Self::Setting => "setting",
            Self::ExtensionOutdated => "extension_outdated",
            Self::SequenceOverflow => "sequence_overflow",
            Self::ForeignKeyType => "foreign_key_type",
            Self::InvalidIndex => "invalid_index",
            Self::InvalidConstraint => "invalid_constraint",
            Self::ForeignKeyIndex => "foreign_key_index",
            Self::DuplicateIndex => "duplicate_index",
            Self::SuggestedIndex => "suggested_index",
            Self::SlowQuery => "slow_query",
            Self::StatisticsMissing => "statistics_missing",
            Self::UnusedIndex => "unused_index",
            Self::IndexBloat => "index_bloat",
            Self::TableBloat => "table_bloat",
            Self::NoPrimaryKey => "no_primary_key",
        }
    }

    /// What it looks at, as a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ReplicationLag => "Replication lag",
            Self::InactiveReplicationSlot => "Replication slots",
            Self::ReplicationSlotLag => "Replication slot lag",
            Self::Archiving => "WAL archiving",
            Self::PreparedTransaction => "Prepared transactions",
            Self::LongRunningQuery => "Long running queries",
            Self::BlockedQuery => "Blocked queries",
            Self::CacheHitRate => "Cache hit rate",
            Self::Connections => "Connections",
            Self::IdleInTransaction => "Idle in transaction",
            Self::TransactionIdWraparound => "Transaction id wraparound",
            Self::MultixactWraparound => "Multixact wraparound",
            Self::AutovacuumOff => "Autovacuum",
            Self::NeverVacuumed => "Tables never vacuumed",
            Self::Setting => "Settings",
            Self::ExtensionOutdated => "Extensions",
            Self::SequenceOverflow => "Sequences",
            Self::ForeignKeyType => "Foreign key types",
            Self::InvalidIndex => "Invalid indexes",
            Self::InvalidConstraint => "Unvalidated constraints",
            Self::ForeignKeyIndex => "Foreign key indexes",
            Self::DuplicateIndex => "Duplicate indexes",
            Self::SuggestedIndex => "Suggested indexes",
            Self::SlowQuery => "Slow queries",
            Self::StatisticsMissing => "Query statistics",
            Self::UnusedIndex => "Unused indexes",
            Self::IndexBloat => "Index bloat",
            Self::TableBloat => "Table bloat",
            Self::NoPrimaryKey => "Primary keys",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Do something about it soon.
    Warning,
    /// Do something about it now.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        })
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "info" => Ok(Self::Info),
            "warning" => Ok(Self::Warning),
            "critical" => Ok(Self::Critical),
            _ => Err(format!("there is no severity {text:?}: use info, warning or critical")),
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The database it was found in.
    #[default]
    Database,
    /// The whole server: every database of the server has the same finding.
    Server,
}

/// One thing that is wrong. Its key, check and object, stays the same as long as the thing does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about, schema-qualified where it is a database object, as `billing.invoices.inv_account`.
    pub object: String,
    /// Whether it is about the database or about the whole server.
    #[serde(default)]
    pub scope: Scope,
    /// One line: what is wrong.
    pub title: String,
    /// Why it matters and what to know before acting.
    pub detail: String,
    /// What to do, where a statement can do it.
    pub remedy: Option<Remedy>,
    /// The facts it rests on.
    pub evidence: BTreeMap<String, Evidence>,
}

/// SQL that mends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// The statements, ready to paste.
    pub sql: String,
    /// What to watch out for.
    pub caution: Option<String>,
}

/// A fact in a finding's evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Evidence {
    /// Yes or no.
    Bool(bool),
    /// A whole number; its name says the unit.
    Int(i64),
    /// Any other number; its name says the unit.
    Float(f64),
    /// Words.
    Text(String),
}

impl Evidence {
    /// The fact as people read it: its name without the unit, its value with it. In data the name carries the unit
    /// (`size_bytes`, `running_seconds`), so that a program need not parse the value.
    pub fn written(&self, name: &str) -> (String, String) {
        let number = match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Bool(_) | Self::Text(_) => None,
        };
        let with_unit = name.rsplit_once('_').zip(number).and_then(|((name, unit), number)| {
            let value = match unit {
                "bytes" => Bytes(number as i64).to_string(),
                "ms" => Millis(number).to_string(),
                "seconds" => Millis(number * 1000.0).to_string(),
                "percent" => Ratio(number / 100.0).to_string(),
                // A process id is a name, so it has no thousands separators.
                "pid" => return Some((name, format!("pid {number:.0}"))),
                _ => return None,
            };
            Some((name, value))
        });
        let (name, value) = with_unit.unwrap_or_else(|| (name, self.to_string()));
        (name.replace('_', " "), value)
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Int(number) => crate::Count(*number).fmt(f),
            Self::Float(number) => write!(f, "{number:.2}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl From<bool> for Evidence {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Evidence {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Evidence {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<String> for Evidence {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Evidence {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A check's answer on one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which check.
    pub check: Check,
    /// The sentence of its line, as `3 duplicate indexes` or `No invalid indexes`.
    pub sentence: String,
    /// The number that matters, with its unit.
    pub number: Option<String>,
    /// What it found.
    pub outcome: Outcome,
    /// What part of its question went unanswered although the rest was answered, as sentences.
    pub notes: Vec<String>,
    /// When the oldest reading it rests on was taken.
    pub taken_at: Timestamp,
}

/// Yes, no, or cannot tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing is wrong.
    Healthy,
    /// Something is; worst first, never empty.
    Found(Vec<Finding>),
    /// The check could not look, because.
    NotRun(String),
    /// The question does not arise here (replication lag on a primary).
    NotApplicable,
}

impl Verdict {
    /// The worst severity found, if anything was.
    pub fn severity(&self) -> Option<Severity> {
        self.findings().iter().map(|finding| finding.severity).max()
    }

    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Found(findings) => findings,
            _ => &[],
        }
    }
}

/// A check that did not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRun {
    /// Which one.
    pub check: Check,
    /// Why, as a sentence.
    pub reason: String,
}

/// All verdicts on one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The database.
    pub database: String,
    /// The server's version as people write it; none when it could not be asked.
    pub server_version: Option<String>,
    /// When the last reading arrived.
    pub taken_at: Timestamp,
    /// One per check, worst first.
    pub verdicts: Vec<Verdict>,
}

impl Report {
    /// Every finding, worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.verdicts.iter().flat_map(Verdict::findings)
    }

    /// The checks that could not look.
    pub fn not_run(&self) -> impl Iterator<Item = NotRun> {
        self.verdicts.iter().filter_map(|verdict| match &verdict.outcome {
            Outcome::NotRun(reason) => Some(NotRun { check: verdict.check, reason: reason.clone() }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_written_with_its_unit() {
        let cases = [
            ("size_bytes", Evidence::Int(4_890_624), ("size", "4.66 MB")),
            ("total_ms", Evidence::Float(1500.0), ("total", "1.5 s")),
            ("running_seconds", Evidence::Int(90), ("running", "1 min 30 s")),
            ("used_percent", Evidence::Float(94.6), ("used", "94.6 %")),
            ("covering_columns", Evidence::Text("a, b".into()), ("covering columns", "a, b")),
            ("size_bytes", Evidence::Text("unknown".into()), ("size bytes", "unknown")),
            ("scans", Evidence::Int(1_300), ("scans", "1,300")),
            ("blocking_pid", Evidence::Int(8_126), ("blocking", "pid 8126")),
        ];
        for (name, fact, (label, value)) in cases {
            assert_eq!(fact.written(name), (label.to_owned(), value.to_owned()));
        }
    }

    #[test]
    fn a_check_is_called_the_same_everywhere() {
        for check in [Check::ReplicationLag, Check::TransactionIdWraparound, Check::StatisticsMissing] {
            assert_eq!(serde_json::to_string(&check).unwrap(), format!("\"{check}\""));
        }
    }
}
