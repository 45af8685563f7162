//! Standbys and slots.

use advisor::Readings;
use model::{Archiver, Bytes, Check, DatabaseId, HostMetric, JudgedReplication, Person, Reading, Role};
use probe::cloud::Span;

use crate::{Dashboard, Result, allow, now};

/// The checks of what leaves the server as WAL.
const CHECKS: [Check; 4] =
    [Check::ReplicationLag, Check::InactiveReplicationSlot, Check::ReplicationSlotLag, Check::Archiving];

impl Dashboard {
    /// The place in replication of the server a database is on, and whether anything is late or left behind.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn replication(&self, viewer: &Person, id: &DatabaseId) -> Result<JudgedReplication> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let (server, replication, archiver) = futures::join!(
            readings.server(target, self.patience),
            readings.replication(target, self.patience),
            readings.archiver(target, self.patience)
        );
        let archiver = self.with_free_disk(id, readings, archiver).await;
        let read = Readings { server, replication, archiver, ..Readings::unasked(now()) };
        let verdicts = self.verdicts(id, &read, &CHECKS);
        Ok(JudgedReplication { verdicts, reading: read.replication, archiver: read.archiver })
    }

    /// The free space on the disk of a server whose archive is behind, if a cloud is configured that measures it.
    pub(crate) async fn with_free_disk(
        &self,
        id: &DatabaseId,
        readings: &crate::readings::Readings,
        mut archiver: Reading<Archiver>,
    ) -> Reading<Archiver> {
        let cloud = &self.settings(id).cloud;
        if let Ok(archiver) = &mut archiver.answer
            && archiver.waiting_files() > Some(0)
            && cloud.is_set()
            && let Ok(span) = Span::new(now(), 1_800, 300)
        {
            let host = readings.host(cloud, span, self.patience).await;
            let free =
                host.value().and_then(|host| host.values(HostMetric::FreeSpace)?.iter().rev().find_map(|free| *free));
            archiver.free_disk = free.map(|free| Bytes(free as i64));
        }
        archiver
    }
}
