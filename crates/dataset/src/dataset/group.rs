//! Groups, and rows that stand for others.

use super::{Dataset, and};
use crate::{Expr, Selected, query::Totals, star};

fn exprs<S: Into<Selected>>(keys: impl IntoIterator<Item = S>) -> Vec<Expr> {
    keys.into_iter().map(|key| key.into().expr).collect()
}

impl Dataset {
    /// Each different row once. Replaces an earlier [`Dataset::distinct_on`].
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.select(["kind"]).distinct().sql(), "SELECT DISTINCT `kind` FROM `checks`");
    /// ```
    pub fn distinct(self) -> Self {
        self.map(|q| (q.distinct, q.distinct_on) = (true, Vec::new()))
    }

    /// The first row for each value of these, in the dataset's order, which must begin with them. Only PostgreSQL has it.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(
    ///     checks.distinct_on(["kind"]).order([col("kind").asc(), col("id").desc()]).sql(),
    ///     r#"SELECT DISTINCT ON ( "kind" ) * FROM "checks" ORDER BY "kind" ASC, "id" DESC"#
    /// );
    /// ```
    pub fn distinct_on<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        let keys = exprs(keys);
        self.map(|q| (q.distinct, q.distinct_on) = (false, keys))
    }

    /// One row for each value of these: names, pairs or expressions.
    ///
    /// ```
    /// use dataset::{col, star, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.select([col("kind"), star().count()]).group(["kind"]).sql(),
    ///     "SELECT `kind`, COUNT(*) FROM `checks` GROUP BY `kind`"
    /// );
    /// ```
    pub fn group<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        self.grouped(exprs(keys), None)
    }

    /// One row for each value of these and how many it stands for, as `count`.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let kinds = Database::mock(Dialect::Sqlite).from("checks").group_and_count(["kind"]);
    /// assert_eq!(kinds.sql(), "SELECT `kind`, COUNT(*) AS `count` FROM `checks` GROUP BY `kind`");
    /// ```
    pub fn group_and_count<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        let keys: Vec<Selected> = keys.into_iter().map(Into::into).collect();
        let columns = keys.iter().cloned().chain([star().count().as_("count")]).collect();
        self.group(keys).map(|q| q.columns = columns)
    }

    /// As [`Dataset::group`], with a row for each value of all keys but the last, and so on to one for everything.
    /// An error on SQLite.
    ///
    /// ```
    /// use dataset::{col, star, Database, Dialect};
    /// let checks = Database::mock(Dialect::MySql).from("checks");
    /// assert_eq!(
    ///     checks.select([col("kind"), star().count()]).group_rollup(["kind"]).sql(),
    ///     "SELECT `kind`, COUNT(*) FROM `checks` GROUP BY `kind` WITH ROLLUP"
    /// );
    /// ```
    pub fn group_rollup<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        self.grouped(exprs(keys), Some(Totals::Rollup))
    }

    /// As [`Dataset::group`], by every subset of the keys. Only PostgreSQL has it.
    ///
    /// ```
    /// use dataset::{star, Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(
    ///     checks.select([star().count()]).group_cube(["kind", "server"]).sql(),
    ///     r#"SELECT COUNT(*) FROM "checks" GROUP BY CUBE ( "kind" , "server" )"#
    /// );
    /// ```
    pub fn group_cube<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        self.grouped(exprs(keys), Some(Totals::Cube))
    }

    /// As [`Dataset::group`], by each of these sets of keys. Only PostgreSQL has it.
    ///
    /// ```
    /// use dataset::{star, Database, Dialect};
    /// let checks = Database::mock(Dialect::Postgres).from("checks");
    /// assert_eq!(
    ///     checks.select([star().count()]).grouping_sets([vec!["kind", "server"], vec![]]).sql(),
    ///     r#"SELECT COUNT(*) FROM "checks" GROUP BY GROUPING SETS ( ( "kind" , "server" ) , ( ) )"#
    /// );
    /// ```
    pub fn grouping_sets<S, K>(self, sets: impl IntoIterator<Item = K>) -> Self
    where
        S: Into<Selected>,
        K: IntoIterator<Item = S>,
    {
        let sets = sets.into_iter().map(exprs).collect();
        self.grouped(Vec::new(), Some(Totals::Sets(sets)))
    }

    /// Only groups for which this holds too.
    ///
    /// ```
    /// use dataset::{star, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.select(["kind"]).group(["kind"]).having(star().count().gt(1)).sql(),
    ///     "SELECT `kind` FROM `checks` GROUP BY `kind` HAVING COUNT(*) > 1"
    /// );
    /// ```
    pub fn having(self, condition: Expr) -> Self {
        self.map(|q| q.having = Some(and(q.having.take(), condition)))
    }

    fn grouped(self, keys: Vec<Expr>, totals: Option<Totals>) -> Self {
        self.map(|q| (q.group, q.totals) = (keys, totals))
    }
}
