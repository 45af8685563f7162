//! The checks, one module each, and the order in which their verdicts are read.

use std::cmp::Reverse;

use model::{Check, Finding, Outcome, Scope, Timestamp, Verdict};

use crate::{
    Readings, Subject, Thresholds,
    answer::{CannotTell, Said},
};

mod archiving;
mod autovacuum_off;
mod blocked_query;
mod cache_hit_rate;
mod connections;
mod documentation;
mod duplicate_index;
mod extension_outdated;
mod foreign_key_index;
mod foreign_key_type;
mod idle_in_transaction;
mod inactive_replication_slot;
mod index_bloat;
mod invalid_constraint;
mod invalid_index;
mod long_running_query;
mod multixact_wraparound;
mod never_vacuumed;
mod no_primary_key;
mod prepared_transaction;
mod replication_lag;
mod replication_slot_lag;
mod requirement;
mod sequence_overflow;
mod sessions;
mod setting;
mod slow_query;
mod statistics_missing;
#[cfg(feature = "advice")]
mod suggested_index;
mod table_bloat;
mod transaction_id_wraparound;
mod unused_index;
mod wraparound;

pub use self::{
    documentation::{documentation, privileges},
    requirement::{Need, Requirement, Unmet, requirements},
};

/// A check that can be asked.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Which one.
    pub check: Check,
    /// What it looks at; the rest of [`Readings`] may be unasked.
    pub needs: &'static [Subject],
    /// What the server must have and the role be granted. What [`Need::Answer`] and [`Need::Complete`] name is evaluated from
    /// [`Subject::Server`], which the check then needs.
    pub requires: &'static [Need],
    /// What its findings are about, unless [`Finding::scope`] says otherwise.
    pub scope: Scope,
    also_of_server: Option<fn(&Finding) -> bool>,
    ask: fn(&Readings, &Thresholds, Timestamp) -> Said,
}

