//! A table that changes and was never vacuumed, or never analyzed, for as long as PostgreSQL has counted. Twice what
//! autovacuum waits for: a table that only just came due is not late.

use model::{Check, Count, Severity, Table, TableKind, Timestamp, VacuumSettings};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::NeverVacuumed;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    if readings.server.answer.as_ref()?.in_recovery {
        return Ok(Answer::not_applicable("Vacuum runs on the primary"));
    }
    let settings = readings.vacuum.answer.as_ref()?.settings;
    let tables = readings.tables.answer.as_ref()?;
    let counted = match readings.counted_since() {
        Some(since) => format!(" in the last {}", now.since(since)),
        None => " since the statistics began".to_owned(),
    };
    let findings = tables
        .iter()
        .filter(|table| table.kind != TableKind::Partitioned)
        .filter_map(|table| {
            let missing = Missing::new(table, settings, thresholds.never_vacuumed_rows);
            let (never, sql) = match (missing.vacuum || missing.toast, missing.analyze) {
                (true, true) => ("vacuumed and never analyzed", "VACUUM (ANALYZE, VERBOSE)"),
                (true, false) => ("vacuumed", "VACUUM (VERBOSE)"),
                (false, true) => ("analyzed", "ANALYZE (VERBOSE)"),
                (false, false) => return None,
            };
            let name = table.qualified();
            let toast = table.toast.as_ref().filter(|_| missing.toast && !missing.vacuum && !missing.analyze);
            let subject = if toast.is_some() { format!("The TOAST table of {name}") } else { name.to_string() };
            let dead = if missing.vacuum || missing.toast {
                "Dead rows take space and are read along with the others. "
            } else {
                ""
            };
            let blind = if missing.analyze { "The planner guesses what is in it, and plans accordingly. " } else { "" };
            let (live, dead_rows) =
                toast.map_or((table.n_live_tup, table.n_dead_tup), |toast| (toast.n_live_tup, toast.n_dead_tup));
            let on = toast.map_or(table.autovacuum, |toast| toast.autovacuum);
            let why = match (settings.works(), on) {
                (false, _) => "Autovacuum is off on this server.",
                (true, false) => "Autovacuum is off for it.",
                (true, true) => "Autovacuum is overdue: it is too busy, or locks hold it up.",
            };
            let found = finding(CHECK, Severity::Warning, format!("{}.{}", table.schema, table.name))
                .title(format!("{subject} was never {never}{counted}"))
                .detail(format!(
                    "{} live, {} dead, {} changed and never analyzed. {dead}{blind}{why}",
                    Count(live).of("row is", "rows are"),
                    Count(dead_rows),
                    Count(table.n_mod_since_analyze)
                ))
                .remedy(format!("{sql} {name};"), "It reads the table, and slows other work down only by that.")
                .fact("live_rows", live)
                .fact("dead_rows", dead_rows)
                .fact("changed_since_analyze", table.n_mod_since_analyze)
                .fact("autovacuum", on && settings.works());
            Some(found.build())
        })
        .collect();
    Ok(Answer::found(findings, "Every table that changes is vacuumed and analyzed", |n| {
        Count(n).of("table was never vacuumed or analyzed", "tables were never vacuumed or analyzed")
    }))
}

/// What a table has gone without for too many rows, by the thresholds that hold for it.
struct Missing {
    vacuum: bool,
    analyze: bool,
    /// A vacuum of its TOAST table.
    toast: bool,
}

