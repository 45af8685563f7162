//! What a dataset asks for, before any dialect has a say.

use crate::{
    expr::{Expr, Order, Selected},
    name::Table,
};

#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) with: Vec<Cte>,
    pub(crate) source: Source,
    pub(crate) columns: Vec<Selected>,
    pub(crate) distinct: bool,
    /// One row for each value of these.
    pub(crate) distinct_on: Vec<Expr>,
    pub(crate) joins: Vec<Join>,
    pub(crate) filter: Option<Expr>,
    pub(crate) group: Vec<Expr>,
    pub(crate) totals: Option<Totals>,
    pub(crate) having: Option<Expr>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) lock: Option<Lock>,
}

/// A query under a name, to be used like a table; with a step it refers to itself.
#[derive(Debug, Clone)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) query: Query,
    pub(crate) step: Option<Query>,
    /// Whether it is computed once, whatever reads from it.
    pub(crate) materialized: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    Table(Table),
    /// A query as a table, under a name.
    Query(Box<Query>, String),
    /// Two queries combined to a table.
    Set(SetOp, Vec<Query>, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOp {
    UnionAll,
    Union,
    Intersect,
    Except,
}

#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) with: Joined,
    pub(crate) on: On,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

#[derive(Debug, Clone)]
pub(crate) enum Joined {
    Table(Table),
    /// A query that may look at the tables before it.
    Lateral(Box<Query>, String),
}

#[derive(Debug, Clone)]
pub(crate) enum On {
    Expr(Expr),
    Columns(Vec<String>),
    /// All columns that both have.
    Natural,
    Nothing,
}

/// Which sums of groups there are beside the groups.
#[derive(Debug, Clone)]
pub(crate) enum Totals {
    Rollup,
    Cube,
    Sets(Vec<Vec<Expr>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock {
    pub(crate) shared: bool,
    pub(crate) taken: Taken,
    /// Only the rows of the query's own table, not of those joined to it.
    pub(crate) own_table: bool,
}

/// What to do about rows that are locked already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    Wait,
    Skip,
    Fail,
}

impl Lock {
    pub(crate) const UPDATE: Self = Self { shared: false, taken: Taken::Wait, own_table: false };
}

impl Query {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            with: Vec::new(),
            source,
            columns: Vec::new(),
            distinct: false,
            distinct_on: Vec::new(),
            joins: Vec::new(),
            filter: None,
            group: Vec::new(),
            totals: None,
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }

    /// Whether replacing the select list would change which or how many rows there are.
    pub(crate) fn is_shaped(&self) -> bool {
        self.is_grouped() || self.limit.is_some() || self.offset.is_some()
    }

    /// Whether its rows are no longer rows of a table.
    pub(crate) fn is_grouped(&self) -> bool {
        self.distinct
            || !self.distinct_on.is_empty()
            || !self.group.is_empty()
            || self.totals.is_some()
            || self.having.is_some()
    }

    /// This query as the only table of another; what comes next applies to its rows, and may use the same names.
    pub(crate) fn nested(mut self) -> Self {
        let with = std::mem::take(&mut self.with);
        Self { with, ..self.wrapped() }
    }

    /// The same with the names inside, where a WITH cannot stand on its own.
    pub(crate) fn wrapped(self) -> Self {
        Self::new(Source::Query(Box::new(self), "t1".into()))
    }
}
