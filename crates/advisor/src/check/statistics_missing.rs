//! `pg_stat_statements` cannot be read, or shows only a part: then much of Heron is blind.

use model::{Check, Server, Severity, Timestamp, Why, quote_identifier};

use crate::{
    Readings, Requirement, Thresholds, Unmet,
    answer::{Answer, Draft, Said, finding},
};

const CHECK: Check = Check::StatisticsMissing;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let server = readings.server.answer.as_ref()?;
    let missing = |severity| finding(CHECK, severity, &server.database);
    let found = match &server.stat_statements {
        None if server.stat_statements_available => missing(Severity::Warning)
            .title("pg_stat_statements is not created in this database")
            .detail(
                "Without it nobody knows which statements take the time. The server also has to load it: \
                 shared_preload_libraries must name it, and that takes a restart.",
            )
            .remedy(
                "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;",
                "As a superuser or the database's owner, in this database.",
            ),
        None => missing(Severity::Warning).title("pg_stat_statements is not installed on this server").detail(
            "Without it nobody knows which statements take the time. Install PostgreSQL's contrib package, name it \
                 in shared_preload_libraries, restart, and run CREATE EXTENSION pg_stat_statements in this database.",
        ),
        Some(extension) if !extension.at_least(1, 9) => missing(Severity::Warning)
            .title(format!("pg_stat_statements {} is older than the server", extension.version))
            .detail("It was not updated with the server, and Heron cannot compare its counters.")
            .remedy("ALTER EXTENSION pg_stat_statements UPDATE;", "As the extension's owner, in this database.")
            .fact("version", extension.version.as_str()),
        Some(_) => match &readings.statements.answer {
            Err(obstacle) if obstacle.why == Why::Extension => missing(Severity::Warning)
                .title("pg_stat_statements is created but not loaded")
                .detail(obstacle.detail.as_str())
                .remedy(
                    "SHOW shared_preload_libraries;\n\
                     -- add pg_stat_statements to what it shows:\n\
                     ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';",
                    "Name whatever else it loads as well, separated by commas; then restart the server.",
                ),
            Err(obstacle) => return Err(obstacle.into()),
            Ok(_) if let Some(unmet) = unrecorded(server) => not_recorded(unmet),
            Ok(_) if !server.reads_all_stats => missing(Severity::Info)
                .title(format!("{} sees only its own statements", server.user))
                .detail("What other roles run is hidden from it, and so are their sessions.")
                .remedy(
                    format!("GRANT pg_monitor TO {};", quote_identifier(&server.user)),
                    "It lets the role see every session's and statement's text, and no table's contents.",
                ),
            Ok(_) => return Ok(Answer::healthy("Query statistics can be read")),
        },
    };
    Ok(Answer::found(vec![found.build()], "", |_| "Query statistics are missing".into()))
}

/// The setting that keeps every statement from being recorded.
fn unrecorded(server: &Server) -> Option<Unmet> {
    let settings = [Requirement::TrackStatements, Requirement::ComputeQueryId];
    settings.iter().filter_map(|setting| setting.unmet(server)).find(|unmet| !unmet.part)
}

fn not_recorded(Unmet { reason, fix, .. }: Unmet) -> Draft {
    let draft = finding(CHECK, Severity::Warning, "server").title("Statements are not recorded").detail(format!(
        "{reason}. What pg_stat_statements shows is from before, and the statements that take the time now are unknown."
    ));
    match fix {
        Some(fix) => {
            draft.remedy(fix.replace("; ", ";\n"), "New sessions have it at once; a role may still have its own.")
        }
        None => draft,
    }
}

#[cfg(test)]
mod tests {
    use model::{Extension, Missing, Outcome};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    #[test]
    fn statements_not_recorded_are_reported() {
        for (name, value) in [("pg_stat_statements.track", "none"), ("compute_query_id", "off")] {
            let mut readings = readings();
            let server = readings.server.answer.as_mut().unwrap();
            let setting = server.tracking.iter_mut().find(|setting| setting.name == name).unwrap();
            setting.value = value.into();
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let [found] = verdict.findings() else { panic!("{verdict:?}") };
            assert_eq!((found.severity, found.scope), (Severity::Warning, model::Scope::Server));
            assert!(found.detail.contains(name), "{}", found.detail);
            assert!(found.remedy.as_ref().unwrap().sql.starts_with(&format!("ALTER SYSTEM SET {name}")));
        }
    }

    #[test]
    fn whatever_keeps_statistics_away_has_its_remedy_10_21() {
        let extension = |version: &str| Some(Extension { version: version.into(), schema: "public".into() });
        let obstacle = |why| Some(Missing::new(why, "because"));
        let cases = [
            (extension("1.10"), true, true, None, Ok("")),
            (None, true, true, obstacle(Why::Extension), Ok("CREATE EXTENSION IF NOT EXISTS pg_stat_statements;")),
            (None, false, true, obstacle(Why::Extension), Ok("by hand")),
            (extension("1.8"), true, true, obstacle(Why::Extension), Ok("ALTER EXTENSION pg_stat_statements UPDATE;")),
            (extension("1.10"), true, true, obstacle(Why::Extension), Ok("SHOW shared_preload_libraries;")),
            (extension("1.10"), true, true, obstacle(Why::Timeout), Err("because")),
            (extension("1.10"), true, false, None, Ok("GRANT pg_monitor TO \"Heron\";")),
        ];
        for (stat_statements, available, sees_all, obstacle, expected) in cases {
            let mut readings = readings();
            let server = readings.server.answer.as_mut().unwrap();
            server.stat_statements = stat_statements;
            server.stat_statements_available = available;
            server.reads_all_stats = sees_all;
            server.user = "Heron".into();
            if let Some(obstacle) = obstacle {
                readings.statements.answer = Err(obstacle);
            }
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let said = match &verdict.outcome {
                Outcome::NotRun(reason) => Err(reason.as_str()),
                Outcome::Found(found) => Ok(found[0]
                    .remedy
                    .as_ref()
                    .map_or("by hand", |remedy| remedy.sql.split('\n').next().unwrap_or_default())),
                _ => Ok(""),
            };
            assert_eq!(said, expected);
        }
    }
}