impl Missing {
    fn new(table: &Table, settings: VacuumSettings, at_least: i64) -> Self {
        let many = |changed: i64, due: f64| changed >= at_least && changed as f64 > 2.0 * due;
        let rows = table.n_live_tup as f64;
        let own = settings.with_options(&table.options);
        let toast = table.toast.as_ref().is_some_and(|toast| {
            let due = settings.with_options(&toast.options).vacuum_at(toast.n_live_tup as f64);
            toast.vacuumed_at.is_none() && many(toast.n_dead_tup, due)
        });
        Self {
            vacuum: table.vacuumed_at().is_none() && many(table.n_dead_tup, own.vacuum_at(rows)),
            analyze: table.analyzed_at().is_none() && many(table.n_mod_since_analyze, own.analyze_at(rows)),
            toast,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Toast};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings, table},
    };

    #[test]
    fn a_table_that_changes_and_is_never_looked_after_is_found() {
        let never = Table { last_autovacuum: None, last_autoanalyze: None, n_live_tup: 100_000, ..table("t") };
        let cases = [
            (
                Table { n_dead_tup: 40_101, n_mod_since_analyze: 20_101, ..never.clone() },
                "VACUUM (ANALYZE, VERBOSE) public.t;",
            ),
            (Table { n_dead_tup: 40_101, n_mod_since_analyze: 20_100, ..never.clone() }, "VACUUM (VERBOSE) public.t;"),
            (Table { n_dead_tup: 40_100, n_mod_since_analyze: 20_101, ..never.clone() }, "ANALYZE (VERBOSE) public.t;"),
            (Table { n_dead_tup: 40_100, n_mod_since_analyze: 20_100, ..never.clone() }, ""),
            // Vacuumed by hand is vacuumed.
            (Table { n_dead_tup: 900_000, last_vacuum: Some(ago(9)), ..never.clone() }, ""),
            (Table { n_mod_since_analyze: 900_000, last_analyze: Some(ago(9)), ..never.clone() }, ""),
            // A small table, however often it changes.
            (Table { n_dead_tup: 9_999, n_mod_since_analyze: 9_999, n_live_tup: 10, ..never.clone() }, ""),
            (Table { n_dead_tup: 10_000, n_live_tup: 10, ..never.clone() }, "VACUUM (VERBOSE) public.t;"),
            (Table { kind: TableKind::Partitioned, n_mod_since_analyze: 900_000, ..never }, ""),
        ];
        for (table, sql) in cases {
            let mut readings = readings();
            readings.tables.answer = Ok(vec![table.clone()].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let remedy = verdict.findings().first().and_then(|found| found.remedy.clone());
            assert_eq!(remedy.map(|remedy| remedy.sql).unwrap_or_default(), sql, "{table:?}");
        }
    }

    #[test]
    fn thresholds_of_the_table_and_of_its_toast_table_count() {
        let options = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let changed = Table {
            last_autovacuum: None,
            last_autoanalyze: None,
            n_live_tup: 60_000,
            n_dead_tup: 60_000,
            n_mod_since_analyze: 120_000,
            ..table("t")
        };
        let late = "autovacuum_vacuum_threshold=10000000 autovacuum_vacuum_scale_factor=0 \
                    autovacuum_analyze_threshold=10000000";
        let eager = "autovacuum_vacuum_threshold=100 autovacuum_vacuum_scale_factor=0";
        let million = Table { n_live_tup: 1_000_000, n_dead_tup: 20_000, n_mod_since_analyze: 0, ..changed.clone() };
        let toast = |parameters: &str, n_dead_tup, vacuumed_at| {
            let toast = Toast { options: options(parameters), n_dead_tup, vacuumed_at, ..Toast::default() };
            Table { toast: Some(toast), ..table("t") }
        };
        let cases = [
            (changed.clone(), Some("VACUUM (ANALYZE, VERBOSE) public.t;")),
            (Table { options: options(late), ..changed }, None),
            (million.clone(), None),
            (Table { options: options(eager), ..million }, Some("VACUUM (VERBOSE) public.t;")),
            (toast("", 10_000, None), Some("VACUUM (VERBOSE) public.t;")),
            (toast("", 10_000, Some(ago(9))), None),
            (toast(late, 10_000, None), None),
        ];
        for (table, sql) in cases {
            let mut readings = readings();
            readings.tables.answer = Ok(vec![table.clone()].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let remedy = verdict.findings().first().map(|found| found.remedy.as_ref().unwrap().sql.as_str());
            assert_eq!(remedy, sql, "{table:?}");
        }
    }

    #[test]
    fn a_standby_vacuums_nothing() {
        let mut readings = readings();
        readings.server.answer.as_mut().unwrap().in_recovery = true;
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::NotApplicable);
    }
}
