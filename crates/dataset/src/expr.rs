//! Expressions: data that says what is meant; each dialect is rendered from it later.

mod build;
mod operators;
mod order;
mod selected;
mod text;
mod window;

pub use build::{case, col, default, excluded, exists, func, lit, star, star_of, subquery, tuple, val};
pub use order::Order;
pub use selected::Selected;
pub use window::{Bound, Window};

use crate::{Value, name::Column, query::Query};

/// A piece of SQL without a dialect: a column, a value, or something made of them.
///
/// ```
/// use dataset::{col, Database, Dialect};
/// let db = Database::mock(Dialect::Postgres);
/// let slow = db.from("checks").filter(col("millis").gt(100.5) & !col("kind").eq("vacuum"));
/// assert_eq!(slow.sql(), r#"SELECT * FROM "checks" WHERE "millis" > 100.5 AND (NOT "kind" = 'vacuum')"#);
/// ```
#[derive(Debug, Clone)]
pub struct Expr(pub(crate) Box<Node>);

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Column(Column),
    Star(Option<String>),
    Tuple(Vec<Expr>),
    Value(Value),
    Literal(&'static str, Vec<Value>),
    Binary(Op, Expr, Expr),
    Not(Expr),
    IsNull(Expr),
    In(Expr, Vec<Expr>),
    InQuery(Expr, Box<Query>),
    Like {
        text: Expr,
        pattern: Expr,
        fold: bool,
    },
    Call(Func, Vec<Expr>),
    Cast(Expr, &'static str),
    Case(Vec<(Expr, Expr)>, Option<Expr>),
    /// The row an upsert could not insert.
    Excluded(String),
    /// The column's default.
    Default,
    /// A query's only value.
    Query(Box<Query>),
    Exists(Box<Query>),
    Over(Expr, Window),
    /// An aggregate over only some rows.
    Only(Expr, Expr),
    /// Equal, or both NULL.
    Same(Expr, Expr),
    /// A point in time so many microseconds later.
    Later(Expr, i64),
    Joined(Expr, &'static str, Vec<Order>),
    /// What cannot be said in any dialect, and why.
    Refused(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Eq,
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    BitAnd,
    BitOr,
    ShiftLeft,
    ShiftRight,
    And,
    Or,
}

impl Op {
    pub(crate) fn is_bitwise(self) -> bool {
        matches!(self, Op::BitAnd | Op::BitOr | Op::ShiftLeft | Op::ShiftRight)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Func {
    Sum,
    Min,
    Max,
    Avg,
    Count,
    CountDistinct,
    Coalesce,
    Lower,
    Upper,
    Named(&'static str),
}

impl From<Node> for Expr {
    fn from(node: Node) -> Self {
        Self(Box::new(node))
    }
}

impl<T: Into<Value>> From<T> for Expr {
    fn from(value: T) -> Self {
        Node::Value(value.into()).into()
    }
}