/// Every check, in the order in which equally bad verdicts are shown.
pub static RULES: &[Rule] = {
    use Need::{Answer, Complete, Explain, PerObject};
    use Requirement::{
        ComputeQueryId, ReadAllSettings, ReadAllStats, SelectOnSequences, SelectOnTables, StatStatements,
        TrackActivities, TrackCounts, TrackStatements,
    };
    use Subject::{
        Activity, Archiver, Bloat, Caches, Connections, Constraints, Extensions, ForeignKeys, Indexes, Prepared,
        Replication, Sequences, Server, Settings, Statements, Tables, Vacuum,
    };
    const SESSIONS: &[Need] = &[Complete(TrackActivities), Complete(ReadAllStats)];
    const STATEMENTS: &[Need] =
        &[Answer(StatStatements), Answer(TrackStatements), Answer(ComputeQueryId), Complete(ReadAllStats)];
    const fn rule(check: Check, needs: &'static [Subject], ask: fn(&Readings, &Thresholds, Timestamp) -> Said) -> Rule {
        Rule { check, needs, requires: &[], scope: Scope::Database, also_of_server: None, ask }
    }
    &[
        rule(Check::BlockedQuery, &[Server, Activity], blocked_query::judge).requires(SESSIONS),
        rule(Check::Connections, &[Activity, Connections], connections::judge).of_server(),
        rule(Check::IdleInTransaction, &[Server, Activity], idle_in_transaction::judge).requires(SESSIONS),
        rule(Check::PreparedTransaction, &[Prepared], prepared_transaction::judge).of_server(),
        rule(Check::LongRunningQuery, &[Server, Activity], long_running_query::judge).requires(SESSIONS),
        rule(Check::ReplicationLag, &[Server, Replication], replication_lag::judge)
            .requires(&[Complete(ReadAllStats)])
            .of_server(),
        rule(Check::InactiveReplicationSlot, &[Replication], inactive_replication_slot::judge).of_server(),
        rule(Check::ReplicationSlotLag, &[Replication], replication_slot_lag::judge).of_server(),
        rule(Check::Archiving, &[Archiver], archiving::judge).of_server(),
        rule(Check::TransactionIdWraparound, &[Server, Vacuum], transaction_id_wraparound::judge)
            .requires(&[Explain(ReadAllStats)])
            .of_server_where(wraparound::is_of_server),
        rule(Check::MultixactWraparound, &[Server, Vacuum], multixact_wraparound::judge)
            .requires(&[Explain(ReadAllStats)])
            .of_server_where(wraparound::is_of_server),
        rule(Check::AutovacuumOff, &[Vacuum, Tables], autovacuum_off::judge)
            .of_server_where(|finding| finding.object == "server"),
        rule(Check::NeverVacuumed, &[Server, Vacuum, Tables], never_vacuumed::judge).requires(&[Answer(TrackCounts)]),
        rule(Check::Setting, &[Server, Settings], setting::judge).requires(&[Complete(ReadAllSettings)]).of_server(),
        rule(Check::SequenceOverflow, &[Sequences], sequence_overflow::judge).requires(&[PerObject(SelectOnSequences)]),
        rule(Check::ForeignKeyType, &[ForeignKeys, Sequences], foreign_key_type::judge)
            .requires(&[PerObject(SelectOnSequences)]),
        rule(Check::InvalidIndex, &[Indexes], invalid_index::judge).requires(&[Explain(ReadAllStats)]),
        rule(Check::InvalidConstraint, &[Constraints], invalid_constraint::judge),
        rule(Check::SlowQuery, &[Server, Statements], slow_query::judge).requires(STATEMENTS),
        #[cfg(feature = "advice")]
        rule(Check::SuggestedIndex, &[Server, Statements, Indexes, Subject::Relations], suggested_index::judge)
            .requires(&[
                Answer(StatStatements),
                Answer(TrackStatements),
                Answer(ComputeQueryId),
                Complete(ReadAllStats),
                PerObject(SelectOnTables),
            ]),
        rule(Check::ForeignKeyIndex, &[Server, ForeignKeys, Indexes, Tables], foreign_key_index::judge)
            .requires(&[Answer(TrackCounts)]),
        rule(Check::DuplicateIndex, &[Indexes], duplicate_index::judge),
        rule(Check::UnusedIndex, &[Server, Indexes], unused_index::judge).requires(&[Answer(TrackCounts)]),
        rule(Check::IndexBloat, &[Bloat], index_bloat::judge).requires(&[PerObject(SelectOnTables)]),
        rule(Check::TableBloat, &[Bloat], table_bloat::judge).requires(&[PerObject(SelectOnTables)]),
        rule(Check::NoPrimaryKey, &[Tables], no_primary_key::judge),
        rule(Check::CacheHitRate, &[Server, Caches], cache_hit_rate::judge).requires(&[Answer(TrackCounts)]),
        rule(Check::ExtensionOutdated, &[Extensions], extension_outdated::judge),
        rule(Check::StatisticsMissing, &[Server, Statements], statistics_missing::judge)
            .of_server_where(|finding| finding.object == "server"),
    ]
};

