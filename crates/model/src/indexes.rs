//! Indexes, structurally: from `pg_index`, never by reading their definition's text.

use serde::{Deserialize, Serialize};

use crate::{Bytes, QualifiedName, Ratio, Timestamp, quote_identifier};

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
    /// The WHERE of a partial index, as `pg_get_expr` writes it.
    pub predicate: Option<String>,
    /// `indisunique`.
    pub unique: bool,
    /// `indisprimary`.
    pub primary: bool,
    /// Whether a constraint rests on it (primary key, unique, exclusion), or a foreign key refers to it.
    pub constraint: bool,
    /// The primary key, unique or exclusion constraint that owns it.
    #[serde(default)]
    pub constraint_name: Option<String>,
    /// Whether a foreign key refers to it (`pg_constraint.conindid`).
    #[serde(default)]
    pub referenced: bool,
    /// Whether it enforces an exclusion constraint or WITHOUT OVERLAPS (`indisexclusion`).
    #[serde(default)]
    pub exclusion: bool,
    /// Whether its uniqueness can be deferred to the end of a transaction (not `indimmediate`).
    #[serde(default)]
    pub deferrable: bool,
    /// Whether a unique index counts NULLs as equal (`indnullsnotdistinct`, from PostgreSQL 15 on).
    #[serde(default)]
    pub nulls_not_distinct: bool,
    /// Whether CLUSTER orders the table by it (`indisclustered`).
    #[serde(default)]
    pub clustered: bool,
    /// Whether logical replication identifies rows by it (`indisreplident`).
    #[serde(default)]
    pub replica_identity: bool,
    /// Its storage parameters (`reloptions`), as `fillfactor=70`.
    #[serde(default)]
    pub storage: Vec<String>,
    /// Leading keys whose operator class can search for equal values.
    #[serde(default)]
    pub equality_keys: i64,
    /// The table, quoted and schema-qualified, whose TOAST table it belongs to; only invalid indexes of those are listed.
    #[serde(default)]
    pub toast_of: Option<String>,
    /// `indisvalid`: false after a failed CONCURRENTLY, or while one is under way.
    pub valid: bool,
    /// Whether it is being built right now (`pg_stat_progress_create_index`).
    pub building: bool,
    /// Whether its table is partitioned (`relkind` `I`): its size and scans are the sums of its partitions'.
    #[serde(default)]
    pub partitioned: bool,
    /// Whether it is a partition's share of such an index (`relispartition`) and cannot be dropped alone.
    #[serde(default)]
    pub attached: bool,
    /// Whether its leading columns are those of a foreign key of its table, on the side that refers.
    #[serde(default)]
    pub foreign_key: bool,
    /// Whether an operator class of it is one of `pg_trgm`'s: they match patterns, and equality only roughly.
    #[serde(default)]
    pub trigram: bool,
    /// Whether its table or it is under, or waited for by, an AccessExclusiveLock; what needs a lock was left out.
    pub locked: bool,
    /// Scans since the statistics began (`pg_stat_user_indexes.idx_scan`).
    pub scans: i64,
    /// The last scan (from PostgreSQL 16 on).
    pub last_scan: Option<Timestamp>,
    /// Its blocks found in shared buffers (`pg_statio_user_indexes`).
    #[serde(default)]
    pub hit: i64,
    /// Its blocks asked of the operating system.
    #[serde(default)]
    pub read: i64,
    /// Size on disk, as of the last VACUUM or ANALYZE (`relpages`).
    pub size: Bytes,
    /// `pg_get_indexdef`; only for invalid indexes, which have to be made again.
    pub definition: Option<String>,
}

impl Index {
    /// The statement that drops it, or the constraint that owns it.
    pub fn drop_sql(&self) -> String {
        match &self.constraint_name {
            Some(name) => format!("ALTER TABLE {} DROP CONSTRAINT {};", self.on(), quote_identifier(name)),
            None if self.partitioned => format!("DROP INDEX {};", self.qualified()),
            None => format!("DROP INDEX CONCURRENTLY {};", self.qualified()),
        }
    }

    /// The index's own name, schema-qualified.
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.name)
    }

    /// Its table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }

    /// Whether nothing has read it since the statistics began, as far as this server knows, and nothing but reads needs it.
    /// A foreign key may.
    pub fn is_unused(&self) -> bool {
        let droppable = !self.unique && !self.constraint && !self.attached && self.valid;
        droppable && self.scans == 0 && self.last_scan.is_none()
    }

    /// Share of its blocks found in shared buffers; none before the first access.
    pub fn cached(&self) -> Option<Ratio> {
        Ratio::of(self.hit as f64, self.hit as f64 + self.read as f64)
    }

    /// The key as people read it: `account_id, lower(email) DESC`.
    pub fn columns(&self) -> String {
        let key = |key: &IndexKey| format!("{}{}", key.text, if key.option & 1 == 1 { " DESC" } else { "" });
        self.keys.iter().map(key).collect::<Vec<_>>().join(", ")
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
    /// The operator class's parameters (`attoptions`), as `{siglen=32}`; empty for none.
    #[serde(default)]
    pub parameters: String,
}

impl IndexKey {
    /// The column's own name, unquoted; none for an expression, which always has a bracket or a blank in it.
    pub fn column(&self) -> Option<String> {
        match self.text.strip_prefix('"') {
            Some(rest) => {
                let name = rest.strip_suffix('"')?.replace("\"\"", "\0");
                (!name.contains('"')).then(|| name.replace('\0', "\""))
            }
            None => {
                let plain = self.text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
                plain.then(|| self.text.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_a_column_from_an_expression() {
        let column = |text: &str| {
            IndexKey { text: text.into(), opclass: 0, collation: 0, option: 0, parameters: String::new() }.column()
        };
        assert_eq!(column("email").as_deref(), Some("email"));
        assert_eq!(column("\"Order \"\"No\"\"\"").as_deref(), Some("Order \"No\""));
        assert_eq!(column("lower(email)"), None);
        assert_eq!(column("(a || b)"), None);
        assert_eq!(column("(\"A\" || \"B\")"), None);
        assert_eq!(column("\"A\" || \"B\""), None);
    }
}
