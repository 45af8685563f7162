//! PgHero's tables, as PgHero 4 makes them and as the years before did.

use chrono::{DateTime, Utc};
use dataset::{Database, Dataset, Expr, Options, Value, col};
use model::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};

use super::ImportError;

/// The open history of a PgHero.
#[derive(Debug, Clone)]
pub struct PgHero {
    db: Database,
    place: String,
    statements: Option<Layout>,
    sizes: bool,
}

/// Where the texts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// In `pghero_queries`, once each (4.0 and later).
    Apart,
    /// In every row.
    Inline,
}

/// A row of `pghero_query_stats`: what a statement did since the capture before.
#[derive(Debug, Deserialize)]
pub(super) struct QueryStats {
    at: DateTime<Utc>,
    pub(super) user: Option<String>,
    pub(super) query_hash: Option<i64>,
    pub(super) total_time: Option<f64>,
    pub(super) calls: Option<i64>,
    /// Only in PgHero 4.
    #[serde(default)]
    pub(super) query_id: Option<i64>,
    /// Only before.
    #[serde(default)]
    pub(super) query: Option<String>,
}

/// A row of `pghero_space_stats`.
#[derive(Debug, Deserialize)]
pub(super) struct SpaceStats {
    at: DateTime<Utc>,
    pub(super) schema: Option<String>,
    pub(super) relation: Option<String>,
    pub(super) size: Option<i64>,
}

/// Rows that were captured at one moment.
pub(super) trait Captured: DeserializeOwned + Send {
    fn at(&self) -> Timestamp;
}

impl Captured for QueryStats {
    fn at(&self) -> Timestamp {
        Timestamp(self.at.timestamp_micros())
    }
}

impl Captured for SpaceStats {
    fn at(&self) -> Timestamp {
        Timestamp(self.at.timestamp_micros())
    }
}

impl PgHero {
    /// Opens the database that has PgHero's tables, to read them.
    ///
    /// # Errors
    /// When it cannot be reached, or has no such tables.
    pub async fn open(url: &str) -> Result<Self, ImportError> {
        let options = Options {
            application_name: Some("heron import".into()),
            max_connections: 1,
            read_only: true,
            ..Options::default()
        };
        let db = Database::connect_with(url, options).await.map_err(ImportError::Source)?;
        let opened = Self::look(&db, place_of(url)).await;
        if opened.is_err() {
            db.close().await;
        }
        opened
    }

