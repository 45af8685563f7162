//! A session waits for another one's lock. Who blocks whom is `pg_blocking_pids`' word, not a guess from modes (§10.10).

use std::{cmp::Reverse, collections::BTreeMap};

use model::{Check, Count, Session, Timestamp};

use super::{
    level,
    sessions::{Sessions, shown, who},
};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::BlockedQuery;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let sessions = Sessions::of(readings)?;
    // The blocker may sit in another database or be a prepared transaction (pid 0).
    let everyone: BTreeMap<i32, &Session> =
        readings.activity.answer.as_ref()?.iter().map(|session| (session.pid, session)).collect();

    let mut blocked: Vec<_> = sessions
        .seen
        .iter()
        .filter(|session| !session.blocked_by.is_empty())
        .filter_map(|session| {
            let waited = now.since(session.query_start.or(session.xact_start)?);
            let severity =
                level(waited.0 / 1000.0, thresholds.blocked_query_sec, thresholds.blocked_query_critical_sec)?;
            Some((*session, waited, severity))
        })
        .collect();
    blocked.sort_by_key(|(_, waited, _)| Reverse(waited.0 as i64));

    let longest = blocked.first().map(|(_, waited, _)| *waited);
    let findings = blocked
        .into_iter()
        .map(|(session, waited, severity)| {
            let head = head_of_queue(session.pid, &everyone);
            let draft = finding(CHECK, severity, session.pid.to_string())
                .title(format!("{} has waited {waited} for a lock", who(session)))
                .fact("waited_seconds", (waited.0 / 1000.0).round() as i64)
                .fact("blocked_by", list(&session.blocked_by))
                .maybe("since", session.query_start.map(Timestamp::iso))
                .maybe("user", session.user.clone())
                .maybe("query", shown(session.query.as_ref()));
            match everyone.get(&head) {
                Some(blocker) => draft
                    .detail(format!(
                        "At the head of the queue stands {head}, {}, {}. Whoever comes later and wants the same waits \
                         behind both.",
                        who(blocker),
                        blocker.state.as_deref().unwrap_or("doing something Heron may not see"),
                    ))
                    .fact("head_of_queue", i64::from(head))
                    .maybe("head_query", shown(blocker.query.as_ref()))
                    .remedy(
                        if blocker.is_idle_in_transaction() {
                            format!("SELECT pg_terminate_backend({head});")
                        } else {
                            format!("SELECT pg_cancel_backend({head});")
                        },
                        "This ends the session at the head of the queue, and its work is rolled back.",
                    ),
                None if head == 0 => draft
                    .detail("At the head of the queue stands a prepared transaction; only COMMIT PREPARED or ROLLBACK PREPARED ends it.")
                    .remedy(
                        "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;",
                        "Ask whose transaction it is before ending it.",
                    ),
                None => draft.detail(format!("At the head of the queue stands {head}, which is gone or hidden.")),
            }
            .build()
        })
        .collect();
    let answer = Answer::found(findings, "No session has waited long for a lock", |n| {
        Count(n).of("session waits for a lock", "sessions wait for locks")
    });
    Ok(answer.number(longest))
}

/// Follows the first blocker of each until somebody who waits for nobody; a deadlock's circle ends where it closes.
fn head_of_queue(pid: i32, everyone: &BTreeMap<i32, &Session>) -> i32 {
    let (mut at, mut passed) = (pid, vec![pid]);
    while let Some(next) = everyone.get(&at).and_then(|session| session.blocked_by.first()) {
        at = *next;
        if passed.contains(&at) {
            break;
        }
        passed.push(at);
    }
    at
}

fn list(pids: &[i32]) -> String {
    pids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use model::{Evidence, Severity};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings, session},
    };

    fn waits(pid: i32, for_whom: &[i32], seconds: i64) -> Session {
        Session { blocked_by: for_whom.to_vec(), query_start: Some(ago(seconds)), ..session(pid, "active") }
    }

    /// L1 `blocked_queries`; defect 10.
    #[test]
    fn a_queue_is_led_back_to_its_head_10_10() {
        let mut readings = readings();
        readings.activity.answer = Ok(vec![
            Session { state_change: Some(ago(300)), ..session(1, "idle in transaction") },
            waits(2, &[1], 30),
            waits(3, &[2], 70),
            waits(4, &[0], 5),
            waits(5, &[1], 0),
        ]);
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let found: Vec<_> = verdict.findings().iter().map(|found| (found.object.as_str(), found.severity)).collect();
        assert_eq!(found, [("3", Severity::Critical), ("2", Severity::Warning), ("4", Severity::Warning)]);
        assert_eq!(verdict.findings()[0].evidence["head_of_queue"], Evidence::Int(1));
        let remedies: Vec<_> =
            verdict.findings().iter().map(|found| found.remedy.as_ref().unwrap().sql.as_str()).collect();
        assert_eq!(remedies[1], "SELECT pg_terminate_backend(1);");
        assert!(remedies[2].contains("pg_prepared_xacts"));
    }

    #[test]
    fn a_circle_ends() {
        let (a, b) = (waits(1, &[2], 3), waits(2, &[1], 3));
        assert_eq!(head_of_queue(1, &[(1, &a), (2, &b)].into()), 1);
    }
}
