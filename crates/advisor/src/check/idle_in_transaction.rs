//! O5. A transaction is held open without work, aborted ones too: by its age, not by how many there are (§10.4).

use std::cmp::Reverse;

use model::{Check, Count, Millis, Timestamp};

use super::{
    level,
    sessions::{Sessions, shown, who},
};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::IdleInTransaction;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let sessions = Sessions::of(readings)?;
    let mut idle: Vec<_> = sessions
        .seen
        .iter()
        .filter(|session| session.is_idle_in_transaction())
        .filter_map(|session| {
            let idle = now.since(session.state_change?);
            let severity = level(
                idle.0 / 1000.0,
                thresholds.idle_in_transaction_sec,
                thresholds.idle_in_transaction_critical_sec,
            )?;
            Some((*session, idle, severity))
        })
        .collect();
    idle.sort_by_key(|(_, idle, _)| Reverse(idle.0 as i64));

    let longest = idle.first().map(|(_, idle, _)| *idle);
    let findings = idle
        .into_iter()
        .map(|(session, idle, severity)| {
            let open = session.xact_start.map(|start| now.since(start)).unwrap_or(Millis(0.0));
            let state = session.state.clone().unwrap_or_default();
            finding(CHECK, severity, session.pid.to_string())
                .title(format!("{} has been {state} for {idle}", who(session)))
                .detail(format!(
                    "Its transaction has been open for {open}. It keeps every lock it took, and vacuum cannot remove \
                     rows that died since. The application forgot to commit, or waits for something else meanwhile; \
                     idle_in_transaction_session_timeout ends such sessions by itself."
                ))
                .remedy(
                    format!("SELECT pg_terminate_backend({});", session.pid),
                    "The transaction is rolled back and the client loses its connection.",
                )
                .fact("idle_seconds", (idle.0 / 1000.0).round() as i64)
                .fact("transaction_seconds", (open.0 / 1000.0).round() as i64)
                .fact("state", state)
                .maybe("since", session.state_change.map(Timestamp::iso))
                .maybe("user", session.user.clone())
                .maybe("last_query", shown(session.query.as_ref()))
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No session idles in a transaction", |n| {
        format!("{} idle in transaction", Count(n).of("session", "sessions"))
    });
    Ok(answer.number(longest))
}

#[cfg(test)]
mod tests {
    use model::{Session, Severity};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings, session},
    };

    /// O5; defect 4.
    #[test]
    fn age_decides_and_aborted_transactions_count_10_4() {
        let cases = [
            ("idle in transaction", 59, None),
            ("idle in transaction", 60, Some(Severity::Warning)),
            ("idle in transaction (aborted)", 61, Some(Severity::Warning)),
            ("idle in transaction", 600, Some(Severity::Critical)),
            ("idle", 6000, None),
            ("active", 6000, None),
        ];
        for (state, seconds, severity) in cases {
            let mut readings = readings();
            readings.activity.answer = Ok(vec![Session { state_change: Some(ago(seconds)), ..session(7, state) }]);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{state} for {seconds} s");
        }
    }
}
