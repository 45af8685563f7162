//! Indexes, structurally: from `pg_index`, never by reading their definition's text.

use serde::{Deserialize, Serialize};

use crate::{Bytes, QualifiedName, Timestamp};

/// One index of a user table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// The schema of table and index.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The index.
    pub name: String,
    /// The access method (`btree`, `gin`, …).
    pub method: String,
    /// The key columns, in order; INCLUDE columns are not among them.
    pub keys: Vec<IndexKey>,
    /// Columns carried along by INCLUDE.
    pub include: Vec<String>,
    /// The WHERE of a partial index, with positions removed so that equal ones compare equal.
    pub predicate: Option<String>,
    /// `indisunique`.
    pub unique: bool,
    /// `indisprimary`.
    pub primary: bool,
    /// Whether a constraint rests on it (primary key, unique, exclusion), or a foreign key refers to it.
    pub constraint: bool,
    /// `indisvalid`: false after a failed CONCURRENTLY, or while one is under way.
    pub valid: bool,
    /// Whether it is being built right now (`pg_stat_progress_create_index`).
    pub building: bool,
    /// Whether its table or it is under, or waited for by, an AccessExclusiveLock; what needs a lock was left out.
    pub locked: bool,
    /// Scans since the statistics began (`pg_stat_user_indexes.idx_scan`).
    pub scans: i64,
    /// The last scan (from PostgreSQL 16 on).
    pub last_scan: Option<Timestamp>,
    /// Size on disk, as of the last VACUUM or ANALYZE (`relpages`).
    pub size: Bytes,
    /// `pg_get_indexdef`; only for invalid indexes, which have to be made again.
    pub definition: Option<String>,
}

impl Index {
    /// The index's own name, schema-qualified.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }

    /// Its table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    /// The key as people read it: `account_id, lower(email) DESC`.
    pub fn columns(&self) -> String {
        self.keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// One column or expression of an index's key. Two keys are the same when all of this is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// The column's name or the expression, as `pg_get_indexdef(index, n, true)` writes it.
    pub text: String,
    /// The operator class's oid (`indclass`).
    pub opclass: i64,
    /// The collation's oid (`indcollation`).
    pub collation: i64,
    /// Bits for DESC and NULLS FIRST (`indoption`).
    pub option: i64,
}
