//! How far tables are from transaction id wraparound.

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// The age of a table's oldest unfrozen transaction id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeAge {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The larger of the table's and its TOAST table's `age(relfrozenxid)`.
    pub age: i64,
    /// Transactions left until the server refuses to hand out new ids.
    pub left: i64,
}

impl FreezeAge {
    /// The table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }
}
