use chrono::NaiveDateTime;
use sqlx::{
    Column, Decode, Row, Sqlite, TypeInfo, ValueRef,
    sqlite::{SqliteRow, SqliteValueRef},
};

use super::Native;

/// SQLite types values, not columns; the declared type only tells booleans and times apart.
pub(super) fn cell(row: &SqliteRow, index: usize) -> Result<Native<'_>, String> {
    let value = row.try_get_raw(index).map_err(|e| e.to_string())?;
    let declared = || row.columns().get(index).map_or("", |c| c.type_info().name());
    let info = value.type_info().into_owned();
    if value.is_null() {
        return Ok(Native::Null);
    }
    match info.name() {
        "INTEGER" => read(value).map(|n: i64| match n {
            0 | 1 if declared() == "BOOLEAN" => Native::Bool(n == 1),
            n => Native::Int(n),
        }),
        "REAL" => read(value).map(Native::Float),
        "BLOB" => read(value).map(Native::Bytes),
        _ => read(value).map(|text: &str| match declared() {
            "DATETIME" => utc(text).unwrap_or(Native::Text(text)),
            _ => Native::Text(text),
        }),
    }
}

fn read<'r, T: Decode<'r, Sqlite>>(value: SqliteValueRef<'r>) -> Result<T, String> {
    T::decode(value).map_err(|e| e.to_string())
}

/// What CURRENT_TIMESTAMP writes has no zone and means UTC; what is bound ends in `Z`.
fn utc<'r>(text: &str) -> Option<Native<'r>> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(Native::Timestamp(time.and_utc()))
}
