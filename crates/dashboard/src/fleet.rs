//! All databases at a glance.

use futures::future::join_all;
use model::{DatabaseId, FleetRow, Overview, Person, Role};

use crate::{Dashboard, Result, allow};

impl Dashboard {
    /// A row for every watched database, worst first; all are asked at once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn fleet(&self, viewer: &Person) -> Result<Vec<FleetRow>> {
        allow(viewer, Role::Viewer)?;
        let ids: Vec<DatabaseId> = self.fleet.ids().cloned().collect();
        let glances = join_all(ids.iter().map(|id| self.overview(viewer, id))).await;
        let rows: Result<Vec<FleetRow>> =
            ids.into_iter().zip(glances).map(|(id, glance)| Ok(row(id, &*glance?))).collect();
        let mut rows = rows?;
        // Stable: databases as bad as each other stay in the configuration's order.
        rows.sort_by_key(|row| std::cmp::Reverse((row.unreachable.is_some(), row.worst, row.not_run > 0)));
        Ok(rows)
    }
}

fn row(id: DatabaseId, glance: &Overview) -> FleetRow {
    let report = &glance.report;
    // Of findings as bad as each other the first.
    let worst = report.findings().reduce(|worst, next| if next.severity > worst.severity { next } else { worst });
    FleetRow {
        id,
        taken_at: report.taken_at,
        server_version: report.server_version.clone(),
        worst: worst.map(|finding| finding.severity),
        title: worst.map(|finding| finding.title.clone()),
        findings: report.findings().count() as u32,
        not_run: report.not_run().count() as u32,
        unreachable: glance.server.is_none().then(|| report.not_run().next().map(|not_run| not_run.reason)).flatten(),
    }
}
