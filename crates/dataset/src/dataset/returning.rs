//! Writes that answer with rows.

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{
    Error, Kind, Result, Values,
    render::{self, Conflict},
};

impl Dataset {
    /// Inserts a row and reads columns of what came of it.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let (id, millis): (i64, f64) =
    ///     db.from("checks").insert_returning(row! { kind: "locks" }, &["id", "millis"]).await?;
    /// assert_eq!((id, millis), (4, 0.0));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL, which cannot return rows.
    pub async fn insert_returning<T: DeserializeOwned + Send>(&self, values: Values, columns: &[&str]) -> Result<T> {
        self.writable("insert")?;
        let statement = render::insert(&self.query, &[values], Conflict::Fail, &owned(columns), self.dialect())?;
        let row = self.session.first(self.commented(statement)).await?;
        row.ok_or_else(|| Error::new(Kind::NoRow, "the insert returned no row"))
    }

    /// Changes the rows and reads columns of what came of them.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let slow = db.from("checks").filter(col("millis").gt(50));
    /// let mut ids: Vec<i64> = slow.update_returning(row! { millis: 0 }, &["id"]).await?;
    /// ids.sort();
    /// assert_eq!(ids, [2, 3]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL and MariaDB, which cannot return rows of an update.
    pub async fn update_returning<T: DeserializeOwned + Send>(
        &self,
        values: Values,
        columns: &[&str],
    ) -> Result<Vec<T>> {
        self.writable("update")?;
        let columns = owned(columns);
        let update = |rows: Self| {
            let (values, columns) = (values.clone(), columns.clone());
            async move {
                let statement = render::update(&rows.query, &values, &columns, rows.dialect())?;
                rows.session.all(rows.commented(statement)).await
            }
        };
        self.on_its_rows("update", update).await
    }

    /// Removes the rows and reads columns of what they were.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let gone: Vec<String> = db.from("checks").filter(col("id").eq(1)).delete_returning(&["kind"]).await?;
    /// assert_eq!(gone, ["index"]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` on MySQL, which cannot return rows.
    pub async fn delete_returning<T: DeserializeOwned + Send>(&self, columns: &[&str]) -> Result<Vec<T>> {
        self.writable("delete")?;
        let columns = owned(columns);
        let delete = |rows: Self| {
            let columns = columns.clone();
            async move {
                let statement = render::delete(&rows.query, &columns, rows.dialect())?;
                rows.session.all(rows.commented(statement)).await
            }
        };
        self.on_its_rows("delete", delete).await
    }
}

fn owned(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}
