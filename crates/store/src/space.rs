//! How large relations were: a row for each size, as long as it stayed the same.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use dataset::{Tx, TxOptions, col, row};
use model::{Bytes, DatabaseId, Millis, QualifiedName, Timestamp};
use serde::Deserialize;

use crate::{Result, Store, now};

/// Sizes are kept at least so long (PgHero: 90 days).
pub const SIZES_KEPT: Millis = Millis::from_secs(90 * 86_400);

/// Captures further apart than this leave a gap: nobody knows how large anything was in between. A little more than the day
/// between two of PgHero's.
const APART: Millis = Millis::from_secs(26 * 3600);

/// A stretch of time in which a relation had the same size, whenever it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct SizeSpan {
    /// The first capture that found it so.
    pub since: Timestamp,
    /// The last one.
    pub until: Timestamp,
    /// The size.
    pub bytes: Bytes,
}

#[derive(Deserialize)]
struct Named {
    id: i64,
    schema_name: String,
    name: String,
}

#[derive(Deserialize)]
struct Sized {
    relation_id: i64,
    bytes: i64,
}

#[derive(Deserialize)]
struct Earliest {
    schema_name: String,
    name: String,
    since: Timestamp,
    bytes: Bytes,
}

impl Store {
    /// Writes down how large every relation of a database was `at` a moment, which must be later than the last one; an
    /// earlier one is left out.
    ///
    /// # Errors
    /// When the store cannot be written; nothing of it is then kept.
    pub async fn record_sizes(
        &self,
        id: &DatabaseId,
        at: Timestamp,
        sizes: BTreeMap<QualifiedName, Bytes>,
    ) -> Result<()> {
        let watched = self.watched_id(id).await?;
        let sizes = Arc::new(sizes);
        self.db
            .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| {
                let sizes = Arc::clone(&sizes);
                async move { write(&tx, watched, at, &sizes).await }
            })
            .await?;
        Ok(())
    }

    /// When the sizes of a database's relations were last captured.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_sizes(&self, id: &DatabaseId) -> Result<Option<Timestamp>> {
        let watched = self.watched_id(id).await?;
        Ok(self.db.from("relation_size").filter(col("watched_id").eq(watched)).get(col("until").max()).await?)
    }

    /// The first known size of every relation at or after `from`, and since when it had that size.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sizes_since(
        &self,
        id: &DatabaseId,
        from: Timestamp,
    ) -> Result<HashMap<QualifiedName, (Timestamp, Bytes)>> {
        let watched = self.watched_id(id).await?;
        let first = self
            .db
            .from("relation_size")
            .filter(col("watched_id").eq(watched) & col("until").gte(from.0))
            .select(["relation_id"])
            .select_as(col("since").min(), "first_since")
            .group(["relation_id"]);
        let rows: Vec<Earliest> = self
            .db
            .from("earliest")
            .with("earliest", first)
            .join(
                "relation_size",
                col(("relation_size", "relation_id")).eq(col(("earliest", "relation_id")))
                    & col(("relation_size", "since")).eq(col(("earliest", "first_since"))),
            )
            .join("relation", col(("relation", "id")).eq(col(("relation_size", "relation_id"))))
            .select([
                ("relation", "schema_name"),
                ("relation", "name"),
                ("relation_size", "since"),
                ("relation_size", "bytes"),
            ])
            .all()
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| (QualifiedName::new(row.schema_name, row.name), (row.since, row.bytes)))
            .collect())
    }

    /// How large a relation was between `from` and `to`, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn size_history(
        &self,
        id: &DatabaseId,
        relation: &QualifiedName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<SizeSpan>> {
        let watched = self.watched_id(id).await?;
        let named = col("schema_name").eq(relation.schema.as_str()) & col("name").eq(relation.name.as_str());
        let relation = self.db.from("relation").filter(col("watched_id").eq(watched) & named);
        let Some(relation): Option<i64> = relation.get("id").await? else { return Ok(vec![]) };
        Ok(self
            .db
            .from("relation_size")
            .filter(col("relation_id").eq(relation) & col("until").gte(from.0) & col("since").lte(to.0))
            .select(["since", "until", "bytes"])
            .order([col("since").asc()])
            .all()
            .await?)
    }

    /// Forgets sizes from before `before`, but none that is younger than [`SIZES_KEPT`].
    pub(crate) async fn forget_sizes(&self, before: Timestamp) -> Result<()> {
        let before = before.min(now() - SIZES_KEPT);
        self.db.from("relation_size").filter(col("until").lt(before.0)).delete().await?;
        let kept = self.db.from("relation_size").select(["relation_id"]);
        self.db.from("relation").exclude(col("id").is_in_dataset(kept)).delete().await?;
        Ok(())
    }
}

