//! A row that is there, or is made: in few questions, and right when two ask at once.

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Error, Expr, Kind, Result, Values, col};

impl Dataset {
    /// The row with these `keys`, which should be a unique key; made with `rest` beside them if there is none.
    ///
    /// ```no_run
    /// # async fn example(db: dataset::Database) -> dataset::Result<()> {
    /// # #[derive(serde::Deserialize)]
    /// # struct Server { id: i64 }
    /// use dataset::row;
    /// let server: Server = db.from("servers").find_or_create(row! { name: "db1" }, row! { port: 5432 }).await?;
    /// # let _ = server.id;
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
