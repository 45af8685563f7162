//! What is written: column by column.

use crate::{Expr, Value};

/// The columns of one row to insert or update, made by [`row!`](crate::row).
#[derive(Debug, Clone, Default)]
pub struct Values(pub(crate) Vec<(String, Expr)>);

impl Values {
    /// No columns yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more column; a column named twice keeps the last value.
    ///
    /// ```
    /// use dataset::Values;
    /// let mut values = Values::new();
    /// for (column, value) in [("kind", "index"), ("server", "db1")] {
    ///     values = values.set(column, value);
    /// }
    /// assert_eq!(values.columns().collect::<Vec<_>>(), ["kind", "server"]);
    /// ```
    #[must_use]
    pub fn set(mut self, column: impl Into<String>, value: impl Into<Expr>) -> Self {
        let (column, value) = (column.into(), value.into());
        match self.0.iter_mut().find(|(name, _)| *name == column) {
            Some(slot) => slot.1 = value,
            None => self.0.push((column, value)),
        }
        self
    }

    /// The columns' names in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Values {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        pairs.into_iter().fold(Self::new(), |row, (name, value)| row.set(name, value))
    }
}

/// One row to write: `row! { name: value, … }`. A value is anything that binds, or an [`Expr`].
///
/// ```
/// use dataset::{col, row};
/// let values = row! { server: "db1", millis: col("millis") * 2.0, "odd name": None::<i64> };
/// assert_eq!(values.columns().collect::<Vec<_>>(), ["server", "millis", "odd name"]);
/// ```
#[macro_export]
macro_rules! row {
    (@name $name:ident) => { stringify!($name).trim_start_matches("r#") };
    (@name $name:literal) => { $name };
    ($($name:tt : $value:expr),* $(,)?) => {
        $crate::Values::new()$(.set($crate::row!(@name $name), $value))*
    };
}
