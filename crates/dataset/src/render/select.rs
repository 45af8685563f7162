use sea_query::{
    CommonTableExpression, IntoIden, JoinType, LockBehavior, LockType, NullOrdering, Order as SeaOrder,
    SelectStatement, TableRef, UnionType, WithClause,
};

use super::expr::expr;
use crate::{
    Dialect, Error, Result,
    expr::{Node, Order},
    name::Table,
    query::{Lock, Query, Source},
};

pub(super) fn select(query: &Query, dialect: Dialect) -> Result<SelectStatement> {
    let mut statement = SelectStatement::new();
    with(&mut statement, query, dialect)?;
    columns(&mut statement, query, dialect)?;
    from(&mut statement, &query.source, dialect)?;
    for join in &query.joins {
        let kind = if join.left { JoinType::LeftJoin } else { JoinType::InnerJoin };
        statement.join(kind, table_ref(&join.table), expr(&join.on, dialect)?);
    }
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    for key in &query.group {
        statement.add_group_by([expr(key, dialect)?]);
    }
    if let Some(having) = &query.having {
        statement.and_having(expr(having, dialect)?);
    }
    for key in &query.order {
        order(&mut statement, key, dialect)?;
    }
    limit(&mut statement, query, dialect);
    lock(&mut statement, query.lock, dialect)?;
    Ok(statement)
}

fn with(statement: &mut SelectStatement, query: &Query, dialect: Dialect) -> Result<()> {
    if query.with.is_empty() {
        return Ok(());
    }
    let mut clause = WithClause::new();
    for (name, inner) in &query.with {
        let mut table = CommonTableExpression::new();
        table.table_name(name.clone()).query(select(inner, dialect)?);
        clause.cte(table);
    }
    statement.with_cte(clause);
    Ok(())
}

fn columns(statement: &mut SelectStatement, query: &Query, dialect: Dialect) -> Result<()> {
    if query.distinct {
        statement.distinct();
    }
    if query.columns.is_empty() {
        statement.column(sea_query::Asterisk);
    }
    for selected in &query.columns {
        let e = expr(&selected.expr, dialect)?;
        match &selected.alias {
            Some(alias) => statement.expr_as(e, alias.clone()),
            None => statement.expr(e),
        };
    }
    Ok(())
}

fn from(statement: &mut SelectStatement, source: &Source, dialect: Dialect) -> Result<()> {
    match source {
        Source::Table(table) => statement.from(table_ref(table)),
        Source::Query(query, alias) => statement.from_subquery(select(query, dialect)?, alias.clone()),
        Source::Union(queries, alias) => {
            let mut parts = queries.iter().map(|query| select(&standalone(query), dialect));
            let mut first = parts.next().unwrap_or_else(|| Err(Error::invalid("a union of nothing")))?;
            for part in parts {
                first.union(UnionType::All, part?);
            }
            statement.from_subquery(first, alias.clone())
        }
    };
    Ok(())
}

/// A part of a union. With an order or limit of its own it must become a table first: SQLite cannot parse it otherwise.
fn standalone(query: &Query) -> Query {
    let bare = query.order.is_empty() && query.limit.is_none() && query.offset.is_none() && query.with.is_empty();
    if bare { query.clone() } else { query.clone().nested() }
}

pub(super) fn table_ref(table: &Table) -> TableRef {
    let name = match &table.schema {
        Some(schema) => sea_query::TableName::from((schema.clone(), table.name.clone())),
        None => sea_query::TableName::from(table.name.clone()),
    };
    TableRef::Table(name, table.alias.clone().map(IntoIden::into_iden))
}

fn order(statement: &mut SelectStatement, key: &Order, dialect: Dialect) -> Result<()> {
    let direction = if key.descending { SeaOrder::Desc } else { SeaOrder::Asc };
    // A bound value orders nothing: PostgreSQL refuses it, the others ignore it.
    if matches!(&*key.expr.0, Node::Value(_)) {
        return Err(Error::invalid("a value cannot be an order"));
    }
    let e = expr(&key.expr, dialect)?;
    match key.nulls_first {
        None => statement.order_by_expr(e, direction),
        Some(true) => statement.order_by_expr_with_nulls(e, direction, NullOrdering::First),
        Some(false) => statement.order_by_expr_with_nulls(e, direction, NullOrdering::Last),
    };
    Ok(())
}

/// Only PostgreSQL has OFFSET without LIMIT; elsewhere the limit is the largest number there is.
fn limit(statement: &mut SelectStatement, query: &Query, dialect: Dialect) {
    const LARGEST: u64 = i64::MAX as u64;
    let implied = (query.offset.is_some() && dialect != Dialect::Postgres).then_some(LARGEST);
    if let Some(limit) = query.limit.or(implied) {
        statement.limit(limit.min(LARGEST));
    }
    if let Some(offset) = query.offset {
        statement.offset(offset.min(LARGEST));
    }
}

fn lock(statement: &mut SelectStatement, lock: Option<Lock>, dialect: Dialect) -> Result<()> {
    match lock {
        None => {}
        Some(_) if dialect == Dialect::Sqlite => return Err(Error::invalid("SQLite cannot lock rows")),
        Some(Lock::Wait) => {
            statement.lock(LockType::Update);
        }
        Some(Lock::SkipLocked) => {
            statement.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
    }
    Ok(())
}
