//! What relations take on disk.

use serde::{Deserialize, Serialize};

use crate::{Bytes, QualifiedName};

/// A user table or index with its size.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RelationSize {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// The table an index is of.
    pub table: Option<String>,
    /// The schema of the topmost table its table is a partition of, if it is of one.
    pub root_schema: Option<String>,
    /// The topmost table its table is a partition of (`pg_partition_root`), if it is of one.
    pub root: Option<String>,
    /// A table's estimated rows (`reltuples`); none before the first VACUUM or ANALYZE.
    pub rows: Option<f64>,
    /// Its own files, free space map and visibility map included; none where nobody has counted yet.
    pub main: Option<Bytes>,
    /// What its large values take elsewhere (TOAST), their index included.
    pub toast: Option<Bytes>,
    /// Whether its files were looked at; otherwise sizes are as of the last VACUUM or ANALYZE (`relpages`).
    pub measured: bool,
    /// Whether somebody holds or waits for an AccessExclusiveLock on it; its files were not looked at then.
    pub locked: bool,
}

/// The kinds of relation that take space (`relkind`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// `r`
    #[default]
    Table,
    /// `p`: what it holds is in its partitions.
    Partitioned,
    /// `m`
    MaterializedView,
    /// `i`
    Index,
}

impl RelationKind {
    /// In words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Partitioned => "partitioned table",
            Self::MaterializedView => "materialized view",
            Self::Index => "index",
        }
    }
}

impl RelationSize {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }

    /// The table it is, or is an index of.
    pub fn of(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, self.table.as_deref().unwrap_or(&self.name))
    }

    /// The topmost table its table is a partition of.
    pub fn partition_of(&self) -> Option<QualifiedName> {
        Some(QualifiedName::new(self.root_schema.as_deref()?, self.root.as_deref()?))
    }

    /// What it takes without its indexes, as `pg_table_size` counts.
    pub fn size(&self) -> Option<Bytes> {
        Some(Bytes(self.main?.0 + self.toast.unwrap_or_default().0))
    }
}
