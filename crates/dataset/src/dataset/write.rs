use super::Dataset;
use crate::{
    Error, Expr, Kind, Result, Table, TxOptions, Value, Values,
    expr::Node,
    keys::{self, Key},
    render::{self, Conflict, Update},
    session::{Held, Session},
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
        self.writable("insert")?;
        match self.session.own()?.filter(|db| db.0.pooled.is_some()) {
            // Behind a pooler only a transaction stays on one session.
            Some(db) => {
                let insert = |tx| {
                    let into = Self { session: Session::Tx(tx), ..self.clone() };
                    let values = values.clone();
                    async move { into.insert_row(values).await }
                };
                db.transaction(TxOptions::default(), insert).await
            }
            None => self.insert_row(values).await,
        }
    }

    /// Inserts a row; the key is looked up on the same session.
    async fn insert_row(&self, values: Values) -> Result<i64> {
        let table = self.table("insert")?;
        let mut held = self.session.hold(true, false).await?;
        let key = integer_key(&mut held, table).await?;
        self.insert_on(&mut held, &key, values).await
    }

    async fn insert_on(&self, held: &mut Held, key: &str, values: Values) -> Result<i64> {
        let dialect = self.dialect();
        if !dialect.is_mysql() && !held.is_mock() {
            let statement = render::insert(&self.query, &[values], Conflict::Fail, &[key.to_owned()], dialect)?;
            let ids: Vec<i64> = held.all(self.commented(statement)).await?;
            return ids.first().copied().ok_or_else(|| Error::new(Kind::NoRow, "the insert returned no key"));
        }
        // MySQL knows the key only when it generated it.
        let given = values.0.iter().find_map(|(name, e)| match &*e.0 {
            Node::Value(Value::Int(id)) if name == key => Some(*id),
            _ => None,
        });
        let statement = render::insert(&self.query, &[values], Conflict::Fail, &[], dialect)?;
        let done = held.run(self.commented(statement)).await?;
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
                let mut held = into.session.hold(true, false).await?;
                let key = integer_key(&mut held, into.writable("insert")?).await?;
                let mut keys = Vec::with_capacity(rows.len());
                for row in rows {
                    keys.push(into.insert_on(&mut held, &key, row).await?);
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

    /// Changes the rows; how many there were, changed or not. With a limit PostgreSQL locks the rows first, as
    /// `FOR UPDATE` does, and leaves alone those that another transaction changed while it waited. What is set may look at the tables joined,
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
        let update = |rows: Self| {
            let values = values.clone();
            async move {
                let statement = render::update(&rows.query, &values, &[], rows.dialect())?;
                Ok(rows.session.execute(rows.commented(statement)).await?.rows)
            }
        };
        self.on_its_rows("update", update).await
    }

    /// Removes the rows of the dataset's own table; how many there were. Joins only say which. With a limit or a join
    /// PostgreSQL locks the rows first, as in [`Dataset::update`].
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
        let delete = |rows: Self| async move {
            let statement = render::delete(&rows.query, &[], rows.dialect())?;
            Ok(rows.session.execute(rows.commented(statement)).await?.rows)
        };
        self.on_its_rows("delete", delete).await
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

    /// The table to write to, if it may be written to.
    pub(super) fn writable(&self, verb: &str) -> Result<&Table> {
        self.session.guard_read_only()?;
        self.table(verb)
    }
}

/// The one integer column that is the table's primary key.
async fn integer_key(held: &mut Held, table: &Table) -> Result<String> {
    match keys::primary_key_on(held, table).await?.as_slice() {
        [Key { name, is_integer: true }] => Ok(name.clone()),
        _ => {
            let message = format!("the primary key of {} is not one integer column; use insert_only", table.name);
            Err(Error::invalid(message))
        }
    }
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
