//! One column of a row: a cell that is only decoded when somebody wants it, and an error that says which it was.

use serde::{Deserializer, de::Visitor};

use super::{Misfit, NativeRow, cell::Cell};

#[derive(Clone, Copy)]
pub(super) struct Column<'r> {
    pub(super) row: &'r NativeRow,
    pub(super) index: usize,
}

impl<'r> Column<'r> {
    pub(super) fn cell(self) -> Result<Cell<'r>, Misfit> {
        self.row.cell(self.index).map(Cell).map_err(|e| self.blame(&Misfit(e)))
    }

    fn blame(self, problem: &Misfit) -> Misfit {
        Misfit(format!("{}: {}", self.row.describe(self.index), problem.0))
    }
}

macro_rules! forward {
    ($($method:ident($($argument:ident: $kind:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $kind,)* visitor: V) -> Result<V::Value, Misfit> {
            self.cell()?.$method($($argument,)* visitor).map_err(|e| self.blame(&e))
        }
    )*};
}

impl<'de> Deserializer<'de> for Column<'de> {
    type Error = Misfit;

    forward! {
        deserialize_any() deserialize_bool()
        deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64() deserialize_i128()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64()
        deserialize_char() deserialize_str() deserialize_string() deserialize_bytes() deserialize_byte_buf()
        deserialize_option() deserialize_unit() deserialize_identifier()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq() deserialize_tuple(width: usize) deserialize_tuple_struct(name: &'static str, width: usize)
        deserialize_map()
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }
}
