//! Settings that put data at risk, and changes that nobody restarted the server for.

use model::{Check, Count, Server, Setting, Severity, Timestamp, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::Setting;

/// A setting, the value that is dangerous, how much so, why, and what it should be; none where it is not for ALTER SYSTEM.
type Danger = (&'static str, &'static str, Severity, &'static str, Option<&'static str>);

const DANGERS: [Danger; 7] = [
    (
        "fsync",
        "off",
        Severity::Critical,
        "Nothing makes sure that what was committed is on disk. After a crash of the machine the whole cluster may be beyond \
         repair, not only the last transactions.",
        Some("on"),
    ),
    (
        "full_page_writes",
        "off",
        Severity::Warning,
        "A page that a crash leaves half written cannot be restored from the WAL. Only a file system that never writes half a \
         page makes this safe.",
        Some("on"),
    ),
    (
        "zero_damaged_pages",
        "on",
        Severity::Critical,
        "A damaged page is emptied when it is read, and its rows are gone. It is for rescuing what can be rescued, once.",
        Some("off"),
    ),
    (
        "ignore_checksum_failure",
        "on",
        Severity::Critical,
        "Pages that are known to be damaged are read as if they were not.",
        Some("off"),
    ),
    (
        "ignore_system_indexes",
        "on",
        Severity::Warning,
        "The system catalog is searched from end to end at each look. It is for repairing its indexes.",
        None,
    ),
    (
        "track_activities",
        "off",
        Severity::Warning,
        "What sessions do is not shown: neither Heron nor anybody else sees what runs, waits or blocks.",
        Some("on"),
    ),
    (
        "synchronous_commit",
        "off",
        Severity::Info,
        "A commit is reported before it is on disk: a crash loses the last few hundred milliseconds of them. Nothing else \
         breaks, so it may be meant.",
        Some("on"),
    ),
];

pub(super) fn judge(readings: &Readings, _: &Thresholds, _: Timestamp) -> Said {
    let settings = readings.settings.answer.as_ref()?;
    let dangers = DANGERS.iter().filter_map(|danger| {
        let setting = settings.iter().find(|setting| setting.name == danger.0)?;
        (setting.setting == danger.1).then(|| dangerous(setting, danger))
    });
    let pending = settings.iter().filter(|setting| setting.pending_restart).map(|setting| {
        finding(CHECK, Severity::Info, setting.name.clone())
            .title(format!("{} waits for a restart", setting.name))
            .detail(format!(
                "The configuration says something else than {}, which is in force until the server is restarted. A restart for \
                 another reason will change it too, perhaps by surprise.",
                setting.shown()
            ))
            .fact("in_force", setting.shown())
            .build()
    });
    let server = readings.server.answer.as_ref()?;
    let findings = dangers.chain(pending).chain(server.superuser.then(|| superuser(server))).collect();
    Ok(Answer::found(findings, "No dangerous settings", |n| Count(n).of("setting to look at", "settings to look at")))
}

fn superuser(server: &Server) -> model::Finding {
    let role = quote_identifier(&server.user);
    finding(CHECK, Severity::Info, format!("role {}", server.user))
        .title(format!("Heron signs in as superuser {role}"))
        .detail(
            "A superuser may read and change everything, and run programs on the server's machine. Heron needs none of that: \
             with its own role, which is in pg_monitor, a fault in Heron or a stolen URL can do no more than look.",
        )
        .remedy(
            "CREATE ROLE heron LOGIN;\nGRANT pg_monitor TO heron;",
            "Give it a password (in psql: \\password heron) and use it in Heron's URL. `heron grants` prints all that the role \
             can be given.",
        )
        .build()
}

fn dangerous(setting: &Setting, (name, value, severity, why, better): &Danger) -> model::Finding {
    let draft = finding(CHECK, *severity, *name)
        .title(format!("{name} is {value}"))
        .detail(*why)
        .fact("value", *value)
        .fact("set_by", setting.source.as_str());
    match better {
        Some(better) => draft.remedy(
            format!("ALTER SYSTEM SET {name} = '{better}';\nSELECT pg_reload_conf();"),
            "Where the command line, a database or a role sets it, that has to change instead.",
        ),
        None => draft,
    }
    .build()
}

#[cfg(test)]
mod tests {
    use model::Outcome;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, setting},
    };

    #[test]
    fn a_dangerous_setting_is_named_with_how_bad_it_is() {
        let cases = [
            ("fsync", "off", Some(Severity::Critical)),
            ("fsync", "on", None),
            ("full_page_writes", "off", Some(Severity::Warning)),
            ("zero_damaged_pages", "on", Some(Severity::Critical)),
            ("ignore_system_indexes", "on", Some(Severity::Warning)),
            ("track_activities", "off", Some(Severity::Warning)),
            ("synchronous_commit", "off", Some(Severity::Info)),
            ("synchronous_commit", "local", None),
            // It cannot be switched on while the server runs, and was the default until 18.
            ("data_checksums", "off", None),
            ("jit", "off", None),
        ];
        for (name, value, expected) in cases {
            let mut readings = readings();
            readings.settings.answer = Ok(vec![setting(name, value, None)]);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), expected, "{name} = {value}");
        }
    }

    #[test]
    fn superuser_role_is_a_hint() {
        let mut readings = readings();
        readings.server.answer.as_mut().unwrap().superuser = true;
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let [found] = verdict.findings() else { panic!("{verdict:?}") };
        assert_eq!((found.severity, found.object.as_str()), (Severity::Info, "role heron"));
        assert!(found.remedy.as_ref().unwrap().sql.contains("GRANT pg_monitor TO heron;"));
    }

    #[test]
    fn the_worst_comes_first_and_a_pending_restart_is_a_hint() {
        let mut readings = readings();
        let waits = Setting { pending_restart: true, ..setting("shared_buffers", "16384", Some("8kB")) };
        readings.settings.answer = Ok(vec![waits, setting("fsync", "off", None)]);
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let objects: Vec<&str> = verdict.findings().iter().map(|finding| finding.object.as_str()).collect();
        assert_eq!(objects, ["fsync", "shared_buffers"]);
        assert_eq!(verdict.findings()[1].evidence["in_force"].to_string(), "128 MB");
        let sql = &verdict.findings()[0].remedy.as_ref().unwrap().sql;
        assert_eq!(sql, "ALTER SYSTEM SET fsync = 'on';\nSELECT pg_reload_conf();");
        assert!(matches!(verdict.outcome, Outcome::Found(_)));
    }
}
