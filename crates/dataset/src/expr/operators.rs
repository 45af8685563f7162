use std::ops::{Bound, RangeBounds};

use super::{Expr, Func, Node, Op, Order, Selected};
use crate::{Dataset, Value};

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident => $op:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(self, other: impl Into<Expr>) -> Expr {
            Node::Binary(Op::$op, self, other.into()).into()
        }
    )*};
}

macro_rules! aggregate {
    ($($(#[$doc:meta])* $name:ident => $func:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(self) -> Expr {
            Node::Call(Func::$func, vec![self]).into()
        }
    )*};
}

impl Expr {
    /// `=`; compared with NULL it is `IS NULL`.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("kind").eq("index") & col("server").eq(None::<String>)).sql(),
    ///     "SELECT * FROM `checks` WHERE `kind` = 'index' AND `server` IS NULL"
    /// );
    /// ```
    #[must_use]
    pub fn eq(self, other: impl Into<Expr>) -> Expr {
        let other = other.into();
        if other.is_null_value() { self.is_null() } else { Node::Binary(Op::Eq, self, other).into() }
    }

    /// `<>`; compared with NULL it is `IS NOT NULL`.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.filter(col("kind").ne("index")).sql(), "SELECT * FROM `checks` WHERE `kind` <> 'index'");
    /// ```
    #[must_use]
    pub fn ne(self, other: impl Into<Expr>) -> Expr {
        let other = other.into();
        if other.is_null_value() { self.is_not_null() } else { Node::Binary(Op::Ne, self, other).into() }
    }

