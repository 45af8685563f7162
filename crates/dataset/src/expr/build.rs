use super::{Expr, Func, Node};
use crate::{Dataset, Value, name::Column};

/// A column: `col("x")`, or `col(("t", "x"))` when several tables are at hand.
///
/// ```
/// use dataset::{col, Database, Dialect};
/// let checks = Database::mock(Dialect::Sqlite).from("checks");
/// assert_eq!(
///     checks.filter(col("id").eq(7) & col(("checks", "kind")).eq("index")).sql(),
///     "SELECT * FROM `checks` WHERE `id` = 7 AND `checks`.`kind` = 'index'"
/// );
/// ```
pub fn col(name: impl Into<Column>) -> Expr {
    Node::Column(name.into()).into()
}

/// A value, always bound and never part of the text.
///
/// ```
#[doc = include_str!("../example.md")]
/// let mock = Database::mock(Dialect::Postgres);
/// mock.from("t").select([val("it's bound")]).rows().await?;
/// assert_eq!(mock.statements(), [r#"SELECT $1 FROM "t""#]);
/// # Ok(()) }
/// ```
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
///
/// ```
#[doc = include_str!("../example.md")]
/// assert_eq!(db.from("checks").get::<i64>(func("length", [col("kind")]).sum()).await?, Some(16));
/// # Ok(()) }
/// ```
pub fn func(name: &'static str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    Node::Call(Func::Named(name), arguments.into_iter().collect()).into()
}

/// Every column: `*`.
///
/// ```
#[doc = include_str!("../example.md")]
/// assert_eq!(db.from("checks").get::<i64>(star().count()).await?, Some(3));
/// # Ok(()) }
/// ```
pub fn star() -> Expr {
    Node::Star(None).into()
}

/// Every column of one table of a join: `t.*`.
///
/// ```
/// use dataset::{star_of, Database, Dialect};
/// let checks = Database::mock(Dialect::Sqlite).from("checks");
/// assert_eq!(
///     checks.cross_join("servers").select([star_of("servers")]).sql(),
///     "SELECT `servers`.* FROM `checks` CROSS JOIN `servers`"
/// );
/// ```
pub fn star_of(table: impl Into<String>) -> Expr {
    Node::Star(Some(table.into())).into()
}

/// `CASE WHEN … THEN … ELSE … END`; without `otherwise` the rest is NULL.
///
/// ```
#[doc = include_str!("../example.md")]
/// let speed = case([(col("millis").lt(50), val("fast")), (col("millis").lt(200), val("fair"))], Some(val("slow")));
/// let speeds: Vec<String> = db.from("checks").order(col("id").asc()).select_map(speed).await?;
/// assert_eq!(speeds, ["fast", "slow", "fair"]);
/// # Ok(()) }
/// ```
pub fn case(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Option<Expr>) -> Expr {
    Node::Case(branches.into_iter().collect(), otherwise).into()
}

/// The value an upsert meant to insert, for the right-hand side of its update.
///
/// ```
#[doc = include_str!("../example.md")]
/// let higher = row! { port: func("max", [col(("servers", "port")), excluded("port")]) };
/// db.from("servers").multi_upsert_with(&["name"], vec![row! { name: "db1", port: 1 }], higher).await?;
/// assert_eq!(db.from("servers").filter(col("name").eq("db1")).get::<i64>("port").await?, Some(5432));
/// # Ok(()) }
/// ```
pub fn excluded(column: impl Into<String>) -> Expr {
    Node::Excluded(column.into()).into()
}

/// The column's default, for a row to insert or update. An error on SQLite: leave the column out there.
///
/// ```
#[doc = include_str!("../example.md")]
/// let mock = Database::mock(Dialect::Postgres);
/// mock.from("t").update(row! { millis: default() }).await?;
/// assert_eq!(mock.statements(), [r#"UPDATE "t" SET "millis" = DEFAULT"#]);
/// # Ok(()) }
/// ```
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
///
/// ```
#[doc = include_str!("../example.md")]
/// let mean = db.from("checks").select([col("millis").avg()]);
/// assert_eq!(db.from("checks").filter(col("millis").gt(subquery(mean))).count().await?, 1);
/// # Ok(()) }
/// ```
pub fn subquery(dataset: Dataset) -> Expr {
    Node::Query(Box::new(dataset.into_query())).into()
}
