//! Extensions whose objects are older than the files on the server. An old pg_stat_statements has fewer columns than Heron
//! reads: that is advice, not an error (§10 item 21).

use model::{Check, Count, InstalledExtension, Severity, Timestamp, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::ExtensionOutdated;

pub(super) fn judge(readings: &Readings, _: &Thresholds, _: Timestamp) -> Said {
    let extensions = readings.extensions.answer.as_ref()?;
    let findings = extensions.iter().filter_map(|extension| {
        let available = extension.available.as_ref().filter(|available| **available != extension.installed)?;
        Some(outdated(extension, available))
    });
    Ok(Answer::found(findings.collect(), "Extensions are up to date", |n| {
        Count(n).of("extension to update", "extensions to update")
    }))
}

fn outdated(InstalledExtension { name, installed, .. }: &InstalledExtension, available: &str) -> model::Finding {
    // What Heron itself needs of it came with 1.9.
    let needed = name == "pg_stat_statements" && version(installed) < (1, 9);
    let detail = if needed {
        "Heron reads columns that this version does not have: pages about queries stay empty until it is updated."
    } else {
        "The server's files are of another version, which came with an upgrade. Until the extension is updated in this database \
         its functions keep their old definitions, old mistakes included."
    };
    finding(CHECK, if needed { Severity::Warning } else { Severity::Info }, name.clone())
        .title(format!("{name} {installed} is created, {available} is installed"))
        .detail(detail)
        .remedy(
            format!("ALTER EXTENSION {} UPDATE;", quote_identifier(name)),
            "As the extension's owner, in each database. Some (PostGIS, TimescaleDB) have a way of their own: read their notes.",
        )
        .fact("created", installed.as_str())
        .fact("installed", available)
        .build()
}

/// The first two numbers of a version.
fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    #[test]
    fn an_old_extension_is_advice_and_not_an_error_10_21() {
        let cases = [
            (
                "pg_stat_statements",
                "1.8",
                Some("1.10"),
                Some((Severity::Warning, "ALTER EXTENSION pg_stat_statements UPDATE;")),
            ),
            (
                "pg_stat_statements",
                "1.9",
                Some("1.10"),
                Some((Severity::Info, "ALTER EXTENSION pg_stat_statements UPDATE;")),
            ),
            ("pg_stat_statements", "1.10", Some("1.10"), None),
            ("uuid-ossp", "1.0", Some("1.1"), Some((Severity::Info, "ALTER EXTENSION \"uuid-ossp\" UPDATE;"))),
            ("gone", "1.0", None, None),
        ];
        for (name, installed, available, expected) in cases {
            let extension = InstalledExtension {
                name: name.into(),
                installed: installed.into(),
                available: available.map(Into::into),
            };
            let mut readings = readings();
            readings.extensions.answer = Ok(vec![extension]);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let found = verdict.findings().first();
            let found = found.map(|it| (it.severity, it.remedy.as_ref().map_or("", |remedy| remedy.sql.as_str())));
            assert_eq!(found, expected, "{name} {installed}");
        }
    }
}
