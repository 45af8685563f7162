use super::Tx;
use crate::{Dialect, Error, Kind, Result, Value, statement::Statement};

impl Tx {
    /// Takes the lock of this number, which means nothing to the database, until the transaction's connection is done with
    /// it: so that one program of several does a thing. `false` when somebody else has it; with `wait` it waits instead.
    /// On MySQL and MariaDB the connection is closed afterwards, which gives the lock back.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// # let db = Database::mock(Dialect::Postgres);
    /// db.transaction(TxOptions::default(), |tx| async move {
    ///     if tx.advisory_lock(4711, false).await? {
    ///         tx.from("checks").delete().await?;
    ///     }
    ///     Ok(())
    /// }).await?;
    /// assert!(db.statements()[1].starts_with("SELECT pg_catalog.pg_try_advisory_xact_lock($1)"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on SQLite, where a transaction that writes has the whole file to itself;
    /// `LockTimeout` when waiting took too long.
    pub async fn advisory_lock(&self, number: i64, wait: bool) -> Result<bool> {
        let (sql, bind): (_, Value) = match (self.database().dialect(), wait) {
            (Dialect::Sqlite, _) => return Err(Error::invalid("SQLite has no advisory locks")),
            (Dialect::Postgres, true) => ("SELECT pg_catalog.pg_advisory_xact_lock($1) IS NOT NULL", number.into()),
            (Dialect::Postgres, false) => ("SELECT pg_catalog.pg_try_advisory_xact_lock($1)", number.into()),
            (_, true) => ("SELECT GET_LOCK(?, 31536000) = 1", format!("dataset {number}").into()),
            (_, false) => ("SELECT GET_LOCK(?, 0) = 1", format!("dataset {number}").into()),
        };
        let mut held = self.hold(false, false).await?;
        if self.database().dialect() != Dialect::Postgres {
            held.last();
        }
        let mut taken = false;
        let result = held
            .each(Statement::fixed(sql, vec![bind]), &mut |row| {
                taken = crate::row::decode::<Option<bool>>(&row)?.unwrap_or_default();
                Ok(())
            })
            .await;
        if let Err(e) = result {
            held.failed(&e);
            return Err(e);
        }
        match taken || !wait {
            true => Ok(taken),
            false => Err(Error::new(Kind::LockTimeout, "the lock was not free in time")),
        }
    }
}
