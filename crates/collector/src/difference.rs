//! What grew between two snapshots of counters. Pure arithmetic, and the place where honesty is decided.

use std::collections::HashSet;

use model::{Bytes, Mark, Millis, Statement, StatementCounters, Statements};
use store::{Baseline, Change, Snapshot};

/// Everything that has to be known of a moment to compare it with an earlier one.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// When, and under which circumstances.
    pub snapshot: Snapshot,
    /// The counters.
    pub statements: &'a Statements,
    /// How far apart captures are meant to be.
    pub interval: Millis,
}

/// What changed from one moment to the next.
#[derive(Debug)]
pub struct Difference {
    /// The time between the two; none if there was no earlier one that compares.
    pub span: Option<Millis>,
    /// What a reader of the numbers has to know.
    pub marks: Vec<Mark>,
    /// Statements whose counters are not those of the baseline.
    pub changed: Vec<Change>,
    /// Row ids of statements that are gone.
    pub gone: Vec<i64>,
}

/// Compares `now` with the last snapshot.
pub fn difference(baseline: Option<&Baseline>, now: Moment<'_>) -> Difference {
    // Without a baseline, or with one that saw less of the server, all-time totals would pass for a minute's work.
    // And what two nodes of a cluster counted has nothing to do with each other.
    let elsewhere = baseline.is_some_and(|baseline| is_another_node(&baseline.snapshot, &now.snapshot));
    let comparable = baseline.filter(|baseline| {
        !elsewhere
            && baseline.snapshot.sees_all == now.snapshot.sees_all
            && baseline.snapshot.taken_at < now.snapshot.taken_at
    });
    let mut marks = match comparable {
        Some(baseline) => events(&baseline.snapshot, now),
        None if elsewhere => vec![Mark::Failover],
        None => vec![Mark::First],
    };
    let mut restarted = false;
    let changed = now
        .statements
        .rows
        .iter()
        .filter_map(|statement| {
            let known = baseline.and_then(|baseline| baseline.statements.get(&statement.key));
            if known.is_some_and(|(_, before)| before == statement) {
                return None;
            }
            let growth = comparable.and_then(|baseline| {
                let (growth, anew) = grown(&baseline.snapshot, known.map(|(_, before)| before), statement, &now);
                restarted |= anew;
                growth
            });
            Some(Change { id: known.map(|(id, _)| *id), statement: statement.clone(), growth })
        })
        .collect();
    if restarted && !marks.contains(&Mark::Reset) && !marks.contains(&Mark::Eviction) {
        marks.push(Mark::Reset);
    }
    Difference {
        span: comparable.map(|baseline| now.snapshot.taken_at.since(baseline.snapshot.taken_at)),
        marks,
        changed,
        gone: gone(baseline, now.statements),
    }
}

/// Whether another node answers than the last time, after a failover or behind a proxy that turned elsewhere: one with another
/// place in the cluster, or one whose statistics were last reset at a moment that had passed when we last looked. A node
/// that goes on running is itself, also when it was promoted.
fn is_another_node(before: &Snapshot, now: &Snapshot) -> bool {
    let other_place = before.node.zip(now.node).is_some_and(|(before, now)| before != now);
    let other_reset =
        before.stats_reset.zip(now.stats_reset).is_some_and(|(was, is)| was != is && is <= before.taken_at);
    now.started_at != before.started_at && (other_place || other_reset)
}

/// What happened to all counters at once.
fn events(before: &Snapshot, now: Moment<'_>) -> Vec<Mark> {
    let mut marks = Vec::new();
    if now.snapshot.taken_at.since(before.taken_at).0 > 2.0 * now.interval.0 {
        marks.push(Mark::Gap);
    }
    if now.snapshot.started_at != before.started_at {
        marks.push(Mark::Restart);
    }
    if before.node.zip(now.snapshot.node).is_some_and(|(before, now)| before != now) {
        marks.push(Mark::Failover);
    }
    if now.snapshot.stats_reset != before.stats_reset {
        marks.push(Mark::Reset);
    }
    if now.snapshot.dealloc > before.dealloc {
        marks.push(Mark::Eviction);
    }
    marks
}

/// A statement's growth, and whether its entry began anew although it was known.
fn grown(
    snapshot: &Snapshot,
    before: Option<&Statement>,
    statement: &Statement,
    now: &Moment<'_>,
) -> (Option<StatementCounters>, bool) {
    let began_since = statement.stats_since.map(|since| since > snapshot.taken_at);
    match before {
        // An entry that is older than the snapshot but was not in it: what it did before is not this span's.
        None if began_since == Some(false) => (None, false),
        None => (Some(statement.counters), false),
        Some(_) if now.snapshot.stats_reset != snapshot.stats_reset => (Some(statement.counters), true),
        Some(_) if began_since == Some(true) => (Some(statement.counters), true),
        Some(before) => match minus(statement.counters, before.counters) {
            Some(growth) => (Some(growth), false),
            None => (Some(statement.counters), true),
        },
    }
}

