//! When to probe and what to keep.
//!
//! A capture compares two snapshots of a database's counters and writes down what grew in between. Heron never resets
//! a counter; resets, restarts, evictions and gaps are recognised and marked, and never become invented numbers.

mod capture;
mod difference;
mod schedule;
mod statements;
mod system;

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::{DatabaseId, Missing};
use probe::Fleet;
use store::Store;

pub use self::{
    difference::{Difference, Moment, difference},
    system::growth,
};

/// Captures the databases of a fleet into a store.
#[derive(Clone)]
pub struct Collector {
    fleet: Arc<Fleet>,
    store: Store,
    interval: Duration,
    keep: Duration,
    /// The databases whose statements stay uncaptured.
    without_statements: Arc<HashSet<DatabaseId>>,
    /// Tells this process from others on the same store.
    holder: String,
}

/// Why a capture was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such database in the configuration.
    #[error("there is no database {0} in the configuration")]
    Unknown(DatabaseId),
    /// The watched database did not answer.
    #[error("{0}")]
    Missing(Missing),
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Collector {
    /// A collector that captures every `interval` and keeps history for `keep`.
    pub fn new(fleet: Arc<Fleet>, store: Store, interval: Duration, keep: Duration) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let holder = format!("{}-{}", std::process::id(), since.as_nanos());
        Self { fleet, store, interval, keep, without_statements: Arc::default(), holder }
    }
}
