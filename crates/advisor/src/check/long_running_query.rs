//! O3. A statement has run for long. Autovacuum and WAL senders are meant to; they are counted, not judged.

use std::cmp::Reverse;

use model::{Check, Count, Millis, Session, Severity, Timestamp};

use super::sessions::{Sessions, shown, who};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::LongRunningQuery;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let sessions = Sessions::of(readings)?;
    let limit = Millis(thresholds.long_running_query_sec * 1000.0);
    let long = sessions.seen.iter().filter_map(|session| {
        let running = session.running_for(now)?;
        (running >= limit).then_some((*session, running))
    });
    let (mut judged, excused): (Vec<_>, Vec<_>) = long.partition(|(session, _)| !is_meant_to_run(session));
    judged.sort_by_key(|(_, running)| Reverse(running.0 as i64));

    let longest = judged.first().map(|(_, running)| *running);
    let findings = judged
        .into_iter()
        .map(|(session, running)| {
            finding(CHECK, Severity::Warning, session.pid.to_string())
                .title(format!("{} has run a statement for {running}", who(session)))
                .detail(
                    "It keeps its connection and its locks, and as long as it runs vacuum cannot remove the rows it \
                     might still see. A statement_timeout for the role stops the next one by itself.",
                )
                .remedy(
                    format!("SELECT pg_cancel_backend({});", session.pid),
                    "Make sure it is not a report, a backup or an index build that is meant to take long.",
                )
                .fact("running_seconds", (running.0 / 1000.0).round() as i64)
                .maybe("since", session.query_start.map(Timestamp::iso))
                .maybe("user", session.user.clone())
                .maybe("query_id", session.query_id.clone())
                .maybe("query", shown(session.query.as_ref()))
                .maybe("waits_for", session.wait_event.clone())
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No long running queries", |n| {
        Count(n).of("long running query", "long running queries")
    });
    Ok(answer.number(longest).note(excuse(&excused)))
}

/// Maintenance and replication work as long as there is work.
fn is_meant_to_run(session: &Session) -> bool {
    ["autovacuum", "walsender", "parallel worker", "logical replication"]
        .iter()
        .any(|kind| session.backend_type.starts_with(kind))
}

fn excuse(excused: &[(&Session, Millis)]) -> Option<String> {
    let count =
        |kind: &str| excused.iter().filter(|(session, _)| session.backend_type.starts_with(kind)).count() as i64;
    let (vacuums, senders) = (count("autovacuum"), count("walsender"));
    let mut kinds = vec![];
    if vacuums > 0 {
        kinds.push(Count(vacuums).of("autovacuum worker", "autovacuum workers"));
    }
    if senders > 0 {
        kinds.push(Count(senders).of("WAL sender", "WAL senders"));
    }
    (!kinds.is_empty()).then(|| format!("{} at work for longer, as they should be.", kinds.join(" and ")))
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Session};

    use crate::{
        Rule, Thresholds,
        fixture::{NOW, ago, readings, session},
    };

    /// O3, §7 `queries` (long_running_queries).
    #[test]
    fn long_statements_are_found_and_autovacuum_and_wal_senders_excused_o3() {
        let cases: [(&str, Session, usize); 6] = [
            ("59 s", Session { query_start: Some(ago(59)), ..session(1, "active") }, 0),
            ("60 s", Session { query_start: Some(ago(60)), ..session(1, "active") }, 1),
            ("idle", Session { query_start: Some(ago(600)), ..session(1, "idle") }, 0),
            (
                "autovacuum",
                Session {
                    query_start: Some(ago(600)),
                    backend_type: "autovacuum worker".into(),
                    ..session(1, "active")
                },
                0,
            ),
            (
                "walsender",
                Session { query_start: Some(ago(600)), backend_type: "walsender".into(), ..session(1, "active") },
                0,
            ),
            (
                "another database",
                Session { query_start: Some(ago(600)), database: Some("other".into()), ..session(1, "active") },
                0,
            ),
        ];
        for (name, session, found) in cases {
            let mut readings = readings();
            readings.activity.answer = Ok(vec![session]);
            let verdict = Rule::of(super::CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.findings().len(), found, "{name}");
            assert_eq!(verdict.notes.len(), usize::from(name == "autovacuum" || name == "walsender"), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_not_called_healthy() {
        let mut readings = readings();
        let hidden = Session { state: None, query_start: None, query: None, ..session(2, "active") };
        readings.server.answer.as_mut().unwrap().reads_all_stats = false;
        readings.activity.answer = Ok(vec![session(1, "active"), hidden.clone()]);
        let rule = Rule::of(super::CHECK).unwrap();
        let verdict = rule.judge(&readings, &Thresholds::default(), NOW);
        assert!(matches!(&verdict.outcome, Outcome::NotRun(reason) if reason.contains("GRANT pg_monitor")));

        let long = Session { query_start: Some(ago(90)), ..session(1, "active") };
        readings.activity.answer = Ok(vec![long, hidden]);
        let verdict = rule.judge(&readings, &Thresholds::default(), NOW);
        assert_eq!((verdict.findings().len(), verdict.notes.len()), (1, 1));
    }

    #[test]
    fn literals_are_not_shown() {
        let mut readings = readings();
        let query = Some("select * from cards where number = '4111'".into());
        readings.activity.answer = Ok(vec![Session { query_start: Some(ago(90)), query, ..session(1, "active") }]);
        let verdict = Rule::of(super::CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert!(!format!("{verdict:?}").contains("4111"));
    }
}
