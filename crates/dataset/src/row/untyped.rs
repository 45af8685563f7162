use std::sync::Arc;

use super::NativeRow;
use crate::{Error, Kind, Result, Value};

/// A row without a type of its own: names and values, in order.
///
/// ```
#[doc = include_str!("../example.md")]
/// let row = db.from("checks").select(["id", "kind"]).order(col("id").asc()).rows().await?.remove(0);
/// assert_eq!(row.names(), ["id", "kind"]);
/// assert_eq!((row.get("kind").and_then(Value::as_str), row.at(0).and_then(Value::as_i64)), (Some("index"), Some(1)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// The value of the column of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let index = self.names.iter().position(|n| n == name)?;
        self.values.get(index)
    }

    /// The value at this position.
    pub fn at(&self, index: usize) -> Option<&Value> {
        self.values.get(index)
    }

    /// The columns' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values in the columns' order.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Reads a driver's row; rows of one answer share their names.
    pub(crate) fn read(row: &NativeRow, names: &mut Option<Arc<[String]>>) -> Result<Self> {
        let names = names.get_or_insert_with(|| (0..row.len()).map(|i| row.name(i).to_owned()).collect());
        let value = |index| {
            let problem = |e: String| Error::new(Kind::Decode, format!("{}: {e}", row.describe(index)));
            row.cell(index).map_err(problem)?.into_value().map_err(problem)
        };
        Ok(Self { names: names.clone(), values: (0..row.len()).map(value).collect::<Result<_>>()? })
    }
}
