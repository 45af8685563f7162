//! Columns that are filled from a sequence, and how far they have come.

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// A column fed by a sequence (owned, identity, or by its default expression).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// The column's type, as `integer`.
    pub column_type: String,
    /// The sequence's schema.
    pub sequence_schema: String,
    /// The sequence.
    pub sequence: String,
    /// The last value handed out; none when none was yet, or when it may not be read.
    pub last_value: Option<i64>,
    /// The next value of a sequence that has handed out none since it was created or restarted, where it may be read.
    #[serde(default)]
    pub next_value: Option<i64>,
    /// The last value that fits: the smaller of what the column's type and the sequence allow, in its direction.
    pub limit: i64,
    /// Whether the column's type sets that limit, and not the sequence.
    #[serde(default)]
    pub column_ends: bool,
    /// The type to give the column so that every value of a sequence fits: `bigint`, `numeric` or `text`.
    #[serde(default)]
    pub wider_type: String,
    /// What PostgreSQL refuses to change the column's type for.
    #[serde(default)]
    pub type_change_blocked_by: Option<String>,
    /// The first value that fits in its direction (MINVALUE, or MAXVALUE of a descending one).
    pub start: i64,
    /// The step; negative for a descending sequence.
    pub increment: i64,
    /// Whether it begins anew (CYCLE) before its column is full.
    pub cycle: bool,
    /// Whether the role may read it.
    pub readable: bool,
    /// Whether somebody holds or waits for a lock that reading it would wait for; `last_value` was left out.
    #[serde(default)]
    pub locked: bool,
}

impl Sequence {
    /// The last value handed out; of a sequence that was restarted, the one before its next.
    pub fn reached(&self) -> Option<i64> {
        self.last_value.or_else(|| Some(self.next_value?.saturating_sub(self.increment)))
    }

    /// Its table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }
}
