//! Values for each driver. What a database cannot hold is an error here, where sea-query's binder would panic or drop it.

use sqlx::{
    Arguments, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    mysql::MySqlArguments,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, types::Oid},
    sqlite::SqliteArguments,
};

use crate::{Dialect, Error, Result, Type as Kind, Value};

type Added = std::result::Result<(), BoxDynError>;

fn checked(added: Added) -> Result<()> {
    added.map_err(|e| Error::value(e.to_string()))
}

fn beyond(n: u64, dialect: Dialect) -> Error {
    Error::value(format!("{n} does not fit a signed 64-bit integer, the largest {dialect} has"))
}

fn no_arrays(dialect: Dialect) -> Error {
    Error::invalid(format!("{dialect} has no arrays"))
}

/// A NULL of the type the server infers: oid 0.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

pub(super) fn postgres(values: Vec<Value>) -> Result<PgArguments> {
    let mut args = PgArguments::default();
    for value in values {
        checked(match value {
            Value::Null(kind) => postgres_null(&mut args, kind),
            Value::Bool(b) => Arguments::add(&mut args, b),
            Value::Int(n) => Arguments::add(&mut args, n),
            Value::UInt(n) => return Err(beyond(n, Dialect::Postgres)),
            Value::Float(x) => Arguments::add(&mut args, x),
            Value::Text(s) => Arguments::add(&mut args, s),
            Value::Bytes(b) => Arguments::add(&mut args, b),
            Value::Timestamp(t) => Arguments::add(&mut args, t),
            Value::Date(d) => Arguments::add(&mut args, d),
            Value::Time(t) => Arguments::add(&mut args, t),
            Value::Json(j) => Arguments::add(&mut args, j),
            Value::IntArray(list) => Arguments::add(&mut args, list),
            Value::TextArray(list) => Arguments::add(&mut args, list),
        })?;
    }
    Ok(args)
}

fn postgres_null(args: &mut PgArguments, kind: Kind) -> Added {
    match kind {
        Kind::Unknown => Arguments::add(args, Untyped),
        Kind::Bool => Arguments::add(args, None::<bool>),
        Kind::Int => Arguments::add(args, None::<i64>),
        Kind::Float => Arguments::add(args, None::<f64>),
        Kind::Text => Arguments::add(args, None::<String>),
        Kind::Bytes => Arguments::add(args, None::<Vec<u8>>),
        Kind::Timestamp => Arguments::add(args, None::<chrono::DateTime<chrono::Utc>>),
        Kind::Date => Arguments::add(args, None::<chrono::NaiveDate>),
        Kind::Time => Arguments::add(args, None::<chrono::NaiveTime>),
        Kind::Json => Arguments::add(args, None::<serde_json::Value>),
        Kind::IntArray => Arguments::add(args, None::<Vec<i64>>),
        Kind::TextArray => Arguments::add(args, None::<Vec<String>>),
    }
}

pub(super) fn mysql(values: Vec<Value>) -> Result<MySqlArguments> {
    let mut args = MySqlArguments::default();
    for value in values {
        checked(match value {
            Value::Null(_) => Arguments::add(&mut args, None::<String>),
            Value::Bool(b) => Arguments::add(&mut args, b),
            Value::Int(n) => Arguments::add(&mut args, n),
            Value::UInt(n) => Arguments::add(&mut args, n),
            Value::Float(x) if !x.is_finite() => return Err(Error::value(format!("MySQL cannot store {x}"))),
            Value::Float(x) => Arguments::add(&mut args, x),
            Value::Text(s) => Arguments::add(&mut args, s),
            Value::Bytes(b) => Arguments::add(&mut args, b),
            // As DATETIME in UTC: to a TIMESTAMP the year 1970 begins with no time at all, and 2038 ends it.
            Value::Timestamp(t) => Arguments::add(&mut args, t.naive_utc()),
            Value::Date(d) => Arguments::add(&mut args, d),
            Value::Time(t) => Arguments::add(&mut args, t),
            // MariaDB's JSON is text; MySQL takes text for JSON.
            Value::Json(j) => Arguments::add(&mut args, j.to_string()),
            Value::IntArray(_) | Value::TextArray(_) => return Err(no_arrays(Dialect::MySql)),
        })?;
    }
    Ok(args)
}

pub(super) fn sqlite(values: Vec<Value>) -> Result<SqliteArguments> {
    let mut args = SqliteArguments::default();
    for value in values {
        checked(match value {
            Value::Null(_) => Arguments::add(&mut args, None::<i64>),
            Value::Bool(b) => Arguments::add(&mut args, b),
            Value::Int(n) => Arguments::add(&mut args, n),
            Value::UInt(n) => return Err(beyond(n, Dialect::Sqlite)),
            // SQLite would store NULL and say nothing.
            Value::Float(x) if x.is_nan() => return Err(Error::value("SQLite cannot store NaN")),
            Value::Float(x) => Arguments::add(&mut args, x),
            Value::Text(s) => Arguments::add(&mut args, s),
            Value::Bytes(b) => Arguments::add(&mut args, b),
            // One width and one zone, so that text sorts as time does; a space, as CURRENT_TIMESTAMP has it.
            Value::Timestamp(t) => Arguments::add(&mut args, t.format("%Y-%m-%d %H:%M:%S%.6fZ").to_string()),
            Value::Date(d) => Arguments::add(&mut args, d.format("%Y-%m-%d").to_string()),
            Value::Time(t) => Arguments::add(&mut args, t.format("%H:%M:%S%.6f").to_string()),
            Value::Json(j) => Arguments::add(&mut args, j.to_string()),
            Value::IntArray(_) | Value::TextArray(_) => return Err(no_arrays(Dialect::Sqlite)),
        })?;
    }
    Ok(args)
}
