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
    #[must_use]
    pub fn eq(self, other: impl Into<Expr>) -> Expr {
        let other = other.into();
        if other.is_null_value() { self.is_null() } else { Node::Binary(Op::Eq, self, other).into() }
    }

    /// `<>`; compared with NULL it is `IS NOT NULL`.
    #[must_use]
    pub fn ne(self, other: impl Into<Expr>) -> Expr {
        let other = other.into();
        if other.is_null_value() { self.is_not_null() } else { Node::Binary(Op::Ne, self, other).into() }
    }

    binary! {
        /// `>`
        gt => Gt;
        /// `>=`
        gte => Gte;
        /// `<`
        lt => Lt;
        /// `<=`
        lte => Lte;
        /// The bits that both have; `&` is the logical one.
        bit_and => BitAnd;
        /// The bits that either has; `|` is the logical one.
        bit_or => BitOr;
        /// The bits moved to the left.
        shift_left => ShiftLeft;
        /// The bits moved to the right.
        shift_right => ShiftRight;
    }

    aggregate! {
        /// The sum; NULL over no rows.
        sum => Sum;
        /// The smallest.
        min => Min;
        /// The largest.
        max => Max;
        /// The mean.
        avg => Avg;
        /// How many are not NULL.
        count => Count;
        /// How many different ones.
        count_distinct => CountDistinct;
        /// In lower case.
        lower => Lower;
        /// In upper case.
        upper => Upper;
    }

    /// Equal to one of these; to none when there are none.
    #[must_use]
    pub fn is_in<T: Into<Expr>>(self, list: impl IntoIterator<Item = T>) -> Expr {
        Node::In(self, list.into_iter().map(Into::into).collect()).into()
    }

    /// Different from all of these; true when there are none.
    #[must_use]
    pub fn not_in<T: Into<Expr>>(self, list: impl IntoIterator<Item = T>) -> Expr {
        !self.is_in(list)
    }

    /// Equal to a row of a dataset with one column.
    #[must_use]
    pub fn is_in_dataset(self, dataset: Dataset) -> Expr {
        Node::InQuery(self, Box::new(dataset.into_query())).into()
    }

    /// `IS NULL`
    #[must_use]
    pub fn is_null(self) -> Expr {
        Node::IsNull(self).into()
    }

    /// `IS NOT NULL`
    #[must_use]
    pub fn is_not_null(self) -> Expr {
        !self.is_null()
    }

    /// Between the two, both included.
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
    #[must_use]
    pub fn coalesce(self, other: impl Into<Expr>) -> Expr {
        Node::Call(Func::Coalesce, vec![self, other.into()]).into()
    }

    /// As another type, in the database's own words.
    #[must_use]
    pub fn cast(self, sql_type: &'static str) -> Expr {
        Node::Cast(self, sql_type).into()
    }

    /// Smallest first.
    #[must_use]
    pub fn asc(self) -> Order {
        Order::new(self, false)
    }

    /// Largest first.
    #[must_use]
    pub fn desc(self) -> Order {
        Order::new(self, true)
    }

    /// Under a name, for a select list.
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
