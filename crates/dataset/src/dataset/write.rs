use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{
    Error, Expr, Kind, Result, Table, TxOptions, Value, Values,
    expr::Node,
    keys,
    query::{Query, Source},
    render::{self, Conflict},
    session::Session,
    statement::Statement,
};

impl Dataset {
    /// Inserts a row; its key, generated or given.
    ///
    /// # Errors
    /// `InvalidOperation` when the table's primary key is not one integer column (see [`Dataset::insert_only`]);
    /// `Unique`, `ForeignKey`, `NotNull` or `Check` when a constraint refuses the row.
    pub async fn insert(&self, values: Values) -> Result<i64> {
        let table = self.writable("insert")?;
        let key = keys::primary_key(&self.session, table).await?;
        let [key] = &*key else { return Err(no_integer_key(table)) };
        if !key.is_integer {
            return Err(no_integer_key(table));
        }
        let dialect = self.dialect();
        if !dialect.is_mysql() && !self.is_mock() {
            let statement = render::insert(table, &[values], Conflict::Fail, std::slice::from_ref(&key.name), dialect)?;
            let id: Option<i64> = self.session.first(statement).await?;
            return id.ok_or_else(|| Error::new(Kind::NoRow, "the insert returned no key"));
        }
        // MySQL knows the key only when it generated it.
        let given = values.0.iter().find_map(|(name, e)| match &*e.0 {
            Node::Value(Value::Int(id)) if *name == key.name => Some(*id),
            _ => None,
        });
        let done = self.session.execute(render::insert(table, &[values], Conflict::Fail, &[], dialect)?).await?;
        Ok(given.unwrap_or(done.key))
    }

    /// Inserts a row into a table with any key or none; how many rows that made (1).
    ///
    /// # Errors
    /// When a constraint refuses the row.
    pub async fn insert_only(&self, values: Values) -> Result<u64> {
        self.insert_all(vec![values], Conflict::Fail).await
    }

    /// Inserts a row unless a unique key holds its values already; how many rows that made (0 or 1).
    ///
    /// # Errors
    /// When another constraint refuses the row.
    pub async fn insert_ignore(&self, values: Values) -> Result<u64> {
        if !self.dialect().is_mysql() {
            return self.insert_all(vec![values], Conflict::Ignore).await;
        }
        // INSERT IGNORE would hide every other error too.
        match self.insert_only(values).await {
            Err(e) if e.kind() == Kind::Unique => Ok(0),
            other => other,
        }
    }

    /// Inserts rows, in as few statements as the database can bind and all or none; how many.
    ///
    /// # Errors
    /// When a constraint refuses a row, or the rows name different columns.
    pub async fn multi_insert(&self, rows: Vec<Values>) -> Result<u64> {
        self.insert_all(rows, Conflict::Fail).await
    }

    /// Inserts a row, or updates the one that has the same values in `keys`, which must be a unique key.
    /// MySQL and MariaDB look at every unique key of the table instead.
    ///
    /// # Errors
    /// When another constraint refuses the row.
    pub async fn upsert(&self, keys: &[&str], values: Values) -> Result<u64> {
        self.insert_all(vec![values], Conflict::Update(keys, None)).await
    }

    /// As [`Dataset::upsert`], with what to update: columns of the row that is there as `col(("table", "x"))`,
    /// of the row that could not be inserted as [`excluded("x")`](crate::excluded).
    ///
    /// # Errors
    /// When another constraint refuses the row.
    pub async fn multi_upsert_with(&self, keys: &[&str], rows: Vec<Values>, update: Values) -> Result<u64> {
        self.insert_all(rows, Conflict::Update(keys, Some(&update))).await
    }

    /// Inserts or updates rows, in as few statements as the database can bind and all or none.
    /// No two of the rows may have the same `keys`. How many rows were touched; MySQL counts an updated row twice.
    ///
    /// # Errors
    /// When another constraint refuses a row, or the rows name different columns.
    pub async fn multi_upsert(&self, keys: &[&str], rows: Vec<Values>) -> Result<u64> {
        self.insert_all(rows, Conflict::Update(keys, None)).await
    }

    /// Changes the rows; how many there were, changed or not.
    ///
    /// # Errors
    /// `InvalidOperation` for a join, group or union; otherwise as the database says.
    pub async fn update(&self, values: Values) -> Result<u64> {
        self.writable("update")?;
        if values.is_empty() {
            return Ok(0);
        }
        let query = self.narrowed("update").await?;
        let statement = render::update(&query, &values, &[], self.dialect())?;
        Ok(self.session.execute(statement).await?.rows)
    }

