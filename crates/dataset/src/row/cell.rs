//! One cell, as serde wants it: the column says what there is, the Rust type says what it shall be.

use std::borrow::Cow;

use serde::{
    Deserializer,
    de::{Error as _, IntoDeserializer, SeqAccess, Visitor},
    forward_to_deserialize_any,
};

use super::{Misfit, Native, json, postgres::Array};

pub(super) struct Cell<'r>(pub(super) Native<'r>);

type Out<V> = Result<V, Misfit>;

impl<'r> Cell<'r> {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Out<V::Value>
    where
        'r: 'de,
    {
        match self.0 {
            Native::Bool(b) => visitor.visit_i64(b.into()),
            Native::Decimal(s) => {
                // sum(bigint) is numeric on PostgreSQL and decimal on MySQL, and usually whole.
                let whole = s
                    .split_once('.')
                    .map_or(s.as_str(), |(whole, rest)| if rest.trim_matches('0').is_empty() { whole } else { &s });
                match (whole.parse::<i64>(), whole.parse::<u64>()) {
                    (Ok(n), _) => visitor.visit_i64(n),
                    (_, Ok(n)) => visitor.visit_u64(n),
                    _ => Err(Misfit(format!("{s} is not a 64-bit integer"))),
                }
            }
            other => Cell(other).some()?.deserialize_any(visitor),
        }
    }

    fn float<'de, V: Visitor<'de>>(self, visitor: V) -> Out<V::Value>
    where
        'r: 'de,
    {
        match self.0 {
            Native::Int(n) => visitor.visit_f64(n as f64),
            Native::UInt(n) => visitor.visit_f64(n as f64),
            Native::Decimal(s) => visitor.visit_f64(s.parse().map_err(Misfit::custom)?),
            other => Cell(other).some()?.deserialize_any(visitor),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Out<V::Value>
    where
        'r: 'de,
    {
        match self.0 {
            Native::Json(s) => visitor.visit_borrowed_str(s),
            Native::MadeJson(s) => visitor.visit_string(s),
            other => Cell(other).some()?.deserialize_any(visitor),
        }
    }

    /// For a type that has no place for NULL.
    fn some(self) -> Out<Self> {
        match self.0 {
            Native::Null => Err(Misfit("is NULL, and the Rust type is not an Option".to_owned())),
            other => Ok(Cell(other)),
        }
    }

    fn as_json(&self) -> Option<Cow<'r, str>> {
        match &self.0 {
            Native::Json(s) | Native::Text(s) => Some(Cow::Borrowed(*s)),
            Native::MadeJson(s) => Some(Cow::Owned(s.clone())),
            _ => None,
        }
    }
}

/// Hands a cell that holds JSON to serde_json, asking it for the same thing.
macro_rules! through_json {
    ($text:expr, $method:ident($($argument:expr),*)) => {
        match Cow::<'_, str>::from($text) {
            Cow::Borrowed(text) => {
                through_json!(serde_json::Deserializer::from_str(text) => $method($($argument),*))
            }
            // What is made here cannot be borrowed from the row.
            Cow::Owned(text) => {
                through_json!(serde_json::Deserializer::from_reader(text.as_bytes()) => $method($($argument),*))
            }
        }
    };
    ($json:expr => $method:ident($($argument:expr),*)) => {{
        let mut json = $json;
        let value = Deserializer::$method(&mut json, $($argument),*).map_err(Misfit::custom)?;
        json.end().map_err(Misfit::custom)?;
        Ok(value)
    }};
}

macro_rules! numbers {
    ($how:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
            self.$how(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Cell<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0 {
            Native::Null => visitor.visit_unit(),
            Native::Bool(b) => visitor.visit_bool(b),
            Native::Int(n) => visitor.visit_i64(n),
            Native::UInt(n) => visitor.visit_u64(n),
            Native::Float(x) => visitor.visit_f64(x),
            Native::Text(s) => visitor.visit_borrowed_str(s),
            Native::Decimal(s) | Native::Made(s) => visitor.visit_string(s),
            Native::Json(s) => through_json!(s, deserialize_any(visitor)),
            Native::MadeJson(s) => through_json!(s, deserialize_any(visitor)),
            Native::Bytes(b) => visitor.visit_borrowed_bytes(b),
            Native::Array(array) => visitor.visit_seq(Elements(array)),
            time => visitor.visit_string(time.time_text().unwrap_or_default()),
        }
    }

    numbers! { number: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }
    numbers! { float: deserialize_f32 deserialize_f64 }
    numbers! { text: deserialize_str deserialize_string deserialize_char }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0 {
            Native::Int(n @ (0 | 1)) => visitor.visit_bool(n == 1),
            other => Cell(other).some()?.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0 {
            Native::Null => visitor.visit_none(),
            other => visitor.visit_some(Cell(other)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Out<V::Value> {
        match self.as_json().filter(|_| name == json::TOKEN) {
            Some(text) => through_json!(text, deserialize_newtype_struct(name, visitor)),
            None => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match (&self.0, self.as_json()) {
            (Native::Bytes(bytes), _) => {
                visitor.visit_seq(serde::de::value::SeqDeserializer::new(bytes.iter().copied()))
            }
            (_, Some(text)) => through_json!(text, deserialize_seq(visitor)),
            _ => self.some()?.deserialize_any(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0 {
            Native::Text(s) => visitor.visit_borrowed_bytes(s.as_bytes()),
            other => Cell(other).some()?.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Out<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Out<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.as_json() {
            Some(text) => through_json!(text, deserialize_map(visitor)),
            None => self.some()?.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Out<V::Value> {
        match self.as_json() {
            Some(text) => through_json!(text, deserialize_struct(name, fields, visitor)),
            None => self.some()?.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Out<V::Value> {
        match self.some()?.0 {
            Native::Text(s) => visitor.visit_enum(s.into_deserializer()),
            Native::Made(s) => visitor.visit_enum(s.into_deserializer()),
            Native::Json(s) => through_json!(s, deserialize_enum(name, variants, visitor)),
            Native::MadeJson(s) => through_json!(s, deserialize_enum(name, variants, visitor)),
            other => Cell(other).deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i128 u128 unit unit_struct identifier }
}

struct Elements<'r>(Array<'r>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Misfit;

    fn next_element_seed<S: serde::de::DeserializeSeed<'de>>(&mut self, seed: S) -> Out<Option<S::Value>> {
        match self.0.next() {
            Some(element) => seed.deserialize(Cell(element.map_err(Misfit)?)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}