    async fn look(db: &Database, place: String) -> Result<Self, ImportError> {
        let there = |table: &'static str| async move { db.table_exists(table).await.map_err(ImportError::Source) };
        let statements = if there("pghero_query_stats").await? {
            let columns = db.columns("pghero_query_stats").await.map_err(ImportError::Source)?;
            let has = |name: &str| columns.iter().any(|column| column.name == name);
            let needed = ["database", "user", "query_hash", "total_time", "calls", "captured_at"];
            if let Some(missing) = needed.into_iter().find(|name| !has(name)) {
                return Err(ImportError::NotPgHeros(missing));
            }
            let apart = has("query_id") && there("pghero_queries").await?;
            Some(if apart { Layout::Apart } else { Layout::Inline })
        } else {
            None
        };
        let sizes = there("pghero_space_stats").await?;
        if statements.is_none() && !sizes {
            return Err(ImportError::NoHistory);
        }
        Ok(Self { db: db.clone(), place, statements, sizes })
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Where it is, without role and password.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The ids of the databases it has history of.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub async fn databases(&self) -> Result<Vec<String>, ImportError> {
        let mut ids: Vec<String> = Vec::new();
        for table in self.tables() {
            let named = self.db.from(table).filter(col("database").is_not_null()).distinct();
            ids.extend(named.select_map::<String>("database").await.map_err(ImportError::Source)?);
        }
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// When the history of a database begins and ends.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub async fn span(&self, database: &str) -> Result<Option<(Timestamp, Timestamp)>, ImportError> {
        let mut span: Option<(Timestamp, Timestamp)> = None;
        for table in self.tables() {
            let of = self.db.from(table).filter(col("database").eq(database));
            let first: Option<DateTime<Utc>> =
                of.get(in_utc(col("captured_at").min())).await.map_err(ImportError::Source)?;
            let last: Option<DateTime<Utc>> =
                of.get(in_utc(col("captured_at").max())).await.map_err(ImportError::Source)?;
            let Some((first, last)) = first.zip(last) else { continue };
            let (first, last) = (Timestamp(first.timestamp_micros()), Timestamp(last.timestamp_micros()));
            span = Some(span.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
        }
        Ok(span)
    }

    fn tables(&self) -> impl Iterator<Item = &'static str> {
        let statements = self.statements.map(|_| "pghero_query_stats");
        statements.into_iter().chain(self.sizes.then_some("pghero_space_stats"))
    }

    /// What statements did, in order of time; none if PgHero did not write that down.
    pub(super) fn query_stats(&self, database: &str) -> Option<Dataset> {
        let text = match self.statements? {
            Layout::Apart => "query_id",
            Layout::Inline => "query",
        };
        let of = self.db.from("pghero_query_stats").filter(col("database").eq(database));
        Some(of.select(["user", "query_hash", "total_time", "calls", text]).select_as(in_utc(col("captured_at")), "at"))
    }

    /// How large relations were, in order of time; none if PgHero did not write that down.
    pub(super) fn space_stats(&self, database: &str) -> Option<Dataset> {
        let of = || self.db.from("pghero_space_stats").filter(col("database").eq(database));
        self.sizes.then(|| of().select(["schema", "relation", "size"]).select_as(in_utc(col("captured_at")), "at"))
    }

    /// Texts by `query_id`.
    pub(super) async fn texts(&self, ids: &[i64]) -> Result<Vec<(i64, Option<String>)>, ImportError> {
        let texts = self.db.from("pghero_queries").filter(col("id").is_in(ids.iter().copied()));
        texts.select(["id", "query"]).all().await.map_err(ImportError::Source)
    }
}

/// When the last capture at or before a moment was made.
pub(super) async fn capture_before(all: &Dataset, at: Timestamp) -> Result<Option<Timestamp>, ImportError> {
    let before = all.clone().filter(col("captured_at").lte(moment(at)));
    let last: Option<DateTime<Utc>> =
        before.get(in_utc(col("captured_at").max())).await.map_err(ImportError::Source)?;
    Ok(last.map(|at| Timestamp(at.timestamp_micros())))
}

/// The rows of the next captures after `after` and before `before`, each capture whole: about `limit` rows.
pub(super) async fn next_captures<R: Captured>(
    all: &Dataset,
    after: Timestamp,
    before: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<(Timestamp, Vec<R>)>, ImportError> {
    let mut rows = all.clone().filter(col("captured_at").gt(moment(after))).order([col("captured_at").asc()]);
    if let Some(before) = before {
        rows = rows.filter(col("captured_at").lt(moment(before)));
    }
    let mut limit = limit;
    loop {
        let page: Vec<R> = rows.clone().limit(limit).all().await.map_err(ImportError::Source)?;
        let cut = page.len() as u64 == limit;
        let mut captures: Vec<(Timestamp, Vec<R>)> = Vec::new();
        for row in page {
            match captures.last_mut() {
                Some((at, rows)) if *at == row.at() => rows.push(row),
                _ => captures.push((row.at(), vec![row])),
            }
        }
        if !cut {
            return Ok(captures);
        }
        // The last one may go on behind the page's end.
        captures.pop();
        if !captures.is_empty() {
            return Ok(captures);
        }
        limit *= 4;
    }
}

/// PgHero's times are UTC without saying so; where Rails was told to say so, they are UTC too. The session's zone is.
fn in_utc(time: Expr) -> Expr {
    time.cast("timestamptz")
}

fn moment(at: Timestamp) -> Value {
    DateTime::<Utc>::from_timestamp_micros(at.0).unwrap_or_default().into()
}

/// What tells one history from another: host, port and database of the URL, never its password.
fn place_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    rest.rsplit_once('@').map_or(rest, |(_, place)| place).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_the_same_whoever_asks() {
        for url in ["postgres://u:p@H:5432/stats?sslmode=require", "postgresql://other:p%40x@h:5432/stats"] {
            assert_eq!(place_of(url), "h:5432/stats");
        }
    }
}
