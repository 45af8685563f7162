//! WAL archiving fails, has stopped or is behind. The server keeps every WAL file until it is archived, so its disk fills, and
//! backups miss what was not archived.

use model::{Archiver, ArchivingState, Bytes, Check, Count, Finding, Millis, Severity, Timestamp};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::Archiving;

/// An archive that took a file within this time works, if too slowly.
const RECENT: Millis = Millis(60_000.0);

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let archiver = readings.archiver.answer.as_ref()?;
    let state = archiver.state();
    if state == ArchivingState::Off {
        let why = match archiver.mode.as_str() {
            "on" => "A standby archives nothing with archive_mode = on",
            _ => "WAL archiving is off",
        };
        return Ok(Answer::not_applicable(why));
    }
    let waits = waits_for(archiver, now);
    // Nothing was archived, nothing failed, and whether files wait is not visible.
    if state == ArchivingState::On && archiver.last_archived_at.is_none() && archiver.waiting.is_none() {
        return Err(CannotTell(
            "Nothing has been archived since the counters began, and Heron's role may not list the files that wait: GRANT \
             pg_monitor."
                .into(),
        ));
    }
    let backlog = archiver.backlog().unwrap_or_default();
    let too_much = backlog.0 >= thresholds.archive_backlog_critical_megabytes.saturating_mul(1024 * 1024);
    let late = waits
        .and_then(|waits| level(waits.0 / 1000.0, thresholds.archive_wait_sec, thresholds.archive_wait_critical_sec));
    // Without the files only an upper bound of the wait is known.
    let late = if archiver.waiting.is_none() { late.map(|_| Severity::Warning) } else { late };
    let late = if too_much { Some(Severity::Critical) } else { late };
    let severity = match state {
        ArchivingState::Failing | ArchivingState::NotConfigured => Some(late.unwrap_or(Severity::Warning)),
        _ => late,
    };
    let found: Vec<Finding> = severity.map(|severity| render_finding(archiver, severity, now)).into_iter().collect();
    let title = found.first().map(|found| found.title.clone()).unwrap_or_default();
    let unseen = (archiver.waiting.is_none()).then(|| {
        "Heron's role may not list the files that wait (GRANT pg_monitor); how many they are follows from the last one \
         archived."
            .to_owned()
    });
    let answer = Answer::found(found, "WAL is archived", |_| title);
    Ok(answer.number(archiver.waiting_files().map(|_| format!("{backlog} to archive"))).note(unseen))
}

/// How long the oldest file has waited; at most, where the files themselves are not visible.
fn waits_for(archiver: &Archiver, now: Timestamp) -> Option<Millis> {
    match archiver.waiting {
        Some(waiting) => waiting.oldest.map(|oldest| now.since(oldest)),
        None => archiver.last_archived_at.filter(|_| archiver.behind > Some(0)).map(|last| now.since(last)),
    }
}

fn render_finding(archiver: &Archiver, severity: Severity, now: Timestamp) -> Finding {
    let ago = |at: Option<Timestamp>| at.map(|at| now.since(at));
    let last_success = match ago(archiver.last_archived_at) {
        Some(ago) => format!("The last file was archived {ago} ago"),
        None => "No file has been archived since the counters began".into(),
    };
    let (title, cause) = match archiver.state() {
        ArchivingState::NotConfigured => (
            "WAL archiving is on without a command".to_owned(),
            "archive_mode is on, and neither archive_command nor archive_library is set. Set one, or set archive_mode to \
             off and restart the server."
                .to_owned(),
        ),
        ArchivingState::Failing => {
            let file = archiver.last_failed.as_deref().unwrap_or("a file");
            let failed = ago(archiver.last_failed_at).unwrap_or(Millis(0.0));
            let failures = Count(archiver.failed_count).of("attempt has failed", "attempts have failed");
            (
                "WAL archiving fails".to_owned(),
                format!(
                    "{last_success}; the last attempt, {failed} ago, failed for {file}. {failures} since the counters \
                     began. The server's log has the message of archive_command or archive_library."
                ),
            )
        }
        _ if ago(archiver.last_archived_at).is_some_and(|ago| ago.0 <= RECENT.0) => (
            "WAL archiving is behind".to_owned(),
            format!("{last_success}, so it works, but more slowly than WAL is written."),
        ),
        _ => (
            "WAL archiving has stopped".to_owned(),
            format!(
                "{last_success}, and no attempt has failed since: archive_command hangs, or the archiver process does not \
                 run. pg_stat_activity shows it as backend_type archiver."
            ),
        ),
    };
    let files = archiver.waiting_files();
    let mut detail = vec![cause];
    detail.push(match (files, archiver.backlog()) {
        (Some(files), Some(backlog)) if files > 0 => {
            let wait = Count(files).of("file waits", "files wait");
            format!(
                "{wait} to be archived ({backlog}); the server keeps all of them, and backups end before the first."
            )
        }
        _ => {
            "The server keeps every WAL file until it is archived, and backups end before the first that is not.".into()
        }
    });
    detail.push(disk(archiver));
    finding(CHECK, severity, "server")
        .title(title)
        .detail(detail.join(" "))
        .fact("archive_mode", archiver.mode.as_str())
        .fact("archived_count", archiver.archived_count)
        .fact("failed_count", archiver.failed_count)
        .maybe("last_archived", archiver.last_archived.clone())
        .maybe("last_archived_at", archiver.last_archived_at.map(Timestamp::iso))
        .maybe("last_failed", archiver.last_failed.clone())
        .maybe("last_failed_at", archiver.last_failed_at.map(Timestamp::iso))
        .maybe("waiting_files", files)
        .maybe("backlog_bytes", archiver.backlog().map(|bytes| bytes.0))
        .maybe("oldest_waits_seconds", waits_for(archiver, now).map(|waits| (waits.0 / 1000.0).round() as i64))
        .maybe("free_disk_bytes", archiver.free_disk.map(|bytes| bytes.0))
        .maybe("wal_per_hour_bytes", archiver.bytes_per_hour().map(|bytes| bytes.0))
        .build()
}

