//! Rows as lists and maps.

use std::{collections::HashMap, hash::Hash};

use serde::de::DeserializeOwned;

use super::Dataset;
use crate::{Result, Selected};

impl Dataset {
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

    /// Two columns of every row as keys and, for each key, the values of all its rows in their order.
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
    /// ```no_run
    /// # async fn example(db: dataset::Database) -> dataset::Result<()> {
    /// # #[derive(serde::Deserialize)]
    /// # struct Run { check_id: i64 }
    /// use dataset::col;
    /// let runs = db.from("runs").filter(col("check_id").is_in([1, 2, 3]));
    /// let by_check = runs.to_hash_groups(|run: &Run| run.check_id).await?;
    /// println!("{}", by_check[&1].len());
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
