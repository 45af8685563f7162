//! Foreign keys, column by column: `pg_constraint.contype = 'f'`.

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// A foreign key of a user table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The referring table's schema.
    pub schema: String,
    /// The referring table.
    pub table: String,
    /// The constraint.
    pub name: String,
    /// The referring columns, in order.
    pub columns: Vec<String>,
    /// Their types without length, a domain's base type, as `integer`.
    pub types: Vec<String>,
    /// The schema of the table referred to.
    pub referenced_schema: String,
    /// The table referred to.
    pub referenced: String,
    /// The columns referred to, in the same order.
    pub referenced_columns: Vec<String>,
    /// Their types.
    pub referenced_types: Vec<String>,
    /// For each column of a narrower type than the one it refers to: what PostgreSQL refuses to change its type for; else
    /// empty.
    #[serde(default)]
    pub type_change_blocked_by: Vec<String>,
    /// Whether it is enforced (`conenforced`, from PostgreSQL 18 on).
    #[serde(default = "enforced")]
    pub enforced: bool,
    /// Whether its last column is a PERIOD (`conperiod`, from PostgreSQL 18 on).
    #[serde(default)]
    pub period: bool,
    /// What a deleted row does to those that refer to it (`confdeltype`): `a` nothing allowed, `c` cascade, and so on.
    pub on_delete: String,
}

fn enforced() -> bool {
    true
}

impl ForeignKey {
    /// The columns that are compared for equality: all but a PERIOD.
    pub fn equality_columns(&self) -> &[String] {
        &self.columns[..self.columns.len() - usize::from(self.period && !self.columns.is_empty())]
    }

    /// The referring table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    /// The name of the table referred to, schema-qualified.
    pub fn to(&self) -> QualifiedName {
        QualifiedName::new(&self.referenced_schema, &self.referenced)
    }
}
