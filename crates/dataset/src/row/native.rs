use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};

use super::postgres::Array;
use crate::Value;

/// One cell in the few shapes that every database's types come down to.
#[derive(Debug)]
pub(crate) enum Native<'r> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    /// A number in full precision, as text.
    Decimal(String),
    Text(&'r str),
    /// Text made here, such as a UUID.
    Made(String),
    Json(&'r str),
    /// JSON in which invalid text was replaced.
    MadeJson(String),
    Bytes(&'r [u8]),
    Timestamp(DateTime<Utc>),
    /// A time without a zone.
    DateTime(NaiveDateTime),
    Date(NaiveDate),
    Time(NaiveTime),
    Array(Array<'r>),
}

impl Native<'_> {
    /// The cell as RFC 3339 writes it, if it is a time.
    pub(crate) fn time_text(&self) -> Option<String> {
        Some(match self {
            Native::Timestamp(t) => t.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            Native::DateTime(t) => t.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
            Native::Date(d) => d.to_string(),
            Native::Time(t) => t.to_string(),
            _ => return None,
        })
    }

    /// The cell as an untyped value.
    pub(crate) fn into_value(self) -> Result<Value, String> {
        Ok(match self {
            Native::Null => Value::NULL,
            Native::Bool(b) => Value::Bool(b),
            Native::Int(n) => Value::Int(n),
            Native::UInt(n) => Value::from(n),
            Native::Float(x) => Value::Float(x),
            Native::Decimal(s) | Native::Made(s) => Value::Text(s),
            Native::Text(s) => Value::Text(s.to_owned()),
            Native::Json(s) => Value::Json(serde_json::from_str(s).map_err(|e| e.to_string())?),
            Native::MadeJson(s) => Value::Json(serde_json::from_str(&s).map_err(|e| e.to_string())?),
            Native::Bytes(b) => Value::Bytes(b.to_vec()),
            Native::Timestamp(t) => Value::Timestamp(t),
            Native::Date(d) => Value::Date(d),
            Native::Time(t) => Value::Time(t),
            Native::Array(array) => array.into_value()?,
            other @ Native::DateTime(_) => Value::Text(other.time_text().unwrap_or_default()),
        })
    }
}
