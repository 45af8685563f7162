//! Other tables beside this one.

use super::Dataset;
use crate::{
    Expr, Table,
    query::{Join, JoinKind, Joined, On},
};

impl Dataset {
    /// With the matching rows of another table.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.join("servers", col(("servers", "name")).eq(col(("checks", "server")))).sql(),
    ///     "SELECT * FROM `checks` INNER JOIN `servers` ON `servers`.`name` = `checks`.`server`"
    /// );
    /// ```
    pub fn join(self, table: impl Into<Table>, on: Expr) -> Self {
        self.joined(JoinKind::Inner, table.into(), On::Expr(on))
    }

    /// With the matching rows of another table, or NULLs where there are none.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let servers = db.from("checks").left_join("servers", col(("servers", "name")).eq(col(("checks", "server"))));
    /// let ports: Vec<Option<i64>> = servers.order(col("id").asc()).select_map("port").await?;
    /// assert_eq!(ports, [Some(5432), Some(5432), None]);
    /// # Ok(()) }
    /// ```
    pub fn left_join(self, table: impl Into<Table>, on: Expr) -> Self {
        self.joined(JoinKind::Left, table.into(), On::Expr(on))
    }

    /// All rows of another table with the matching rows so far, or NULLs where there are none.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.right_join("servers", col(("servers", "name")).eq(col(("checks", "server")))).sql(),
    ///     "SELECT * FROM `checks` RIGHT JOIN `servers` ON `servers`.`name` = `checks`.`server`"
    /// );
    /// ```
    pub fn right_join(self, table: impl Into<Table>, on: Expr) -> Self {
        self.joined(JoinKind::Right, table.into(), On::Expr(on))
    }

    /// All rows of both, matched where they match. An error on MySQL and MariaDB.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let all = db.from("checks").full_join("servers", col(("servers", "name")).eq(col(("checks", "server"))));
    /// assert_eq!(all.count().await?, 4);
    /// let mysql = Database::mock(Dialect::MySql).from("checks").full_join("servers", lit("true", []));
    /// assert_eq!(mysql.rows().await.unwrap_err().kind(), Kind::InvalidOperation);
    /// # Ok(()) }
    /// ```
    pub fn full_join(self, table: impl Into<Table>, on: Expr) -> Self {
        self.joined(JoinKind::Full, table.into(), On::Expr(on))
    }

    /// Every row with every row of another table.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.cross_join("servers").sql(), "SELECT * FROM `checks` CROSS JOIN `servers`");
    /// ```
    pub fn cross_join(self, table: impl Into<Table>) -> Self {
        self.joined(JoinKind::Cross, table.into(), On::Nothing)
    }

    /// With the rows of another table that are equal in these columns, which then are there only once.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let both = Database::mock(Dialect::Sqlite).from("runs").join_using("checks", ["check_id"]);
    /// assert_eq!(both.sql(), "SELECT * FROM `runs` INNER JOIN `checks` USING ( `check_id` )");
    /// ```
    pub fn join_using<C: Into<String>>(self, table: impl Into<Table>, columns: impl IntoIterator<Item = C>) -> Self {
        self.joined(JoinKind::Inner, table.into(), On::Columns(columns.into_iter().map(Into::into).collect()))
    }

    /// As [`Dataset::join_using`], or NULLs where there are none.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.left_join_using("runs", ["check_id"]).sql(),
    ///     "SELECT * FROM `checks` LEFT JOIN `runs` USING ( `check_id` )"
    /// );
    /// ```
    pub fn left_join_using<C: Into<String>>(
        self,
        table: impl Into<Table>,
        columns: impl IntoIterator<Item = C>,
    ) -> Self {
        self.joined(JoinKind::Left, table.into(), On::Columns(columns.into_iter().map(Into::into).collect()))
    }

    /// With the rows of another table that are equal in all columns of the same name.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.natural_join("runs").sql(), "SELECT * FROM `checks` NATURAL INNER JOIN `runs`");
    /// ```
    pub fn natural_join(self, table: impl Into<Table>) -> Self {
        self.joined(JoinKind::Inner, table.into(), On::Natural)
    }

    /// With the rows of a dataset that may look at the tables before it. An error on SQLite and MariaDB.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let db = Database::mock(Dialect::Postgres);
    /// let last = db.from("runs").filter(col(("runs", "check")).eq(col(("checks", "id")))).order(col("at").desc()).limit(1);
    /// assert_eq!(
    ///     db.from("checks").join_lateral(last, "last").sql(),
    ///     r#"SELECT * FROM "checks" INNER JOIN LATERAL (SELECT * FROM "runs" WHERE "runs"."check" = "checks"."id" ORDER BY "at" DESC LIMIT 1) AS "last" ON (1 = 1)"#
    /// );
    /// ```
    pub fn join_lateral(self, dataset: Dataset, alias: impl Into<String>) -> Self {
        self.lateral(JoinKind::Inner, dataset, alias.into())
    }

    /// As [`Dataset::join_lateral`], or NULLs where there are none.
    pub fn left_join_lateral(self, dataset: Dataset, alias: impl Into<String>) -> Self {
        self.lateral(JoinKind::Left, dataset, alias.into())
    }

    fn joined(self, kind: JoinKind, table: Table, on: On) -> Self {
        self.map(|q| q.joins.push(Join { kind, with: Joined::Table(table), on }))
    }

    fn lateral(self, kind: JoinKind, dataset: Dataset, alias: String) -> Self {
        let with = Joined::Lateral(Box::new(dataset.query), alias);
        self.map(|q| q.joins.push(Join { kind, with, on: On::Nothing }))
    }
}
