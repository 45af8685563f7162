//! Datasets: what to read or write, as a value.

mod read;
mod write;

use crate::{
    Dialect, Error, Expr, Order, Result, Selected, Table,
    query::{Join, Lock, Query, Source},
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
}

impl Dataset {
    pub(crate) fn new(session: Session, table: Table) -> Self {
        Self { session, query: Query::new(Source::Table(table)) }
    }

    pub(crate) fn into_query(self) -> Query {
        self.query
    }

    fn statement(&self) -> Result<Statement> {
        render::query(&self.query, self.session.dialect())
    }

    /// The SQL with the values in it, for people to read; what is sent has placeholders. An error is a comment.
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
    pub fn filter(self, condition: impl Into<Expr>) -> Self {
        let condition = condition.into();
        self.map(|q| q.filter = Some(and(q.filter.take(), condition)))
    }

    /// Only rows for which this does not hold.
    pub fn exclude(self, condition: impl Into<Expr>) -> Self {
        self.filter(!condition.into())
    }

    /// The rows so far, and those for which this holds. Without a filter all rows are there already.
    pub fn or(self, condition: impl Into<Expr>) -> Self {
        let condition = condition.into();
        self.map(|q| q.filter = q.filter.take().map(|filter| filter | condition))
    }

    /// These columns only: names, `(table, column)` pairs or expressions.
    pub fn select<S: Into<Selected>>(self, columns: impl IntoIterator<Item = S>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        self.map(|q| q.columns = columns)
    }

    /// One more column: an expression.
    pub fn select_expr(self, expr: Expr) -> Self {
        self.map(|q| q.columns.push(expr.into()))
    }

    /// One more column: an expression under a name.
    pub fn select_as(self, expr: Expr, alias: impl Into<String>) -> Self {
        self.map(|q| q.columns.push(Selected::named(expr, alias)))
    }

    /// Each different row once.
    pub fn distinct(self) -> Self {
        self.map(|q| q.distinct = true)
    }

    /// With the matching rows of another table.
    pub fn join(self, table: impl Into<Table>, on: Expr) -> Self {
        let table = table.into();
        self.map(|q| q.joins.push(Join { left: false, table, on }))
    }

    /// With the matching rows of another table, or NULLs where there are none.
    pub fn left_join(self, table: impl Into<Table>, on: Expr) -> Self {
        let table = table.into();
        self.map(|q| q.joins.push(Join { left: true, table, on }))
    }

    /// One row for each value of these: names, pairs or expressions.
    pub fn group<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        let keys = keys.into_iter().map(|key| key.into().expr).collect();
        self.map(|q| q.group = keys)
    }

    /// Only groups for which this holds too.
    pub fn having(self, condition: Expr) -> Self {
        self.map(|q| q.having = Some(and(q.having.take(), condition)))
    }

    /// In this order: one key, or several. Replaces an earlier order.
    pub fn order(self, keys: impl IntoIterator<Item = Order>) -> Self {
        let keys = keys.into_iter().collect();
        self.map(|q| q.order = keys)
    }

    /// At most so many rows.
    pub fn limit(self, rows: u64) -> Self {
        self.map(|q| q.limit = Some(rows))
    }

    /// Without the first so many rows.
    pub fn offset(self, rows: u64) -> Self {
        self.map(|q| q.offset = Some(rows))
    }

    /// These rows and the other's, equal ones too. What comes next applies to all of them.
    pub fn union_all(self, other: Dataset) -> Self {
        let Self { session, query } = self;
        Self { session, query: Query::new(Source::Union(vec![query, other.query], "t1".into())) }
    }

    /// These rows as a table of their own: what comes next applies to the result so far.
    pub fn from_self(self) -> Self {
        Self { query: self.query.nested(), ..self }
    }

    /// With another dataset under a name, to be used like a table.
    pub fn with(self, name: impl Into<String>, dataset: Dataset) -> Self {
        let name = name.into();
        self.map(|q| q.with.push((name, dataset.query)))
    }

    /// Lock the rows until the transaction ends. An error on SQLite, which locks the whole file instead.
    pub fn for_update(self) -> Self {
        self.map(|q| q.lock = q.lock.or(Some(Lock::Wait)))
    }

    /// Lock the rows, and pass over those that are locked already.
    pub fn skip_locked(self) -> Self {
        self.map(|q| q.lock = Some(Lock::SkipLocked))
    }

    /// The table, if the dataset is one.
    fn table(&self, verb: &str) -> Result<&Table> {
        match &self.query.source {
            Source::Table(table) if self.query.joins.is_empty() => Ok(table),
            _ => Err(Error::invalid(format!("{verb} takes a table, not a join or a union"))),
        }
    }
}

fn and(so_far: Option<Expr>, more: Expr) -> Expr {
    match so_far {
        Some(so_far) => so_far & more,
        None => more,
    }
}
