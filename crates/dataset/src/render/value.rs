//! Values pass through sea-query and come out as they went in.

use sea_query::{ArrayType, Value as Sea};

use crate::{Dialect, Error, Result, Type, Value};

pub(super) fn to_sea(value: &Value, dialect: Dialect) -> Result<Sea> {
    Ok(match value {
        Value::Null(kind) => null(*kind),
        Value::Bool(b) => Sea::Bool(Some(*b)),
        Value::Int(n) => Sea::BigInt(Some(*n)),
        Value::UInt(n) => Sea::BigUnsigned(Some(*n)),
        Value::Float(x) => Sea::Double(Some(*x)),
        Value::Text(s) => Sea::String(Some(s.clone())),
        Value::Bytes(b) => Sea::Bytes(Some(b.clone())),
        Value::Timestamp(t) => Sea::ChronoDateTimeUtc(Some(*t)),
        Value::Date(d) => Sea::ChronoDate(Some(*d)),
        Value::Time(t) => Sea::ChronoTime(Some(*t)),
        Value::Json(j) => Sea::Json(Some(Box::new(j.clone()))),
        Value::IntArray(_) | Value::TextArray(_) if dialect != Dialect::Postgres => {
            return Err(Error::invalid(format!("{dialect} has no arrays")));
        }
        Value::IntArray(list) => array(ArrayType::BigInt, list.iter().map(|n| Sea::BigInt(Some(*n)))),
        Value::TextArray(list) => array(ArrayType::String, list.iter().map(|s| Sea::String(Some(s.clone())))),
    })
}

fn array(kind: ArrayType, values: impl Iterator<Item = Sea>) -> Sea {
    Sea::Array(kind, Some(Box::new(values.collect())))
}

fn null(kind: Type) -> Sea {
    match kind {
        // No value of ours is a character, so its NULL is free to mark the type nobody knows.
        Type::Unknown => Sea::Char(None),
        Type::Bool => Sea::Bool(None),
        Type::Int => Sea::BigInt(None),
        Type::Float => Sea::Double(None),
        Type::Text => Sea::String(None),
        Type::Bytes => Sea::Bytes(None),
        Type::Timestamp => Sea::ChronoDateTimeUtc(None),
        Type::Date => Sea::ChronoDate(None),
        Type::Time => Sea::ChronoTime(None),
        Type::Json => Sea::Json(None),
        Type::IntArray => Sea::Array(ArrayType::BigInt, None),
        Type::TextArray => Sea::Array(ArrayType::String, None),
    }
}

pub(super) fn from_sea(value: Sea) -> Value {
    match value {
        Sea::Bool(v) => v.into(),
        Sea::BigInt(v) => v.into(),
        Sea::Int(v) => v.into(),
        Sea::BigUnsigned(v) => v.into(),
        Sea::Double(v) => v.into(),
        Sea::String(v) => v.into(),
        Sea::Bytes(v) => v.into(),
        Sea::ChronoDateTimeUtc(v) => v.into(),
        Sea::ChronoDate(v) => v.into(),
        Sea::ChronoTime(v) => v.into(),
        Sea::Json(v) => v.map(|json| *json).into(),
        Sea::Array(ArrayType::BigInt, list) => list.map(|list| list.iter().filter_map(int).collect::<Vec<_>>()).into(),
        Sea::Array(_, list) => list.map(|list| list.into_iter().filter_map(text).collect::<Vec<_>>()).into(),
        _ => Value::NULL,
    }
}

fn int(value: &Sea) -> Option<i64> {
    if let Sea::BigInt(n) = value { *n } else { None }
}

fn text(value: Sea) -> Option<String> {
    if let Sea::String(s) = value { s } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b77_every_value_comes_out_as_it_went_in() {
        let values = [
            Value::NULL,
            Value::Null(Type::Json),
            Value::Null(Type::TextArray),
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::UInt(u64::MAX),
            Value::Float(0.1),
            Value::Text("x".into()),
            Value::Bytes(vec![0, 1]),
            Value::Timestamp(chrono::DateTime::UNIX_EPOCH),
            Value::Json(serde_json::json!({"a": [1]})),
            Value::IntArray(vec![1, 2]),
            Value::TextArray(vec!["a".into()]),
        ];
        for value in values {
            let back = from_sea(to_sea(&value, Dialect::Postgres).expect("PostgreSQL takes them all"));
            assert_eq!(back, value);
        }
    }
}
