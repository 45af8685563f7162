//! What relations take on disk.

use serde::{Deserialize, Serialize};

use crate::{Bloat, Bytes, Gap, Index, QualifiedName, Ratio, Table, Timestamp, Verdict};

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

/// Which part of what takes space is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpaceQuery {
    /// Whether tables and indexes stand each by itself; otherwise a table stands for its TOAST, indexes and partitions.
    #[serde(default)]
    pub each: bool,
    /// The partitioned table whose partitions are asked for, as [`QualifiedName`] writes it; all tables if empty.
    #[serde(default)]
    pub parent: String,
    /// Days over which growth is counted.
    pub days: u32,
    /// Ids of databases, separated by commas, on which an index must be unused as well to count as unused: standbys of
    /// this one have statistics of their own.
    #[serde(default)]
    pub across: String,
}

/// Since when the use of tables and indexes is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// At least since then.
    Since(Timestamp),
    /// Since when is not known.
    #[default]
    Unknown,
    /// It is not counted, for this reason: nothing may be called unused.
    Not(String),
}

impl Counted {
    /// Why it is not counted, if it is not.
    pub fn not(&self) -> Option<&str> {
        match self {
            Self::Not(reason) => Some(reason),
            Self::Since(_) | Self::Unknown => None,
        }
    }
}

/// What takes the space of a database.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// The database's size on disk, system catalogs included.
    pub database: Option<Bytes>,
    /// What it grew by since `grown_since`.
    pub growth: Option<Bytes>,
    /// The first capture that growth is counted from; none before there is one.
    pub grown_since: Option<Timestamp>,
    /// Since when scans are counted.
    pub counted: Counted,
    /// Unused indexes of ten megabytes and more, and what they take; none where use is not counted.
    pub unused: Option<(u32, Bytes)>,
    /// What could not be read, as sentences.
    pub notes: Vec<String>,
    /// What takes it, the largest first.
    pub occupants: Vec<Occupant>,
}

/// A table, or an index by itself, with what it takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Occupant {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// The table an index is of.
    pub table: Option<String>,
    /// How many partitions it stands for.
    pub partitions: u32,
    /// Estimated rows, of its partitions too.
    pub rows: Option<f64>,
    /// The table or index itself.
    pub main: Option<Bytes>,
    /// Its TOAST.
    pub toast: Bytes,
    /// Its indexes, where it stands for them.
    pub indexes: Bytes,
    /// All it stands for.
    pub size: Option<Bytes>,
    /// The share of the database.
    pub share: Option<Ratio>,
    /// What it grew by; none where nobody knows how large it was.
    pub growth: Option<Bytes>,
    /// Whether it is an index that nothing reads.
    pub unused: bool,
    /// Whether all its files were looked at.
    pub measured: bool,
    /// Whether somebody alters some of it or waits to.
    pub locked: bool,
}

impl Occupant {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }
}

/// One table or index: what it takes, and since when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RelationDetail {
    /// What it takes, with all it stands for.
    pub occupant: Occupant,
    /// The counters of a table.
    pub table: Option<Table>,
    /// The indexes of a table, or the index it is.
    pub indexes: Vec<Index>,
    /// The bloat that could be estimated, of it and its indexes.
    pub bloat: Vec<Bloat>,
    /// The topmost table it is a partition of.
    pub partition_of: Option<QualifiedName>,
    /// Since when scans are counted.
    pub counted: Counted,
    /// How large it was.
    pub history: SizeHistory,
}

/// How large something was over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SizeHistory {
    /// The beginning of the span asked for.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// The moments, ascending; the last one is now.
    pub at: Vec<Timestamp>,
    /// The size at each.
    pub bytes: Vec<Bytes>,
    /// Where nothing is known.
    pub gaps: Vec<Gap>,
}

/// The indexes of a database: what they are for, and which nobody needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indexes {
    /// Every index, and where it is in use although it is not here.
    pub rows: Vec<IndexUse>,
    /// Since when scans are counted.
    pub counted: Counted,
    /// What the checks of indexes say.
    pub verdicts: Vec<Verdict>,
    /// What could not be read, as sentences.
    pub notes: Vec<String>,
}

/// An index, and the other databases of those asked about that use it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IndexUse {
    /// The index.
    pub index: Index,
    /// Ids of the databases on which it was scanned.
    pub used_on: Vec<String>,
}

/// The user tables and how they are read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TableReads {
    /// The tables; partitions each by itself.
    pub rows: Vec<Table>,
    /// Since when scans are counted.
    pub counted: Counted,
}
