//! Names of tables and columns; always quoted when they become SQL.

/// A table, perhaps in a schema, perhaps under another name.
///
/// ```
/// use dataset::Table;
/// let a = Table::from("checks");
/// let b = Table::from(("public", "checks")).as_("c");
/// assert_ne!(a, b);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Table {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
    pub(crate) alias: Option<String>,
}

impl Table {
    /// The same table under another name, for joins with itself.
    #[must_use]
    pub fn as_(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }
}

impl From<&str> for Table {
    fn from(name: &str) -> Self {
        Self { schema: None, name: name.to_owned(), alias: None }
    }
}

impl From<String> for Table {
    fn from(name: String) -> Self {
        Self { schema: None, name, alias: None }
    }
}

impl<S: Into<String>, N: Into<String>> From<(S, N)> for Table {
    fn from((schema, name): (S, N)) -> Self {
        Self { schema: Some(schema.into()), name: name.into(), alias: None }
    }
}

/// A column, perhaps of a named table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    pub(crate) table: Option<String>,
    pub(crate) name: String,
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self { table: None, name: name.to_owned() }
    }
}

impl From<&String> for Column {
    fn from(name: &String) -> Self {
        Self { table: None, name: name.clone() }
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self { table: None, name }
    }
}

impl<T: Into<String>, N: Into<String>> From<(T, N)> for Column {
    fn from((table, name): (T, N)) -> Self {
        Self { table: Some(table.into()), name: name.into() }
    }
}
