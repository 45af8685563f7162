//! Standbys and slots.

use advisor::Readings;
use model::{Check, DatabaseId, JudgedReplication, Person, Role};

use crate::{Dashboard, Result, allow, now};

impl Dashboard {
    /// The place in replication of the server a database is on, and whether anything is late or left behind.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn replication(&self, viewer: &Person, id: &DatabaseId) -> Result<JudgedReplication> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let (server, replication) =
            futures::join!(readings.server(target, self.patience), readings.replication(target, self.patience));
        let read = Readings { server, replication, ..Readings::unasked(now()) };
        let verdicts = self.verdicts(id, &read, &[Check::ReplicationLag, Check::InactiveReplicationSlot]);
        Ok(JudgedReplication { verdicts, reading: read.replication })
    }
}
