//! How much of a table or index is holes: what an estimate rests on, and the estimate.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Count, QualifiedName, Ratio};

/// What the catalog and `pg_stats` say of a table's or btree index's contents.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Packing {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The index, if it is one.
    pub index: Option<String>,
    /// Estimated rows or entries (`reltuples`); none before the first VACUUM or ANALYZE.
    pub rows: Option<f64>,
    /// Estimated rows of the table: an index may hold fewer.
    pub table_rows: Option<f64>,
    /// Its pages when the rows were counted (`relpages`).
    pub pages: i64,
    /// Bytes of a page (`block_size`).
    pub page_size: i64,
    /// Percent of a page to fill, where it is set, as it was written.
    pub fillfactor: Option<String>,
    /// Rows of the table changed since the last ANALYZE.
    pub changed: i64,
    /// Rows that ANALYZE samples (300 × `default_statistics_target`).
    pub sample: i64,
    /// Whether an index's keys differ from each other.
    pub unique: bool,
    /// Whether it is a primary key's index.
    pub primary: bool,
    /// Whether the index has a predicate.
    pub partial: bool,
    /// Whether equal keys of an index share one entry (deduplication).
    pub shares: bool,
    /// Pages of the table's values stored out of line (TOAST); none until VACUUM counted them.
    pub toast_pages: Option<i64>,
    /// The columns, in order.
    pub columns: Vec<PackedColumn>,
}

/// A column as it lies on a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackedColumn {
    /// Its bytes; negative where they vary (`attlen`).
    pub length: i64,
    /// Where it may begin: at multiples of this many bytes (`attalign`).
    pub align: i64,
    /// Whether it was dropped; rows from before still hold it.
    pub dropped: bool,
    /// Whether a value of at most 126 bytes has a header of one byte and no alignment.
    pub short: bool,
    /// Whether its values may be stored out of line (TOAST).
    pub external: bool,
    /// The fewest bytes a value can have, where the type tells (`char(n)`).
    pub least: Option<f64>,
    /// Whether it is an expression of an index: its statistics are of the index's own entries.
    pub computed: bool,
    /// Whether a predicate chooses its values: its statistics are of more rows than the index holds.
    pub selected: bool,
    /// Share of NULLs; none without statistics that may be read.
    pub null_frac: Option<f64>,
    /// Average bytes as stored; none without statistics that may be read.
    pub width: Option<f64>,
    /// Distinct values if positive, their share of the rows if negative.
    pub n_distinct: Option<f64>,
    /// Share of the rows that hold one of the most common values.
    pub common: Option<f64>,
}

impl Packing {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, self.index.as_deref().unwrap_or(&self.table))
    }

    /// Its table's, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    /// What it takes, as of the last VACUUM or ANALYZE.
    pub fn size(&self) -> Bytes {
        Bytes(self.pages * self.page_size)
    }

    /// The percent of a page to fill, `default` where it is not set.
    pub fn fill(&self, default: i64) -> f64 {
        let set = self.fillfactor.as_deref().and_then(integer_option);
        set.unwrap_or(default).clamp(10, 100) as f64
    }
}

/// Reads an integer option as PostgreSQL's `parse_int` does: decimal, octal, hexadecimal, or a fraction to round.
fn integer_option(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.trim_start_matches(['+', '-']);
    let whole = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok(),
        None => digits.parse().ok(),
    };
    match whole {
        Some(number) if text.starts_with('-') => Some(-number),
        Some(number) => Some(number),
        None => {
            text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| number.round_ties_even() as i64)
        }
    }
}

/// How much of a table or index could be given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bloat {
    /// The schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The index, if it is one.
    pub index: Option<String>,
    /// Whether it is a primary key's index.
    pub primary: bool,
    /// What it takes, as of the last VACUUM or ANALYZE.
    pub size: Bytes,
    /// What a fresh copy would save, or why that cannot be told, as a sentence.
    pub wasted: Result<Bytes, String>,
    /// The most that a fresh copy could save, however uncertain.
    pub at_most: Bytes,
}

impl Bloat {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, self.index.as_deref().unwrap_or(&self.table))
    }

    /// The share of it that is wasted, if that can be told.
    pub fn share(&self) -> Option<Ratio> {
        Ratio::of(self.wasted.as_ref().ok()?.0 as f64, self.size.0 as f64)
    }
}

/// How much of a table or btree index is empty, measured (`pgstattuple_approx`, `pgstatindex`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BloatMeasure {
    /// The size of its file.
    pub size: Bytes,
    /// Free space in a table.
    pub free: Option<Bytes>,
    /// Space of a table's dead rows.
    pub dead: Option<Bytes>,
    /// Percent of a table's pages that were read; of the others the free space map is believed.
    pub scanned_percent: Option<f64>,
    /// Leaf pages of an index.
    pub leaf_pages: Option<i64>,
    /// Empty pages of an index.
    pub empty_pages: Option<i64>,
    /// Deleted pages of an index.
    pub deleted_pages: Option<i64>,
    /// Percent of an index's leaf pages that is filled.
    pub leaf_density_percent: Option<f64>,
}

impl BloatMeasure {
    /// What was measured, as pairs of a label and a value.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let part = |bytes: Bytes| match Ratio::of(bytes.0 as f64, self.size.0 as f64) {
            Some(share) => format!("{bytes} ({share})"),
            None => bytes.to_string(),
        };
        let percent = |percent: f64| Ratio(percent / 100.0).to_string();
        let count = |number: i64| Count(number).to_string();
        let facts = [
            ("Size", Some(self.size.to_string())),
            ("Free space", self.free.map(part)),
            ("Dead rows", self.dead.map(part)),
            ("Pages read", self.scanned_percent.map(percent)),
            ("Leaf density", self.leaf_density_percent.map(percent)),
            ("Leaf pages", self.leaf_pages.map(count)),
            ("Empty pages", self.empty_pages.map(count)),
            ("Deleted pages", self.deleted_pages.map(count)),
        ];
        facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fillfactor_is_read_as_postgresql_reads_it() {
        let cases = [
            ("70", 70.0),
            ("70.4", 70.0),
            ("70.5", 70.0),
            ("1e1", 10.0),
            ("0x46", 70.0),
            ("0106", 70.0),
            (" 70 ", 70.0),
            ("+70", 70.0),
            ("nonsense", 90.0),
            ("1e400", 90.0),
            ("", 90.0),
        ];
        for (text, expected) in cases {
            let packing = Packing { fillfactor: Some(text.into()), ..Packing::default() };
            assert_eq!(packing.fill(90), expected, "{text}");
        }
        assert_eq!(Packing::default().fill(100), 100.0);
    }
}
