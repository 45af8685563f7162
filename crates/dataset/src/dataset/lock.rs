//! Locks on rows. An error on SQLite, which locks the whole file instead.

use super::Dataset;
use crate::query::{Lock, Taken};

impl Dataset {
    /// Lock the rows until the transaction ends.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").eq(7)).for_update().sql(),
    ///     r#"SELECT * FROM "checks" WHERE "id" = 7 FOR UPDATE"#
    /// );
    /// ```
    pub fn for_update(self) -> Self {
        self.map(|q| q.lock = q.lock.or(Some(Lock::UPDATE)))
    }

    /// Keep others from changing the rows until the transaction ends, but not from locking them in the same way.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(checks.for_share().sql(), r#"SELECT * FROM "checks" FOR SHARE"#);
    /// ```
    pub fn for_share(self) -> Self {
        self.map(|q| q.lock = Some(Lock { shared: true, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }

    /// Lock the rows, and pass over those that are locked already.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(
    ///     checks.order(col("id").asc()).limit(1).skip_locked().sql(),
    ///     r#"SELECT * FROM "checks" ORDER BY "id" ASC LIMIT 1 FOR UPDATE SKIP LOCKED"#
    /// );
    /// ```
    pub fn skip_locked(self) -> Self {
        self.map(|q| q.lock = Some(Lock { taken: Taken::Skip, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }

    /// Lock the rows, or fail at once with [`Kind::LockTimeout`](crate::Kind::LockTimeout) when one of them is locked already.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(checks.nowait().sql(), r#"SELECT * FROM "checks" FOR UPDATE NOWAIT"#);
    /// ```
    pub fn nowait(self) -> Self {
        self.map(|q| q.lock = Some(Lock { taken: Taken::Fail, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }
}
