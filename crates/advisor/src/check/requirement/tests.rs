//! Each requirement taken away in turn.

use model::{Outcome, Severity};

use super::*;
use crate::{
    Thresholds, Workload,
    fixture::{NOW, ago, index, readings, session, statement},
};

/// A server on which every check has something to find.
fn troubled() -> Readings {
    let mut readings = readings();
    readings.activity.answer = Ok(vec![
        Session { state_change: Some(ago(900)), ..session(1, "idle in transaction") },
        Session { query_start: Some(ago(900)), blocked_by: vec![1], ..session(2, "active") },
    ]);
    readings.indexes.answer =
        Ok(vec![model::Index { scans: 0, size: model::Bytes(64 << 20), ..index("orders", "unused", &["a"]) }].into());
    readings.caches.answer = Ok(model::Caches { table_hit: 900_000, table_read: 500_000, ..Default::default() });
    readings.statements.answer =
        Ok(Workload { since: None, statements: vec![statement("1", "app", 1_000, 500.0, Some("select 1"))] });
    readings
}

/// Takes a requirement away.
fn without(requirement: Requirement, mut readings: Readings) -> Option<Readings> {
    let server = readings.server.answer.as_mut().unwrap();
    let mut off = |name: &str, value: &str| {
        let setting = server.tracking.iter_mut().find(|setting| setting.name == name).unwrap();
        setting.value = value.into();
    };
    match requirement {
        Requirement::TrackActivities => off("track_activities", "off"),
        Requirement::TrackCounts => off("track_counts", "off"),
        Requirement::TrackStatements => off("pg_stat_statements.track", "none"),
        Requirement::ComputeQueryId => off("compute_query_id", "off"),
        Requirement::StatStatements => server.stat_statements = None,
        Requirement::ReadAllStats => {
            server.reads_all_stats = false;
            let hidden = Session { state: None, query: None, query_start: None, ..session(9, "active") };
            readings.activity.answer.as_mut().unwrap().push(hidden);
            let hidden = model::Standby { state: None, ..model::Standby::default() };
            readings.replication.answer.as_mut().unwrap().standbys.push(hidden);
        }
        Requirement::ReadAllSettings => server.reads_all_settings = false,
        // What they hide differs by object.
        Requirement::SelectOnSequences | Requirement::SelectOnTables => return None,
    }
    Some(readings)
}