impl Rule {
    /// The rule of `check`; none for index advice when it was not compiled in.
    pub fn of(check: Check) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.check == check)
    }

    /// With what it needs besides its subjects.
    const fn requires(self, requires: &'static [Need]) -> Self {
        Self { requires, ..self }
    }

    /// With all its findings about the whole server.
    const fn of_server(self) -> Self {
        Self { scope: Scope::Server, ..self }
    }

    /// With those of its findings about the whole server.
    const fn of_server_where(self, also_of_server: fn(&Finding) -> bool) -> Self {
        Self { also_of_server: Some(also_of_server), ..self }
    }

    /// Whether the finding is about the database or about its whole server.
    fn scope(&self, finding: &Finding) -> Scope {
        if self.also_of_server.is_some_and(|of_server| of_server(finding)) { Scope::Server } else { self.scope }
    }

    /// What is lacking that the check can do without.
    ///
    /// # Errors
    /// What is lacking that it cannot do without.
    fn lacking(&self, readings: &Readings) -> Result<Lacking, CannotTell> {
        let mut lacking = Lacking::default();
        for need in self.requires {
            let server = match (need, &readings.server.answer) {
                (Need::PerObject(_), _) | (Need::Explain(_), Err(_)) => continue,
                (_, server) => server.as_ref()?,
            };
            match (need, need.requirement().lacking(server, readings, self.needs)) {
                (_, None) => {}
                (_, Some(unmet)) if unmet.part => lacking.roles.push(unmet.to_string()),
                (Need::Answer(_), Some(unmet)) => return Err(CannotTell(unmet.to_string())),
                (Need::Complete(_), Some(unmet)) => lacking.part.push(unmet.to_string()),
                (_, Some(unmet)) => lacking.cause.push(unmet.to_string()),
            }
        }
        Ok(lacking)
    }

    /// What the check lacks, as sentences; empty if it can answer in full.
    pub fn lacks(&self, readings: &Readings) -> Vec<String> {
        match self.lacking(readings) {
            Err(CannotTell(reason)) => vec![reason],
            Ok(Lacking { part, roles, .. }) => part.into_iter().chain(roles).collect(),
        }
    }

    /// What the check says, once it is known that its requirements are met; "nothing found" only if everything was seen.
    fn answer(&self, readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
        let lacking = self.lacking(readings)?;
        let mut answer = (self.ask)(readings, thresholds, now)?;
        answer.notes.extend(lacking.roles);
        if answer.findings.is_empty() {
            return match lacking.part.is_empty() || !answer.applicable {
                true => Ok(answer),
                false => Err(CannotTell(lacking.part.join(" "))),
            };
        }
        answer.notes.extend(lacking.part.into_iter().chain(lacking.cause));
        Ok(answer)
    }

    /// This check's verdict.
    pub fn judge(&self, readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Verdict {
        let taken_at = self.needs.iter().map(|subject| readings.taken_at(*subject)).min().unwrap_or(now);
        let verdict = |sentence, number, outcome, notes| Verdict {
            check: self.check,
            sentence,
            number,
            outcome,
            notes,
            taken_at,
        };
        match self.answer(readings, thresholds, now) {
            Err(CannotTell(reason)) => {
                let sentence = format!("{}: cannot tell", self.check.title());
                verdict(sentence, None, Outcome::NotRun(reason), vec![])
            }
            Ok(answer) => {
                let mut findings = answer.findings;
                findings.iter_mut().for_each(|finding| finding.scope = self.scope(finding));
                findings.sort_by_key(|finding: &Finding| Reverse(finding.severity));
                let outcome = match () {
                    () if !answer.applicable => Outcome::NotApplicable,
                    () if findings.is_empty() => Outcome::Healthy,
                    () => Outcome::Found(findings),
                };
                verdict(answer.sentence, answer.number, outcome, answer.notes)
            }
        }
    }
}

/// What a check can do without, as sentences.
#[derive(Default)]
struct Lacking {
    /// What part is not seen.
    part: Vec<String>,
    /// What causes are not seen.
    cause: Vec<String>,
    /// What roles are left out.
    roles: Vec<String>,
}

/// Every check's verdict, worst first: critical, warning, info, could not look, healthy, does not arise.
pub fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = RULES.iter().map(|rule| rule.judge(readings, thresholds, now)).collect();
    verdicts.sort_by_key(|verdict| {
        let rank = match &verdict.outcome {
            Outcome::Found(_) => 0,
            Outcome::NotRun(_) => 1,
            Outcome::Healthy => 2,
            Outcome::NotApplicable => 3,
        };
        (rank, Reverse(verdict.severity()))
    });
    verdicts
}

