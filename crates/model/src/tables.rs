//! What PostgreSQL counts of every table: `pg_stat_user_tables` and `pg_statio_user_tables`.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Caches, QualifiedName, Ratio, Timestamp};

/// One user table with its counters; they count since the database's statistics were last reset.
///
/// A partitioned table has rows and scans only through its partitions: its own counters are nearly all nought.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// The schema of the topmost table it is a partition of, if it is one.
    pub root_schema: Option<String>,
    /// The topmost table it is a partition of (`pg_partition_root`), if it is one.
    pub root: Option<String>,
    /// Estimated rows (`reltuples`); none until the first VACUUM or ANALYZE.
    pub rows: Option<f64>,
    /// Size of the table alone, without TOAST and indexes, as of the last VACUUM or ANALYZE (`relpages`).
    pub size: Bytes,
    /// Whether it has indexes (`relhasindex`).
    pub indexed: bool,
    /// Whether a primary key stands on it.
    pub primary_key: bool,
    /// What a primary key could be made of; none for a table that has one.
    #[serde(default)]
    pub keyless: Option<Keyless>,
    /// How logical replication tells its rows apart (`relreplident`): `d` by the primary key, `i` by another index, `f`
    /// by the whole row, `n` not at all.
    pub replica_identity: String,
    /// Whether an extension brought it, and looks after it (`pg_depend.deptype` `e`).
    pub extension: bool,
    /// Its storage parameters (`reloptions`), as `fillfactor=70`.
    pub options: Vec<String>,
    /// The age of its oldest unfrozen transaction id, or its TOAST table's (`age(relfrozenxid)`); none for what holds no rows
    /// of its own.
    pub freeze_age: Option<i64>,
    /// Whether autovacuum may work on it (`autovacuum_enabled`; true unless it was switched off).
    pub autovacuum: bool,
    /// Its TOAST table, if it has one.
    #[serde(default)]
    pub toast: Option<Toast>,

    /// Sequential scans.
    pub seq_scan: i64,
    /// Rows that sequential scans read.
    pub seq_tup_read: i64,
    /// The last sequential scan (from PostgreSQL 16 on).
    pub last_seq_scan: Option<Timestamp>,
    /// Index scans; none without an index.
    pub idx_scan: Option<i64>,
    /// Live rows that index scans fetched; none without an index.
    pub idx_tup_fetch: Option<i64>,
    /// The last index scan (from PostgreSQL 16 on).
    pub last_idx_scan: Option<Timestamp>,
    /// Rows inserted.
    pub n_tup_ins: i64,
    /// Rows updated.
    pub n_tup_upd: i64,
    /// Rows deleted.
    pub n_tup_del: i64,
    /// Rows updated without a new index entry.
    pub n_tup_hot_upd: i64,
    /// Estimated live rows.
    pub n_live_tup: i64,
    /// Estimated dead rows.
    pub n_dead_tup: i64,
    /// Rows changed since the last ANALYZE.
    pub n_mod_since_analyze: i64,
    /// Rows inserted since the last VACUUM.
    pub n_ins_since_vacuum: i64,

    /// The last VACUUM by hand; VACUUM FULL is not counted.
    pub last_vacuum: Option<Timestamp>,
    /// The last VACUUM by autovacuum.
    pub last_autovacuum: Option<Timestamp>,
    /// The last ANALYZE by hand.
    pub last_analyze: Option<Timestamp>,
    /// The last ANALYZE by autovacuum.
    pub last_autoanalyze: Option<Timestamp>,
    /// VACUUMs by hand.
    pub vacuum_count: i64,
    /// VACUUMs by autovacuum.
    pub autovacuum_count: i64,
    /// ANALYZEs by hand.
    pub analyze_count: i64,
    /// ANALYZEs by autovacuum.
    pub autoanalyze_count: i64,

    /// Its blocks found in shared buffers.
    pub heap_blks_hit: i64,
    /// Its blocks asked of the operating system.
    pub heap_blks_read: i64,
    /// Blocks of all its indexes found in shared buffers.
    pub idx_blks_hit: i64,
    /// Blocks of all its indexes asked of the operating system.
    pub idx_blks_read: i64,
}

/// The TOAST table of a table, with its counters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toast {
    /// Its storage parameters, or the table's where it has none, as autovacuum reads them.
    pub options: Vec<String>,
    /// Whether autovacuum may work on it.
    pub autovacuum: bool,
    /// Whether `toast.autovacuum_enabled` is set for it.
    pub own_autovacuum: bool,
    /// Estimated live rows.
    pub n_live_tup: i64,
    /// Estimated dead rows.
    pub n_dead_tup: i64,
    /// The last VACUUM, manual or by autovacuum.
    pub vacuumed_at: Option<Timestamp>,
}

