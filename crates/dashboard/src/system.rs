//! What a server as a whole did over time, and its host.

use model::{DatabaseId, HostSeries, Person, Reading, Role, SystemHistory, Window};
use probe::cloud::Span;

use crate::{Dashboard, Error, Result, allow, now, to_its_end};

impl Dashboard {
    /// How the server a database is on has been over a window, as far as it was captured.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn system(&self, viewer: &Person, id: &DatabaseId, window: Window) -> Result<SystemHistory> {
        allow(viewer, Role::Viewer)?;
        self.target(id)?;
        let (from, to) = window.bounds(now());
        let (store, id) = (self.store.clone(), id.clone());
        Ok(to_its_end(async move { store.system(&id, from, to).await }).await?)
    }

    /// How the server's host has been over a window, as its cloud measured it; nothing if no cloud is configured for it.
    ///
    /// # Errors
    /// For an unknown database, or a window that no cloud answers about.
    pub async fn host(&self, viewer: &Person, id: &DatabaseId, window: Window) -> Result<Option<Reading<HostSeries>>> {
        allow(viewer, Role::Viewer)?;
        let (_, readings) = self.target(id)?;
        let cloud = &self.settings(id).cloud;
        if !cloud.is_set() {
            return Ok(None);
        }
        let now = now();
        let (from, to) = window.bounds(now);
        let span = Span::of(from, to, now).map_err(|error| Error::Refused(error.to_string()))?;
        Ok(Some(readings.host(cloud, span, self.patience).await))
    }
}