/// Which of two levels a value has reached, for checks with a warning and a critical one.
fn level(value: f64, warning: f64, critical: f64) -> Option<model::Severity> {
    match () {
        () if value >= critical => Some(model::Severity::Critical),
        () if value >= warning => Some(model::Severity::Warning),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::{Check, Outcome, Severity};

    use super::*;
    use crate::fixture::{NOW, readings};

    #[test]
    fn every_check_has_one_rule() {
        let checks: BTreeSet<Check> = RULES.iter().map(|rule| rule.check).collect();
        assert_eq!(checks.len(), RULES.len());
        assert!(checks.contains(&Check::SuggestedIndex));
        assert_eq!(checks.len(), 29, "every variant of model::Check");
    }

    /// O1 to O12; defect 6.
    #[test]
    fn no_check_is_green_on_what_was_not_read_10_6() {
        for verdict in judge(&Readings::unasked(NOW), &Thresholds::default(), NOW) {
            assert!(matches!(verdict.outcome, Outcome::NotRun(_)), "{verdict:?}");
        }
    }

    #[test]
    fn each_check_needs_only_what_it_says() {
        for rule in RULES {
            let mut only = Readings::unasked(NOW);
            let all = readings();
            for subject in rule.needs {
                match subject {
                    Subject::Server => only.server = all.server.clone(),
                    Subject::Activity => only.activity = all.activity.clone(),
                    Subject::Connections => only.connections = all.connections.clone(),
                    Subject::Replication => only.replication = all.replication.clone(),
                    Subject::Archiver => only.archiver = all.archiver.clone(),
                    Subject::Caches => only.caches = all.caches.clone(),
                    Subject::Vacuum => only.vacuum = all.vacuum.clone(),
                    Subject::Prepared => only.prepared = all.prepared.clone(),
                    Subject::Sequences => only.sequences = all.sequences.clone(),
                    Subject::Indexes => only.indexes = all.indexes.clone(),
                    Subject::Constraints => only.constraints = all.constraints.clone(),
                    Subject::Tables => only.tables = all.tables.clone(),
                    Subject::Settings => only.settings = all.settings.clone(),
                    Subject::Extensions => only.extensions = all.extensions.clone(),
                    Subject::ForeignKeys => only.foreign_keys = all.foreign_keys.clone(),
                    Subject::Bloat => only.bloat = all.bloat.clone(),
                    Subject::Statements => only.statements = all.statements.clone(),
                    Subject::Relations => only.relations = all.relations.clone(),
                }
            }
            let thresholds = Thresholds::default();
            assert_eq!(rule.judge(&only, &thresholds, NOW), rule.judge(&all, &thresholds, NOW));
        }
    }

    /// O1 to O12.
    #[test]
    fn a_quiet_server_is_healthy() {
        for verdict in judge(&readings(), &Thresholds::default(), NOW) {
            assert!(
                matches!(verdict.outcome, Outcome::Healthy | Outcome::NotApplicable),
                "{}: {:?}",
                verdict.check,
                verdict.outcome
            );
        }
    }

    #[test]
    fn the_worst_comes_first() {
        let mut readings = readings();
        readings.constraints.answer = Err(model::Missing::new(model::Why::Timeout, "too slow"));
        readings.caches.answer = Ok(model::Caches { table_hit: 900_000, table_read: 50_000, ..Default::default() });
        readings.vacuum.answer = Ok(crate::fixture::vacuum(vec![crate::fixture::freeze_age("t", 2_000_000_000)]));
        let verdicts = judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdicts[0].severity(), Some(Severity::Critical));
        assert_eq!(verdicts[1].check, Check::CacheHitRate);
        assert_eq!(verdicts[2].outcome, Outcome::NotRun("too slow".into()));
        assert_eq!(verdicts.last().map(|last| &last.outcome), Some(&Outcome::NotApplicable));
    }
}