/// `now - before`, unless a counter went backwards.
fn minus(now: StatementCounters, before: StatementCounters) -> Option<StatementCounters> {
    let count = |now: i64, before: i64| now.checked_sub(before).filter(|growth| *growth >= 0);
    Some(StatementCounters {
        calls: count(now.calls, before.calls)?,
        total_ms: Some(Millis(now.total_ms.0 - before.total_ms.0)).filter(|growth| growth.0 >= 0.0)?,
        rows: count(now.rows, before.rows)?,
        shared_hit: count(now.shared_hit, before.shared_hit)?,
        shared_read: count(now.shared_read, before.shared_read)?,
        temp_written: count(now.temp_written, before.temp_written)?,
        wal_bytes: Bytes(count(now.wal_bytes.0, before.wal_bytes.0)?),
    })
}

fn gone(baseline: Option<&Baseline>, now: &Statements) -> Vec<i64> {
    let Some(baseline) = baseline else { return Vec::new() };
    let present: HashSet<_> = now.rows.iter().map(|statement| &statement.key).collect();
    baseline.statements.iter().filter(|(key, _)| !present.contains(key)).map(|(_, (id, _))| *id).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use model::{Node, StatementKey, StatementsInfo, Timestamp};
    use proptest::prelude::*;

    use super::*;

    fn key(n: u8) -> StatementKey {
        StatementKey { queryid: n.to_string(), role: "app".into(), toplevel: true }
    }

    fn statement(n: u8, calls: i64, stats_since: Option<i64>) -> Statement {
        let counters =
            StatementCounters { calls, total_ms: Millis(calls as f64 * 1.5), rows: calls, ..Default::default() };
        Statement { key: key(n), counters, stats_since: stats_since.map(Timestamp) }
    }

    fn snapshot(second: i64) -> Snapshot {
        Snapshot {
            taken_at: Timestamp(second * 1_000_000),
            started_at: Timestamp(0),
            stats_reset: None,
            dealloc: 0,
            sees_all: true,
            node: Some(NODE),
        }
    }

    const NODE: Node = Node { system_identifier: 7, timeline: 1, in_recovery: true };

    fn baseline(snapshot: Snapshot, statements: &[Statement]) -> Baseline {
        let statements =
            statements.iter().zip(1..).map(|(s, id)| (s.key.clone(), (id, s.clone()))).collect::<HashMap<_, _>>();
        Baseline { snapshot, statements }
    }

    fn compare(before: Option<&Baseline>, snapshot: Snapshot, rows: Vec<Statement>) -> Difference {
        let statements = Statements { rows, info: StatementsInfo::default() };
        difference(before, Moment { snapshot, statements: &statements, interval: Millis::from_secs(60) })
    }

    fn calls(difference: &Difference) -> Vec<Option<i64>> {
        difference.changed.iter().map(|change| change.growth.map(|growth| growth.calls)).collect()
    }

    #[test]
    fn the_first_capture_counts_nothing() {
        let first = compare(None, snapshot(60), vec![statement(1, 500, None)]);
        assert_eq!((first.marks.as_slice(), first.span, calls(&first)), (&[Mark::First][..], None, vec![None]));
    }

    #[test]
    fn what_stood_still_is_not_written() {
        let before = baseline(snapshot(0), &[statement(1, 5, None), statement(2, 7, None)]);
        let next = compare(Some(&before), snapshot(60), vec![statement(1, 5, None), statement(2, 9, None)]);
        assert_eq!((next.marks.len(), calls(&next)), (0, vec![Some(2)]));
        assert_eq!(next.span, Some(Millis::from_secs(60)));
    }

    #[test]
    fn a_reset_of_everything_begins_anew() {
        let before = baseline(snapshot(0), &[statement(1, 5, None)]);
        let reset = Snapshot { stats_reset: Some(Timestamp(9)), ..snapshot(60) };
        // More calls than before the reset: subtraction would have hidden five of them.
        let next = compare(Some(&before), reset, vec![statement(1, 8, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::Reset][..], vec![Some(8)]));
    }

    #[test]
    fn a_counter_that_went_backwards_begins_anew_and_is_marked() {
        let before = baseline(snapshot(0), &[statement(1, 50, None)]);
        let next = compare(Some(&before), snapshot(60), vec![statement(1, 3, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::Reset][..], vec![Some(3)]));
    }

    #[test]
    fn a_restart_that_kept_the_counters_goes_on_counting() {
        let before = baseline(snapshot(0), &[statement(1, 50, None)]);
        let restarted = Snapshot { started_at: Timestamp(1), ..snapshot(60) };
        let next = compare(Some(&before), restarted, vec![statement(1, 53, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::Restart][..], vec![Some(3)]));
    }

    #[test]
    fn a_node_that_is_promoted_goes_on_counting_10_11() {
        let before = baseline(snapshot(0), &[statement(1, 50, None)]);
        let promoted = Node { timeline: 2, in_recovery: false, ..NODE };
        let next =
            compare(Some(&before), Snapshot { node: Some(promoted), ..snapshot(60) }, vec![statement(1, 53, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::Failover][..], vec![Some(3)]));
        assert!(next.span.is_some());
    }

    #[test]
    fn what_another_node_counted_is_not_compared_10_11() {
        let second = |second: i64| Some(Timestamp(second * 1_000_000));
        let before = baseline(Snapshot { stats_reset: second(-9), ..snapshot(0) }, &[statement(1, 50, None)]);
        let started = Snapshot { started_at: Timestamp(-5), stats_reset: second(-9), ..snapshot(60) };
        let promoted = Node { timeline: 2, in_recovery: false, ..NODE };
        let rebuilt = Node { system_identifier: 8, ..NODE };
        let cases = [
            // More calls, and fewer: neither is growth, and neither is a reset.
            (Snapshot { node: Some(promoted), ..started }, 53, &[Mark::Failover][..], None),
            (Snapshot { node: Some(promoted), ..started }, 3, &[Mark::Failover], None),
            (Snapshot { node: Some(rebuilt), ..started }, 53, &[Mark::Failover], None),
            // Another standby at the same place in the cluster: reset before we looked last, but not when ours was.
            (Snapshot { stats_reset: second(-20), ..started }, 53, &[Mark::Failover], None),
            // The same node after a restart, with its counters and without.
            (started, 53, &[Mark::Restart], Some(3)),
            (Snapshot { stats_reset: second(50), ..started }, 8, &[Mark::Restart, Mark::Reset], Some(8)),
            // Whoever may not ask which node it is, is believed to be the same.
            (Snapshot { node: None, ..started }, 53, &[Mark::Restart], Some(3)),
        ];
        for (now, count, marks, growth) in cases {
            let next = compare(Some(&before), now, vec![statement(1, count, None)]);
            assert_eq!((next.marks.as_slice(), calls(&next)), (marks, vec![growth]), "{now:?}");
            assert_eq!(next.span.is_some(), growth.is_some());
        }
    }

    #[test]
    fn evicted_statements_that_come_back_count_from_their_return() {
        let before = baseline(snapshot(0), &[statement(1, 50, None)]);
        let evicted = Snapshot { dealloc: 1, ..snapshot(60) };
        let next = compare(Some(&before), evicted, vec![statement(1, 2, None), statement(2, 4, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::Eviction][..], vec![Some(2), Some(4)]));
    }

    #[test]
    fn an_entry_knows_when_it_began() {
        let before = baseline(snapshot(10), &[statement(1, 50, Some(0))]);
        let rows = vec![statement(1, 70, Some(11_000_000)), statement(2, 400, Some(5_000_000))];
        assert_eq!(calls(&compare(Some(&before), snapshot(60), rows)), [Some(70), None]);
    }

    #[test]
    fn a_new_privilege_invents_no_work() {
        let before = baseline(Snapshot { sees_all: false, ..snapshot(0) }, &[statement(1, 5, None)]);
        let next = compare(Some(&before), snapshot(60), vec![statement(1, 6, None), statement(2, 900_000, None)]);
        assert_eq!((next.marks.as_slice(), calls(&next)), (&[Mark::First][..], vec![None, None]));
    }

    #[test]
    fn looking_away_is_a_gap() {
        let before = baseline(snapshot(0), &[]);
        assert_eq!(compare(Some(&before), snapshot(121), vec![]).marks, [Mark::Gap]);
        assert!(compare(Some(&before), snapshot(119), vec![]).marks.is_empty());
    }

    #[test]
    fn statements_that_vanished_leave_the_baseline() {
        let before = baseline(snapshot(0), &[statement(1, 5, None), statement(2, 7, None)]);
        assert_eq!(compare(Some(&before), snapshot(60), vec![statement(2, 7, None)]).gone, [1]);
    }

    proptest! {
        /// §3.4: never a negative or invented number: growth is at least nought and at most the counter itself.
        #[test]
        fn growth_is_never_negative_nor_more_than_the_counter(
            before in prop::collection::vec((0_u8..8, 0_i64..1000, prop::option::of(0_i64..200)), 0..8),
            after in prop::collection::vec((0_u8..8, 0_i64..1000, prop::option::of(0_i64..200)), 0..8),
            reset: bool, restart: bool, dealloc in 0_i64..2, sees_all: bool,
        ) {
            let unique = |rows: Vec<(u8, i64, Option<i64>)>| {
                rows.into_iter().map(|(n, calls, since)| (n, statement(n, calls, since.map(|s| s * 1_000_000)))).collect::<HashMap<_, _>>().into_values().collect::<Vec<_>>()
            };
            let before = baseline(snapshot(100), &unique(before));
            let now = Snapshot {
                stats_reset: reset.then_some(Timestamp(101)),
                started_at: Timestamp(i64::from(restart)),
                dealloc, sees_all,
                ..snapshot(160)
            };
            for change in compare(Some(&before), now, unique(after)).changed {
                if let Some(growth) = change.growth {
                    prop_assert!(growth.calls >= 0 && growth.calls <= change.statement.counters.calls);
                    prop_assert!(growth.total_ms.0 >= 0.0 && growth.total_ms.0 <= change.statement.counters.total_ms.0);
                }
            }
        }
    }
}
