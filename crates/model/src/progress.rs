//! Long maintenance while it runs: the views `pg_stat_progress_*`.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Count, QualifiedName, Ratio, Timestamp};

/// One command that reports its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY`, …; none without the privilege to see it.
    pub command: Option<String>,
    /// Whose process id.
    pub pid: i32,
    /// The database it works in; none for a base backup.
    pub database: Option<String>,
    /// The schema of its table.
    pub schema: Option<String>,
    /// Its table; none in another database, whose names are not known here.
    pub table: Option<String>,
    /// The index it builds.
    pub index: Option<String>,
    /// Whether it is at the table's TOAST table.
    pub toast: bool,
    /// What it is at, in PostgreSQL's words.
    pub phase: Option<String>,
    /// How much of this phase is done; none for phases that do not count.
    pub done: Option<i64>,
    /// Out of how much; none when nobody knows.
    pub total: Option<i64>,
    /// What is counted.
    pub unit: ProgressUnit,
    /// The role.
    pub user: Option<String>,
    /// Whether autovacuum does it.
    pub automatic: bool,
    /// Whether autovacuum was forced to, against wraparound.
    pub wraparound: bool,
    /// When it began.
    pub since: Option<Timestamp>,
}

/// What [`Progress`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnit {
    /// Bytes, also where PostgreSQL counts blocks.
    Bytes,
    /// Rows.
    Rows,
    /// Indexes.
    Indexes,
    /// Sessions it waits for.
    Sessions,
}

impl Progress {
    /// The table it works at, schema-qualified.
    pub fn on(&self) -> Option<QualifiedName> {
        Some(QualifiedName::new(self.schema.as_deref()?, self.table.as_deref()?))
    }

    /// How much of the phase is done.
    pub fn share(&self) -> Option<Ratio> {
        Ratio::of(self.done? as f64, self.total? as f64)
    }

    /// How much is done, of how much: `1.20 GB of 3.40 GB`, `2 of 5 indexes`.
    pub fn amount(&self) -> Option<String> {
        let (done, total) = (self.done?, self.total);
        let noun = match self.unit {
            ProgressUnit::Bytes => {
                let total = total.map_or(String::new(), |total| format!(" of {}", Bytes(total)));
                return Some(format!("{}{total}", Bytes(done)));
            }
            ProgressUnit::Rows => ("row", "rows"),
            ProgressUnit::Indexes => ("index", "indexes"),
            ProgressUnit::Sessions => ("session", "sessions"),
        };
        Some(match total {
            Some(total) => format!("{} of {}", Count(done), Count(total).of(noun.0, noun.1)),
            None => Count(done).of(noun.0, noun.1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_written_with_its_unit() {
        let of = |unit, done, total| {
            let progress = Progress {
                command: Some("VACUUM".into()),
                pid: 1,
                database: None,
                schema: Some("Odd".into()),
                table: Some("t".into()),
                index: None,
                toast: false,
                phase: None,
                done,
                total,
                unit,
                user: None,
                automatic: false,
                wraparound: false,
                since: None,
            };
            assert_eq!(progress.on().map(|on| on.to_string()).as_deref(), Some("\"Odd\".t"));
            (progress.amount().unwrap_or_default(), progress.share())
        };
        assert_eq!(of(ProgressUnit::Bytes, Some(512), Some(1024)), ("512 B of 1.00 kB".into(), Some(Ratio(0.5))));
        assert_eq!(of(ProgressUnit::Bytes, Some(2048), None), ("2.00 kB".into(), None));
        assert_eq!(of(ProgressUnit::Indexes, Some(1), Some(4)), ("1 of 4 indexes".into(), Some(Ratio(0.25))));
        assert_eq!(of(ProgressUnit::Sessions, None, Some(4)), (String::new(), None));
    }
}
