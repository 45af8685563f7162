use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sqlx::{
    Decode, MySql, Row, Type, TypeInfo, ValueRef,
    mysql::{MySqlRow, MySqlValueRef},
};

use super::Native;

pub(super) fn cell(row: &MySqlRow, index: usize) -> Result<Native<'_>, String> {
    let value = row.try_get_raw(index).map_err(|e| e.to_string())?;
    if value.is_null() {
        return Ok(Native::Null);
    }
    let info = value.type_info().into_owned();
    let name = info.name();
    match name {
        "BOOLEAN" => read(value).map(|n: i8| match n {
            0 => Native::Bool(false),
            1 => Native::Bool(true),
            n => Native::Int(n.into()),
        }),
        "BIT" | "YEAR" => read(value).map(Native::UInt),
        _ if name.ends_with("UNSIGNED") => read(value).map(Native::UInt),
        _ if name.ends_with("INT") => read(value).map(Native::Int),
        "FLOAT" => read(value).map(|x: f32| Native::Float(x.into())),
        "DOUBLE" => read(value).map(Native::Float),
        "DECIMAL" => read(value).map(|s: &str| Native::Decimal(s.to_owned())),
        "DATE" => read(value).map(|d: NaiveDate| Native::Date(d)),
        "TIME" => read(value).map(|t: NaiveTime| Native::Time(t)),
        // The connection's time zone is UTC, and a DATETIME is what a bound timestamp becomes.
        "DATETIME" => read(value).map(|t: NaiveDateTime| Native::Timestamp(t.and_utc())),
        "TIMESTAMP" => read(value).map(|t: DateTime<Utc>| Native::Timestamp(t)),
        "JSON" => read(value).map(Native::Json),
        // The name takes text with a binary collation for bytes; the character set knows better.
        _ if <str as Type<MySql>>::compatible(&info) => read(value).map(Native::Text),
        _ if name.ends_with("BLOB") || name.ends_with("BINARY") || name == "GEOMETRY" => read(value).map(Native::Bytes),
        _ => read(value).map(Native::Text),
    }
}

fn read<'r, T: Decode<'r, MySql>>(value: MySqlValueRef<'r>) -> Result<T, String> {
    T::decode(value).map_err(|e| e.to_string())
}
