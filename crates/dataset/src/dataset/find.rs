//! A row that is there, or is made: in few questions, and right when two ask at once.

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Error, Expr, Kind, Result, Values, col};

impl Dataset {
    /// The row with these `keys`, which should be a unique key; made with `rest` beside them if there is none.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// #[derive(serde::Deserialize)]
    /// struct Server {
    ///     port: u16,
    /// }
    /// let made: Server = db.from("servers").find_or_create(row! { name: "db2" }, row! { port: 5439 }).await?;
    /// let found: Server = db.from("servers").find_or_create(row! { name: "db2" }, row! { port: 1 }).await?;
    /// assert_eq!((made.port, found.port), (5439, 5439));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `NoRow` when the row is not there after all; when a constraint refuses it.
    pub async fn find_or_create<T: DeserializeOwned + Send>(&self, keys: Values, rest: Values) -> Result<T> {
        // Somebody may make it between a look at a replica and the insert.
        let found = self.on_primary().filter(equal(&keys)?);
        if let Some(row) = found.first().await? {
            return Ok(row);
        }
        self.insert_ignore(merged(&keys, &rest)).await?;
        found.first().await?.ok_or_else(|| Error::new(Kind::NoRow, "the row that was made is not there"))
    }

    /// The row with these `keys`, which should be a unique key, changed to `values`; made of both if there is none.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let (_, port): (String, i64) =
    ///     db.from("servers").update_or_create(row! { name: "db1" }, row! { port: 6432 }).await?;
    /// assert_eq!((port, db.from("servers").count().await?), (6432, 2));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::find_or_create`].
    pub async fn update_or_create<T: DeserializeOwned + Send>(&self, keys: Values, values: Values) -> Result<T> {
        let found = self.on_primary().filter(equal(&keys)?);
        if found.update(values.clone()).await? == 0 && self.insert_ignore(merged(&keys, &values)).await? == 0 {
            found.update(values).await?;
        }
        found.first().await?.ok_or_else(|| Error::new(Kind::NoRow, "the row that was made is not there"))
    }
}

fn equal(keys: &Values) -> Result<Expr> {
    let equal = keys.0.iter().map(|(name, value)| col(name).eq(value.clone()));
    equal.reduce(|a, b| a & b).ok_or_else(|| Error::invalid("a row is found by at least one column"))
}

fn merged(keys: &Values, rest: &Values) -> Values {
    rest.0.iter().fold(keys.clone(), |row, (name, value)| row.set(name, value.clone()))
}
