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
            let (vacuum, analyze) = missing(table, settings, thresholds.never_vacuumed_rows);
            let (never, sql) = match (vacuum, analyze) {
                (true, true) => ("vacuumed and never analyzed", "VACUUM (ANALYZE, VERBOSE)"),
                (true, false) => ("vacuumed", "VACUUM (VERBOSE)"),
                (false, true) => ("analyzed", "ANALYZE (VERBOSE)"),
                (false, false) => return None,
            };
            let name = table.qualified();
            let dead = if vacuum { "Dead rows take space and are read along with the others. " } else { "" };
            let blind = if analyze { "The planner guesses what is in it, and plans accordingly. " } else { "" };
            let found = finding(CHECK, Severity::Warning, format!("{}.{}", table.schema, table.name))
                .title(format!("{name} was never {never}{counted}"))
                .detail(format!(
                    "{} live, {} dead, {} changed and never looked at. {dead}{blind}Autovacuum should have come: it is off, \
                     too busy, or held up by locks.",
                    Count(table.n_live_tup).of("row is", "rows are"),
                    Count(table.n_dead_tup),
                    Count(table.n_mod_since_analyze)
                ))
                .remedy(format!("{sql} {name};"), "It reads the table, and slows nobody down but by that.")
                .fact("live_rows", table.n_live_tup)
                .fact("dead_rows", table.n_dead_tup)
                .fact("changed_since_analyze", table.n_mod_since_analyze)
                .fact("autovacuum", table.autovacuum && settings.works());
            Some(found.build())
        })
        .collect();
    Ok(Answer::found(findings, "Every table that changes is vacuumed and analyzed", |n| {
        Count(n).of("table was never vacuumed or analyzed", "tables were never vacuumed or analyzed")
    }))
}

/// Whether the table has gone without a vacuum, and without an analyze, for too many rows.
fn missing(table: &Table, settings: VacuumSettings, at_least: i64) -> (bool, bool) {
    let rows = table.n_live_tup as f64;
    let many = |changed: i64, due: f64| changed >= at_least && changed as f64 > 2.0 * due;
    (
        table.vacuumed_at().is_none() && many(table.n_dead_tup, settings.vacuum_at(rows)),
        table.analyzed_at().is_none() && many(table.n_mod_since_analyze, settings.analyze_at(rows)),
    )
}

#[cfg(test)]
mod tests {
    use model::Outcome;

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
    fn a_standby_vacuums_nothing() {
        let mut readings = readings();
        readings.server.answer.as_mut().unwrap().in_recovery = true;
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::NotApplicable);
    }
}
