//! Where rows come from: tables, queries as tables, joins.

use sea_query::{Expr as Sea, IntoIden, JoinType, SelectStatement, SubQueryStatement, TableRef, UnionType};

use super::{expr::expr, pieces::Pieces, select::select};
use crate::{
    Dialect, Error, Result,
    name::Table,
    query::{Join, JoinKind, Joined, On, Query, SetOp, Source},
};

/// FROM and its joins. What is given back belongs behind the last column: sea-query has neither USING nor NATURAL.
pub(super) fn from(statement: &mut SelectStatement, query: &Query, dialect: Dialect) -> Result<Option<Pieces>> {
    query.joins.iter().try_for_each(|join| guard(join, dialect))?;
    if query.joins.iter().any(|join| matches!(join.on, On::Columns(_) | On::Natural)) {
        return in_own_words(query, dialect).map(Some);
    }
    match &query.source {
        Source::Table(table) => statement.from(table_ref(table)),
        Source::Query(query, alias) => statement.from_subquery(select(query, dialect)?, alias.clone()),
        Source::Set(op, queries, alias) => statement.from_subquery(combined(*op, queries, dialect)?, alias.clone()),
    };
    for join in &query.joins {
        let kind = match join.kind {
            JoinKind::Inner => JoinType::InnerJoin,
            JoinKind::Left => JoinType::LeftJoin,
            JoinKind::Right => JoinType::RightJoin,
            JoinKind::Full => JoinType::FullOuterJoin,
            JoinKind::Cross => JoinType::CrossJoin,
        };
        let on = match &join.on {
            On::Expr(e) => Some(expr(e, dialect)?),
            _ => None,
        };
        match (&join.with, on) {
            (Joined::Table(table), Some(on)) => statement.join(kind, table_ref(table), on),
            (Joined::Table(table), None) => statement.cross_join(table_ref(table)),
            (Joined::Lateral(query, alias), on) => {
                let on = on.unwrap_or_else(|| Sea::Custom("(1 = 1)".into()));
                statement.join_lateral(kind, select(query, dialect)?, alias.clone(), on)
            }
        };
    }
    Ok(None)
}

fn guard(join: &Join, dialect: Dialect) -> Result<()> {
    if join.kind == JoinKind::Full && dialect.is_mysql() {
        return Err(Error::invalid(format!("{dialect} has no FULL JOIN")));
    }
    if matches!(join.with, Joined::Lateral(..)) && matches!(dialect, Dialect::Sqlite | Dialect::MariaDb) {
        return Err(Error::invalid(format!("{dialect} has no LATERAL")));
    }
    Ok(())
}

/// Queries one after the other, compared as sets.
fn combined(op: SetOp, queries: &[Query], dialect: Dialect) -> Result<SelectStatement> {
    let op = match op {
        SetOp::UnionAll => UnionType::All,
        SetOp::Union => UnionType::Distinct,
        SetOp::Intersect => UnionType::Intersect,
        SetOp::Except => UnionType::Except,
    };
    let mut parts = queries.iter().map(|query| select(&standalone(query), dialect));
    let mut first = parts.next().unwrap_or_else(|| Err(Error::invalid("a union of nothing")))?;
    for part in parts {
        first.union(op, part?);
    }
    Ok(first)
}

/// A part of a union. With an order or limit of its own it must become a table first: SQLite cannot parse it otherwise.
pub(super) fn standalone(query: &Query) -> Query {
    let bare = query.order.is_empty()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.with.is_empty()
        && query.lock.is_none();
    if bare { query.clone() } else { query.clone().wrapped() }
}

pub(super) fn table_ref(table: &Table) -> TableRef {
    let name = match &table.schema {
        Some(schema) => sea_query::TableName::from((schema.clone(), table.name.clone())),
        None => sea_query::TableName::from(table.name.clone()),
    };
    TableRef::Table(name, table.alias.clone().map(IntoIden::into_iden))
}

fn in_own_words(query: &Query, dialect: Dialect) -> Result<Pieces> {
    let mut pieces = Pieces::new().text("FROM");
    pieces = match &query.source {
        Source::Table(table) => pieces.table(table),
        Source::Query(query, alias) => pieces.expr(subselect(select(query, dialect)?)).text("AS").name(alias),
        Source::Set(op, queries, alias) => {
            pieces.expr(subselect(combined(*op, queries, dialect)?)).text("AS").name(alias)
        }
    };
    for join in &query.joins {
        if matches!(join.on, On::Natural) {
            pieces = pieces.text("NATURAL");
        }
        pieces = pieces.text(match join.kind {
            JoinKind::Inner => "INNER JOIN",
            JoinKind::Left => "LEFT JOIN",
            JoinKind::Right => "RIGHT JOIN",
            JoinKind::Full => "FULL JOIN",
            JoinKind::Cross => "CROSS JOIN",
        });
        pieces = match &join.with {
            Joined::Table(table) => pieces.table(table),
            Joined::Lateral(query, alias) => {
                pieces.text("LATERAL").expr(subselect(select(query, dialect)?)).text("AS").name(alias)
            }
        };
        pieces = match (&join.on, &join.with) {
            (On::Expr(e), _) => pieces.text("ON").expr(expr(e, dialect)?),
            (On::Columns(names), _) => {
                let names = names.iter().map(|name| Pieces::new().name(name).build(dialect));
                pieces.text("USING (").list(names).text(")")
            }
            (On::Nothing, Joined::Lateral(..)) => pieces.text("ON (1 = 1)"),
            (On::Natural | On::Nothing, _) => pieces,
        };
    }
    Ok(pieces)
}

pub(super) fn subselect(query: SelectStatement) -> Sea {
    Sea::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(query)))
}
