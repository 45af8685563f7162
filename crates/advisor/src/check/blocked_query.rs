//! A session blocks others by its locks. Who blocks whom is `pg_blocking_pids`' word, not a guess from modes (§10.10).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use model::{Check, Count, Finding, LockGraph, LockNode, Millis, Session, Severity, Timestamp};

use super::{
    level,
    sessions::{Sessions, shown, who},
};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Draft, Said, finding},
};

const CHECK: Check = Check::BlockedQuery;

/// The evidence of one finding names no more pids.
const MOST_PIDS: usize = 20;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let sessions = Sessions::of(readings)?;
    // The blocking session may be in another database or be a prepared transaction.
    let graph = LockGraph::new(readings.activity.answer.as_ref()?);
    let mut queues: Vec<(Queue<'_>, Severity)> = queues(&graph, &sessions, now)
        .into_iter()
        .filter_map(|queue| {
            let seconds = queue.longest().map_or(0.0, |waited| waited.0 / 1000.0);
            let severity = level(seconds, thresholds.blocked_query_sec, thresholds.blocked_query_critical_sec)?;
            Some((queue, severity))
        })
        .collect();
    queues.sort_by_key(|(queue, _)| {
        (Reverse(queue.waiting.len()), Reverse(queue.longest().map(|waited| waited.0 as i64)), queue.head.pid)
    });

    let longest = queues.iter().filter_map(|(queue, _)| queue.longest()).max_by(|one, other| one.0.total_cmp(&other.0));
    let waiting: usize = queues.iter().map(|(queue, _)| queue.waiting.len()).sum();
    let findings = queues.iter().map(|(queue, severity)| queue.finding(*severity)).collect();
    let answer = Answer::found(findings, "No session has waited long for a lock", |_| {
        Count(waiting as i64).of("session waits for a lock", "sessions wait for locks")
    });
    Ok(answer.number(longest))
}

/// A session at the head of a queue, and the sessions of this database that wait behind it.
struct Queue<'a> {
    head: &'a LockNode<'a>,
    /// How long each has waited, longest first; not known in the moment before PostgreSQL records it.
    waiting: Vec<(&'a Session, Option<Millis>)>,
    /// Sessions of other queues that block some of these, too.
    also_behind: BTreeSet<i32>,
}

fn queues<'a>(graph: &'a LockGraph<'a>, sessions: &Sessions<'_>, now: Timestamp) -> Vec<Queue<'a>> {
    let here: BTreeSet<i32> = sessions.seen.iter().map(|session| session.pid).collect();
    let heads: BTreeMap<i32, i32> = graph.nodes().map(|(node, head)| (node.pid, head.pid)).collect();
    let mut queues: BTreeMap<i32, Queue<'_>> = BTreeMap::new();
    for (node, head) in graph.nodes() {
        let Some(session) = node.session.filter(|session| node.pid != head.pid && here.contains(&session.pid)) else {
            continue;
        };
        let queue =
            queues.entry(head.pid).or_insert_with(|| Queue { head, waiting: vec![], also_behind: BTreeSet::new() });
        queue.waiting.push((session, session.waited_for(now)));
        queue.also_behind.extend(node.also_behind.iter().filter(|pid| heads.get(pid) != Some(&head.pid)));
    }
    let mut queues: Vec<_> = queues.into_values().collect();
    for queue in &mut queues {
        let longest = |waited: &Option<Millis>| Reverse(waited.map(|waited| (waited.0 * 1000.0) as i64));
        queue.waiting.sort_by_key(|(session, waited)| (longest(waited), session.pid));
    }
    queues
}

