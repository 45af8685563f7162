//! Datasets: what to read or write, as a value.

mod compound;
mod find;
mod group;
mod hash;
mod join;
mod lock;
mod narrow;
mod page;
mod read;
mod returning;
mod write;

use crate::{
    Dialect, Error, Expr, Order, Result, Selected, Table,
    query::{Query, Source},
    render,
    session::Session,
    statement::Statement,
};

/// Some rows of a database, described but not read: clone it, keep it, narrow it down.
/// Nothing is sent before one of the verbs.
///
/// ```
/// use dataset::{col, Database, Dialect};
/// let db = Database::mock(Dialect::Postgres);
/// let checks = db.from("checks");
/// let slow = checks.clone().filter(col("millis").gt(100)).order(col("millis").desc()).limit(20);
/// assert_eq!(checks.sql(), r#"SELECT * FROM "checks""#);
/// assert_eq!(slow.sql(), r#"SELECT * FROM "checks" WHERE "millis" > 100 ORDER BY "millis" DESC LIMIT 20"#);
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is sent before one of the verbs"]
pub struct Dataset {
    session: Session,
    query: Query,
    comment: Option<String>,
}

impl Dataset {
    pub(crate) fn new(session: Session, table: Table) -> Self {
        Self { session, query: Query::new(Source::Table(table)), comment: None }
    }

    pub(crate) fn into_query(self) -> Query {
        self.query
    }

    fn statement(&self) -> Result<Statement> {
        Ok(self.commented(render::query(&self.query, self.session.dialect())?))
    }

    /// The statement with the dataset's comment behind it.
    fn commented(&self, mut statement: Statement) -> Statement {
        if let Some(comment) = &self.comment {
            statement.sql = format!("{} /* {comment} */", statement.sql).into();
        }
        statement
    }

    /// The SQL with the values in it, for people to read; what is sent has placeholders. An error is a comment.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.limit(3).sql(), "SELECT * FROM `checks` LIMIT 3");
    /// ```
    pub fn sql(&self) -> String {
        render::display(&self.query, self.session.dialect()).unwrap_or_else(|e| format!("/* {e} */"))
    }

    /// Which SQL it becomes.
    pub fn dialect(&self) -> Dialect {
        self.session.dialect()
    }

    fn map(mut self, change: impl FnOnce(&mut Query)) -> Self {
        change(&mut self.query);
        self
    }

    /// Only rows for which this holds too.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").gt(7)).filter(col("kind").eq("index")).sql(),
    ///     "SELECT * FROM `checks` WHERE `id` > 7 AND `kind` = 'index'"
    /// );
    /// ```
    pub fn filter(self, condition: impl Into<Expr>) -> Self {
        let condition = condition.into();
        self.map(|q| q.filter = Some(and(q.filter.take(), condition)))
    }

    /// Only rows for which this does not hold.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.exclude(col("kind").eq("index")).sql(),
    ///     "SELECT * FROM `checks` WHERE NOT `kind` = 'index'"
    /// );
    /// ```
    pub fn exclude(self, condition: impl Into<Expr>) -> Self {
        self.filter(!condition.into())
    }

    /// The rows so far, and those for which this holds. Without a filter all rows are there already.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").eq(7)).or(col("id").eq(9)).sql(),
    ///     "SELECT * FROM `checks` WHERE `id` = 7 OR `id` = 9"
    /// );
    /// ```
    pub fn or(self, condition: impl Into<Expr>) -> Self {
        let condition = condition.into();
        self.map(|q| q.filter = q.filter.take().map(|filter| filter | condition))
    }

    /// The rows that are left out so far, instead of these. Without a filter: none.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").is_in([7, 9])).invert().sql(),
    ///     "SELECT * FROM `checks` WHERE `id` NOT IN (7, 9)"
    /// );
    /// ```
    pub fn invert(self) -> Self {
        self.map(|q| q.filter = Some(q.filter.take().map_or_else(|| crate::val(false), |filter| !filter)))
    }

    /// Without any filter.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.filter(col("id").eq(7)).unfiltered().sql(), "SELECT * FROM `checks`");
    /// ```
    pub fn unfiltered(self) -> Self {
        self.map(|q| (q.filter, q.having) = (None, None))
    }

    /// These columns only: names, `(table, column)` pairs or expressions.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.select(["id", "kind"]).sql(), "SELECT `id`, `kind` FROM `checks`");
    /// ```
    pub fn select<S: Into<Selected>>(self, columns: impl IntoIterator<Item = S>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        self.map(|q| q.columns = columns)
    }

