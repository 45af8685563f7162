//! From a query to a dialect's SQL. The only place that knows sea-query, and the guard that keeps it honest:
//! what a dialect cannot say is an error here, before anything is sent.

mod expr;
mod from;
mod function;
mod pieces;
mod select;
mod value;
mod write;

pub(crate) use write::{Conflict, Update, delete, insert, insert_from, touch, truncate, update};

use crate::{Dialect, Error, Result, Value, query::Query, statement::Statement};

/// Builds any sea-query statement for a dialect.
macro_rules! build {
    ($statement:expr, $dialect:expr) => {{
        let statement = &$statement;
        let (sql, values) = match $dialect {
            $crate::Dialect::Postgres => statement.build(sea_query::PostgresQueryBuilder),
            $crate::Dialect::Sqlite => statement.build(sea_query::SqliteQueryBuilder),
            _ => statement.build(sea_query::MysqlQueryBuilder),
        };
        let binds: Vec<$crate::Value> = values.0.into_iter().map($crate::render::value::from_sea).collect();
        let sql = $crate::render::requoted(sql, $dialect);
        $crate::render::within_limit(&sql, &binds, $dialect)?;
        $crate::render::well_named(&sql, $dialect)?;
        (sql, binds)
    }};
}
use build;

pub(crate) fn query(query: &Query, dialect: Dialect) -> Result<Statement> {
    let (sql, binds) = build!(select::select(query, dialect)?, dialect);
    // A locking read must go where writes go.
    Ok(Statement { sql: sql.into(), binds, writes: query.lock.is_some(), verbatim: false })
}

/// The query with its values in the text, for people to read and never to send.
pub(crate) fn display(query: &Query, dialect: Dialect) -> Result<String> {
    let statement = select::select(query, dialect)?;
    let sql = match dialect {
        Dialect::Postgres => statement.to_string(sea_query::PostgresQueryBuilder),
        Dialect::Sqlite => statement.to_string(sea_query::SqliteQueryBuilder),
        _ => statement.to_string(sea_query::MysqlQueryBuilder),
    };
    Ok(requoted(sql, dialect))
}

/// SQLite takes a double-quoted name it does not know for a string, and finds nothing where there is an error.
/// Names in backticks are only ever names (<https://www.sqlite.org/quirks.html#dblquote>).
fn requoted(sql: String, dialect: Dialect) -> String {
    if dialect == Dialect::Sqlite { crate::placeholder::backticked(&sql) } else { sql }
}

/// A name that is empty, ends at a NUL or is cut off would be another one.
fn well_named(sql: &str, dialect: Dialect) -> Result<()> {
    let blank = |(at, before): (usize, &str)| sql.as_bytes().get(at + before.len()).is_some_and(|b| *b <= b' ');
    if dialect.is_mysql() && sql.match_indices("AS `").any(blank) {
        return Err(Error::invalid(format!("{dialect} leaves out the space that a new name begins with")));
    }
    if !doubtful(sql.as_bytes()) {
        return Ok(());
    }
    let quote = if dialect == Dialect::Postgres { '"' } else { '`' };
    for name in crate::placeholder::names(sql, quote) {
        if name.is_empty() {
            return Err(Error::invalid("a name cannot be empty"));
        }
        if name.contains('\0') {
            return Err(Error::invalid("a name cannot hold a NUL"));
        }
        if dialect == Dialect::Postgres && name.len() > POSTGRES_NAME {
            return Err(Error::invalid(format!("PostgreSQL cuts a name off after {POSTGRES_NAME} bytes: {name}")));
        }
    }
    Ok(())
}

/// `NAMEDATALEN` less the byte that ends it.
const POSTGRES_NAME: usize = 63;

/// Whether it is worth looking at every name: a NUL, two quotes beside each other, or two far from each other.
fn doubtful(sql: &[u8]) -> bool {
    let mut last = None;
    sql.iter().enumerate().any(|(at, byte)| match byte {
        0 => true,
        b'"' | b'`' => {
            let distance = last.replace(at).map_or(2, |last| at - last);
            distance == 1 || distance > POSTGRES_NAME + 1
        }
        _ => false,
    })
}

fn within_limit(sql: &str, binds: &[Value], dialect: Dialect) -> Result<()> {
    let limit = dialect.bind_limit();
    if binds.len() <= limit {
        return Ok(());
    }
    let error = Error::invalid(format!("{} values are bound, {dialect} takes {limit} in one statement", binds.len()));
    // A statement of this size helps nobody in an error.
    Err(error.in_statement(&sql.chars().take(200).collect::<String>()))
}
