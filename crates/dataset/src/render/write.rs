use sea_query::{
    DeleteStatement, InsertStatement, IntoColumnRef, IntoIden, OnConflict, ReturningClause, UpdateStatement,
};

use super::{build, expr::expr, select::table_ref};
use crate::{
    Dialect, Error, Result, Values,
    name::Table,
    query::{Query, Source},
    statement::Statement,
};

/// What to do when a row is there already.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Conflict<'a> {
    Fail,
    Ignore,
    /// Update on a conflict over these columns: with these values, or with all that were to be inserted.
    Update(&'a [&'a str], Option<&'a Values>),
}

pub(crate) fn insert(
    table: &Table,
    rows: &[Values],
    conflict: Conflict<'_>,
    returning: &[String],
    dialect: Dialect,
) -> Result<Statement> {
    let first = rows.first().ok_or_else(|| Error::invalid("an insert needs a row"))?;
    let mut statement = InsertStatement::new();
    statement.into_table(table_ref(&Table { alias: None, ..table.clone() }));
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
    Ok(Statement { sql: (sql + &appended).into(), binds, writes: true })
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
        Conflict::Update([], _) => return Err(Error::invalid("an upsert needs the columns that conflict")),
        Conflict::Update(keys, set) => {
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
            Some(clause)
        }
    })
}

pub(crate) fn update(query: &Query, values: &Values, returning: &[String], dialect: Dialect) -> Result<Statement> {
    let mut statement = UpdateStatement::new();
    statement.table(table_ref(target(query, "update")?));
    for (name, value) in &values.0 {
        statement.value(name.clone(), expr(value, dialect)?);
    }
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    returning_clause(returning, dialect, false)?;
    if !returning.is_empty() {
        statement.returning(columns(returning));
    }
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: sql.into(), binds, writes: true })
}

pub(crate) fn delete(query: &Query, returning: &[String], dialect: Dialect) -> Result<Statement> {
    let mut statement = DeleteStatement::new();
    statement.from_table(table_ref(target(query, "delete")?));
    if let Some(filter) = &query.filter {
        statement.and_where(expr(filter, dialect)?);
    }
    let appended = returning_clause(returning, dialect, true)?;
    if appended.is_empty() && !returning.is_empty() {
        statement.returning(columns(returning));
    }
    let (sql, binds) = build!(statement, dialect);
    Ok(Statement { sql: (sql + &appended).into(), binds, writes: true })
}

/// The one table a write goes to. What would be dropped from the statement without a word is refused.
pub(crate) fn target<'q>(query: &'q Query, verb: &str) -> Result<&'q Table> {
    let plain = query.joins.is_empty() && !query.is_shaped() && query.with.is_empty() && query.lock.is_none();
    match &query.source {
        Source::Table(table) if plain => Ok(table),
        _ => {
            Err(Error::invalid(format!("{verb} takes one table and a filter, not a join, group, union, limit or lock")))
        }
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
    Ok(format!(" RETURNING {}", quoted.join(", ")))
}