/// What a primary key could be made of, for a table that has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyless {
    /// A name that no column of it or of a table that inherits from it has.
    pub free_column: Option<String>,
    /// A name that no relation of its schema and no constraint of it has, for the key.
    pub free_name: Option<String>,
    /// A unique index whose columns are all NOT NULL.
    pub unique: Option<UniqueIndex>,
    /// The columns of its partition key; none unless it is partitioned.
    pub partition_key: Vec<String>,
    /// Whether other tables inherit from it, partitions included.
    pub has_children: bool,
    /// The table it inherits from first.
    pub parent: Option<QualifiedName>,
    /// The columns of that table's primary key.
    pub parent_key: Vec<String>,
    /// Why PostgreSQL would refuse a new column with a key.
    pub obstacle: Option<KeyObstacle>,
}

/// A unique, not deferrable, not partial index on columns that are NOT NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueIndex {
    /// Its name.
    pub name: String,
    /// Its key columns.
    pub columns: Vec<String>,
    /// The unique constraint that owns it.
    pub constraint: Option<String>,
    /// Whether a foreign key refers to it.
    pub referenced: bool,
    /// Whether ADD PRIMARY KEY USING INDEX accepts it: it is no constraint's and sorts by default.
    pub usable: bool,
}

/// Why PostgreSQL would refuse to add a column with a primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyObstacle {
    /// A typed table has the columns of its type.
    TypedTable,
    /// A table that inherits from it, or a partition, is a foreign table.
    ForeignTable,
    /// The partition key has an expression, or another collation than its column.
    PartitionExpression,
    /// A partition has a primary key of its own.
    PartitionHasKey,
    /// A column of another table has this table's row type.
    RowTypeInUse,
}

/// The kinds of relation that hold rows (`relkind`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// `r`
    #[default]
    Table,
    /// `p`: its rows are its partitions'.
    Partitioned,
    /// `m`
    MaterializedView,
}

impl Table {
    /// Its schema-qualified name.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }

    /// The topmost table it is a partition of.
    pub fn partition_of(&self) -> Option<QualifiedName> {
        Some(QualifiedName::new(self.root_schema.as_deref()?, self.root.as_deref()?))
    }

    /// Block hits and reads of it and its indexes.
    pub fn caches(&self) -> Caches {
        Caches {
            table_hit: self.heap_blks_hit,
            table_read: self.heap_blks_read,
            index_hit: self.idx_blks_hit,
            index_read: self.idx_blks_read,
        }
    }

    /// Share of scans that went by an index; none without an index or before the first scan.
    pub fn index_usage(&self) -> Option<Ratio> {
        let by_index = self.idx_scan? as f64;
        Ratio::of(by_index, by_index + self.seq_scan as f64)
    }

    /// Whether one more index may spare sequential scans: a table of ten thousand rows and more of whose scans more than one
    /// in twenty is sequential. PgHero's `missing_indexes` leaves out tables that were never read by index.
    pub fn is_short_of_indexes(&self) -> bool {
        let by_index = self.idx_scan.unwrap_or(0) as f64;
        let usage = Ratio::of(by_index, by_index + self.seq_scan as f64);
        self.n_live_tup >= 10_000 && usage.is_some_and(|usage| usage.0 < 0.95)
    }

    /// Whether nothing has read it since the statistics began (PgHero's `unused_tables`, which counts index scans alone).
    pub fn is_unused(&self) -> bool {
        self.seq_scan == 0 && self.idx_scan.unwrap_or(0) == 0 && self.kind != TableKind::Partitioned
    }

    /// The last VACUUM, by whomever.
    pub fn vacuumed_at(&self) -> Option<Timestamp> {
        self.last_vacuum.max(self.last_autovacuum)
    }

    /// The last ANALYZE, by whomever.
    pub fn analyzed_at(&self) -> Option<Timestamp> {
        self.last_analyze.max(self.last_autoanalyze)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_index_is_judged_by_share_of_sequential_scans() {
        for (rows, seq_scan, idx_scan, short) in [
            (10_000, 634, Some(0), true),
            (10_000, 634, None, true),
            (10_000, 6, Some(94), true),
            (10_000, 5, Some(95), false),
            (9_999, 634, Some(0), false),
            (10_000, 0, Some(0), false),
            (10_000, 0, None, false),
        ] {
            let table = Table { n_live_tup: rows, seq_scan, idx_scan, ..Table::default() };
            assert_eq!(table.is_short_of_indexes(), short, "{rows} rows, {seq_scan} and {idx_scan:?} scans");
        }
    }
}
