//! Tables and what the planner knows of their columns.

use serde::{Deserialize, Serialize};

use crate::{Index, QualifiedName};

/// A table with the statistics of its columns (`pg_class`, `pg_stats`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Estimated rows (`reltuples`); none when the table was never analyzed.
    pub rows: Option<f64>,
    /// The columns that have statistics which the role may read.
    pub columns: Vec<Column>,
}

impl Relation {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }
}

/// A column's statistics (`pg_stats`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The column.
    pub name: String,
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