    /// Removes the rows; how many there were.
    ///
    /// # Errors
    /// As [`Dataset::update`].
    pub async fn delete(&self) -> Result<u64> {
        self.writable("delete")?;
        let query = self.narrowed("delete").await?;
        let statement = render::delete(&query, &[], self.dialect())?;
        Ok(self.session.execute(statement).await?.rows)
    }

    /// Inserts a row and reads columns of what came of it.
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL, which cannot return rows.
    pub async fn insert_returning<T: DeserializeOwned + Send>(&self, values: Values, columns: &[&str]) -> Result<T> {
        let table = self.writable("insert")?;
        let statement = render::insert(table, &[values], Conflict::Fail, &owned(columns), self.dialect())?;
        let row = self.session.first(statement).await?;
        row.ok_or_else(|| Error::new(Kind::NoRow, "the insert returned no row"))
    }

    /// Changes the rows and reads columns of what came of them.
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL and MariaDB, which cannot return rows of an update.
    pub async fn update_returning<T: DeserializeOwned + Send>(
        &self,
        values: Values,
        columns: &[&str],
    ) -> Result<Vec<T>> {
        self.writable("update")?;
        let query = self.narrowed("update").await?;
        self.session.all(render::update(&query, &values, &owned(columns), self.dialect())?).await
    }

    /// Removes the rows and reads columns of what they were.
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL, which cannot return rows.
    pub async fn delete_returning<T: DeserializeOwned + Send>(&self, columns: &[&str]) -> Result<Vec<T>> {
        self.writable("delete")?;
        let query = self.narrowed("delete").await?;
        self.session.all(render::delete(&query, &owned(columns), self.dialect())?).await
    }

    async fn insert_all(&self, rows: Vec<Values>, conflict: Conflict<'_>) -> Result<u64> {
        let (table, dialect) = (self.writable("insert")?, self.dialect());
        let Some(first) = rows.first() else { return Ok(0) };
        let per_statement = (dialect.bind_limit() / first.0.len().max(1)).max(1);
        // A row without columns is a statement of its own.
        let per_statement = if first.is_empty() { 1 } else { per_statement };
        let mut statements: Vec<_> = rows
            .chunks(per_statement)
            .map(|slice| render::insert(table, slice, conflict, &[], dialect))
            .collect::<Result<_>>()?;
        drop(rows);
        match statements.pop() {
            Some(only) if statements.is_empty() => Ok(self.session.execute(only).await?.rows),
            last => {
                statements.extend(last);
                together(&self.session, statements).await
            }
        }
    }

    fn is_mock(&self) -> bool {
        matches!(self.session.database().0.pool, crate::engine::Pool::Mock(_))
    }

    /// The table to write to, if it may be written to.
    fn writable(&self, verb: &str) -> Result<&Table> {
        self.session.guard_read_only()?;
        self.table(verb)
    }

    /// The query with its limit turned into a condition on the key, because only MySQL has DELETE … LIMIT.
    async fn narrowed(&self, verb: &str) -> Result<Query> {
        let query = &self.query;
        if query.limit.is_none() && query.offset.is_none() {
            return Ok(query.clone());
        }
        let table = self.table(verb)?;
        let key = keys::primary_key(&self.session, table).await?;
        let columns: Vec<String> = key.iter().map(|key| key.name.clone()).collect();
        if columns.is_empty() {
            return Err(Error::invalid(format!("{verb} with a limit needs a primary key")));
        }
        let chosen = self.clone().select(columns.clone()).query.nested();
        let mut items: Vec<Expr> = columns.into_iter().map(crate::col).collect();
        let item = if items.len() == 1 { items.remove(0) } else { Node::Tuple(items).into() };
        let mut narrowed = Query::new(Source::Table(table.clone()));
        narrowed.filter = Some(Node::InQuery(item, Box::new(chosen)).into());
        Ok(narrowed)
    }
}

fn owned(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

fn no_integer_key(table: &Table) -> Error {
    Error::invalid(format!("the primary key of {} is not one integer column; use insert_only", table.name))
}

/// Several writes, all or none: in this transaction, or in one of their own.
async fn together(session: &Session, statements: Vec<Statement>) -> Result<u64> {
    match session {
        Session::Tx(_) => one_by_one(session.clone(), statements).await,
        Session::Database(db) => {
            let work = |tx| one_by_one(Session::Tx(tx), statements.clone());
            db.transaction(TxOptions::default(), work).await
        }
    }
}

async fn one_by_one(session: Session, statements: Vec<Statement>) -> Result<u64> {
    let mut rows = 0;
    for statement in statements {
        rows += session.execute(statement).await?.rows;
    }
    Ok(rows)
}
