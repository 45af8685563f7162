//! How much of a table or index is holes: what an estimate rests on, and the estimate.

use serde::{Deserialize, Serialize};

use crate::{Bytes, QualifiedName, Ratio};

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
    /// Its pages when the rows were counted (`relpages`).
    pub pages: i64,
    /// Bytes of a page (`block_size`).
    pub page_size: i64,
    /// Percent of a page to fill, where it is set.
    pub fillfactor: Option<i64>,
    /// Rows of the table changed since the last ANALYZE.
    pub changed: i64,
    /// Whether an index's keys differ from each other.
    pub unique: bool,
    /// Whether it is a primary key's index.
    pub primary: bool,
    /// Whether equal keys of an index share one entry (deduplication).
    pub shares: bool,
    /// The columns, in order.
    pub columns: Vec<PackedColumn>,
}

/// A column as it lies on a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PackedColumn {
    /// Its bytes, -1 where they vary (`attlen`).
    pub length: i64,
    /// Where it may begin: at multiples of this many bytes (`attalign`).
    pub align: i64,
    /// Whether it was dropped; rows from before still hold it.
    pub dropped: bool,
    /// Share of NULLs; none without statistics that may be read.
    pub null_frac: Option<f64>,
    /// Average bytes as stored; none without statistics that may be read.
    pub width: Option<f64>,
    /// Distinct values if positive, their share of the rows if negative.
    pub n_distinct: Option<f64>,
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
