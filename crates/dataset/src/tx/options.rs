use crate::Dialect;

/// How much a transaction notices of others.
///
/// ```
#[doc = include_str!("../example.md")]
/// let options = TxOptions { isolation: Some(Isolation::RepeatableRead), retries: 3, ..TxOptions::default() };
/// let slow = db.transaction(options, |tx| async move { tx.from("checks").filter(col("millis").gt(99)).count().await });
/// assert_eq!(slow.await?, 2);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Sees what others have not committed yet (PostgreSQL: as `ReadCommitted`).
    ReadUncommitted,
    /// Each statement sees what was committed when it began.
    ReadCommitted,
    /// All statements see what was committed when the first began.
    RepeatableRead,
    /// As if transactions ran one after the other; some fail with [`Kind::Serialization`](crate::Kind::Serialization).
    Serializable,
}

/// How a transaction runs. SQLite's are always serializable, so it takes every [`Isolation`].
///
/// ```
/// use dataset::TxOptions;
/// assert!(TxOptions::read_only().read_only);
/// assert!(TxOptions::serializable().retries > 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TxOptions {
    /// Refuse to write.
    pub read_only: bool,
    /// The level; the database's own default unless set.
    pub isolation: Option<Isolation>,
    /// PostgreSQL: wait for a moment in which a serializable reader cannot fail. The others have no such failures.
    pub deferrable: bool,
    /// How often to run the closure again after [`Kind::Serialization`](crate::Kind::Serialization).
    pub retries: u32,
    /// SQLite: take the write lock at the start, so that a reader that goes on to write cannot fail halfway.
    pub immediate: bool,
    /// Undo everything when the closure is over, whatever comes of it: for tests.
    pub always_rollback: bool,
}

impl Default for TxOptions {
    fn default() -> Self {
        Self {
            read_only: false,
            isolation: None,
            deferrable: false,
            retries: 0,
            immediate: true,
            always_rollback: false,
        }
    }
}

impl TxOptions {
    /// A transaction that only reads.
    pub fn read_only() -> Self {
        Self { read_only: true, immediate: false, ..Self::default() }
    }

    /// A serializable transaction, tried up to five times more.
    pub fn serializable() -> Self {
        Self { isolation: Some(Isolation::Serializable), retries: 5, ..Self::default() }
    }

    /// The statements that begin it.
    pub(crate) fn begin(&self, dialect: Dialect) -> Vec<String> {
        let level = self.isolation.map(|isolation| match isolation {
            Isolation::ReadUncommitted => "READ UNCOMMITTED",
            Isolation::ReadCommitted => "READ COMMITTED",
            Isolation::RepeatableRead => "REPEATABLE READ",
            Isolation::Serializable => "SERIALIZABLE",
        });
        match dialect {
            Dialect::Postgres => {
                let level = level.map(|level| format!(" ISOLATION LEVEL {level}")).unwrap_or_default();
                let access = if self.read_only { " READ ONLY" } else { "" };
                let deferrable = if self.deferrable { " DEFERRABLE" } else { "" };
                vec![format!("BEGIN{level}{access}{deferrable}")]
            }
            Dialect::Sqlite if self.read_only || !self.immediate => vec!["BEGIN".to_owned()],
            Dialect::Sqlite => vec!["BEGIN IMMEDIATE".to_owned()],
            _ => {
                let access = if self.read_only { " READ ONLY" } else { "" };
                let level = level.map(|level| format!("SET TRANSACTION ISOLATION LEVEL {level}"));
                level.into_iter().chain([format!("START TRANSACTION{access}")]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b56_isolation_levels_in_every_dialect() {
        let options =
            TxOptions { isolation: Some(Isolation::RepeatableRead), deferrable: true, ..TxOptions::read_only() };
        assert_eq!(options.begin(Dialect::Postgres), ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE"]);
        assert_eq!(
            options.begin(Dialect::MariaDb),
            ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION READ ONLY"]
        );
        assert_eq!(options.begin(Dialect::Sqlite), ["BEGIN"]);
        assert_eq!(TxOptions::default().begin(Dialect::Sqlite), ["BEGIN IMMEDIATE"]);
    }
}
