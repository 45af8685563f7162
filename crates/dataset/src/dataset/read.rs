use futures::Stream;
use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Error, Result, Row, Selected, lit, star};

impl Dataset {
    /// Every row, as any type serde can read: a struct by column names, a tuple by position, a single value from the only column.
    ///
    /// Timestamps are read as `chrono::DateTime<Utc>` or text (RFC 3339), `numeric` as a float, a whole number or text,
    /// NULL as `None`, JSON through [`Json`](crate::Json) everywhere or directly where the column is json.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// #[derive(serde::Deserialize)]
    /// struct Check {
    ///     id: i64,
    ///     kind: String,
    /// }
    /// let slow: Vec<Check> = db.from("checks").filter(col("millis").gte(100)).order(col("id").asc()).all().await?;
    /// assert_eq!((slow[0].id, slow[1].kind.as_str()), (2, "bloat"));
    /// let pairs: Vec<(i64, String)> = db.from("checks").select(["id", "kind"]).order(col("id").asc()).limit(1).all().await?;
    /// assert_eq!(pairs, [(1, "index".to_owned())]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As the database says; `Decode`, naming the column, when a row does not fit `T`.
    pub async fn all<T: DeserializeOwned + Send>(&self) -> Result<Vec<T>> {
        self.session.all(self.statement()?).await
    }

    /// Every row, untyped.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let rows = db.from("checks").filter(col("id").eq(1)).rows().await?;
    /// assert_eq!(rows[0].get("millis"), Some(&Value::Float(12.5)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn rows(&self) -> Result<Vec<Row>> {
        self.session.rows(self.statement()?).await
    }

    /// The first row, if there is one.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let first: Option<(i64, String)> = db.from("checks").select(["id", "kind"]).order(col("id").desc()).first().await?;
    /// assert_eq!(first, Some((3, "bloat".to_owned())));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn first<T: DeserializeOwned + Send>(&self) -> Result<Option<T>> {
        let limit = self.query.limit.unwrap_or(1).min(1);
        let one = self.clone().limit(limit);
        self.session.first(one.statement()?).await
    }

    /// The last row in the dataset's order, if there is one.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let last: Option<i64> = db.from("servers").order(col("name").asc()).select(["port"]).last().await?;
    /// assert_eq!(last, Some(5433));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `InvalidOperation` without an order, and with a limit or offset; otherwise as [`Dataset::all`].
    pub async fn last<T: DeserializeOwned + Send>(&self) -> Result<Option<T>> {
        let query = &self.query;
        if query.order.is_empty() || query.limit.is_some() || query.offset.is_some() {
            return Err(Error::invalid("the last row is that of an order, and of no limit or offset"));
        }
        self.clone().reverse().first().await
    }

    /// One value of the first row; `None` for NULL or no row.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let slowest: Option<f64> = db.from("checks").get(col("millis").max()).await?;
    /// assert_eq!(slowest, Some(250.0));
    /// assert_eq!(db.from("checks").filter(col("id").eq(9)).get::<String>("kind").await?, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn get<T: DeserializeOwned + Send>(&self, expr: impl Into<Selected>) -> Result<Option<T>> {
        let value: Option<(Option<T>,)> = self.clone().select([expr]).first().await?;
        Ok(value.and_then(|(value,)| value))
    }

    /// How many rows there are, after any limit, group or union.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// assert_eq!(db.from("checks").count().await?, 3);
    /// assert_eq!(db.from("checks").offset(1).limit(5).count().await?, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn count(&self) -> Result<u64> {
        let mut all = self.clone();
        all.query.lock = None;
        if all.query.is_shaped() {
            all = all.countable().from_self();
        } else {
            all.query.order.clear();
        }
        Ok(all.get::<u64>(star().count()).await?.unwrap_or_default())
    }

    /// Whether there is any row.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// assert!(db.from("checks").filter(col("millis").gt(200)).exists().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn exists(&self) -> Result<bool> {
        let query = if self.query.is_shaped() { self.clone().countable().from_self() } else { self.clone() };
        Ok(query.select([lit("1", [])]).first::<i64>().await?.is_some())
    }

    /// As many rows, of which nobody looks at a column: MySQL would refuse a join whose tables share a name.
    fn countable(self) -> Self {
        if self.query.is_grouped() { self } else { self.unordered().select([lit("1", [])]) }
    }

    /// Every row as it arrives, in constant memory. It holds a connection until it ends or is dropped.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// use futures::TryStreamExt;
    /// let mut kinds = std::pin::pin!(db.from("checks").order(col("id").asc()).select(["kind"]).stream::<String>());
    /// while let Some(kind) = kinds.try_next().await? {
    ///     println!("{kind}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stream<T: DeserializeOwned + Send + 'static>(
        &self,
    ) -> impl Stream<Item = Result<T>> + Send + 'static + use<T> {
        self.session.clone().stream(self.statement())
    }
}
