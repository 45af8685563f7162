//! What tells the rows of a table apart: looked up each time, because a table of the same name may be another one by now.

use serde::Deserialize;

use crate::{
    Dialect, Error, Kind, Result, Table, Value,
    session::{Held, Session},
    statement::Statement,
};

/// A column of a primary key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) is_integer: bool,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    is_integer: bool,
    is_key: bool,
}

const POSTGRES: &str = "\
SELECT a.attname::text AS name, a.atttypid IN (20, 21, 23) AS is_integer, coalesce(a.attnum = ANY (i.indkey), false) AS is_key \
FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
WHERE a.attrelid = $1::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped \
ORDER BY pg_catalog.array_position(i.indkey::int2[], a.attnum)";

const SQLITE: &str = "\
SELECT name, upper(type) = 'INTEGER' AS is_integer, pk > 0 AS is_key FROM pragma_table_info(?, ?) ORDER BY pk";

/// Whether a SQLite table has no row numbers of its own. A name alone finds a temporary table first.
const SQLITE_WITHOUT_ROWID: &str = "\
SELECT wr FROM pragma_table_list WHERE type <> 'view' AND name = ?1 COLLATE NOCASE AND schema = coalesce(?2, schema) \
ORDER BY schema <> 'temp', schema <> 'main' LIMIT 1";

const MYSQL: &str = "\
SELECT column_name AS name, data_type LIKE '%int' AS is_integer, column_key = 'PRI' AS is_key FROM information_schema.columns \
WHERE table_name = ? AND table_schema = coalesce(?, database()) ORDER BY ordinal_position";

/// The primary key's columns, in the key's order.
pub(crate) async fn primary_key(session: &Session, table: &Table) -> Result<Vec<Key>> {
    primary_key_on(&mut session.on_primary().hold(false, false).await?, table).await
}

/// The same as the session sees it that writes next.
pub(crate) async fn primary_key_on(held: &mut Held, table: &Table) -> Result<Vec<Key>> {
    if held.is_mock() {
        return Ok(vec![Key { name: "id".to_owned(), is_integer: true }]);
    }
    let key = columns(held, table).await?.into_iter().filter(|column| column.is_key);
    Ok(key.map(|column| Key { name: column.name, is_integer: column.is_integer }).collect())
}

/// The columns that tell the rows of a table apart, NULLs and all, where the database has no address of a row that stays
/// valid for a statement. On MySQL the table keeps its columns until the transaction ends.
pub(crate) async fn identity_on(held: &mut Held, dialect: Dialect, table: &Table) -> Result<Vec<String>> {
    if held.is_mock() {
        return Ok(vec!["id".to_owned()]);
    }
    if dialect.is_mysql() {
        held.all::<i64>(crate::render::touch(table, dialect)?).await?;
    }
    let columns = columns(held, table).await?;
    if dialect == Dialect::Sqlite {
        let binds = vec![table.name.clone().into(), table.schema.clone().into()];
        let without: Vec<bool> = held.all(Statement::fixed(SQLITE_WITHOUT_ROWID, binds)).await?;
        if without == [false] {
            // A column may have one of these names, and then means something else.
            let is_free = |name: &&str| columns.iter().all(|column| !column.name.eq_ignore_ascii_case(name));
            return Ok(["rowid", "_rowid_", "oid"].into_iter().find(is_free).map(str::to_owned).into_iter().collect());
        }
    }
    Ok(columns.into_iter().filter(|column| column.is_key).map(|column| column.name).collect())
}

async fn columns(held: &mut Held, table: &Table) -> Result<Vec<Column>> {
    let plain: [Value; 2] = [table.name.clone().into(), table.schema.clone().into()];
    let statement = match held.dialect() {
        Dialect::Postgres => {
            let parts =
                table.schema.iter().chain([&table.name]).map(|part| format!("\"{}\"", part.replace('"', "\"\"")));
            Statement::fixed(POSTGRES, vec![parts.collect::<Vec<_>>().join(".").into()])
        }
        Dialect::Sqlite => Statement::fixed(SQLITE, plain.into()),
        _ => Statement::fixed(MYSQL, plain.into()),
    };
    let columns: Vec<Column> = held.all(statement).await?;
    match columns.is_empty() {
        true => Err(Error::new(Kind::UndefinedObject, format!("no such table: {}", table.name))),
        false => Ok(columns),
    }
}
