//! All databases at a glance.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use advisor::Rule;
use futures::future::join_all;
use model::{Check, DatabaseId, Finding, FleetRow, Outcome, Overview, Person, Role, Scope, Timestamp};

use crate::{Dashboard, Result, allow};

impl Dashboard {
    /// A row for every watched database, worst first; all are asked at once.
    ///
    /// Databases of one server stay together, and what is wrong with that server has a row of its own before them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn fleet(&self, viewer: &Person) -> Result<Vec<FleetRow>> {
        allow(viewer, Role::Viewer)?;
        let ids: Vec<DatabaseId> = self.fleet.ids().cloned().collect();
        let glances = join_all(ids.iter().map(|id| self.overview(viewer, id))).await;
        // In the order of the configuration.
        let mut servers: Vec<(String, Vec<Glance>)> = Vec::new();
        for (id, overview) in ids.into_iter().zip(glances) {
            let address = self.target(&id)?.0.address();
            let glance = Glance { id, overview: overview? };
            match servers.iter_mut().find(|(known, _)| *known == address) {
                Some((_, glances)) => glances.push(glance),
                None => servers.push((address, vec![glance])),
            }
        }
        let mut groups: Vec<Vec<FleetRow>> =
            servers.into_iter().map(|(address, glances)| rows(&address, &glances)).collect();
        // Stable: what is as bad as each other stays in the configuration's order.
        groups.sort_by_key(|rows| Reverse(rows.iter().map(badness).max()));
        Ok(groups.into_iter().flatten().collect())
    }
}

/// A database and what the checks say of it.
struct Glance {
    id: DatabaseId,
    overview: Arc<Overview>,
}

fn badness(row: &FleetRow) -> (bool, Option<model::Severity>, bool) {
    (row.unreachable.is_some(), row.worst, row.not_run > 0)
}

/// The rows of one server: first its own, if several databases share it and there is something to say of it.
fn rows(address: &str, glances: &[Glance]) -> Vec<FleetRow> {
    if let [glance] = glances {
        return vec![database(glance, |_| true, |_| true)];
    }
    let mut rows: Vec<FleetRow> = glances
        .iter()
        .map(|glance| database(glance, |finding| finding.scope == Scope::Database, |check| !is_of_server(check)))
        .collect();
    rows.sort_by_key(|row| Reverse(badness(row)));
    rows.splice(0..0, server(address, glances));
    rows
}

fn is_of_server(check: Check) -> bool {
    Rule::of(check).is_some_and(|rule| rule.scope == Scope::Server)
}

/// A database's row, of those findings and those checks that did not run.
fn database(glance: &Glance, counts: impl Fn(&Finding) -> bool, runs: impl Fn(Check) -> bool) -> FleetRow {
    let (report, server) = (&glance.overview.report, &glance.overview.server);
    let not_run = report.not_run().filter(|not_run| runs(not_run.check)).count();
    FleetRow {
        not_run: not_run as u32,
        unreachable: server.is_none().then(|| report.not_run().next().map(|not_run| not_run.reason)).flatten(),
        ..row(glance, report.taken_at, report.findings().filter(|finding| counts(finding)))
    }
}

/// The row of a server with several databases, each finding once; none if all is well with it.
fn server(address: &str, glances: &[Glance]) -> Option<FleetRow> {
    let asked: Vec<&Glance> = glances.iter().filter(|glance| glance.overview.server.is_some()).collect();
    let mut findings: BTreeMap<(Check, &str), &Finding> = BTreeMap::new();
    for finding in asked.iter().flat_map(|glance| glance.overview.report.findings()) {
        if finding.scope == Scope::Server {
            findings.entry((finding.check, &finding.object)).or_insert(finding);
        }
    }
    // What one database's role may not see, another's may.
    let blind = |check: Check| {
        let verdicts = asked.iter().flat_map(|glance| &glance.overview.report.verdicts);
        let outcomes: Vec<_> =
            verdicts.filter(|verdict| verdict.check == check).map(|verdict| &verdict.outcome).collect();
        !outcomes.is_empty() && outcomes.iter().all(|outcome| matches!(outcome, Outcome::NotRun(_)))
    };
    let not_run = advisor::RULES.iter().filter(|rule| rule.scope == Scope::Server && blind(rule.check)).count();
    let first = asked.first()?;
    let taken_at = asked.iter().map(|glance| glance.overview.report.taken_at).min()?;
    let row = FleetRow {
        of_server: Some(address.to_owned()),
        not_run: not_run as u32,
        ..row(first, taken_at, findings.into_values())
    };
    (row.findings > 0 || row.not_run > 0).then_some(row)
}

