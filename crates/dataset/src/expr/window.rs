use super::{Expr, Node, Order, Selected};

/// The rows a window function looks at, seen from the row it stands on.
///
/// ```
/// use dataset::{col, Bound, Database, Dialect, Window};
/// let running = Window::new().partition(["kind"]).order(col("id").asc()).rows(Bound::Start, Bound::Current);
/// let db = Database::mock(Dialect::Sqlite);
/// let sums = db.from("checks").select([col("millis").sum().over(running).as_("so_far")]);
/// assert_eq!(
///     sums.sql(),
///     "SELECT SUM(`millis`) OVER ( PARTITION BY `kind` ORDER BY `id` ASC \
///      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW ) AS `so_far` FROM `checks`"
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Window {
    pub(crate) partition: Vec<Expr>,
    pub(crate) order: Vec<Order>,
    /// Whether it counts rows (rather than equal keys), from where, to where.
    pub(crate) frame: Option<(bool, Bound, Bound)>,
}

/// Where a window's frame begins or ends.
///
/// ```
#[doc = include_str!("../example.md")]
/// let near = Window::new().order(col("id").asc()).rows(Bound::Preceding(1), Bound::Current);
/// let sums: Vec<f64> = db.from("checks").order(col("id").asc()).select_map(col("millis").sum().over(near)).await?;
/// assert_eq!(sums, [12.5, 262.5, 350.0]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The first row of the partition.
    Start,
    /// So many rows before this one.
    Preceding(u32),
    /// This row.
    Current,
    /// So many rows after this one.
    Following(u32),
    /// The last row of the partition.
    End,
}

impl Window {
    /// All rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that are equal in these: names, pairs or expressions.
    #[must_use]
    pub fn partition<S: Into<Selected>>(self, keys: impl IntoIterator<Item = S>) -> Self {
        Self { partition: keys.into_iter().map(|key| key.into().expr).collect(), ..self }
    }

    /// In this order, which also makes the frame end at this row unless one is given.
    #[must_use]
    pub fn order(self, keys: impl IntoIterator<Item = Order>) -> Self {
        Self { order: keys.into_iter().collect(), ..self }
    }

    /// Only the rows from one bound to the other.
    #[must_use]
    pub fn rows(self, from: Bound, to: Bound) -> Self {
        Self { frame: Some((true, from, to)), ..self }
    }

    /// As [`Window::rows`], but rows that are equal in the order go together.
    /// A distance other than [`Bound::Start`], [`Bound::Current`] and [`Bound::End`] is one of the order's only key.
    #[must_use]
    pub fn range(self, from: Bound, to: Bound) -> Self {
        Self { frame: Some((false, from, to)), ..self }
    }
}

impl Expr {
    /// This aggregate or window function over the rows of a window, one result for each row.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let rank = func("row_number", []).over(Window::new().partition(["server"]).order(col("millis").desc()));
    /// let ranks: Vec<i64> = db.from("checks").order(col("id").asc()).select_map(rank).await?;
    /// assert_eq!(ranks, [2, 1, 1]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn over(self, window: Window) -> Expr {
        Node::Over(self, window).into()
    }

    /// This aggregate over only those rows for which the condition holds.
    ///
    /// ```
    /// use dataset::{col, star, Database, Dialect};
    /// let slow = star().count().only(col("millis").gt(100)).as_("slow");
    /// let sql = |dialect| Database::mock(dialect).from("checks").select([slow.clone()]).sql();
    /// assert_eq!(sql(Dialect::Postgres), r#"SELECT COUNT(*) FILTER (WHERE "millis" > 100 ) AS "slow" FROM "checks""#);
    /// assert_eq!(sql(Dialect::MySql), "SELECT COUNT((CASE WHEN (`millis` > 100) THEN (1) END)) AS `slow` FROM `checks`");
    /// ```
    #[must_use]
    pub fn only(self, condition: impl Into<Expr>) -> Expr {
        Node::Only(self, condition.into()).into()
    }
}
