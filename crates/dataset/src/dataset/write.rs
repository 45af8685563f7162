use super::Dataset;
use crate::{
    Dialect, Error, Expr, Kind, Result, Table, TxOptions, Value, Values,
    expr::Node,
    keys,
    query::{Query, Source},
    render::{self, Conflict, Update},
    session::Session,
    statement::Statement,
};

impl Dataset {
    /// Inserts a row; its key, generated or given.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let id = db.from("checks").insert(row! { kind: "locks", millis: 3.5 }).await?;
    /// assert_eq!(id, 4);
    /// let again = db.from("checks").insert(row! { id: 4 }).await.unwrap_err();
    /// assert_eq!(again.kind(), Kind::Unique);
    /// # Ok(()) }
    /// ```
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
            let statement =
                render::insert(&self.query, &[values], Conflict::Fail, std::slice::from_ref(&key.name), dialect)?;
            let id: Option<i64> = self.session.first(self.commented(statement)).await?;
            return id.ok_or_else(|| Error::new(Kind::NoRow, "the insert returned no key"));
        }
        // MySQL knows the key only when it generated it.
        let given = values.0.iter().find_map(|(name, e)| match &*e.0 {
            Node::Value(Value::Int(id)) if *name == key.name => Some(*id),
            _ => None,
        });
        let statement = render::insert(&self.query, &[values], Conflict::Fail, &[], dialect)?;
        let done = self.session.execute(self.commented(statement)).await?;
        Ok(given.unwrap_or(done.key))
    }

    /// Inserts a row into a table with any key or none; how many rows that made (1).
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// db.from("servers").insert_only(row! { name: "db9", port: 5432 }).await?;
    /// # assert_eq!(db.from("servers").count().await?, 3);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When a constraint refuses the row.
    pub async fn insert_only(&self, values: Values) -> Result<u64> {
        self.insert_all(vec![values], Conflict::Fail).await
    }

    /// Inserts a row unless a unique key holds its values already; how many rows that made (0 or 1).
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let made = db.from("servers").insert_ignore(row! { name: "db1", port: 1 }).await?;
    /// assert_eq!(made, 0);
    /// # Ok(()) }
    /// ```
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
    /// ```
    #[doc = include_str!("../example.md")]
    /// let rows = (0..50_000).map(|n| row! { millis: n }).collect();
    /// assert_eq!(db.from("checks").multi_insert(rows).await?, 50_000);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When a constraint refuses a row, or the rows name different columns.
    pub async fn multi_insert(&self, rows: Vec<Values>) -> Result<u64> {
        self.insert_all(rows, Conflict::Fail).await
    }

    /// Inserts a row, or updates the one that has the same values in `keys`, which must be a unique key.
    /// MySQL and MariaDB look at every unique key of the table instead.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// db.from("servers").upsert(&["name"], row! { name: "db1", port: 6432 }).await?;
    /// assert_eq!(db.from("servers").filter(col("name").eq("db1")).get::<i64>("port").await?, Some(6432));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When another constraint refuses the row.
    pub async fn upsert(&self, keys: &[&str], values: Values) -> Result<u64> {
        self.multi_upsert(keys, vec![values]).await
    }

    /// As [`Dataset::upsert`], with what to update: columns of the row that is there as `col(("table", "x"))`,
    /// of the row that could not be inserted as [`excluded("x")`](crate::excluded).
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let more = vec![row! { id: 1, millis: 2.5 }, row! { id: 9, millis: 4 }];
    /// let sum = row! { millis: col(("checks", "millis")) + excluded("millis") };
    /// db.from("checks").multi_upsert_with(&["id"], more, sum).await?;
    /// let millis: Vec<f64> = db.from("checks").filter(col("id").is_in([1, 9])).order(col("id").asc()).select_map("millis").await?;
    /// assert_eq!(millis, [15.0, 4.0]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When another constraint refuses the row.
    pub async fn multi_upsert_with(&self, keys: &[&str], rows: Vec<Values>, update: Values) -> Result<u64> {
        self.insert_all(rows, Conflict::Update(Update { keys, set: Some(&update), only: None })).await
    }

    /// Inserts or updates rows, in as few statements as the database can bind and all or none.
    /// No two of the rows may have the same `keys`. How many rows were touched; MySQL counts an updated row twice.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let rows = vec![row! { name: "db1", port: 1 }, row! { name: "db2", port: 2 }];
    /// db.from("servers").multi_upsert(&["name"], rows).await?;
    /// assert_eq!(db.from("servers").get::<i64>(col("port").min()).await?, Some(1));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When another constraint refuses a row, or the rows name different columns.
    pub async fn multi_upsert(&self, keys: &[&str], rows: Vec<Values>) -> Result<u64> {
        self.insert_all(rows, Conflict::Update(Update { keys, set: None, only: None })).await
    }

    /// As [`Dataset::multi_upsert_with`], but a row that is there is changed only where the condition holds.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let rows = vec![row! { id: 1, millis: 0 }, row! { id: 2, millis: 0 }];
    /// let only_fast = col(("checks", "millis")).lt(100);
    /// db.from("checks").multi_upsert_where(&["id"], rows, row! { millis: excluded("millis") }, only_fast).await?;
    /// let millis: Vec<f64> = db.from("checks").order(col("id").asc()).select_map("millis").await?;
    /// assert_eq!(millis, [0.0, 250.0, 100.0]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL and MariaDB; when another constraint refuses the row.
    pub async fn multi_upsert_where(
        &self,
        keys: &[&str],
        rows: Vec<Values>,
        update: Values,
        only: impl Into<Expr>,
    ) -> Result<u64> {
        let only = only.into();
        self.insert_all(rows, Conflict::Update(Update { keys, set: Some(&update), only: Some(&only) })).await
    }

    /// Inserts a row in the place of those that have the same values in any unique key: what it does not name becomes the
    /// default. How many rows were removed and made, as the database counts.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// db.from("checks").replace(row! { id: 1, server: "db9" }).await?;
    /// assert_eq!(db.from("checks").filter(col("id").eq(1)).get::<String>("kind").await?, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on PostgreSQL, which has no such statement.
    pub async fn replace(&self, values: Values) -> Result<u64> {
        self.insert_all(vec![values], Conflict::Replace).await
    }

    /// Inserts the rows of another dataset, its columns into these; how many.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// # db.execute("create table archive (id integer primary key, kind text)", []).await?;
    /// let old = db.from("checks").filter(col("id").lt(3)).select(["id", "kind"]);
    /// assert_eq!(db.from("archive").insert_from(["id", "kind"], &old).await?, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` unless the other dataset selects as many columns; when a constraint refuses a row.
    pub async fn insert_from<C: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = C>,
        rows: &Dataset,
    ) -> Result<u64> {
        self.writable("insert")?;
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        let statement = render::insert_from(&self.query, &columns, &rows.query, self.dialect())?;
        Ok(self.session.execute(self.commented(statement)).await?.rows)
    }

    /// Inserts rows one by one, all or none; their keys, as [`Dataset::insert`] tells them.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let keys = db.from("checks").multi_insert_keys(vec![row! { kind: "a" }, row! { kind: "b" }]).await?;
    /// assert_eq!(keys, [4, 5]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::insert`].
    pub async fn multi_insert_keys(&self, rows: Vec<Values>) -> Result<Vec<i64>> {
        let one_by_one = |session: Session, rows: Vec<Values>| {
            let into = Self { session, ..self.clone() };
            async move {
                let mut keys = Vec::with_capacity(rows.len());
                for row in rows {
                    keys.push(into.insert(row).await?);
                }
                Ok(keys)
            }
        };
        match self.session.own()? {
            None => one_by_one(self.session.clone(), rows).await,
            Some(db) => db.transaction(TxOptions::default(), |tx| one_by_one(Session::Tx(tx), rows.clone())).await,
        }
    }

    /// Removes every row of the table at once. MySQL and MariaDB commit a transaction under way for it.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// db.from("checks").truncate().await?;
    /// assert_eq!(db.from("checks").count().await?, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` for anything but a whole table; otherwise as the database says.
    pub async fn truncate(&self) -> Result<()> {
        self.writable("truncate")?;
        let statement = render::truncate(&self.query, self.dialect())?;
        self.session.execute(self.commented(statement)).await.map(drop)
    }

    /// Changes the rows; how many there were, changed or not. What is set may look at the tables joined,
    /// `col(("other", "x"))`: inner joins, on MySQL and MariaDB one.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let slow = db.from("checks").filter(col("millis").gt(50));
    /// assert_eq!(slow.update(row! { millis: col("millis") / 2, server: "db9" }).await?, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` for a group, union or another join; otherwise as the database says.
    pub async fn update(&self, values: Values) -> Result<u64> {
        self.writable("update")?;
        if values.is_empty() {
            return Ok(0);
        }
        let query = self.narrowed("update").await?;
        let statement = render::update(&query, &values, &[], self.dialect())?;
        Ok(self.session.execute(self.commented(statement)).await?.rows)
    }

    /// Removes the rows of the dataset's own table; how many there were. Joins only say which.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// // With a limit too, on every database.
    /// let oldest = db.from("checks").order(col("id").asc()).limit(1);
    /// assert_eq!(oldest.delete().await?, 1);
    /// assert_eq!(db.from("checks").get::<i64>(col("id").min()).await?, Some(2));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::update`].
    pub async fn delete(&self) -> Result<u64> {
        self.writable("delete")?;
        let query = self.narrowed("delete").await?;
        let statement = render::delete(&query, &[], self.dialect())?;
        Ok(self.session.execute(self.commented(statement)).await?.rows)
    }

    async fn insert_all(&self, rows: Vec<Values>, conflict: Conflict<'_>) -> Result<u64> {
        let dialect = self.dialect();
        self.writable("insert")?;
        let Some(first) = rows.first() else { return Ok(0) };
        let per_statement = (dialect.bind_limit() / first.0.len().max(1)).max(1);
        // A row without columns is a statement of its own.
        let per_statement = if first.is_empty() { 1 } else { per_statement };
        let mut statements: Vec<_> = rows
            .chunks(per_statement)
            .map(|slice| Ok(self.commented(render::insert(&self.query, slice, conflict, &[], dialect)?)))
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
    pub(super) fn writable(&self, verb: &str) -> Result<&Table> {
        self.session.guard_read_only()?;
        self.table(verb)
    }

    /// The query with what its statement cannot say turned into a condition on the key: a limit, which only MySQL has
    /// there, the joins of a delete, on MySQL its other name for the table, and on MariaDB a WITH.
    pub(super) async fn narrowed(&self, verb: &str) -> Result<Query> {
        let query = &self.query;
        let limited = query.limit.is_some() || query.offset.is_some();
        let joined = !query.joins.is_empty();
        let names = !query.with.is_empty() && self.dialect() == Dialect::MariaDb;
        let table = self.table(verb)?;
        let renamed = table.alias.is_some() && self.dialect().is_mysql();
        if query.is_grouped() || !(limited || names || (joined || renamed) && verb == "delete") {
            return Ok(query.clone());
        }
        if joined && verb == "update" {
            return Err(Error::invalid("an update of a join takes no limit, and no WITH on MariaDB"));
        }
        let key = keys::primary_key(&self.session, table).await?;
        if key.is_empty() {
            return Err(Error::invalid(format!("{verb} of a join or with a limit needs a primary key")));
        }
        let owner = table.alias.as_ref().unwrap_or(&table.name);
        let chosen = self.clone().select(key.iter().map(|key| (owner, &key.name))).query.nested();
        let mut items: Vec<Expr> = key.iter().map(|key| crate::col(&key.name)).collect();
        let item = if items.len() == 1 { items.remove(0) } else { Node::Tuple(items).into() };
        let alias = table.alias.clone().filter(|_| verb != "delete");
        let mut narrowed = Query::new(Source::Table(Table { alias, ..table.clone() }));
        narrowed.filter = Some(Node::InQuery(item, Box::new(chosen)).into());
        Ok(narrowed)
    }
}

fn no_integer_key(table: &Table) -> Error {
    Error::invalid(format!("the primary key of {} is not one integer column; use insert_only", table.name))
}

/// Several writes, all or none: in this transaction, or in one of their own.
async fn together(session: &Session, statements: Vec<Statement>) -> Result<u64> {
    match session.own()? {
        None => one_by_one(session.clone(), statements).await,
        Some(db) => {
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
