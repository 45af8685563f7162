//! SQL that sea-query has no words for, strung together piece by piece, a space between them.

use std::borrow::Cow;

use sea_query::{Expr as Sea, IntoColumnRef};

use super::expr::expr;
use crate::{Dialect, Error, Result, expr::Node, expr::Order, name::Table};

#[derive(Default)]
pub(super) struct Pieces(Vec<Sea>);

impl Pieces {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn text(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Sea::Custom(text.into()));
        self
    }

    pub(super) fn expr(mut self, e: Sea) -> Self {
        self.0.push(e);
        self
    }

    /// A name, quoted.
    pub(super) fn name(self, name: impl Into<String>) -> Self {
        self.expr(Sea::Column(name.into().into_column_ref()))
    }

    pub(super) fn table(self, table: &Table) -> Self {
        let name = match &table.schema {
            Some(schema) => (schema.clone(), table.name.clone()).into_column_ref(),
            None => table.name.clone().into_column_ref(),
        };
        let pieces = self.expr(Sea::Column(name));
        match &table.alias {
            Some(alias) => pieces.text("AS").name(alias),
            None => pieces,
        }
    }

    pub(super) fn list(mut self, items: impl IntoIterator<Item = Sea>) -> Self {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self = self.text(",");
            }
            self.0.push(item);
        }
        self
    }

    /// `ORDER BY …`; nothing without keys. MySQL has no NULLS FIRST, but false sorts before true there.
    pub(super) fn order(self, keys: &[Order], dialect: Dialect) -> Result<Self> {
        if keys.is_empty() {
            return Ok(self);
        }
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            no_value(key)?;
            let e = expr(&key.expr, dialect)?;
            let direction = if key.descending { "DESC" } else { "ASC" };
            let key_of = |e: Sea, words: &'static str| Self::new().expr(e).text(words).build(dialect);
            match key.nulls_first {
                Some(first) if dialect.is_mysql() => {
                    items.push(key_of(e.clone(), if first { "IS NULL DESC" } else { "IS NULL ASC" }));
                    items.push(key_of(e, direction));
                }
                nulls => {
                    let nulls = nulls.map_or("", |first| if first { " NULLS FIRST" } else { " NULLS LAST" });
                    items.push(Self::new().expr(e).text(format!("{direction}{nulls}")).build(dialect));
                }
            }
        }
        Ok(self.text("ORDER BY").list(items))
    }

    pub(super) fn build(mut self, dialect: Dialect) -> Sea {
        if self.0.len() == 1 {
            return self.0.remove(0);
        }
        let numbered = dialect == Dialect::Postgres;
        let marks: Vec<String> =
            (1..=self.0.len()).map(|n| if numbered { format!("${n}") } else { "?".to_owned() }).collect();
        Sea::CustomWithExpr(marks.join(" ").into(), self.0)
    }
}

/// A bound value orders nothing: PostgreSQL refuses it, the others ignore it.
pub(super) fn no_value(key: &Order) -> Result<()> {
    match &*key.expr.0 {
        Node::Value(_) => Err(Error::invalid("a value cannot be an order")),
        _ => Ok(()),
    }
}
