//! Bringing PgHero's history over, so that charts and rankings do not begin anew.
//!
//! What PgHero wrote down is what each statement did since its capture before: the same that Heron keeps. It is read in
//! pages along PgHero's own index (database, captured_at), and each page is one transaction together with how far it
//! goes: whatever stops an import, the next one goes on from there, and one that is repeated changes nothing.

mod sizes;
mod source;
mod statements;

use model::{DatabaseId, Timestamp};

use dataset::{Tx, col, row};

use crate::{Result, Store, accounts::fingerprint};

pub use self::source::PgHero;

/// Why nothing was brought over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// PgHero's database refused or failed.
    #[error("PgHero's tables cannot be read: {0}")]
    Source(dataset::Error),
    /// There is nothing of PgHero's.
    #[error("there is no history of PgHero's: neither pghero_query_stats nor pghero_space_stats is there")]
    NoHistory,
    /// A table is not one that PgHero makes.
    #[error("pghero_query_stats has no column {0}: this is no history that any PgHero wrote")]
    NotPgHeros(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
}

/// What was brought over so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows of PgHero's.
    pub rows: u64,
    /// Captures they were of.
    pub captures: u64,
    /// Rows that say of no statement which one it is.
    pub nameless: u64,
    /// How far it goes.
    pub until: Option<Timestamp>,
}

/// One of PgHero's databases and what it becomes.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// Where PgHero's tables are.
    pub source: &'a PgHero,
    /// PgHero's id.
    pub from: &'a str,
    /// Heron's.
    pub into: &'a DatabaseId,
    /// What is older is left there.
    pub oldest: Timestamp,
}

impl Route<'_> {
    /// What tells this import from others.
    fn key(&self, table: &str) -> String {
        fingerprint(&format!("{}\n{}\n{table}", self.source.place(), self.from))
    }
}

impl Store {
    /// How far an import came, if there was one.
    async fn imported_until(&self, watched: i64, key: &str) -> Result<Option<Timestamp>> {
        let import = self.db.from("import").filter(col("watched_id").eq(watched) & col("source").eq(key));
        Ok(import.get("until").await?)
    }
}

/// Notes how far an import came, within the transaction that brought it there.
async fn note(tx: &Tx, watched: i64, key: &str, until: Timestamp) -> dataset::Result<()> {
    let values = row! { watched_id: watched, source: key, until: until.0 };
    tx.from("import").upsert(&["watched_id", "source"], values).await?;
    Ok(())
}
