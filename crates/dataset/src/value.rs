//! What can be bound to a statement, and what an untyped row is made of.

mod from;

pub use from::Typed;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// The type of a [`Value`], which a NULL keeps: PostgreSQL wants to know what it is that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Left to the server to infer.
    Unknown,
    /// `true` or `false`.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A double.
    Float,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A point in time.
    Timestamp,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// JSON.
    Json,
    /// Several integers (PostgreSQL).
    IntArray,
    /// Several texts (PostgreSQL).
    TextArray,
}

/// One value: what is bound to a placeholder, and what stands in a cell of an untyped row.
///
/// ```
/// use dataset::Value;
/// assert_eq!(Value::from(7), Value::Int(7));
/// assert!(Value::from(None::<String>).is_null());
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// SQL NULL.
    Null(Type),
    /// A truth value; an integer in SQLite and MySQL.
    Bool(bool),
    /// Any integer that fits 64 bits.
    Int(i64),
    /// An integer above `i64::MAX`: MySQL can store it, the others refuse it when it is sent.
    UInt(u64),
    /// A double.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A point in time. SQLite keeps it as text in UTC that sorts: `2026-11-22 09:30:00.000000Z`.
    Timestamp(DateTime<Utc>),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// JSON; text in SQLite.
    Json(serde_json::Value),
    /// Integers for `= any(?)` on PostgreSQL.
    IntArray(Vec<i64>),
    /// Texts for `= any(?)` on PostgreSQL.
    TextArray(Vec<String>),
}

impl Value {
    /// A NULL whose type the server infers.
    pub const NULL: Value = Value::Null(Type::Unknown);

    /// Whether this is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// The value's type; a NULL's is the one it was made with.
    pub fn type_of(&self) -> Type {
        match self {
            Value::Null(t) => *t,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) | Value::UInt(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::Text(_) => Type::Text,
            Value::Bytes(_) => Type::Bytes,
            Value::Timestamp(_) => Type::Timestamp,
            Value::Date(_) => Type::Date,
            Value::Time(_) => Type::Time,
            Value::Json(_) => Type::Json,
            Value::IntArray(_) => Type::IntArray,
            Value::TextArray(_) => Type::TextArray,
        }
    }

    /// The integer, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(*n),
            Value::Bool(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// The number as a double, if it is a number.
    ///
    /// ```
    /// use dataset::Value;
    /// assert_eq!((Value::from(2).as_f64(), Value::from(2.5).as_f64(), Value::NULL.as_f64()), (Some(2.0), Some(2.5), None));
    /// ```
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Float(x) => Some(*x),
            Value::Int(n) => Some(*n as f64),
            Value::UInt(n) => Some(*n as f64),
            Value::Text(s) => s.parse().ok(),
            _ => None,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(s) => Some(s),
            _ => None,
        }
    }

    /// The truth value; SQLite and MySQL keep it as 0 and 1.
    ///
    /// ```
    /// use dataset::Value;
    /// assert_eq!((Value::from(true).as_bool(), Value::from(1).as_bool(), Value::from("1").as_bool()), (Some(true), Some(true), None));
    /// ```
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}
