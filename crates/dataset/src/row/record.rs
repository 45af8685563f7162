//! A whole row, as serde wants it.

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor, value::BorrowedStrDeserializer},
};

use super::{Misfit, Native, NativeRow, column::Column};

#[derive(Clone, Copy)]
pub(super) struct Record<'r>(pub(super) &'r NativeRow);

type Out<V> = Result<V, Misfit>;

impl<'r> Record<'r> {
    fn column(self, index: usize) -> Column<'r> {
        Column { row: self.0, index }
    }

    /// The only column, for a type that is not a record.
    fn only(self) -> Out<Column<'r>> {
        match self.0.len() {
            1 => Ok(self.column(0)),
            n => Err(Misfit(format!("a row of {n} columns does not fit a single value"))),
        }
    }
}

/// Types that are not records are read from the only column.
macro_rules! from_only {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
            self.only()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Record<'de> {
    type Error = Misfit;

    from_only! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_seq deserialize_identifier
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0.len() {
            1 => self.only()?.deserialize_any(visitor),
            _ => self.deserialize_map(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        match self.0.len() {
            1 if matches!(self.column(0).cell()?.0, Native::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Out<V::Value> {
        if name == super::json::TOKEN {
            return self.only()?.deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, width: usize, visitor: V) -> Out<V::Value> {
        if self.0.len() < width {
            return Err(Misfit(format!("a row of {} columns does not fit a tuple of {width}", self.0.len())));
        }
        visitor.visit_seq(Positions { row: self, next: 0, end: width })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, width: usize, visitor: V) -> Out<V::Value> {
        self.deserialize_tuple(width, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        visitor.visit_map(Names { row: self, next: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Out<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Out<V::Value> {
        self.only()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Out<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Out<V::Value> {
        visitor.visit_unit()
    }
}

struct Positions<'r> {
    row: Record<'r>,
    next: usize,
    end: usize,
}

impl<'de> SeqAccess<'de> for Positions<'de> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Out<Option<S::Value>> {
        if self.next == self.end {
            return Ok(None);
        }
        self.next += 1;
        seed.deserialize(self.row.column(self.next - 1)).map(Some)
    }
}

/// Column after column with its name. What no field asks for is never decoded.
struct Names<'r> {
    row: Record<'r>,
    next: usize,
}

impl<'de> MapAccess<'de> for Names<'de> {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Out<Option<S::Value>> {
        if self.next == self.row.0.len() {
            return Ok(None);
        }
        seed.deserialize(BorrowedStrDeserializer::new(self.row.0.name(self.next))).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Out<S::Value> {
        self.next += 1;
        seed.deserialize(self.row.column(self.next - 1))
    }
}
