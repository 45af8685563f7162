use super::{Expr, col};

/// One entry of a select or group list: a column's name, or an expression, perhaps under a name.
#[derive(Debug, Clone)]
pub struct Selected {
    pub(crate) expr: Expr,
    pub(crate) alias: Option<String>,
}

impl Selected {
    pub(crate) fn named(expr: Expr, alias: impl Into<String>) -> Self {
        Self { expr, alias: Some(alias.into()) }
    }
}

impl From<Expr> for Selected {
    fn from(expr: Expr) -> Self {
        Self { expr, alias: None }
    }
}

impl From<&str> for Selected {
    fn from(column: &str) -> Self {
        col(column).into()
    }
}

impl From<String> for Selected {
    fn from(column: String) -> Self {
        col(column).into()
    }
}

impl<T: Into<String>, N: Into<String>> From<(T, N)> for Selected {
    fn from(column: (T, N)) -> Self {
        col(column).into()
    }
}
