//! The commands, one per file, and what several of them need.

pub mod analyze;
pub mod autoindex;
pub mod capture;
pub mod catalogue;
pub mod check;
pub mod clean;
pub mod config;
pub mod grants;
pub mod import_pghero;
pub mod serve;
pub mod top;
pub mod user;

use std::{sync::Arc, time::Duration};

use collector::Collector;
use dashboard::Dashboard;
use model::{DatabaseId, Person, Role};
use probe::{Fleet, Limits};
use store::Store;

use crate::{
    config::Config,
    exit::{Error, Result},
};

/// The libraries, wired.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) collector: Collector,
    pub(crate) dashboard: Dashboard,
}

impl House {
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let store = Store::open(&config.store).await?;
        let fleet =
            Fleet::new(config.databases.clone(), Limits::default()).map_err(|error| Error::Usage(error.to_string()))?;
        let fleet = Arc::new(fleet);
        let collector = Collector::new(fleet.clone(), store.clone(), config.capture_interval, config.keep)
            .without_statements_of(config.uncaptured.clone());
        let dashboard = Dashboard::new(fleet, store.clone(), config.settings.clone()).with_settings(config.own.clone());
        Ok(Self { store, collector, dashboard })
    }

    /// Leaves nothing behind: other processes may capture at once, and SQLite's log is folded into its file.
    pub(crate) async fn close(self) {
        if let Err(error) = self.collector.release().await {
            tracing::warn!("leases were not released: {error}");
        }
        self.store.close().await;
    }
}

/// The databases of these ids, all of them if there is none.
pub(crate) fn chosen(config: &Config, ids: &[String]) -> Result<Vec<DatabaseId>> {
    let known: Vec<DatabaseId> = config.databases.iter().map(|(id, _)| id.clone()).collect();
    match ids.iter().find(|id| known.iter().all(|known| known.0 != **id)) {
        _ if ids.is_empty() => Ok(known),
        Some(id) => Err(dashboard::Error::UnknownDatabase(DatabaseId(id.clone())).into()),
        None => Ok(ids.iter().cloned().map(DatabaseId).collect()),
    }
}

/// Whoever sits at the machine's terminal may do anything.
pub(crate) fn operator() -> Person {
    Person { id: 0, name: "command line".into(), role: Role::Administrator }
}

/// Prints an answer. Whoever closed the pipe (`| head`) has read enough.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end_matches('\n'));
}

/// How long a command waits for a reading that a page would not wait for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Resolves at Ctrl-C or SIGTERM; from when it is called on, neither ends the process by itself.
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let asked = {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        async move {
            let (Ok(mut interrupted), Ok(mut terminated)) = signals else { return false };
            tokio::select! { _ = interrupted.recv() => true, _ = terminated.recv() => true }
        }
    };
    #[cfg(not(unix))]
    let asked = async { tokio::signal::ctrl_c().await.is_ok() };
    async {
        if !asked.await {
            // Without signals there is only kill -9 left, which Heron survives.
            std::future::pending::<()>().await;
        }
    }
}
