use super::{Expr, Func, Node};
use crate::{Dataset, Value, name::Column};

/// A column: `col("x")`, or `col(("t", "x"))` when several tables are at hand.
pub fn col(name: impl Into<Column>) -> Expr {
    Node::Column(name.into()).into()
}

/// A value, always bound and never part of the text.
pub fn val(value: impl Into<Value>) -> Expr {
    Node::Value(value.into()).into()
}

/// SQL as it stands, with `?` for each bound value (`??` for a question mark), on every database.
///
/// The text must be known when the program is compiled, so that nobody's input can become SQL.
///
/// ```
/// use dataset::{lit, Database, Dialect};
/// let db = Database::mock(Dialect::Postgres);
/// let old = db.from("t").filter(lit("age(seen_at) > ? * interval '1 s'", [60.into()]));
/// assert_eq!(old.sql(), r#"SELECT * FROM "t" WHERE age(seen_at) > 60 * interval '1 s'"#);
/// ```
pub fn lit(sql: &'static str, binds: impl IntoIterator<Item = Value>) -> Expr {
    Node::Literal(sql, binds.into_iter().collect()).into()
}

/// A function of the database by name.
pub fn func(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Node::Call(Func::Named(name), arguments.into_iter().collect()).into()
}

/// Every column: `*`.
pub fn star() -> Expr {
    Node::Star(None).into()
}

/// Every column of one table of a join: `t.*`.
pub fn star_of(table: impl Into<String>) -> Expr {
    Node::Star(Some(table.into())).into()
}

/// `CASE WHEN … THEN … ELSE … END`; without `otherwise` the rest is NULL.
pub fn case(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    Node::Case(branches.into_iter().collect(), otherwise).into()
}

/// The value an upsert meant to insert, for the right-hand side of its update.
pub fn excluded(column: impl Into<String>) -> Expr {
    Node::Excluded(column.into()).into()
}

/// The column's default, for a row to insert or update. An error on SQLite: leave the column out there.
pub fn default() -> Expr {
    Node::Default.into()
}

/// Several expressions compared as one: `(a, b)`.
///
/// ```
/// use dataset::{col, tuple, Database, Dialect};
/// let pairs = [tuple([1.into(), "a".into()]), tuple([2.into(), "b".into()])];
/// let some = Database::mock(Dialect::MySql).from("t").filter(tuple([col("id"), col("kind")]).is_in(pairs));
/// assert_eq!(some.sql(), "SELECT * FROM `t` WHERE (`id`, `kind`) IN ((1, 'a'), (2, 'b'))");
/// ```
pub fn tuple(items: impl IntoIterator<Item = Expr>) -> Expr {
    Node::Tuple(items.into_iter().collect()).into()
}

/// Whether a dataset has any row; it may look at the tables around it.
///
/// ```
/// use dataset::{col, exists, Database, Dialect};
/// let db = Database::mock(Dialect::Sqlite);
/// let failed = db.from("runs").filter(col(("runs", "check")).eq(col(("checks", "id"))));
/// assert_eq!(
///     db.from("checks").filter(exists(failed)).sql(),
///     "SELECT * FROM `checks` WHERE EXISTS(SELECT * FROM `runs` WHERE `runs`.`check` = `checks`.`id`)"
/// );
/// ```
pub fn exists(dataset: Dataset) -> Expr {
    Node::Exists(Box::new(dataset.into_query())).into()
}

/// The only value of a dataset with one column and at most one row; NULL without a row.
pub fn subquery(dataset: Dataset) -> Expr {
    Node::Query(Box::new(dataset.into_query())).into()
}
