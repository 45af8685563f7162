//! Use cases: who may ask what, and what a page or a machine gets for an answer.
//!
//! A use case takes a viewer, checks the right, and joins what the watched servers say now, what the store remembers and
//! what the advisor thinks of it. Viewers share readings: ten people looking cost a server what one costs.

mod actions;
mod activity;
mod audit;
mod configuration;
mod explain;
mod fleet;
mod flight;
mod history;
mod indexes;
mod limiter;
mod maintenance;
mod origin;
mod overview;
mod people;
mod readings;
mod replication;
mod requirements;
mod settings;
mod space;
mod statements;
mod system;
mod texts;
mod tuning;

use std::{collections::HashMap, sync::Arc, time::Duration};

use model::{DatabaseId, Millis, Person, Role, Timestamp};
use probe::{Fleet, Target};
use store::Store;

pub use advisor::release;
pub use store::Account;

pub use self::{
    configuration::Installation,
    settings::{Explain, Settings},
};

use self::{limiter::Limiter, readings::Readings};

/// Everything the use cases work with; clones share it.
#[derive(Clone)]
pub struct Dashboard {
    fleet: Arc<Fleet>,
    store: Store,
    settings: Arc<Settings>,
    own_settings: Arc<HashMap<DatabaseId, Settings>>,
    readings: Arc<HashMap<DatabaseId, Readings>>,
    limiter: Arc<Limiter>,
    installation: Arc<Installation>,
    patience: Duration,
}

/// Why a use case gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such database in the configuration.
    #[error("there is no database {0} in the configuration")]
    UnknownDatabase(DatabaseId),
    /// The database has no such thing.
    #[error("there is no {0}")]
    NoSuch(String),
    /// The viewer's role may not do this.
    #[error("this needs the role {0}")]
    Forbidden(Role),
    /// The input is not usable, as a sentence.
    #[error("{0}")]
    Refused(String),
    /// The configuration does not allow this, as a sentence.
    #[error("{0}")]
    NotEnabled(String),
    /// Too many attempts; how long to wait.
    #[error("Too many attempts. Try again in {0}.")]
    TooMany(Millis),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// A result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl Dashboard {
    /// How long a page waits for one reading, unless told otherwise. A reading that takes longer goes on without it.
    pub const PATIENCE: Duration = Duration::from_secs(2);

    /// The use cases over a fleet and a store, with the settings of databases that have none of their own.
    pub fn new(fleet: Arc<Fleet>, store: Store, settings: Settings) -> Self {
        let readings = Arc::new(Readings::of(&fleet));
        Self {
            fleet,
            store,
            settings: settings.into(),
            own_settings: Arc::default(),
            readings,
            limiter: Arc::default(),
            installation: Arc::default(),
            patience: Self::PATIENCE,
        }
    }

    /// Gives databases settings of their own.
    #[must_use]
    pub fn with_settings(self, own: HashMap<DatabaseId, Settings>) -> Self {
        Self { own_settings: own.into(), ..self }
    }

    /// Waits for readings as long as `patience`: a report in a terminal has more of it than a page.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The watched databases, in the configuration's order.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn databases(&self, viewer: &Person) -> Result<Vec<DatabaseId>> {
        allow(viewer, Role::Viewer)?;
        Ok(self.fleet.ids().cloned().collect())
    }

    /// What people call a database: its name in the configuration, or its id.
    pub fn called(&self, id: &DatabaseId) -> String {
        self.settings(id).name.clone().unwrap_or_else(|| id.0.clone())
    }

    fn settings(&self, id: &DatabaseId) -> &Settings {
        self.own_settings.get(id).unwrap_or(&self.settings)
    }

    fn target(&self, id: &DatabaseId) -> Result<(&Target, &Readings)> {
        self.fleet.get(id).zip(self.readings.get(id)).ok_or_else(|| Error::UnknownDatabase(id.clone()))
    }
}

/// Refuses a viewer whose role is not at least `role`.
fn allow(viewer: &Person, role: Role) -> Result<()> {
    if viewer.role >= role { Ok(()) } else { Err(Error::Forbidden(role)) }
}

/// Does `work` in a task of its own. A page begins to read its parts all at once and then waits for them one after the
/// other: what was begun and is not waited for yet must not keep a connection, or SQLite's lock, from the part before it.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The process ends.
        Err(Err(_)) => std::future::pending().await,
    }
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}
