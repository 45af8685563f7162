//! What a dataset asks for, before any dialect has a say.

use crate::{
    expr::{Expr, Order, Selected},
    name::Table,
};

#[derive(Debug, Clone)]
pub(crate) struct Query {
    pub(crate) with: Vec<(String, Query)>,
    pub(crate) source: Source,
    pub(crate) columns: Vec<Selected>,
    pub(crate) distinct: bool,
    pub(crate) joins: Vec<Join>,
    pub(crate) filter: Option<Expr>,
    pub(crate) group: Vec<Expr>,
    pub(crate) having: Option<Expr>,
    pub(crate) order: Vec<Order>,
    pub(crate) limit: Option<u64>,
    pub(crate) offset: Option<u64>,
    pub(crate) lock: Option<Lock>,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    Table(Table),
    /// A query as a table, under a name.
    Query(Box<Query>, String),
    /// Several queries, one after the other, as a table.
    Union(Vec<Query>, String),
}

#[derive(Debug, Clone)]
pub(crate) struct Join {
    pub(crate) left: bool,
    pub(crate) table: Table,
    pub(crate) on: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    Wait,
    SkipLocked,
}

impl Query {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            with: Vec::new(),
            source,
            columns: Vec::new(),
            distinct: false,
            joins: Vec::new(),
            filter: None,
            group: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: None,
            lock: None,
        }
    }

    /// Whether replacing the select list would change which or how many rows there are.
    pub(crate) fn is_shaped(&self) -> bool {
        self.distinct
            || !self.group.is_empty()
            || self.having.is_some()
            || self.limit.is_some()
            || self.offset.is_some()
    }

    /// This query as the only table of another; what comes next applies to its rows.
    pub(crate) fn nested(mut self) -> Self {
        let with = std::mem::take(&mut self.with);
        Self { with, ..Self::new(Source::Query(Box::new(self), "t1".into())) }
    }
}