impl Queue<'_> {
    fn longest(&self) -> Option<Millis> {
        self.waiting.first()?.1
    }

    fn finding(&self, severity: Severity) -> Finding {
        let blocked = Count(self.waiting.len() as i64).of("session", "sessions");
        let waits = match self.longest() {
            Some(longest) if self.waiting.len() == 1 => format!(", which has waited {longest}"),
            Some(longest) => format!(", the longest for {longest}"),
            None => String::new(),
        };
        let object = if self.head.pid == 0 { "prepared transaction".into() } else { self.head.pid.to_string() };
        let others = (!self.also_behind.is_empty()).then(|| pids(self.also_behind.iter().copied()));
        let draft = finding(CHECK, severity, object)
            .title(format!("{} blocks {blocked}{waits}", self.subject()))
            .fact("blocked_sessions", self.waiting.len() as i64)
            .fact("blocked_pids", pids(self.waiting.iter().map(|(session, _)| session.pid)))
            .maybe("also_behind", others)
            .maybe("waited_seconds", self.longest().map(|longest| (longest.0 / 1000.0).round() as i64));
        let draft = match self.waiting.first() {
            Some((first, _)) => draft
                .maybe("since", first.wanted.as_ref().and_then(|wanted| wanted.since).map(Timestamp::iso))
                .maybe("wanted_lock", first.wanted.as_ref().map(ToString::to_string))
                .maybe("blocked_user", first.user.clone())
                .maybe("blocked_query", shown(first.query.as_ref())),
            None => draft,
        };
        self.head(draft).build()
    }

    fn subject(&self) -> String {
        match (self.head.pid, self.head.session) {
            (0, _) => "A prepared transaction".into(),
            (pid, Some(session)) => format!("{}, pid {pid},", who(session)),
            (pid, None) => format!("Process {pid}"),
        }
    }

    /// Adds what is known of the session at the head, and what to do about it.
    fn head(&self, draft: Draft) -> Draft {
        let pid = self.head.pid;
        let Some(session) = self.head.session else {
            return match pid {
                0 => draft
                    .detail(
                        "Its locks stay until COMMIT PREPARED or ROLLBACK PREPARED, even across a restart. Later requests \
                         for the same locks queue behind it.",
                    )
                    .remedy(
                        "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;",
                        "Find out which application prepared the transaction before you end it.",
                    ),
                _ => draft.detail(format!("Process {pid} is hidden from Heron's role or has ended.")),
            };
        };
        let draft = draft
            .fact("blocking_pid", i64::from(pid))
            .maybe("blocking_user", session.user.clone())
            .maybe("blocking_state", session.state.clone())
            .maybe("blocking_query", shown(session.query.as_ref()));
        if self.head.in_deadlock {
            return draft.detail(
                "It also waits for one of them. PostgreSQL resolves such a deadlock after deadlock_timeout by \
                 cancelling one of the statements.",
            );
        }
        let state = match session.state.as_deref() {
            Some("active") => "It is running a statement",
            Some(state) if state.starts_with("idle in transaction") => "It is idle in transaction",
            Some(_) => "It is idle and keeps a session-level lock",
            None => "Heron's role cannot see what it is doing",
        };
        let draft = draft.detail(format!("{state}. Later requests for the same locks queue behind it."));
        // Nothing runs in an idle session that could be cancelled.
        match session.state.as_deref() {
            Some("active") => draft.remedy(
                format!("SELECT pg_cancel_backend({pid});"),
                "This cancels the statement of the blocking session; its transaction is rolled back.",
            ),
            _ => draft.remedy(
                format!("SELECT pg_terminate_backend({pid});"),
                "This terminates the blocking session; its transaction is rolled back.",
            ),
        }
    }
}

/// Process ids as text, without thousands separators, and how many were left out.
fn pids(pids: impl ExactSizeIterator<Item = i32>) -> String {
    let more = pids.len().saturating_sub(MOST_PIDS);
    let named: Vec<String> = pids.take(MOST_PIDS).map(|pid| pid.to_string()).collect();
    let named = named.join(", ");
    if more == 0 { named } else { format!("{named} and {} more", Count(more as i64)) }
}

