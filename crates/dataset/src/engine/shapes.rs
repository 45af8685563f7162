//! sqlx keeps prepared statements by their text alone, but PostgreSQL prepares a text for certain types.
//! The same text with a float where an integer was before would be read as that integer, bit by bit, without an error.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{PoisonError, RwLock},
};

use crate::{Type, Value};

/// Texts beyond this number are always marked, so that the memory is bounded.
const CAPACITY: usize = 4096;

/// Remembers the types each text was first sent with; the same text with others gets a mark of its own.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    first: RwLock<HashMap<u64, u64>>,
    hasher: RandomState,
}

impl Shapes {
    pub(crate) fn marked(&self, sql: Cow<'static, str>, binds: &[Value]) -> Cow<'static, str> {
        if binds.is_empty() {
            return sql;
        }
        let (text, shape) = self.of(&sql, binds);
        if self.is_first(text, shape) { sql } else { Cow::Owned(format!("{sql} /* {shape:016x} */")) }
    }

    /// Whether the text was asked about before.
    pub(crate) fn known(&self, sql: &str, binds: &[Value]) -> bool {
        let (text, shape) = self.of(sql, binds);
        let known = self.first.read().unwrap_or_else(PoisonError::into_inner).contains_key(&text);
        if !known {
            self.is_first(text, shape);
        }
        known
    }

    fn of(&self, sql: &str, binds: &[Value]) -> (u64, u64) {
        let types: Vec<Type> = binds.iter().map(Value::type_of).collect();
        (self.hasher.hash_one(sql), self.hasher.hash_one(types))
    }

    fn is_first(&self, text: u64, shape: u64) -> bool {
        if let Some(known) = self.first.read().unwrap_or_else(PoisonError::into_inner).get(&text) {
            return *known == shape;
        }
        let mut first = self.first.write().unwrap_or_else(PoisonError::into_inner);
        if first.len() >= CAPACITY {
            return false;
        }
        *first.entry(text).or_insert(shape) == shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b76_other_types_make_another_statement() {
        let shapes = Shapes::default();
        let send = |value: Value| shapes.marked("select $1".into(), &[value]).into_owned();
        assert_eq!(send(1.into()), "select $1");
        assert_eq!(send(2.into()), "select $1");
        assert_eq!(send(None::<i64>.into()), "select $1");
        let float = send(1.5.into());
        assert!(float.starts_with("select $1 /* "), "{float}");
        assert_eq!(send(2.5.into()), float);
        assert_eq!(send(3.into()), "select $1");
    }

    #[test]
    fn b76_a_text_is_known_from_the_second_time_on() {
        let shapes = Shapes::default();
        assert!(!shapes.known("select $1", &[1.into()]));
        assert!(shapes.known("select $1", &[2.into()]));
        assert!(!shapes.known("select $1, $2", &[1.into(), 2.into()]));
    }
}
