//! Where a statement runs: on a connection of the pool, or on a transaction's. The rest of the crate does not know which.

use std::ops::{Deref, DerefMut};

use futures::Stream;
use serde::de::DeserializeOwned;

use crate::{
    Database, Dialect, Error, Result, Table, Tx, Value,
    engine::{Done, Lease},
    row::{NativeRow, decode},
    servers::PRIMARY,
    statement::Statement,
    tx::TxLease,
};

#[derive(Debug, Clone)]
pub(crate) enum Session {
    Database(Database),
    Tx(Tx),
    /// One of the database's servers, by name.
    Server(Box<Session>, String),
}

/// A connection for one statement.
pub(crate) enum Held {
    Own(Box<Lease>),
    Tx(TxLease),
}

impl Session {
    pub(crate) fn database(&self) -> &Database {
        match self {
            Session::Database(db) => db,
            Session::Tx(tx) => tx.database(),
            Session::Server(session, _) => session.database(),
        }
    }

    /// The same on another server.
    pub(crate) fn on(self, server: String) -> Self {
        match self {
            Session::Server(session, _) => Session::Server(session, server),
            session => Session::Server(Box::new(session), server),
        }
    }

    /// The same on the server that takes the writes, unless another was chosen.
    pub(crate) fn on_primary(&self) -> Self {
        match self {
            Session::Database(_) => self.clone().on(PRIMARY.to_owned()),
            _ => self.clone(),
        }
    }

    /// The database to begin a transaction on; none when this is in one.
    pub(crate) fn own(&self) -> Result<Option<Database>> {
        match self {
            Session::Database(db) => Ok(Some(db.clone())),
            Session::Tx(_) => Ok(None),
            Session::Server(session, name) => match &**session {
                Session::Database(db) => db.server(name).map(Some),
                _ if name == PRIMARY => Ok(None),
                _ => Err(Error::invalid(format!("a transaction stays on its server; {name} is another"))),
            },
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.database().dialect()
    }

    pub(crate) async fn hold(&self, writes: bool, streams: bool) -> Result<Held> {
        let tx = match (self, self.own()?) {
            (Session::Database(db), _) => return Ok(Held::Own(Box::new(db.routed(writes).lease(writes).await?))),
            (_, Some(server)) => return Ok(Held::Own(Box::new(server.lease(writes).await?))),
            (Session::Server(session, _), None) => session,
            (session, None) => session,
        };
        match tx {
            Session::Tx(tx) => Ok(Held::Tx(tx.hold(writes, streams).await?)),
            _ => Err(Error::invalid("a server of a server")),
        }
    }

    pub(crate) async fn execute(&self, statement: Statement) -> Result<Done> {
        self.hold(statement.writes, false).await?.run(statement).await
    }

    /// Hands every row to `each`, which may refuse one.
    pub(crate) async fn each(
        &self,
        statement: Statement,
        each: &mut (dyn FnMut(NativeRow) -> Result<()> + Send),
    ) -> Result<u64> {
        let mut held = self.hold(statement.writes, false).await?;
        let result = held.each(statement, each).await;
        held.noted(result)
    }

    pub(crate) async fn all<T: DeserializeOwned + Send>(&self, statement: Statement) -> Result<Vec<T>> {
        self.hold(statement.writes, false).await?.all(statement).await
    }

    pub(crate) async fn first<T: DeserializeOwned + Send>(&self, statement: Statement) -> Result<Option<T>> {
        let mut first = None;
        self.each(statement, &mut |row| {
            if first.is_none() {
                first = Some(decode(&row)?);
            }
            Ok(())
        })
        .await?;
        Ok(first)
    }

    /// Rows as they arrive, in constant memory. The connection is held until the stream has ended or is dropped.
    pub(crate) fn stream<T>(self, statement: Result<Statement>) -> impl Stream<Item = Result<T>> + Send + 'static
    where
        T: DeserializeOwned + Send + 'static,
    {
        async_stream::try_stream! {
            let statement = statement?;
            let mut held = self.hold(statement.writes, true).await?;
            let mut rows = held.stream(statement).await?;
            let end = loop {
                match rows.next().await {
                    Ok(Some(row)) => {
                        let item: T = decode(&row)?;
                        yield item;
                    }
                    Ok(None) => break Ok(()),
                    Err(e) => break Err(e),
                }
            };
            drop(rows);
            let end = held.end_single(end).await;
            held.noted(end)?;
        }
    }

    pub(crate) async fn table_exists(&self, table: &Table) -> Result<bool> {
        let (sql, schema) = match self.dialect() {
            Dialect::Postgres => (
                "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
                 AND CASE WHEN $2 IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END",
                table.schema.clone().into(),
            ),
            Dialect::Sqlite => (
                "SELECT count(*) FROM pragma_table_list WHERE name = ? AND schema = coalesce(?, schema)",
                table.schema.clone().into(),
            ),
            _ => (
                "SELECT count(*) FROM information_schema.tables WHERE table_name = ? AND table_schema = coalesce(?, database())",
                table.schema.clone().into(),
            ),
        };
        let binds: Vec<Value> = vec![table.name.clone().into(), schema];
        let count: Option<i64> = self.on_primary().first(Statement::fixed(sql, binds)).await?;
        Ok(count.unwrap_or_default() > 0)
    }
}

impl Held {
    pub(crate) async fn run(&mut self, statement: Statement) -> Result<Done> {
        let result = self.execute(statement).await;
        self.noted(result)
    }

    pub(crate) async fn all<T: DeserializeOwned + Send>(&mut self, statement: Statement) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut push = |row: NativeRow| -> Result<()> {
            all.push(decode(&row)?);
            Ok(())
        };
        let result = self.each(statement, &mut push).await;
        self.noted(result)?;
        Ok(all)
    }

    /// A transaction remembers an error that ends it.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if let (Held::Tx(lease), Err(e)) = (self, &result) {
            lease.failed(e);
        }
        result
    }
}

impl Deref for Held {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        match self {
            Held::Own(lease) => lease,
            Held::Tx(lease) => lease,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Lease {
        match self {
            Held::Own(lease) => lease,
            Held::Tx(lease) => lease,
        }
    }
}

impl Session {
    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<crate::Row>> {
        let (mut names, mut all) = (None, Vec::new());
        self.each(statement, &mut |row| {
            all.push(crate::Row::read(&row, &mut names)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    pub(crate) fn guard_read_only(&self) -> Result<()> {
        match self.database().options().read_only {
            true => Err(Error::new(crate::Kind::ReadOnly, "the database was opened read-only")),
            false => Ok(()),
        }
    }
}
