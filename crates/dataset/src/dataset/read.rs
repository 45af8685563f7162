use std::{collections::HashMap, hash::Hash};

use futures::Stream;
use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Page, Result, Row, Selected, lit, star};

impl Dataset {
    /// Every row, as any type serde can read: a struct by column names, a tuple by position, a single value from the only column.
    ///
    /// Timestamps are read as `chrono::DateTime<Utc>` or text (RFC 3339), `numeric` as a float, a whole number or text,
    /// NULL as `None`, JSON through [`Json`](crate::Json) everywhere or directly where the column is json.
    ///
    /// # Errors
    /// As the database says; `Decode`, naming the column, when a row does not fit `T`.
    pub async fn all<T: DeserializeOwned + Send>(&self) -> Result<Vec<T>> {
        self.session.all(self.statement()?).await
    }

    /// Every row, untyped.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn rows(&self) -> Result<Vec<Row>> {
        self.session.rows(self.statement()?).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn first<T: DeserializeOwned + Send>(&self) -> Result<Option<T>> {
        let limit = self.query.limit.unwrap_or(1).min(1);
        let one = self.clone().limit(limit);
        self.session.first(one.statement()?).await
    }

    /// One value of the first row; `None` for NULL or no row.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn get<T: DeserializeOwned + Send>(&self, expr: impl Into<Selected>) -> Result<Option<T>> {
        let value: Option<(Option<T>,)> = self.clone().select([expr]).first().await?;
        Ok(value.and_then(|(value,)| value))
    }

    /// How many rows there are, after any limit, group or union.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn count(&self) -> Result<u64> {
        let mut all = self.clone();
        all.query.lock = None;
        if all.query.is_shaped() {
            all = all.from_self();
        } else {
            all.query.order.clear();
        }
        Ok(all.get::<u64>(star().count()).await?.unwrap_or_default())
    }

    /// Whether there is any row.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn exists(&self) -> Result<bool> {
        let query = if self.query.is_shaped() { self.clone().from_self() } else { self.clone() };
        Ok(query.select([lit("1", [])]).first::<i64>().await?.is_some())
    }

    /// One column of every row.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn select_map<T: DeserializeOwned + Send>(&self, column: impl Into<Selected>) -> Result<Vec<T>> {
        let rows: Vec<(T,)> = self.clone().select([column]).all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// Two columns of every row as keys and values; of equal keys the last row's stays.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn select_hash<K, V>(&self, key: impl Into<Selected>, value: impl Into<Selected>) -> Result<HashMap<K, V>>
    where
        K: DeserializeOwned + Eq + Hash + Send,
        V: DeserializeOwned + Send,
    {
        let pairs: Vec<(K, V)> = self.clone().select([key.into(), value.into()]).all().await?;
        Ok(pairs.into_iter().collect())
    }

    /// One page of the rows and how many there are; pages are counted from 1. Give it an order that leaves nothing open.
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn page<T: DeserializeOwned + Send>(&self, page: u64, per_page: u64) -> Result<Page<T>> {
        let (page, per_page) = (page.max(1), per_page.max(1));
        let total = self.count().await?;
        let base = if self.query.limit.is_some() || self.query.offset.is_some() {
            self.clone().from_self()
        } else {
            self.clone()
        };
        let rows = base.limit(per_page).offset((page - 1).saturating_mul(per_page)).all().await?;
        Ok(Page { rows, page, per_page, total })
    }

    /// Every row as it arrives, in constant memory. It holds a connection until it ends or is dropped.
    ///
    /// ```no_run
    /// # async fn example(db: dataset::Database) -> dataset::Result<()> {
    /// use futures::TryStreamExt;
    /// let mut names = std::pin::pin!(db.from("servers").select(["name"]).stream::<String>());
    /// while let Some(name) = names.try_next().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream<T: DeserializeOwned + Send + 'static>(
        &self,
    ) -> impl Stream<Item = Result<T>> + Send + 'static + use<T> {
        self.session.clone().stream(self.statement())
    }
}
