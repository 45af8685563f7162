use super::Expr;

/// One key of an ordering.
#[derive(Debug, Clone)]
pub struct Order {
    pub(crate) expr: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: Option<bool>,
}

impl Order {
    pub(crate) fn new(expr: Expr, descending: bool) -> Self {
        Self { expr, descending, nulls_first: None }
    }

    /// The other way round.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.order(col("id").asc().reversed()).sql(), "SELECT * FROM `checks` ORDER BY `id` DESC");
    /// ```
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { descending: !self.descending, nulls_first: self.nulls_first.map(|first| !first), ..self }
    }

    /// NULLs before everything, on every database.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let sql = |dialect| Database::mock(dialect).from("t").order(col("a").asc().nulls_first()).sql();
    /// assert_eq!(sql(Dialect::Postgres), r#"SELECT * FROM "t" ORDER BY "a" ASC NULLS FIRST"#);
    /// assert_eq!(sql(Dialect::MySql), "SELECT * FROM `t` ORDER BY `a` IS NULL DESC, `a` ASC");
    /// ```
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self { nulls_first: Some(true), ..self }
    }

    /// NULLs after everything, on every database.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.order(col("server").desc().nulls_last()).sql(),
    ///     "SELECT * FROM `checks` ORDER BY `server` DESC NULLS LAST"
    /// );
    /// ```
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self { nulls_first: Some(false), ..self }
    }
}

/// A single key is an ordering too.
impl IntoIterator for Order {
    type Item = Order;
    type IntoIter = std::iter::Once<Order>;
    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}