#[test]
fn requirement_unmet_leaves_no_check_green() {
    for requirement in Requirement::ALL {
        for all in [readings(), troubled()] {
            let Some(blind) = without(requirement, all) else { continue };
            for rule in RULES {
                let verdict = rule.judge(&blind, &Thresholds::default(), NOW);
                let need = rule.requires.iter().find(|need| need.requirement() == requirement);
                match (need, &verdict.outcome) {
                    (Some(Need::Answer(_)), Outcome::NotRun(reason)) => {
                        assert!(!reason.is_empty(), "{verdict:?}");
                    }
                    (Some(Need::Answer(_)), _) => panic!("{requirement:?} is missing: {verdict:?}"),
                    (Some(Need::Complete(_)), Outcome::Healthy) => {
                        panic!("{requirement:?} is missing: {verdict:?}")
                    }
                    (Some(Need::Complete(_) | Need::Explain(_)), Outcome::Found(_)) => {
                        assert!(!verdict.notes.is_empty(), "{requirement:?} is missing: {verdict:?}");
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn requirement_names_statement_that_fixes_it() {
    let cases = [
        (Requirement::TrackActivities, "ALTER SYSTEM SET track_activities = 'on'; SELECT pg_reload_conf();"),
        (Requirement::TrackCounts, "ALTER SYSTEM SET track_counts = 'on'; SELECT pg_reload_conf();"),
        (Requirement::TrackStatements, "ALTER SYSTEM SET pg_stat_statements.track = 'top'; SELECT pg_reload_conf();"),
        (Requirement::ComputeQueryId, "ALTER SYSTEM SET compute_query_id = 'auto'; SELECT pg_reload_conf();"),
        (Requirement::StatStatements, "CREATE EXTENSION pg_stat_statements;"),
        (Requirement::ReadAllStats, "GRANT pg_monitor TO heron;"),
        (Requirement::ReadAllSettings, "GRANT pg_monitor TO heron;"),
    ];
    for (requirement, fix) in cases {
        let blind = without(requirement, readings()).unwrap();
        let state = requirements(Ok(blind.server.value().unwrap()));
        let unmet: Vec<_> = state.iter().filter(|state| state.met == Met::No).collect();
        assert_eq!(unmet.len(), 1, "{unmet:?}");
        assert_eq!((unmet[0].name.as_str(), unmet[0].fix.as_deref()), (requirement.name(), Some(fix)));
    }
}

#[test]
fn setting_is_fixed_where_it_was_set() {
    let cases = [
        ("database", Some("ALTER DATABASE app RESET track_counts;")),
        ("user", Some("ALTER ROLE heron RESET track_counts;")),
        ("database user", Some("ALTER ROLE heron IN DATABASE app RESET track_counts;")),
        ("global", Some("ALTER ROLE ALL RESET track_counts;")),
        ("command line", None),
    ];
    for (source, fix) in cases {
        let mut blind = without(Requirement::TrackCounts, readings()).unwrap();
        let server = blind.server.answer.as_mut().unwrap();
        server.tracking.iter_mut().for_each(|setting| setting.source = source.into());
        assert_eq!(Requirement::TrackCounts.unmet(server).unwrap().fix.as_deref(), fix, "{source}");
    }
}

#[test]
fn setting_off_for_another_role_is_unmet() {
    let mut readings = troubled();
    let server = readings.server.answer.as_mut().unwrap();
    let over = |in_database| model::RoleOverride { role: "Batch".into(), in_database };
    server.tracking.iter_mut().for_each(|setting| setting.off_for = vec![over(false), over(true)]);
    let verdict = super::super::Rule::of(Check::UnusedIndex).unwrap().judge(&readings, &Thresholds::default(), NOW);
    let Outcome::NotRun(reason) = &verdict.outcome else { panic!("{verdict:?}") };
    assert!(reason.contains("off for role \"Batch\""), "{reason}");
    let fix = "ALTER ROLE \"Batch\" RESET track_counts; ALTER ROLE \"Batch\" IN DATABASE app RESET track_counts;";
    assert!(reason.ends_with(fix), "{reason}");
    // Whose statements are not recorded is mentioned; that may be on purpose.
    let verdict = super::super::Rule::of(Check::SlowQuery).unwrap().judge(&readings, &Thresholds::default(), NOW);
    assert_eq!((verdict.findings().len(), verdict.notes.len()), (1, 2));
}

#[test]
fn privilege_is_not_missed_where_nothing_is_hidden() {
    let mut readings = readings();
    readings.server.answer.as_mut().unwrap().reads_all_stats = false;
    let judged = |readings: &Readings, check| {
        let verdict = super::super::Rule::of(check).unwrap().judge(readings, &Thresholds::default(), NOW);
        verdict.outcome
    };
    // Every session is the role's own. Statements of other roles may be hidden.
    assert_eq!(judged(&readings, Check::LongRunningQuery), Outcome::Healthy);
    assert!(matches!(judged(&readings, Check::SlowQuery), Outcome::NotRun(reason) if reason.contains("pg_monitor")));
    readings.activity.answer.as_mut().unwrap().push(session(3, "disabled"));
    assert!(
        matches!(judged(&readings, Check::LongRunningQuery), Outcome::NotRun(reason) if reason.contains("track_activities"))
    );
    let verdict = super::super::Rule::of(Check::StatisticsMissing).unwrap();
    let verdict = verdict.judge(&readings, &Thresholds::default(), NOW);
    assert_eq!(verdict.severity(), Some(Severity::Info));
}
