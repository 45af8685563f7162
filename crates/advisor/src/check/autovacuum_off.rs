//! Autovacuum is switched off, for all tables or for some. It is then nobody's work to remove dead rows and to tell the
//! planner what changed, until the forced vacuum against wraparound comes at a time of its own choosing.

use model::{Check, Count, Finding, Severity, Table, TableKind, Timestamp, VacuumSettings};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::AutovacuumOff;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let settings = readings.vacuum.answer.as_ref()?.settings;
    let mut findings: Vec<Finding> = [("autovacuum", settings.autovacuum), ("track_counts", settings.track_counts)]
        .into_iter()
        .filter(|(_, on)| !on)
        .map(|(name, _)| global(name))
        .collect();
    let everywhere = !findings.is_empty();
    let mut unread = None;
    match &readings.tables.answer {
        Ok(tables) => {
            findings.extend(tables.iter().filter(|table| is_off(table)).map(|table| own(table, settings)));
        }
        Err(missing) if !everywhere => return Err(missing.into()),
        Err(missing) => unread = Some(format!("Which tables switch it off for themselves is not known: {missing}")),
    }
    let answer = Answer::found(findings, "Autovacuum is on", |n| match everywhere {
        true => "Autovacuum is off".into(),
        false => format!("Autovacuum is off for {}", Count(n).of("table", "tables")),
    });
    Ok(answer.note(unread))
}

fn global(name: &str) -> Finding {
    let detail = match name {
        "track_counts" => {
            "Without these counts autovacuum does not know what changed and does nothing, and Heron's pages on tables and \
             indexes stay empty."
        }
        _ => {
            "Dead rows stay where they are and tables and indexes grow; the planner works with what it knew; and forced \
             vacuums against wraparound come all the same, when there is most to do."
        }
    };
    finding(CHECK, Severity::Critical, "server")
        .title(format!("{name} is off"))
        .detail(detail)
        .remedy(
            format!("ALTER SYSTEM SET {name} = on;\nSELECT pg_reload_conf();"),
            "What has piled up is vacuumed at once; autovacuum_vacuum_cost_delay keeps that from taking all the disk can do.",
        )
        .build()
}

fn is_off(table: &Table) -> bool {
    !table.autovacuum || table.toast.as_ref().is_some_and(|toast| !toast.autovacuum)
}

fn own(table: &Table, settings: VacuumSettings) -> Finding {
    let name = table.qualified();
    let toast = table.toast.as_ref().filter(|toast| !toast.autovacuum);
    // Where the table is left out too, its numbers are the ones that matter.
    let (subject, live, dead, options) = match toast {
        Some(toast) if table.autovacuum => {
            (format!("the TOAST table of {name}"), toast.n_live_tup, toast.n_dead_tup, &toast.options)
        }
        _ => (name.to_string(), table.n_live_tup, table.n_dead_tup, &table.options),
    };
    let due = settings.with_options(options).vacuum_at(live as f64) as i64;
    let severity = if dead > due { Severity::Warning } else { Severity::Info };
    let kind = if table.kind == TableKind::MaterializedView { "MATERIALIZED VIEW" } else { "TABLE" };
    let own = (!table.autovacuum).then_some("autovacuum_enabled");
    let toasted = toast.filter(|toast| toast.own_autovacuum).map(|_| "toast.autovacuum_enabled");
    let parameters: Vec<&str> = own.into_iter().chain(toasted).collect();
    finding(CHECK, severity, format!("{}.{}", table.schema, table.name))
        .title(format!("Autovacuum is off for {subject}"))
        .detail(format!(
            "It has {} ({} live); autovacuum would come at {}. Nothing else vacuums it unless a job of your own does.",
            Count(dead).of("dead row", "dead rows"),
            Count(live),
            Count(due)
        ))
        .remedy(
            format!("ALTER {kind} {name} RESET ({});", parameters.join(", ")),
            "It waits for whatever uses the table at that moment, briefly. It was disabled deliberately; find out why first.",
        )
        .fact("dead_rows", dead)
        .fact("live_rows", live)
        .fact("vacuum_at_dead_rows", due)
        .build()
}

