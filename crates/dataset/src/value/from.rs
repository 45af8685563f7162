use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::{Type, Value};

/// A Rust type that is one kind of [`Value`], so that `None` knows what it is missing.
pub trait Typed: Into<Value> {
    /// The kind.
    const TYPE: Type;
}

macro_rules! typed {
    ($($rust:ty => $kind:ident, $from:expr;)*) => {$(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Self {
                ($from)(value)
            }
        }
        impl Typed for $rust {
            const TYPE: Type = Type::$kind;
        }
    )*};
}

typed! {
    bool => Bool, Value::Bool;
    i8 => Int, |n| Value::Int(i64::from(n));
    i16 => Int, |n| Value::Int(i64::from(n));
    i32 => Int, |n| Value::Int(i64::from(n));
    i64 => Int, Value::Int;
    isize => Int, |n| Value::Int(n as i64);
    u8 => Int, |n| Value::Int(i64::from(n));
    u16 => Int, |n| Value::Int(i64::from(n));
    u32 => Int, |n| Value::Int(i64::from(n));
    u64 => Int, unsigned;
    usize => Int, |n| unsigned(n as u64);
    f32 => Float, |x| Value::Float(f64::from(x));
    f64 => Float, Value::Float;
    String => Text, Value::Text;
    Box<str> => Text, |s: Box<str>| Value::Text(s.into_string());
    char => Text, |c: char| Value::Text(c.to_string());
    Vec<u8> => Bytes, Value::Bytes;
    DateTime<Utc> => Timestamp, Value::Timestamp;
    NaiveDate => Date, Value::Date;
    NaiveTime => Time, Value::Time;
    serde_json::Value => Json, Value::Json;
    Vec<i64> => IntArray, Value::IntArray;
    Vec<String> => TextArray, Value::TextArray;
}

/// One representation for every integer that has two.
fn unsigned(n: u64) -> Value {
    i64::try_from(n).map_or(Value::UInt(n), Value::Int)
}

macro_rules! borrowed {
    ($($rust:ty => $kind:ident, $from:expr;)*) => {$(
        impl<'a> From<&'a $rust> for Value {
            fn from(value: &'a $rust) -> Self {
                ($from)(value)
            }
        }
        impl<'a> Typed for &'a $rust {
            const TYPE: Type = Type::$kind;
        }
    )*};
}

borrowed! {
    str => Text, |s: &str| Value::Text(s.to_owned());
    String => Text, |s: &String| Value::Text(s.clone());
    i64 => Int, |n: &i64| Value::Int(*n);
    [u8] => Bytes, |b: &[u8]| Value::Bytes(b.to_vec());
}

impl From<Cow<'_, str>> for Value {
    fn from(text: Cow<'_, str>) -> Self {
        Value::Text(text.into_owned())
    }
}

impl Typed for Cow<'_, str> {
    const TYPE: Type = Type::Text;
}

impl<T: Typed> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null(T::TYPE), Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b96_large_unsigned_numbers_are_kept_apart() {
        assert_eq!(Value::from(u64::MAX), Value::UInt(u64::MAX));
        assert_eq!(Value::from(5_u64), Value::Int(5));
    }

    #[test]
    fn b75_null_knows_its_type() {
        assert_eq!(Value::from(None::<i32>), Value::Null(Type::Int));
        assert_eq!(Value::from(None::<&str>), Value::Null(Type::Text));
    }
}
