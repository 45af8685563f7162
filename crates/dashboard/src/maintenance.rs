//! How well a database is looked after.

use std::{cmp::Reverse, sync::Arc};

use advisor::{Readings, Rule};
use model::{Check, DatabaseId, Maintenance, Person, Reading, Role, Verdict};

use crate::{Dashboard, Result, allow, now};

/// The checks that vacuum is about.
const CHECKS: [Check; 5] = [
    Check::PreparedTransaction,
    Check::TransactionIdWraparound,
    Check::MultixactWraparound,
    Check::AutovacuumOff,
    Check::NeverVacuumed,
];

impl Dashboard {
    /// How far a database is from wraparound and why, what maintenance runs now, and when each table was last vacuumed and
    /// analyzed.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn maintenance(&self, viewer: &Person, id: &DatabaseId) -> Result<Maintenance> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let patience = self.patience;
        let (server, vacuum, prepared, progress, tables) = futures::join!(
            readings.server(target, patience),
            readings.vacuum(target, patience),
            readings.prepared(target, patience),
            readings.progress(target, patience),
            readings.tables(target, patience),
        );
        let in_recovery = server.value().map(|server| server.in_recovery);
        let read = Readings { server, vacuum, prepared, tables, ..Readings::unasked(now()) };
        let verdicts = self.verdicts(id, &read, &CHECKS);
        let Reading { taken_at, took, answer } = read.tables;
        let tables = Reading { taken_at, took, answer: answer.map(Arc::unwrap_or_clone) };
        Ok(Maintenance { verdicts, in_recovery, vacuum: read.vacuum, prepared: read.prepared, progress, tables })
    }

    /// What some checks say of what was read for them, worst first.
    pub(crate) fn verdicts(&self, id: &DatabaseId, read: &Readings, checks: &[Check]) -> Vec<Verdict> {
        let (thresholds, now) = (&self.settings(id).thresholds, now());
        let rules = checks.iter().filter_map(|check| Rule::of(*check));
        let mut verdicts: Vec<Verdict> = rules.map(|rule| rule.judge(read, thresholds, now)).collect();
        verdicts.sort_by_key(|verdict| Reverse(verdict.severity()));
        verdicts
    }
}