impl SizeSpan {
    /// Whether so much time passed before the next one that nobody knows how large the relation was in between.
    pub fn is_followed_by_gap(&self, next: &Self) -> bool {
        next.since.since(self.until).0 > APART.0
    }
}

async fn write(tx: &Tx, watched: i64, at: Timestamp, sizes: &BTreeMap<QualifiedName, Bytes>) -> dataset::Result<()> {
    let last = tx.from("relation_size").filter(col("watched_id").eq(watched)).get(col("until").max()).await?;
    match last {
        Some(last) if last >= at => Ok(()),
        last => append(tx, watched, last, at, sizes).await,
    }
}

/// Writes down the sizes `at` a moment, after those of `last`.
pub(crate) async fn append(
    tx: &Tx,
    watched: i64,
    last: Option<Timestamp>,
    at: Timestamp,
    sizes: &BTreeMap<QualifiedName, Bytes>,
) -> dataset::Result<()> {
    let of_this = || tx.from("relation_size").filter(col("watched_id").eq(watched));
    let ids = identify(tx, watched, sizes).await?;
    let now: HashMap<i64, i64> = sizes.iter().filter_map(|(name, bytes)| Some((*ids.get(name)?, bytes.0))).collect();

    // What stayed as large goes on; what did not, ended with the capture before.
    let mut same = HashMap::new();
    if let Some(last) = last.filter(|last| at.since(*last).0 <= APART.0) {
        let open: Vec<Sized> = of_this().filter(col("until").eq(last.0)).select(["relation_id", "bytes"]).all().await?;
        of_this().filter(col("until").eq(last.0)).update(row! { until: at.0 }).await?;
        let (stayed, ended): (Vec<Sized>, Vec<Sized>) =
            open.into_iter().partition(|before| now.get(&before.relation_id) == Some(&before.bytes));
        for some in ended.chunks(1000) {
            let ended = col("relation_id").is_in(some.iter().map(|before| before.relation_id));
            of_this().filter(ended & col("until").eq(at.0)).update(row! { until: last.0 }).await?;
        }
        same.extend(stayed.into_iter().map(|before| (before.relation_id, before.bytes)));
    }
    let new = now.iter().filter(|(id, _)| !same.contains_key(id)).map(|(id, bytes)| {
        row! { watched_id: watched, relation_id: *id, since: at.0, until: at.0, bytes: *bytes }
    });
    tx.from("relation_size").multi_insert(new.collect()).await?;
    Ok(())
}

/// The row ids of relations, made for those that are new to the store.
async fn identify(
    tx: &Tx,
    watched: i64,
    sizes: &BTreeMap<QualifiedName, Bytes>,
) -> dataset::Result<HashMap<QualifiedName, i64>> {
    let known = || async {
        let relations = tx.from("relation").filter(col("watched_id").eq(watched));
        let rows: Vec<Named> = relations.select(["id", "schema_name", "name"]).all().await?;
        let named = rows.into_iter().map(|row| (QualifiedName::new(row.schema_name, row.name), row.id));
        dataset::Result::Ok(named.collect::<HashMap<_, _>>())
    };
    let ids = known().await?;
    let new = sizes.keys().filter(|name| !ids.contains_key(name)).map(|name| {
        row! { watched_id: watched, schema_name: name.schema.as_str(), name: name.name.as_str() }
    });
    match tx.from("relation").multi_insert(new.collect()).await? {
        0 => Ok(ids),
        _ => known().await,
    }
}