#[cfg(test)]
mod tests {
    use model::{Evidence, Outcome, WantedLock};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings, session},
    };

    /// A session that has waited so long, in a statement that began long before.
    fn waits(pid: i32, blocked_by: &[i32], seconds: Option<i64>) -> Session {
        let wanted = WantedLock {
            kind: "transactionid".into(),
            mode: "ShareLock".into(),
            relation: None,
            since: seconds.map(ago),
        };
        let query_start = Some(ago(5_000));
        Session { blocked_by: blocked_by.to_vec(), wanted: Some(wanted), query_start, ..session(pid, "active") }
    }

    fn judged(sessions: Vec<Session>) -> model::Verdict {
        let mut readings = readings();
        readings.activity.answer = Ok(sessions);
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    /// L1 `blocked_queries`; defect 10.
    #[test]
    fn a_queue_is_led_back_to_its_head_10_10() {
        let verdict = judged(vec![
            Session { state_change: Some(ago(300)), ..session(1, "idle in transaction") },
            waits(2, &[1], Some(30)),
            waits(3, &[2], Some(70)),
            waits(4, &[0], Some(5)),
            waits(5, &[1], Some(0)),
            waits(7, &[6], Some(0)),
            session(6, "active"),
        ]);
        let found: Vec<_> = verdict.findings().iter().map(|found| (found.object.as_str(), found.severity)).collect();
        assert_eq!(found, [("1", Severity::Critical), ("prepared transaction", Severity::Warning)]);
        assert_eq!(verdict.sentence, "4 sessions wait for locks");
        assert_eq!(verdict.number.as_deref(), Some("1 min 10 s"));
        let [first, prepared] = verdict.findings() else { panic!("{verdict:?}") };
        assert_eq!(first.title, "app (web), pid 1, blocks 3 sessions, the longest for 1 min 10 s");
        assert_eq!(first.evidence["blocking_pid"], Evidence::Int(1));
        assert_eq!(first.evidence["blocked_sessions"], Evidence::Int(3));
        assert_eq!(first.evidence["blocked_pids"], Evidence::Text("3, 2, 5".into()));
        assert_eq!(first.remedy.as_ref().unwrap().sql, "SELECT pg_terminate_backend(1);");
        assert!(prepared.remedy.as_ref().unwrap().sql.contains("pg_prepared_xacts"));
        assert_eq!(prepared.title, "A prepared transaction blocks 1 session, which has waited 5.0 s");
    }

    #[test]
    fn wait_is_counted_from_the_lock_not_from_the_statement() {
        let verdict = judged(vec![session(1, "active"), waits(2, &[1], Some(2))]);
        assert_eq!(verdict.findings()[0].evidence["waited_seconds"], Evidence::Int(2));
        assert_eq!(verdict.severity(), Some(Severity::Warning));
        // In the moment before PostgreSQL records the beginning, only that it waits is known.
        let mut readings = readings();
        readings.activity.answer = Ok(vec![session(1, "active"), waits(2, &[1], None)]);
        let thresholds = Thresholds { blocked_query_sec: 0.0, ..Thresholds::default() };
        let rule = Rule::of(CHECK).unwrap();
        assert_eq!(rule.judge(&readings, &Thresholds::default(), NOW).outcome, Outcome::Healthy);
        let verdict = rule.judge(&readings, &thresholds, NOW);
        assert_eq!(verdict.findings()[0].title, "app (web), pid 1, blocks 1 session");
        assert!(!verdict.findings()[0].evidence.contains_key("waited_seconds") && verdict.number.is_none());
    }

    #[test]
    fn five_hundred_waiters_are_one_finding() {
        let mut sessions = vec![session(1, "active"), waits(2, &[1], Some(99))];
        sessions.extend((3..502).map(|pid| waits(pid, &(2..pid).collect::<Vec<_>>(), Some(9))));
        let verdict = judged(sessions);
        assert_eq!(verdict.findings().len(), 1);
        assert_eq!(verdict.sentence, "500 sessions wait for locks");
        assert!(format!("{verdict:?}").len() < 2_000, "{verdict:?}");
        assert!(
            matches!(&verdict.findings()[0].evidence["blocked_pids"], Evidence::Text(text) if text.ends_with("and 480 more"))
        );
    }

    #[test]
    fn second_holder_is_named_in_the_finding_of_the_first() {
        let verdict = judged(vec![session(1, "active"), session(2, "active"), waits(3, &[1, 2], Some(9))]);
        let objects: Vec<_> = verdict.findings().iter().map(|found| found.object.as_str()).collect();
        assert_eq!(objects, ["1"]);
        assert_eq!(verdict.findings()[0].evidence["also_behind"], Evidence::Text("2".into()));
    }

    #[test]
    fn remedy_of_an_idle_head_terminates_it_and_a_deadlock_has_none() {
        let verdict = judged(vec![session(1, "idle"), waits(2, &[1], Some(9))]);
        assert_eq!(verdict.findings()[0].remedy.as_ref().unwrap().sql, "SELECT pg_terminate_backend(1);");
        let verdict = judged(vec![waits(1, &[2], Some(3)), waits(2, &[1], Some(3))]);
        assert_eq!(verdict.findings().len(), 1);
        assert!(verdict.findings()[0].remedy.is_none() && verdict.findings()[0].detail.contains("deadlock"));
    }
}
