//! Rows as lists and maps.

use std::{collections::HashMap, hash::Hash};

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Result, Selected};

impl Dataset {
    /// One column of every row.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let kinds: Vec<String> = db.from("checks").order(col("id").asc()).select_map("kind").await?;
    /// assert_eq!(kinds, ["index", "vacuum", "bloat"]);
    /// let doubled: Vec<f64> = db.from("checks").filter(col("id").eq(1)).select_map(col("millis") * 2).await?;
    /// assert_eq!(doubled, [25.0]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn select_map<T: DeserializeOwned + Send>(&self, column: impl Into<Selected>) -> Result<Vec<T>> {
        let rows: Vec<(T,)> = self.clone().select([column]).all().await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// Two columns of every row as keys and values; of equal keys the last row's stays.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let ports = db.from("servers").select_hash::<String, i64>("name", "port").await?;
    /// assert_eq!(ports["db3"], 5433);
    /// # Ok(()) }
    /// ```
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

    /// Two columns of every row as keys and, for each key, the values of all its rows in their order.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let by_server = db.from("checks").order(col("id").asc()).select_hash_groups::<String, i64>("server", "id").await?;
    /// assert_eq!(by_server["db1"], [1, 2]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn select_hash_groups<K, V>(
        &self,
        key: impl Into<Selected>,
        value: impl Into<Selected>,
    ) -> Result<HashMap<K, Vec<V>>>
    where
        K: DeserializeOwned + Eq + Hash + Send,
        V: DeserializeOwned + Send,
    {
        let pairs: Vec<(K, V)> = self.clone().select([key.into(), value.into()]).all().await?;
        let mut groups: HashMap<K, Vec<V>> = HashMap::new();
        for (key, value) in pairs {
            groups.entry(key).or_default().push(value);
        }
        Ok(groups)
    }

    /// Every row under a key made of it; of equal keys the last row stays.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let pairs = db.from("checks").select(["id", "kind"]);
    /// let by_id = pairs.to_hash(|(id, _): &(i64, String)| *id).await?;
    /// assert_eq!(by_id[&2].1, "vacuum");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn to_hash<K, T>(&self, key: impl Fn(&T) -> K) -> Result<HashMap<K, T>>
    where
        K: Eq + Hash,
        T: DeserializeOwned + Send,
    {
        Ok(self.all::<T>().await?.into_iter().map(|row| (key(&row), row)).collect())
    }

    /// All rows under a key made of them, in their order: what belongs to each row of another dataset, in one question.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// #[derive(serde::Deserialize)]
    /// struct Check {
    ///     id: i64,
    ///     server: String,
    /// }
    /// let checks = db.from("checks").filter(col("server").is_in(["db1", "db2"])).order(col("id").asc());
    /// let by_server = checks.to_hash_groups(|check: &Check| check.server.clone()).await?;
    /// assert_eq!((by_server["db1"].len(), by_server["db2"][0].id), (2, 3));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Dataset::all`].
    pub async fn to_hash_groups<K, T>(&self, key: impl Fn(&T) -> K) -> Result<HashMap<K, Vec<T>>>
    where
        K: Eq + Hash,
        T: DeserializeOwned + Send,
    {
        let mut groups: HashMap<K, Vec<T>> = HashMap::new();
        for row in self.all::<T>().await? {
            groups.entry(key(&row)).or_default().push(row);
        }
        Ok(groups)
    }
}
