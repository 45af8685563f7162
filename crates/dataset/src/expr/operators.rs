use super::{Expr, Func, Node, Op, Order, Selected};
use crate::Dataset;

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

    /// `LIKE`, case-sensitive on every database; `\` escapes `%` and `_`.
    #[must_use]
    pub fn like(self, pattern: impl Into<Expr>) -> Expr {
        Node::Like { text: self, pattern: pattern.into(), fold: false }.into()
    }

    /// `LIKE` without regard to case.
    #[must_use]
    pub fn ilike(self, pattern: impl Into<Expr>) -> Expr {
        Node::Like { text: self, pattern: pattern.into(), fold: true }.into()
    }

    /// Begins with exactly this text.
    #[must_use]
    pub fn starts_with(self, text: impl AsRef<str>) -> Expr {
        self.like(format!("{}%", escape_like(text.as_ref())))
    }

    /// Holds exactly this text.
    #[must_use]
    pub fn contains(self, text: impl AsRef<str>) -> Expr {
        self.like(format!("%{}%", escape_like(text.as_ref())))
    }

    /// Holds this text, without regard to case.
    #[must_use]
    pub fn icontains(self, text: impl AsRef<str>) -> Expr {
        self.ilike(format!("%{}%", escape_like(text.as_ref())))
    }

    /// Between the two, both included.
    #[must_use]
    pub fn between(self, low: impl Into<Expr>, high: impl Into<Expr>) -> Expr {
        self.clone().gte(low) & self.lte(high)
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

/// Text as a pattern that matches only itself.
fn escape_like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
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
