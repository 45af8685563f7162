//! Heron's memory: what it saw, who may look, and what people did.
//!
//! One store serves any number of Heron processes. It is a SQLite file, or a PostgreSQL or MariaDB database for a team;
//! every query is written once, as a [`dataset`], and only the migrations differ. A capture is one transaction: whatever
//! stops Heron, the store holds whole captures and nothing else.

mod accounts;
mod audit;
mod captures;
mod import;
mod leases;
mod migrations;
mod retention;
mod rollup;
mod series;
mod sessions;
mod space;
mod statements;
mod system;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dataset::{Database, Options, col, row};
use model::{DatabaseId, Timestamp};

pub use self::{
    accounts::{Account, Ticket},
    audit::Intent,
    captures::{Baseline, Change, NewCapture, Snapshot},
    import::{ImportError, Imported, PgHero, Route},
    leases::Lease,
    sessions::Sessions,
    space::{SIZES_KEPT, SizeSpan},
    statements::Top,
};

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database under it refused or failed.
    #[error("the store failed: {0}")]
    Database(#[from] dataset::Error),
    /// A password could not be hashed or a hash not read.
    #[error("a password could not be checked: {0}")]
    Password(String),
    /// A name is taken.
    #[error("there is already an account named {0}")]
    NameTaken(String),
    /// Nobody would be left to manage accounts.
    #[error("{0} is the last administrator: make somebody else one first")]
    LastAdministrator(String),
    /// A password is too short, or a name unusable.
    #[error("{0}")]
    Refused(&'static str),
}

/// A result of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The open store; clones share its connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: Database,
    /// The row ids of the watched databases seen so far; they never change.
    ids: Arc<Mutex<HashMap<DatabaseId, i64>>>,
}

impl Store {
    /// Opens the store at `url` (`sqlite://heron.db`, `postgres://…`, `mysql://…`), creating and migrating it as needed.
    ///
    /// # Errors
    /// When the database cannot be reached, is newer than this Heron, or a migration fails; the store then stays at the
    /// last version that succeeded.
    pub async fn open(url: &str) -> Result<Self> {
        let options = Options { application_name: Some("heron store".into()), ..Options::default() };
        let db = Database::connect_with(url, options).await?;
        db.migrate(migrations::ALL).await?;
        Ok(Self { db, ids: Arc::default() })
    }

    /// Closes every connection; a store that is dropped without it loses nothing, but leaves SQLite's log file behind.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Every database the store has history of, by name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn watched(&self) -> Result<Vec<DatabaseId>> {
        Ok(self.db.from("watched").order([col("name").asc()]).select_map("name").await?)
    }

    /// The row id of a watched database, made when it is new.
    ///
    /// Nothing is locked while the database is asked: a page may begin a question and let it wait for another one.
    async fn watched_id(&self, id: &DatabaseId) -> Result<i64> {
        if let Some(&row) = self.ids().get(id) {
            return Ok(row);
        }
        let watched = self.db.from("watched");
        watched.clone().insert_ignore(row! { name: id.0.as_str() }).await?;
        let row: Option<i64> = watched.filter(col("name").eq(id.0.as_str())).get(col("id")).await?;
        let row = row.ok_or(Error::Refused("a watched database vanished from the store while it was looked up"))?;
        self.ids().insert(id.clone(), row);
        Ok(row)
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<DatabaseId, i64>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