fn row<'a>(glance: &Glance, taken_at: Timestamp, findings: impl Iterator<Item = &'a Finding>) -> FleetRow {
    let findings: Vec<&Finding> = findings.collect();
    // Of findings as bad as each other the first.
    let worst =
        findings.iter().copied().reduce(|worst, next| if next.severity > worst.severity { next } else { worst });
    FleetRow {
        id: glance.id.clone(),
        of_server: None,
        taken_at,
        server_version: glance.overview.report.server_version.clone(),
        worst: worst.map(|finding| finding.severity),
        title: worst.map(|finding| finding.title.clone()),
        findings: findings.len() as u32,
        not_run: 0,
        unreachable: None,
    }
}

#[cfg(test)]
mod tests {
    use model::{Report, Server, Severity, Verdict};

    use super::*;

    fn server_reading() -> Server {
        serde_json::from_value(serde_json::json!({
            "version_num": 160_014, "version": "16.14", "database": "app", "user": "heron", "in_recovery": false,
            "started_at": 1, "max_connections": 100, "freeze_max_age": 1, "reads_all_stats": true,
            "reads_all_settings": true, "superuser": false, "tracking": [], "stat_statements_available": true
        }))
        .unwrap()
    }

    fn verdict(check: Check, outcome: Outcome) -> Verdict {
        Verdict { check, sentence: String::new(), number: None, outcome, notes: vec![], taken_at: Timestamp(0) }
    }

    fn found(check: Check, object: &str, scope: Scope, severity: Severity) -> Verdict {
        let finding = Finding {
            check,
            severity,
            object: object.into(),
            scope,
            title: format!("{object} is wrong"),
            detail: String::new(),
            remedy: None,
            evidence: [].into(),
        };
        verdict(check, Outcome::Found(vec![finding]))
    }

    fn glance(id: &str, verdicts: Vec<Verdict>) -> Glance {
        let report = Report { database: id.into(), server_version: None, taken_at: Timestamp(0), verdicts };
        let overview = Overview {
            report,
            server: Some(server_reading()),
            connections: None,
            connection_use: None,
            size: None,
            now: Timestamp(0),
        };
        Glance { id: DatabaseId(id.into()), overview: overview.into() }
    }

    #[test]
    fn finding_of_a_server_is_shown_once() {
        let of_both = || found(Check::Setting, "fsync", Scope::Server, Severity::Critical);
        let blind = || verdict(Check::Connections, Outcome::NotRun("because".into()));
        let own = found(Check::DuplicateIndex, "i", Scope::Database, Severity::Warning);
        let glances = [glance("a", vec![of_both(), blind()]), glance("b", vec![of_both(), blind(), own])];
        let rows = rows("db:5432", &glances);
        let told: Vec<_> =
            rows.iter().map(|row| (row.of_server.as_deref(), row.id.0.as_str(), row.findings, row.not_run)).collect();
        assert_eq!(told, [(Some("db:5432"), "a", 1, 1), (None, "b", 1, 0), (None, "a", 0, 0)]);
        assert_eq!(rows[0].title.as_deref(), Some("fsync is wrong"));
    }

    #[test]
    fn server_check_runs_if_it_runs_for_one_database() {
        let blind = verdict(Check::Connections, Outcome::NotRun("because".into()));
        let glances = [glance("a", vec![blind]), glance("b", vec![verdict(Check::Connections, Outcome::Healthy)])];
        let rows = rows("db:5432", &glances);
        // There is nothing to say of the server.
        assert!(rows.len() == 2 && rows.iter().all(|row| row.of_server.is_none() && row.not_run == 0), "{rows:?}");
    }

    #[test]
    fn only_database_of_a_server_has_all_its_findings() {
        let rows =
            rows("db:5432", &[glance("a", vec![found(Check::Setting, "fsync", Scope::Server, Severity::Critical)])]);
        assert_eq!((rows.len(), rows[0].findings, rows[0].of_server.clone()), (1, 1, None));
    }
}
