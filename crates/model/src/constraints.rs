//! Constraints that were never checked: `pg_constraint.convalidated = false`.

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// A constraint that was added NOT VALID and not validated since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraint {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The constraint.
    pub name: String,
    /// The table it refers to, for a foreign key, quoted and schema-qualified.
    pub references: Option<String>,
}

impl Constraint {
    /// Its table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }
}