    /// One more column: an expression.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.select(["id"]).select_expr(col("millis") * 1000).sql(),
    ///     "SELECT `id`, `millis` * 1000 FROM `checks`"
    /// );
    /// ```
    pub fn select_expr(self, expr: Expr) -> Self {
        self.map(|q| q.columns.push(expr.into()))
    }

    /// One more column: an expression under a name.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.select_as(col("millis").max(), "slowest").sql(),
    ///     "SELECT MAX(`millis`) AS `slowest` FROM `checks`"
    /// );
    /// ```
    pub fn select_as(self, expr: Expr, alias: impl Into<String>) -> Self {
        self.map(|q| q.columns.push(Selected::named(expr, alias)))
    }

    /// In this order: one key, or several. Replaces an earlier order.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.order([col("kind").asc(), col("id").desc()]).sql(),
    ///     "SELECT * FROM `checks` ORDER BY `kind` ASC, `id` DESC"
    /// );
    /// ```
    pub fn order(self, keys: impl IntoIterator<Item = Order>) -> Self {
        let keys = keys.into_iter().collect();
        self.map(|q| q.order = keys)
    }

    /// In no order.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.order(col("id").asc()).unordered().sql(), "SELECT * FROM `checks`");
    /// ```
    pub fn unordered(self) -> Self {
        self.map(|q| q.order.clear())
    }

    /// In the opposite order.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.order([col("kind").asc(), col("id").desc()]).reverse().sql(),
    ///     "SELECT * FROM `checks` ORDER BY `kind` DESC, `id` ASC"
    /// );
    /// ```
    pub fn reverse(self) -> Self {
        self.map(|q| q.order = std::mem::take(&mut q.order).into_iter().map(Order::reversed).collect())
    }

    /// At most so many rows.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.limit(20).sql(), "SELECT * FROM `checks` LIMIT 20");
    /// ```
    pub fn limit(self, rows: u64) -> Self {
        self.map(|q| q.limit = Some(rows))
    }

    /// Without the first so many rows.
    ///
    /// ```
    /// use dataset::{Database, Dialect};
    /// // Also without a limit, which MySQL and SQLite lack.
    /// let sql = |dialect| Database::mock(dialect).from("checks").offset(40).sql();
    /// assert_eq!(sql(Dialect::Postgres), r#"SELECT * FROM "checks" OFFSET 40"#);
    /// assert_eq!(sql(Dialect::Sqlite), "SELECT * FROM `checks` LIMIT 9223372036854775807 OFFSET 40");
    /// ```
    pub fn offset(self, rows: u64) -> Self {
        self.map(|q| q.offset = Some(rows))
    }

    /// On this server of the database: one of [`Options::shards`](crate::Options), or `primary`, where otherwise a read
    /// may go to a replica. A name nobody knows is an error before anything is sent, as is another server in a transaction.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.add_server("archive", "sqlite::memory:")?;
    /// assert!(db.from("checks").server("primary").exists().await?);
    /// assert_eq!(db.from("checks").server("nowhere").count().await.unwrap_err().kind(), Kind::InvalidOperation);
    /// # Ok(()) }
    /// ```
    pub fn server(self, name: impl Into<String>) -> Self {
        Self { session: self.session.on(name.into()), ..self }
    }

    /// Never on a replica, which may not have seen a write yet.
    fn on_primary(&self) -> Self {
        Self { session: self.session.on_primary(), ..self.clone() }
    }

    /// With a comment behind the statement, for whoever reads the server's log: `route=/checks`. Whatever could end the
    /// comment is left out. Statements with different comments are prepared apart, so keep them few.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dataset::Result<()> {
    /// use dataset::{Database, Dialect};
    /// let db = Database::mock(Dialect::Postgres);
    /// db.from("checks").comment("route=/checks */ drop").rows().await?;
    /// assert_eq!(db.statements(), [r#"SELECT * FROM "checks" /* route=/checks  drop */"#]);
    /// # Ok(()) }
    /// ```
    pub fn comment(self, text: impl AsRef<str>) -> Self {
        let mut text: String = text.as_ref().chars().filter(|c| !c.is_control()).collect();
        // Once more while taking one out puts another together.
        while text.contains("*/") || text.contains("/*") {
            text = text.replace("*/", "").replace("/*", "");
        }
        Self { comment: Some(text), ..self }
    }

    /// The table, if the dataset is one.
    fn table(&self, verb: &str) -> Result<&Table> {
        match &self.query.source {
            Source::Table(table) => Ok(table),
            _ => Err(Error::invalid(format!("{verb} takes a table, not a query or a union"))),
        }
    }
}

fn and(so_far: Option<Expr>, more: Expr) -> Expr {
    match so_far {
        Some(so_far) => so_far & more,
        None => more,
    }
}
