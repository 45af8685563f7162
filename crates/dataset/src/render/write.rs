use sea_query::{
    DeleteStatement, InsertStatement, IntoColumnRef, IntoIden, OnConflict, ReturningClause, UpdateStatement,
};

use super::{
    build,
    expr::expr,
    from::table_ref,
    pieces::Pieces,
    select::{order, select, with},
};
use crate::{
    Dialect, Error, Expr, Result, Values,
    name::Table,
    query::{JoinKind, Joined, On, Query, Source},
    statement::Statement,
};

/// What to do when a row is there already.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Conflict<'a> {
    Fail,
    Ignore,
    /// Remove the row that is there.
    Replace,
    Update(Update<'a>),
}

/// How to change the row that is there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update<'a> {
    /// The columns in which the rows conflict.
    pub(crate) keys: &'a [&'a str],
    /// What to set; all that was to be inserted unless given.
    pub(crate) set: Option<&'a Values>,
    /// Only where this holds; otherwise the row stays as it is.
    pub(crate) only: Option<&'a Expr>,
}

pub(crate) fn insert(
    query: &Query,
    rows: &[Values],
    conflict: Conflict<'_>,
    returning: &[String],
    dialect: Dialect,
) -> Result<Statement> {
    let first = rows.first().ok_or_else(|| Error::invalid("an insert needs a row"))?;
    let mut statement = into_table(query, dialect)?;
    if matches!(conflict, Conflict::Replace) {
        if dialect == Dialect::Postgres {
            return Err(Error::invalid("PostgreSQL has no REPLACE; use upsert"));
        }
        statement.replace();
    }
    if first.is_empty() {
        statement.or_default_values();
    } else {
        statement.columns(first.columns().map(str::to_owned));
    }
    for row in rows.iter().filter(|_| !first.is_empty()) {
        let cells = in_order(first, row)?.into_iter().map(|e| expr(e, dialect)).collect::<Result<Vec<_>>>()?;
        statement.values(cells).map_err(|e| Error::invalid(e.to_string()))?;
    }
    if let Some(clause) = on_conflict(first, conflict, dialect)? {
        statement.on_conflict(clause);
    }
    let appended = returning_clause(returning, dialect, true)?;
    if appended.is_empty() && !returning.is_empty() {
        statement.returning(columns(returning));
    }
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: (sql + &appended).into(), binds, writes: true, verbatim: false })
}

/// The rows of another query.
pub(crate) fn insert_from(query: &Query, names: &[String], rows: &Query, dialect: Dialect) -> Result<Statement> {
    let mut statement = into_table(query, dialect)?;
    statement.columns(names.iter().cloned());
    if names.is_empty() || names.len() != rows.columns.len() {
        let message = format!("{} columns do not fit a select list of {}", names.len(), rows.columns.len());
        return Err(Error::invalid(message));
    }
    statement.select_from(select(rows, dialect)?).map_err(|e| Error::invalid(e.to_string()))?;
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: sql.into(), binds, writes: true, verbatim: false })
}

fn into_table(query: &Query, dialect: Dialect) -> Result<InsertStatement> {
    let Source::Table(table) = &query.source else { return Err(Error::invalid("an insert takes a table")) };
    if !query.joins.is_empty() || query.is_grouped() {
        return Err(Error::invalid("an insert takes a table, not a join or a group"));
    }
    let mut statement = InsertStatement::new();
    statement.into_table(table_ref(&Table { alias: None, ..table.clone() }));
    if let Some(clause) = with(query, dialect)? {
        if dialect.is_mysql() {
            return Err(Error::invalid(format!("{dialect} has WITH only inside the query an insert reads from")));
        }
        statement.with_cte(clause);
    }
    Ok(statement)
}

/// Every row goes. SQLite has no TRUNCATE; there DELETE does the same.
pub(crate) fn truncate(query: &Query, dialect: Dialect) -> Result<Statement> {
    let table = target(query, "truncate", dialect)?;
    if query.limit.is_some() || query.filter.is_some() || !query.joins.is_empty() || !query.with.is_empty() {
        return Err(Error::invalid("truncate takes a whole table, not a filter, a limit or a join"));
    }
    if dialect == Dialect::Sqlite {
        return delete(query, &[], dialect);
    }
    let pieces = Pieces::new().text("TRUNCATE TABLE").table(&Table { alias: None, ..table.clone() });
    let mut statement = sea_query::SelectStatement::new();
    statement.expr(pieces.build(dialect));
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: sql.replacen("SELECT ", "", 1).into(), binds, writes: true, verbatim: false })
}

/// A row's values in the order of the first row's columns; both must name the same columns.
fn in_order<'r>(first: &Values, row: &'r Values) -> Result<Vec<&'r crate::Expr>> {
    let same_length = first.0.len() == row.0.len();
    let mut cells = Vec::with_capacity(row.0.len());
    for (index, name) in first.columns().enumerate() {
        // Rows made by one piece of code agree in order too.
        let cell = row.0.get(index).filter(|(n, _)| n == name).or_else(|| row.0.iter().find(|(n, _)| n == name));
        cells.extend(cell.map(|(_, e)| e));
    }
    if !same_length || cells.len() != row.0.len() {
        return Err(Error::invalid("the rows of one insert must name the same columns"));
    }
    Ok(cells)
}

