//! Sessions as they are now.

use model::{ConnectionUse, DatabaseId, Person, Reading, Role, Session};

use crate::{Dashboard, Result, allow};

impl Dashboard {
    /// Every session of the server a database is on, Heron's own left out. What their statements say of somebody's data
    /// is left out too: literals are replaced.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn activity(&self, viewer: &Person, id: &DatabaseId) -> Result<Reading<Vec<Session>>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        Ok(self.shown_sessions(id, readings.activity(target, self.patience).await))
    }

    /// The limits of connections of the server a database is on, and what is used of them.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn connections(&self, viewer: &Person, id: &DatabaseId) -> Result<Reading<ConnectionUse>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        Ok(readings.connections(target, self.patience).await)
    }
}
