use sea_query::{
    CommonTableExpression, LockBehavior, LockType, NullOrdering, Order as SeaOrder, OrderedStatement, SelectStatement,
    UnionType, WithClause,
};

use super::{
    expr::expr,
    from::{from, standalone},
    pieces::{Pieces, no_value},
};
use crate::{
    Dialect, Error, Result,
    expr::{Expr, Order},
    query::{Query, Source, Taken, Totals},
};

pub(super) fn select(query: &Query, dialect: Dialect) -> Result<SelectStatement> {
    let mut statement = SelectStatement::new();
    if let Some(clause) = with(query, dialect)? {
        statement.with_cte(clause);
    }
    let tail = from(&mut statement, query, dialect)?;
    columns(&mut statement, query, tail, dialect)?;
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    group(&mut statement, query, dialect)?;
    if let Some(having) = &query.having {
        statement.and_having(expr(having, dialect)?);
    }
    for key in &query.order {
        order(&mut statement, key, dialect)?;
    }
    limit(&mut statement, query, dialect);
    lock(&mut statement, query, dialect)?;
    Ok(statement)
}

pub(super) fn with(query: &Query, dialect: Dialect) -> Result<Option<WithClause>> {
    if query.with.is_empty() {
        return Ok(None);
    }
    let mut clause = WithClause::new();
    for cte in &query.with {
        let mut table = CommonTableExpression::new();
        let mut inner = match &cte.step {
            Some(_) => select(&standalone(&cte.query), dialect)?,
            None => select(&cte.query, dialect)?,
        };
        if let Some(step) = &cte.step {
            inner.union(UnionType::All, select(&standalone(step), dialect)?);
            clause.recursive(true);
        }
        table.table_name(cte.name.clone()).query(inner);
        if cte.materialized {
            table.materialized(true);
        }
        clause.cte(table);
    }
    Ok(Some(clause))
}

fn columns(statement: &mut SelectStatement, query: &Query, tail: Option<Pieces>, dialect: Dialect) -> Result<()> {
    if query.distinct {
        statement.distinct();
    }
    let all = [crate::star().into()];
    let columns = if query.columns.is_empty() { &all[..] } else { &query.columns };
    let mut tail = tail;
    for (index, selected) in columns.iter().enumerate() {
        let (mut e, mut alias) = (expr(&selected.expr, dialect)?, selected.alias.clone());
        if index == 0 && !query.distinct_on.is_empty() {
            e = distinct_on(&query.distinct_on, dialect)?.expr(e).build(dialect);
        }
        if let Some(tail) = tail.take_if(|_| index + 1 == columns.len()) {
            let mut last = Pieces::new().expr(e);
            if let Some(alias) = alias.take() {
                last = last.text("AS").name(alias);
            }
            e = last.expr(tail.build(dialect)).build(dialect);
        }
        match alias {
            Some(alias) => statement.expr_as(e, alias),
            None => statement.expr(e),
        };
    }
    Ok(())
}

fn distinct_on(keys: &[Expr], dialect: Dialect) -> Result<Pieces> {
    if dialect != Dialect::Postgres {
        return Err(Error::invalid(format!("{dialect} has no DISTINCT ON")));
    }
    let keys = keys.iter().map(|key| expr(key, dialect)).collect::<Result<Vec<_>>>()?;
    Ok(Pieces::new().text("DISTINCT ON (").list(keys).text(")"))
}

fn group(statement: &mut SelectStatement, query: &Query, dialect: Dialect) -> Result<()> {
    let rendered = |keys: &[Expr]| keys.iter().map(|key| expr(key, dialect)).collect::<Result<Vec<_>>>();
    let keys = rendered(&query.group)?;
    let Some(totals) = &query.totals else {
        statement.add_group_by(keys);
        return Ok(());
    };
    let pieces = match (totals, dialect) {
        (Totals::Rollup, Dialect::MySql | Dialect::MariaDb) => Pieces::new().list(keys).text("WITH ROLLUP"),
        (Totals::Rollup, Dialect::Postgres) => Pieces::new().text("ROLLUP (").list(keys).text(")"),
        (Totals::Cube, Dialect::Postgres) => Pieces::new().text("CUBE (").list(keys).text(")"),
        (Totals::Sets(sets), Dialect::Postgres) => {
            let sets = sets.iter().map(|set| Ok(Pieces::new().text("(").list(rendered(set)?).text(")").build(dialect)));
            Pieces::new().text("GROUPING SETS (").list(sets.collect::<Result<Vec<_>>>()?).text(")")
        }
        _ => return Err(Error::invalid(format!("{dialect} cannot group at several levels like this"))),
    };
    statement.add_group_by([pieces.build(dialect)]);
    Ok(())
}

pub(super) fn order(statement: &mut impl OrderedStatement, key: &Order, dialect: Dialect) -> Result<()> {
    let direction = if key.descending { SeaOrder::Desc } else { SeaOrder::Asc };
    no_value(key)?;
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

fn lock(statement: &mut SelectStatement, query: &Query, dialect: Dialect) -> Result<()> {
    let Some(lock) = query.lock else { return Ok(()) };
    match dialect {
        Dialect::Sqlite => return Err(Error::invalid("SQLite cannot lock rows")),
        // LOCK IN SHARE MODE takes no further word there.
        Dialect::MySql if lock.shared && lock.taken != Taken::Wait => {
            return Err(Error::invalid("MySQL waits for a shared lock"));
        }
        _ => {}
    }
    let kind = if lock.shared { LockType::Share } else { LockType::Update };
    let tables: Vec<String> = match &query.source {
        Source::Table(table) if lock.own_table => vec![table.alias.as_ref().unwrap_or(&table.name).clone()],
        _ => Vec::new(),
    };
    match lock.taken {
        Taken::Wait => statement.lock_with_tables(kind, tables),
        Taken::Skip => statement.lock_with_tables_behavior(kind, tables, LockBehavior::SkipLocked),
        Taken::Fail => statement.lock_with_tables_behavior(kind, tables, LockBehavior::Nowait),
    };
    Ok(())
}