    binary! {
        /// `>`
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.filter(col("millis").gt(100)).sql(), "SELECT * FROM `checks` WHERE `millis` > 100");
        /// ```
        gt => Gt;
        /// `>=`
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.filter(col("millis").gte(100)).sql(), "SELECT * FROM `checks` WHERE `millis` >= 100");
        /// ```
        gte => Gte;
        /// `<`
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.filter(col("millis").lt(100)).sql(), "SELECT * FROM `checks` WHERE `millis` < 100");
        /// ```
        lt => Lt;
        /// `<=`
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.filter(col("millis").lte(100)).sql(), "SELECT * FROM `checks` WHERE `millis` <= 100");
        /// ```
        lte => Lte;
        /// The bits that both have; `&` is the logical one.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(
        ///     checks.filter(col("flags").bit_and(4).ne(0)).sql(),
        ///     "SELECT * FROM `checks` WHERE (`flags` & 4) <> 0"
        /// );
        /// ```
        bit_and => BitAnd;
        /// The bits that either has; `|` is the logical one.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.select([col("flags").bit_or(1)]).sql(), "SELECT `flags` | 1 FROM `checks`");
        /// ```
        bit_or => BitOr;
        /// The bits moved to the left.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.select([col("flags").shift_left(2)]).sql(), "SELECT `flags` << 2 FROM `checks`");
        /// ```
        shift_left => ShiftLeft;
        /// The bits moved to the right.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(checks.select([col("flags").shift_right(2)]).sql(), "SELECT `flags` >> 2 FROM `checks`");
        /// ```
        shift_right => ShiftRight;
    }

    aggregate! {
        /// The sum; NULL over no rows.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("checks").get::<f64>(col("millis").sum()).await?, Some(362.5));
        /// # Ok(()) }
        /// ```
        sum => Sum;
        /// The smallest.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("checks").get::<f64>(col("millis").min()).await?, Some(12.5));
        /// # Ok(()) }
        /// ```
        min => Min;
        /// The largest.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("checks").get::<f64>(col("millis").max()).await?, Some(250.0));
        /// # Ok(()) }
        /// ```
        max => Max;
        /// The mean.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("servers").get::<f64>(col("port").avg()).await?, Some(5432.5));
        /// # Ok(()) }
        /// ```
        avg => Avg;
        /// How many are not NULL.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("folders").get::<i64>(col("parent").count()).await?, Some(1));
        /// # Ok(()) }
        /// ```
        count => Count;
        /// How many different ones.
        ///
        /// ```
        #[doc = include_str!("../example.md")]
        /// assert_eq!(db.from("checks").get::<i64>(col("server").count_distinct()).await?, Some(2));
        /// # Ok(()) }
        /// ```
        count_distinct => CountDistinct;
        /// In lower case.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(
        ///     checks.filter(col("kind").lower().eq("index")).sql(),
        ///     "SELECT * FROM `checks` WHERE LOWER(`kind`) = 'index'"
        /// );
        /// ```
        lower => Lower;
        /// In upper case.
        ///
        /// ```
        /// use dataset::{col, Database, Dialect};
        /// let checks = Database::mock(Dialect::Sqlite).from("checks");
        /// assert_eq!(
        ///     checks.filter(col("kind").upper().eq("INDEX")).sql(),
        ///     "SELECT * FROM `checks` WHERE UPPER(`kind`) = 'INDEX'"
        /// );
        /// ```
        upper => Upper;
    }

    /// Equal to one of these; to none when there are none.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").is_in([1, 2]) | col("id").is_in(Vec::<i64>::new())).sql(),
    ///     "SELECT * FROM `checks` WHERE `id` IN (1, 2) OR ((1 = 0))"
    /// );
    /// ```
    #[must_use]
    pub fn is_in<T: Into<Expr>>(self, list: impl IntoIterator<Item = T>) -> Expr {
        Node::In(self, list.into_iter().map(Into::into).collect()).into()
    }

    /// Different from all of these; true when there are none.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("kind").not_in(["index", "bloat"])).sql(),
    ///     "SELECT * FROM `checks` WHERE `kind` NOT IN ('index', 'bloat')"
    /// );
    /// ```
    #[must_use]
    pub fn not_in<T: Into<Expr>>(self, list: impl IntoIterator<Item = T>) -> Expr {
        !self.is_in(list)
    }

    /// Equal to a row of a dataset with one column.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let known = db.from("servers").select(["name"]);
    /// assert_eq!(db.from("checks").filter(col("server").is_in_dataset(known)).count().await?, 2);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn is_in_dataset(self, dataset: Dataset) -> Expr {
        Node::InQuery(self, Box::new(dataset.into_query())).into()
    }

    /// `IS NULL`
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.filter(col("server").is_null()).sql(), "SELECT * FROM `checks` WHERE `server` IS NULL");
    /// ```
    #[must_use]
    pub fn is_null(self) -> Expr {
        Node::IsNull(self).into()
    }

    /// `IS NOT NULL`
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("server").is_not_null()).sql(),
    ///     "SELECT * FROM `checks` WHERE `server` IS NOT NULL"
    /// );
    /// ```
    #[must_use]
    pub fn is_not_null(self) -> Expr {
        !self.is_null()
    }

    /// Between the two, both included.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.filter(col("id").between(2, 5)).sql(),
    ///     "SELECT * FROM `checks` WHERE `id` >= 2 AND `id` <= 5"
    /// );
    /// ```
    #[must_use]
    pub fn between(self, low: impl Into<Expr>, high: impl Into<Expr>) -> Expr {
        self.clone().gte(low) & self.lte(high)
    }

    /// In this range, of whichever form; a range without bounds holds everything but NULL.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let t = Database::mock(Dialect::Sqlite).from("t");
    /// assert_eq!(t.clone().filter(col("n").within(2..5)).sql(), "SELECT * FROM `t` WHERE `n` >= 2 AND `n` < 5");
    /// assert_eq!(t.filter(col("n").within(..=5)).sql(), "SELECT * FROM `t` WHERE `n` <= 5");
    /// ```
    #[must_use]
    pub fn within<T: Clone + Into<Value>>(self, range: impl RangeBounds<T>) -> Expr {
        let low = match range.start_bound() {
            Bound::Included(low) => Some(self.clone().gte(low.clone().into())),
            Bound::Excluded(low) => Some(self.clone().gt(low.clone().into())),
            Bound::Unbounded => None,
        };
        let high = match range.end_bound() {
            Bound::Included(high) => Some(self.clone().lte(high.clone().into())),
            Bound::Excluded(high) => Some(self.clone().lt(high.clone().into())),
            Bound::Unbounded => None,
        };
        match (low, high) {
            (Some(low), Some(high)) => low & high,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => self.is_not_null(),
        }
    }

    /// Equal, or both NULL.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let sql = |dialect| Database::mock(dialect).from("t").filter(col("a").same_as(col("b"))).sql();
    /// assert_eq!(sql(Dialect::Postgres), r#"SELECT * FROM "t" WHERE "a" IS NOT DISTINCT FROM "b""#);
    /// assert_eq!(sql(Dialect::MySql), "SELECT * FROM `t` WHERE `a` <=> `b`");
    /// ```
    #[must_use]
    pub fn same_as(self, other: impl Into<Expr>) -> Expr {
        Node::Same(self, other.into()).into()
    }

    /// A point in time so much later (or earlier): to the microsecond, on SQLite to the millisecond.
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use dataset::{col, Database, Dialect};
    /// let due = col("seen_at").later(TimeDelta::hours(1)).lt(col("now"));
    /// let db = Database::mock(Dialect::MySql);
    /// assert_eq!(
    ///     db.from("t").filter(due).sql(),
    ///     "SELECT * FROM `t` WHERE (DATE_ADD( `seen_at` , INTERVAL 3600000000 MICROSECOND)) < `now`"
    /// );
    /// ```
    #[must_use]
    pub fn later(self, by: chrono::TimeDelta) -> Expr {
        by.num_microseconds().map_or(Node::Refused("the distance in time is too long"), |n| Node::Later(self, n)).into()
    }

    /// This, or the other where this is NULL.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(
    ///     checks.select([col("server").coalesce("none")]).sql(),
    ///     "SELECT COALESCE(`server`, 'none') FROM `checks`"
    /// );
    /// ```
    #[must_use]
    pub fn coalesce(self, other: impl Into<Expr>) -> Expr {
        Node::Call(Func::Coalesce, vec![self, other.into()]).into()
    }

    /// As another type, in the database's own words.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.select([col("id").cast("text")]).sql(), "SELECT CAST( `id` AS text) FROM `checks`");
    /// ```
    #[must_use]
    pub fn cast(self, sql_type: &'static str) -> Expr {
        Node::Cast(self, sql_type).into()
    }

    /// Smallest first.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.order(col("id").asc()).sql(), "SELECT * FROM `checks` ORDER BY `id` ASC");
    /// ```
    #[must_use]
    pub fn asc(self) -> Order {
        Order::new(self, false)
    }

    /// Largest first.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.order(col("id").desc()).sql(), "SELECT * FROM `checks` ORDER BY `id` DESC");
    /// ```
    #[must_use]
    pub fn desc(self) -> Order {
        Order::new(self, true)
    }

    /// Under a name, for a select list.
    ///
    /// ```
    /// use dataset::{col, Database, Dialect};
    /// let checks = Database::mock(Dialect::Sqlite).from("checks");
    /// assert_eq!(checks.select([col("millis").as_("took")]).sql(), "SELECT `millis` AS `took` FROM `checks`");
    /// ```
    #[must_use]
    pub fn as_(self, alias: impl Into<String>) -> Selected {
        Selected::named(self, alias)
    }

    fn is_null_value(&self) -> bool {
        matches!(&*self.0, Node::Value(value) if value.is_null())
    }
}

macro_rules! overload {
    ($($trait:ident, $method:ident => $op:ident;)*) => {$(
        impl<T: Into<Expr>> std::ops::$trait<T> for Expr {
            type Output = Expr;
            fn $method(self, other: T) -> Expr {
                Node::Binary(Op::$op, self, other.into()).into()
            }
        }
    )*};
}

overload! {
    Add, add => Add;
    Sub, sub => Sub;
    Mul, mul => Mul;
    Div, div => Div;
    Rem, rem => Rem;
    BitAnd, bitand => And;
    BitOr, bitor => Or;
}

impl std::ops::Not for Expr {
    type Output = Expr;
    fn not(self) -> Expr {
        Node::Not(self).into()
    }
}
