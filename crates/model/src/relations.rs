//! Tables and what the planner knows of their columns.

use serde::{Deserialize, Serialize};

use crate::{Index, QualifiedName, Timestamp};

/// A table or view with the statistics of its columns (`pg_class`, `pg_stats`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Whether it is a session's own (`relpersistence` `t`).
    pub temporary: bool,
    /// Whether other tables inherit from it; partitions do not count.
    pub has_children: bool,
    /// Estimated rows (`reltuples`), of a partitioned table those of its partitions; none when it was never analyzed.
    pub rows: Option<f64>,
    /// Whether the role may read no column of it.
    pub unreadable: bool,
    /// Whether row-level security holds for the role, which hides the statistics (`row_security_active`).
    pub row_security: bool,
    /// The columns that have statistics which the role may read.
    pub columns: Vec<Column>,
    /// Scans of it and its indexes (`pg_stat_get_numscans`); none where nothing of it was counted, or for a partitioned table.
    pub scans: Option<i64>,
    /// When the database's statistics were last reset, if that is known.
    pub scans_since: Option<Timestamp>,
    /// Of several relations of one name: the roles whose search path, as ALTER ROLE set it, finds this one first; an empty
    /// name for that of ALTER DATABASE.
    pub meant_by: Vec<String>,
}

impl Relation {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }
}

/// The kinds of relation a statement reads from (`relkind`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// `r`
    #[default]
    Table,
    /// `p`
    Partitioned,
    /// `m`
    MaterializedView,
    /// `v`
    View,
    /// `f`
    ForeignTable,
}

impl SourceKind {
    /// Whether it can have indexes.
    pub const fn is_indexable(self) -> bool {
        matches!(self, Self::Table | Self::Partitioned | Self::MaterializedView)
    }
}

/// A column's type and statistics (`pg_attribute`, `pg_stats`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The column.
    pub name: String,
    /// Its type, of a domain the one beneath, as `timestamp with time zone`.
    pub type_name: String,
    /// Whether a btree index can be made on it.
    pub ordered: bool,
    /// Average bytes of a value.
    pub width: i64,
    /// Share of rows that are NULL.
    pub null_frac: f64,
    /// Distinct values if positive; if negative, their share of the rows.
    pub n_distinct: f64,
}

/// A table that a statement names, and what it can be reached by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementTable {
    /// The table.
    pub table: QualifiedName,
    /// Estimated rows (`reltuples`); none when it was never analyzed.
    pub rows: Option<f64>,
    /// Its indexes.
    pub indexes: Vec<Index>,
}