/// How long the disk lasts, as far as it is known.
fn disk(archiver: &Archiver) -> String {
    const TEN_GB: Bytes = Bytes(10 << 30);
    let lasts = |space: Bytes, rate: Bytes| Millis(space.0 as f64 / rate.0 as f64 * 3_600_000.0);
    let rate = archiver.bytes_per_hour().filter(|rate| rate.0 > 0);
    match (archiver.free_disk, rate) {
        (Some(free), Some(rate)) => {
            format!("{free} of its disk are free: at {rate} of WAL per hour they last for {}.", lasts(free, rate))
        }
        (Some(free), None) => format!("{free} of its disk are free."),
        (None, Some(rate)) => format!(
            "PostgreSQL does not show how much of its disk is free: at {rate} of WAL per hour, {TEN_GB} last for {}.",
            lasts(TEN_GB, rate)
        ),
        (None, None) => "PostgreSQL does not show how much of its disk is free.".into(),
    }
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Verdict, WaitingFiles};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings},
    };

    fn working() -> Archiver {
        Archiver {
            mode: "on".into(),
            configured: true,
            segment: Bytes(16 << 20),
            archived_count: 90,
            last_archived: Some("000000010000000000000009".into()),
            last_archived_at: Some(ago(7_200)),
            behind: Some(0),
            waiting: Some(WaitingFiles::default()),
            ..Archiver::default()
        }
    }

    fn waiting(files: i64, seconds: i64) -> Option<WaitingFiles> {
        Some(WaitingFiles { files, oldest: Some(ago(seconds)), newest: Some(NOW) })
    }

    fn judged(archiver: Archiver) -> Verdict {
        let mut readings = readings();
        readings.archiver.answer = Ok(archiver);
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    #[test]
    fn failing_stopped_and_slow_archiving_are_told_apart() {
        let failing = Archiver { last_failed_at: Some(ago(5)), failed_count: 7, ..working() };
        let cases = [
            (working(), None),
            (Archiver { waiting: waiting(3, 200), ..working() }, None),
            (Archiver { last_failed_at: Some(ago(7_300)), ..working() }, None),
            (failing.clone(), Some(("WAL archiving fails", Severity::Warning))),
            (
                Archiver { waiting: waiting(3, 200), ..failing.clone() },
                Some(("WAL archiving fails", Severity::Warning)),
            ),
            (
                Archiver { waiting: waiting(9, 3_700), ..failing.clone() },
                Some(("WAL archiving fails", Severity::Critical)),
            ),
            (Archiver { waiting: waiting(700, 60), ..failing }, Some(("WAL archiving fails", Severity::Critical))),
            (
                Archiver { waiting: waiting(2, 400), ..working() },
                Some(("WAL archiving has stopped", Severity::Warning)),
            ),
            (
                Archiver { waiting: waiting(80, 900), last_archived_at: Some(ago(2)), ..working() },
                Some(("WAL archiving is behind", Severity::Warning)),
            ),
            (
                Archiver { configured: false, ..working() },
                Some(("WAL archiving is on without a command", Severity::Warning)),
            ),
        ];
        for (archiver, expected) in cases {
            let verdict = judged(archiver.clone());
            let found = verdict.findings().first().map(|found| (found.title.as_str(), found.severity));
            assert_eq!(found, expected, "{archiver:?}");
        }
    }

    #[test]
    fn without_privilege_the_backlog_follows_from_the_last_archived_file() {
        let blind = Archiver { waiting: None, behind: Some(3), ..working() };
        let verdict = judged(blind.clone());
        assert_eq!(verdict.severity(), Some(Severity::Warning), "{verdict:?}");
        assert_eq!(verdict.number.as_deref(), Some("48.0 MB to archive"));
        assert!(verdict.notes[0].contains("GRANT pg_monitor"), "{:?}", verdict.notes);
        assert_eq!(judged(Archiver { behind: Some(0), ..blind.clone() }).outcome, Outcome::Healthy);
        let never = Archiver { last_archived: None, last_archived_at: None, behind: None, ..blind };
        assert!(matches!(judged(never).outcome, Outcome::NotRun(_)));
    }

    #[test]
    fn disk_is_estimated_only_from_a_measured_rate() {
        let detail = |archiver| judged(archiver).findings()[0].detail.clone();
        let measured = detail(Archiver { waiting: waiting(641, 3_600), ..working() });
        assert!(measured.contains("at 10.0 GB of WAL per hour, 10.0 GB last for 1 h"), "{measured}");
        let free_disk = Some(Bytes(5 << 30));
        let cloud = detail(Archiver { waiting: waiting(641, 3_600), free_disk, ..working() });
        assert!(
            cloud.contains("5.00 GB of its disk are free: at 10.0 GB of WAL per hour they last for 30 min"),
            "{cloud}"
        );
        let unmeasured = detail(Archiver { waiting: waiting(1, 3_600), ..working() });
        assert!(unmeasured.contains("does not show") && !unmeasured.contains("per hour"), "{unmeasured}");
    }

    #[test]
    fn archiving_that_is_off_is_not_applicable() {
        let standby = Archiver { in_recovery: true, last_failed_at: Some(NOW), ..working() };
        let off = Archiver { mode: "off".into(), ..working() };
        for archiver in [off, standby.clone()] {
            assert_eq!(judged(archiver).outcome, Outcome::NotApplicable);
        }
        assert!(judged(Archiver { mode: "always".into(), ..standby }).severity().is_some());
    }
}
