//! Which columns are a table's primary key: asked once per table, as an insert wants to return what was generated.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Deserialize;

use crate::{Dialect, Error, Kind, Result, Table, Value, engine::Pool, session::Session, statement::Statement};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) is_integer: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<HashMap<Table, Arc<[Key]>>>);

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
SELECT name, upper(type) = 'INTEGER' AS is_integer, pk > 0 AS is_key FROM pragma_table_info(?, coalesce(?, 'main')) ORDER BY pk";

const MYSQL: &str = "\
SELECT column_name AS name, data_type LIKE '%int' AS is_integer, column_key = 'PRI' AS is_key FROM information_schema.columns \
WHERE table_name = ? AND table_schema = coalesce(?, database()) ORDER BY ordinal_position";

/// The primary key's columns, in the key's order.
pub(crate) async fn primary_key(session: &Session, table: &Table) -> Result<Arc<[Key]>> {
    let table = Table { alias: None, ..table.clone() };
    let core = &session.database().0;
    if matches!(core.pool, Pool::Mock(_)) {
        return Ok(Arc::new([Key { name: "id".to_owned(), is_integer: true }]));
    }
    if let Some(key) = core.keys.0.lock().unwrap_or_else(PoisonError::into_inner).get(&table) {
        return Ok(Arc::clone(key));
    }
    let columns: Vec<Column> = session.on_primary().all(question(session.dialect(), &table)).await?;
    if columns.is_empty() {
        return Err(Error::new(Kind::UndefinedObject, format!("no such table: {}", table.name)));
    }
    let key = columns.into_iter().filter(|c| c.is_key).map(|c| Key { name: c.name, is_integer: c.is_integer });
    let key: Arc<[Key]> = key.collect();
    if !key.is_empty() {
        core.keys.0.lock().unwrap_or_else(PoisonError::into_inner).insert(table, Arc::clone(&key));
    }
    Ok(key)
}

fn question(dialect: Dialect, table: &Table) -> Statement {
    let plain: [Value; 2] = [table.name.clone().into(), table.schema.clone().into()];
    match dialect {
        Dialect::Postgres => {
            let parts =
                table.schema.iter().chain([&table.name]).map(|part| format!("\"{}\"", part.replace('"', "\"\"")));
            Statement::fixed(POSTGRES, vec![parts.collect::<Vec<_>>().join(".").into()])
        }
        Dialect::Sqlite => Statement::fixed(SQLITE, plain.into()),
        _ => Statement::fixed(MYSQL, plain.into()),
    }
}