#[cfg(test)]
mod tests {
    use model::{Missing, Outcome, Toast, Why};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, table},
    };

    #[test]
    fn it_is_found_wherever_it_is_switched_off() {
        let off = |dead| Table { autovacuum: false, n_dead_tup: dead, ..table("Orders") };
        type Found<'a> = &'a [(&'a str, Severity)];
        let cases: [(bool, bool, Vec<Table>, Found<'_>); 5] = [
            (true, true, vec![table("t")], &[]),
            (true, true, vec![table("t"), off(200_050)], &[("public.Orders", Severity::Info)]),
            (true, true, vec![table("t"), off(200_051)], &[("public.Orders", Severity::Warning)]),
            (false, true, vec![], &[("server", Severity::Critical)]),
            (true, false, vec![off(0)], &[("server", Severity::Critical), ("public.Orders", Severity::Info)]),
        ];
        for (autovacuum, track_counts, tables, expected) in cases {
            let mut readings = readings();
            let settings = &mut readings.vacuum.answer.as_mut().unwrap().settings;
            (settings.autovacuum, settings.track_counts) = (autovacuum, track_counts);
            readings.tables.answer = Ok(tables.into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let found: Vec<_> = verdict.findings().iter().map(|one| (one.object.as_str(), one.severity)).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_remedy_is_quoted_and_fits_the_kind() {
        for (kind, sql) in [
            (TableKind::Table, "ALTER TABLE public.\"Orders\" RESET (autovacuum_enabled);"),
            (TableKind::MaterializedView, "ALTER MATERIALIZED VIEW public.\"Orders\" RESET (autovacuum_enabled);"),
        ] {
            let found = own(&Table { kind, autovacuum: false, ..table("Orders") }, VacuumSettings::default());
            assert_eq!(found.remedy.unwrap().sql, sql);
        }
    }

    #[test]
    fn toast_tables_are_covered_wherever_they_are_switched_off() {
        let toast = |autovacuum, own_autovacuum, n_dead_tup| {
            Some(Toast { autovacuum, own_autovacuum, n_dead_tup, ..Toast::default() })
        };
        let cases = [
            (true, toast(true, false, 0), None),
            (
                true,
                toast(false, true, 51),
                Some((
                    "Autovacuum is off for the TOAST table of public.t",
                    "toast.autovacuum_enabled",
                    Severity::Warning,
                )),
            ),
            (
                false,
                toast(false, false, 51),
                Some(("Autovacuum is off for public.t", "autovacuum_enabled", Severity::Info)),
            ),
            (
                false,
                toast(true, true, 51),
                Some(("Autovacuum is off for public.t", "autovacuum_enabled", Severity::Info)),
            ),
            (
                false,
                toast(false, true, 0),
                Some((
                    "Autovacuum is off for public.t",
                    "autovacuum_enabled, toast.autovacuum_enabled",
                    Severity::Info,
                )),
            ),
        ];
        for (autovacuum, toast, expected) in cases {
            let mut readings = readings();
            readings.tables.answer = Ok(vec![Table { autovacuum, toast, ..table("t") }].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let found = verdict.findings().first();
            let sql = found.map(|found| found.remedy.clone().unwrap().sql);
            assert_eq!(sql, expected.map(|(_, parameters, _)| format!("ALTER TABLE public.t RESET ({parameters});")));
            let said = found.map(|found| (found.title.as_str(), found.severity));
            assert_eq!(said, expected.map(|(title, _, severity)| (title, severity)));
        }
    }

    #[test]
    fn table_that_is_left_out_is_judged_by_its_own_thresholds() {
        let options = vec!["autovacuum_enabled=false".into(), "autovacuum_vacuum_threshold=10000000".into()];
        let table = Table { autovacuum: false, options, n_dead_tup: 300_000, ..table("t") };
        assert_eq!(own(&table, VacuumSettings::default()).severity, Severity::Info);
    }

    #[test]
    fn without_the_tables_it_cannot_tell_unless_it_is_off_for_all() {
        let mut readings = readings();
        readings.tables.answer = Err(Missing::new(Why::Timeout, "too slow"));
        let judge = |readings: &Readings| Rule::of(CHECK).unwrap().judge(readings, &Thresholds::default(), NOW);
        assert_eq!(judge(&readings).outcome, Outcome::NotRun("too slow".into()));
        readings.vacuum.answer.as_mut().unwrap().settings.autovacuum = false;
        assert_eq!((judge(&readings).severity(), judge(&readings).notes.len()), (Some(Severity::Critical), 1));
    }
}
