//! Writes of which the statement alone cannot say which rows it means: a limit, which only MySQL has there, the joins of a
//! delete, on MySQL its other name for the table, and on MariaDB a WITH. What decides is part of the statement
//! (PostgreSQL, and a limit on MySQL) or looked up in the same transaction.

use std::future::Future;

use super::Dataset;
use crate::{
    Dialect, Error, Expr, Result, Table, TxOptions, col,
    expr::Node,
    keys,
    query::{Cte, JoinKind, Lock, Query, Source},
    session::Session,
};

/// What the chosen rows are called within a statement.
const CHOSEN: &str = "dataset_chosen";

impl Dataset {
    /// Hands `write` a dataset that means the same rows and that a statement of this verb can say.
    pub(super) async fn on_its_rows<R, F, Fut>(&self, verb: &'static str, write: F) -> Result<R>
    where
        R: Send,
        F: Fn(Self) -> Fut + Send + Sync,
        Fut: Future<Output = Result<R>> + Send,
    {
        let query = &self.query;
        let dialect = self.dialect();
        let table = self.table(verb)?;
        let is_limited = query.limit.is_some() || query.offset.is_some();
        let is_joined = !query.joins.is_empty();
        let has_names = !query.with.is_empty() && dialect == Dialect::MariaDb;
        let is_renamed = table.alias.is_some() && dialect.is_mysql();
        let from_others = has_names || (is_joined || is_renamed) && verb == "delete";
        if query.is_grouped() || !(is_limited || from_others) {
            return write(self.clone()).await;
        }
        if is_joined && verb == "update" {
            return Err(Error::invalid("an update of a join takes no limit, and no WITH on MariaDB"));
        }
        match dialect {
            Dialect::Postgres => write(Self { query: by_address(query, table, verb), ..self.clone() }).await,
            Dialect::MySql | Dialect::MariaDb if !from_others && query.offset.is_none() && query.lock.is_none() => {
                write(self.clone()).await
            }
            _ => match self.session.own()? {
                None => write(self.by_identity(table, verb).await?).await,
                Some(db) => {
                    let write = &write;
                    let in_transaction = move |tx| {
                        let rows = Self { session: Session::Tx(tx), ..self.clone() };
                        async move { write(rows.by_identity(rows.table(verb)?, verb).await?).await }
                    };
                    db.transaction(TxOptions::default(), in_transaction).await
                }
            },
        }
    }

    /// The rows by the columns that tell them apart, as the transaction sees the table.
    async fn by_identity(&self, table: &Table, verb: &str) -> Result<Self> {
        let mut held = self.session.hold(true, false).await?;
        let identity = keys::identity_on(&mut held, self.dialect(), table).await?;
        drop(held);
        if identity.is_empty() {
            return Err(Error::invalid(format!("{verb} of a join or with an offset needs a primary key")));
        }
        let owner = table.alias.as_ref().unwrap_or(&table.name);
        let chosen = self.clone().select(identity.iter().map(|name| (owner, name))).query.nested();
        let mut items: Vec<Expr> = identity.iter().map(col).collect();
        let item = if items.len() == 1 { items.remove(0) } else { Node::Tuple(items).into() };
        let mut narrowed = target_of(table, verb);
        narrowed.filter = Some(Node::InQuery(item, Box::new(chosen)).into());
        Ok(Self { query: narrowed, ..self.clone() })
    }
}

/// The rows by where they are: partition and place. They are chosen once and locked, so that no place is given to another
/// row, and a row that no longer fits the filter is left out.
fn by_address(query: &Query, table: &Table, verb: &str) -> Query {
    let owner = table.alias.as_ref().unwrap_or(&table.name);
    let mut narrowed = target_of(table, verb);
    // A delete has no other name for its table.
    let target = if verb == "delete" { &table.name } else { owner };
    let mut chosen = query.clone();
    narrowed.with = std::mem::take(&mut chosen.with);
    chosen.columns = ["tableoid", "ctid"].map(|column| (owner, column).into()).into();
    // The side of an outer join that may be missing cannot be locked.
    if !query.joins.iter().any(|join| matches!(join.kind, JoinKind::Right | JoinKind::Full)) {
        chosen.lock = Some(Lock { own_table: !query.joins.is_empty(), ..query.lock.unwrap_or(Lock::UPDATE) });
    }
    narrowed.with.push(Cte { name: CHOSEN.to_owned(), query: chosen, step: None, materialized: true });
    let mut addresses = Query::new(Source::Table(CHOSEN.into()));
    addresses.columns = ["tableoid", "ctid"].map(|column| (CHOSEN, column).into()).into();
    let address = Node::Tuple(["tableoid", "ctid"].map(|column| col((target.clone(), column.to_owned()))).into());
    narrowed.filter = Some(Node::InQuery(address.into(), Box::new(addresses)).into());
    narrowed
}

/// All rows of the table a write goes to.
fn target_of(table: &Table, verb: &str) -> Query {
    let alias = table.alias.clone().filter(|_| verb != "delete");
    Query::new(Source::Table(Table { alias, ..table.clone() }))
}