fn on_conflict(first: &Values, conflict: Conflict<'_>, dialect: Dialect) -> Result<Option<OnConflict>> {
    Ok(match conflict {
        Conflict::Fail => None,
        Conflict::Ignore if dialect.is_mysql() => {
            return Err(Error::invalid("MySQL cannot ignore only a conflict in one statement"));
        }
        Conflict::Ignore => Some(OnConflict::new().do_nothing().to_owned()),
        // REPLACE is a verb, not a clause.
        Conflict::Replace => None,
        Conflict::Update(Update { keys: [], .. }) => {
            return Err(Error::invalid("an upsert needs the columns that conflict"));
        }
        Conflict::Update(Update { only: Some(_), .. }) if dialect.is_mysql() => {
            return Err(Error::invalid(format!("{dialect} cannot update only some of the rows that conflict")));
        }
        Conflict::Update(Update { keys, set, only }) => {
            let mut clause = OnConflict::columns(keys.iter().map(|k| (*k).to_owned()));
            let rest: Vec<String> = first.columns().filter(|c| !keys.contains(c)).map(str::to_owned).collect();
            match set {
                Some(set) if !set.is_empty() => {
                    let pairs = set.0.iter().map(|(name, e)| Ok((name.clone().into_iden(), expr(e, dialect)?)));
                    clause.values(pairs.collect::<Result<Vec<_>>>()?);
                }
                None if !rest.is_empty() => {
                    clause.update_columns(rest);
                }
                _ => {
                    clause.do_nothing_on(keys.iter().map(|k| (*k).to_owned()));
                }
            }
            if let Some(only) = only {
                clause.action_and_where(expr(only, dialect)?);
            }
            Some(clause)
        }
    })
}

pub(crate) fn update(query: &Query, values: &Values, returning: &[String], dialect: Dialect) -> Result<Statement> {
    let mut statement = UpdateStatement::new();
    let table = target(query, "update", dialect)?;
    statement.table(table_ref(table));
    if let Some(clause) = with(query, dialect)? {
        statement.with_cte(clause);
    }
    for (name, value) in &values.0 {
        statement.value(name.clone(), expr(value, dialect)?);
    }
    for join in &query.joins {
        let (JoinKind::Inner, Joined::Table(other), On::Expr(on)) = (join.kind, &join.with, &join.on) else {
            return Err(Error::invalid("update takes only inner joins with a condition"));
        };
        if dialect.is_mysql() && (query.joins.len() > 1 || table.alias.is_some() || table.schema.is_some()) {
            return Err(Error::invalid(format!("{dialect} updates one plain table joined with one other")));
        }
        statement.from(table_ref(other)).and_where(expr(on, dialect)?);
    }
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    if let Some(limit) = query.limit {
        query.order.iter().try_for_each(|key| order(&mut statement, key, dialect))?;
        statement.limit(limit);
    }
    returning_clause(returning, dialect, false)?;
    if !returning.is_empty() {
        statement.returning(columns(returning));
    }
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: sql.into(), binds, writes: true, verbatim: false })
}

pub(crate) fn delete(query: &Query, returning: &[String], dialect: Dialect) -> Result<Statement> {
    let mut statement = DeleteStatement::new();
    statement.from_table(table_ref(target(query, "delete", dialect)?));
    if let Some(clause) = with(query, dialect)? {
        statement.with_cte(clause);
    }
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    if let Some(limit) = query.limit {
        query.order.iter().try_for_each(|key| order(&mut statement, key, dialect))?;
        statement.limit(limit);
    }
    let appended = returning_clause(returning, dialect, true)?;
    if appended.is_empty() && !returning.is_empty() {
        statement.returning(columns(returning));
    }
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: (sql + &appended).into(), binds, writes: true, verbatim: false })
}

/// A query of no rows, after which MySQL keeps others from changing the table until the transaction ends.
pub(crate) fn touch(table: &Table, dialect: Dialect) -> Result<Statement> {
    let mut statement = sea_query::SelectStatement::new();
    statement
        .expr(sea_query::Expr::Custom("1".into()))
        .from(table_ref(&Table { alias: None, ..table.clone() }))
        .limit(0);
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: sql.into(), binds, writes: false, verbatim: false })
}

/// The one table a write goes to. What would be dropped from the statement without a word is refused; a limit is MySQL's.
fn target<'q>(query: &'q Query, verb: &str, dialect: Dialect) -> Result<&'q Table> {
    let is_cut = query.offset.is_some() || query.limit.is_some() && !dialect.is_mysql();
    match &query.source {
        Source::Table(table) if !query.is_grouped() && !is_cut && query.lock.is_none() => Ok(table),
        _ => Err(Error::invalid(format!("{verb} takes a table and a filter, not a group, union, limit or lock"))),
    }
}

fn columns(names: &[String]) -> ReturningClause {
    ReturningClause::Columns(names.iter().map(|name| name.clone().into_column_ref()).collect())
}

/// RETURNING where sea-query leaves it out: MariaDB has it for INSERT and DELETE, MySQL not at all.
fn returning_clause(columns: &[String], dialect: Dialect, mariadb_has_it: bool) -> Result<String> {
    if columns.is_empty() || !dialect.is_mysql() {
        return Ok(String::new());
    }
    if dialect == Dialect::MySql || !mariadb_has_it {
        return Err(Error::invalid(format!("{dialect} cannot return rows from this statement")));
    }
    let quoted: Vec<String> = columns.iter().map(|c| format!("`{}`", c.replace('`', "``"))).collect();
    let clause = format!(" RETURNING {}", quoted.join(", "));
    super::well_named(&clause, dialect)?;
    Ok(clause)
}
