use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::*;
use crate::QualifiedName;

fn session(pid: i32, blocked_by: &[i32]) -> Session {
    Session {
        pid,
        database: None,
        user: None,
        application: String::new(),
        client: None,
        tls: None,
        wanted: None,
        vacuum_phase: None,
        key: None,
        backend_type: "client backend".into(),
        state: None,
        wait_event_type: None,
        wait_event: None,
        xact_start: None,
        query_start: None,
        state_change: None,
        query: None,
        query_id: None,
        blocked_by: blocked_by.to_vec(),
    }
}

/// A session that waits for a lock since that moment.
fn waiting(pid: i32, blocked_by: &[i32], mode: &str, table: &str, since: i64) -> Session {
    let wanted = WantedLock {
        kind: "relation".into(),
        mode: mode.into(),
        relation: Some(QualifiedName::new("public", table)),
        since: Some(Timestamp(since)),
    };
    Session { wanted: Some(wanted), ..session(pid, blocked_by) }
}

/// Waiters for one row, as PostgreSQL reports them: the first waits for the holder 1 and has the row's tuple lock, the
/// others wait for the first and for all ahead of them.
fn row_queue(waiters: i32) -> Vec<Session> {
    let mut sessions = vec![session(1, &[]), waiting(2, &[1], "ShareLock", "transaction", 2)];
    for pid in 3..waiters + 2 {
        sessions.push(waiting(pid, &(2..pid).collect::<Vec<_>>(), "ExclusiveLock", "tuple", pid.into()));
    }
    sessions
}

/// `1(2 3(4)+5)`: a tree with what stands beside its place.
fn written(sessions: &[Session]) -> String {
    let graph = LockGraph::new(sessions);
    let (mut text, mut last) = (String::new(), 0);
    for (number, (node, depth, _)) in graph.rows().into_iter().enumerate() {
        match number {
            0 => {}
            _ if depth > last => text.push('('),
            _ => {
                text.push_str(&")".repeat(last - depth));
                text.push(' ');
            }
        }
        last = depth;
        text.push_str(&node.pid.to_string());
        node.also_behind.iter().for_each(|pid| text.push_str(&format!("+{pid}")));
    }
    text + &")".repeat(last)
}

fn written_pairs(pairs: &[(i32, &[i32])]) -> String {
    written(&pairs.iter().map(|(pid, blocked_by)| session(*pid, blocked_by)).collect::<Vec<_>>())
}

/// How many sessions an outline draws and leaves out, and the most it draws at one place.
fn size(graph: &LockGraph<'_>) -> (usize, usize) {
    fn add(trees: &[LockTree<'_, '_>], sum: &mut (usize, usize)) {
        for tree in trees {
            sum.0 += 1;
            sum.1 += tree.omitted;
            for group in &tree.groups {
                sum.1 += group.omitted;
                add(&group.waiting, sum);
            }
        }
    }
    let outline = graph.outline();
    let mut sum = (0, outline.omitted);
    add(&outline.trees, &mut sum);
    sum
}

#[test]
fn session_stands_under_its_last_blocker() {
    assert_eq!(written_pairs(&[(1, &[]), (2, &[])]), "");
    assert_eq!(written_pairs(&[(1, &[]), (2, &[1]), (3, &[1, 1]), (4, &[3])]), "1(3(4) 2)");
    assert_eq!(written_pairs(&[(1, &[]), (2, &[1]), (3, &[2])]), "1(2(3))");
    assert_eq!(written_pairs(&[(1, &[1])]), "1");
}

#[test]
fn second_holder_is_a_reference_and_a_head() {
    assert_eq!(written_pairs(&[(1, &[]), (2, &[]), (3, &[1, 2])]), "1(3+2) 2");
    // A session behind one that waits for the second holder does not repeat the reference.
    assert_eq!(written_pairs(&[(1, &[]), (2, &[]), (3, &[1, 2]), (4, &[2, 3])]), "1(3+2(4)) 2");
    let sessions: Vec<_> = [(1, vec![]), (2, vec![]), (3, vec![1, 2])].map(|(pid, by)| session(pid, &by)).into();
    let graph = LockGraph::new(&sessions);
    assert_eq!(graph.heads().map(|head| (head.pid, head.blocks)).collect::<Vec<_>>(), [(1, 1), (2, 1)]);
}

#[test]
fn prepared_transaction_and_hidden_session_are_heads() {
    assert_eq!(written_pairs(&[(2, &[0, 0])]), "0(2)");
    let sessions = [session(2, &[7])];
    let graph = LockGraph::new(&sessions);
    let heads: Vec<_> = graph.heads().map(|head| (head.pid, head.session.is_some(), head.blocks)).collect();
    assert_eq!(heads, [(7, false, 1)]);
}

#[test]
fn deadlock_is_marked_and_starts_at_its_smallest_pid() {
    let sessions: Vec<_> = [(1, [2]), (2, [1]), (3, [2])].map(|(pid, by)| session(pid, &by)).into();
    assert_eq!(written(&sessions), "1+2(2(3))");
    let graph = LockGraph::new(&sessions);
    let marked: Vec<_> = graph.nodes().filter(|(node, _)| node.in_deadlock).map(|(node, _)| node.pid).collect();
    assert_eq!(marked, [1, 2]);
    // A cycle may wait for a session that waits for nothing.
    assert_eq!(written_pairs(&[(1, &[]), (2, &[3, 1]), (3, &[2])]), "1(2+3(3))");
}

#[test]
fn queue_behind_one_row_is_flat() {
    let sessions = row_queue(17);
    assert_eq!(written(&sessions), "1(2(3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18))");
    let graph = LockGraph::new(&sessions);
    let head = graph.heads().next().unwrap();
    assert_eq!((head.pid, head.blocks, head.blocks_since), (1, 17, Some(Timestamp(2))));
    let outline = graph.outline();
    let group = &outline.trees[0].groups[0].waiting[0].groups[0];
    assert_eq!((group.number, group.waiting.len(), group.omitted), (16, 10, 6));
    assert_eq!(group.wanted.unwrap().mode, "ExclusiveLock");
}

#[test]
fn waiters_for_different_locks_are_grouped_by_lock() {
    let sessions = [
        session(1, &[]),
        waiting(2, &[1], "AccessExclusiveLock", "orders", 10),
        waiting(3, &[2], "AccessShareLock", "orders", 12),
        waiting(4, &[2], "AccessShareLock", "orders", 11),
        waiting(5, &[2], "RowExclusiveLock", "orders", 13),
        // It waits for the same sessions as 2 and in the same mode, so it stands beside it.
        waiting(6, &[1, 2], "AccessExclusiveLock", "orders", 14),
        // A lock that looks the same, but only 2 holds it.
        waiting(7, &[2], "AccessExclusiveLock", "orders", 15),
    ];
    assert_eq!(written(&sessions), "1(2(4 3 5 7) 6)");
    let graph = LockGraph::new(&sessions);
    let outline = graph.outline();
    let groups = &outline.trees[0].groups[0].waiting[0].groups;
    let groups: Vec<_> = groups.iter().map(|group| (group.wanted.unwrap().mode.as_str(), group.number)).collect();
    assert_eq!(groups, [("AccessShareLock", 2), ("RowExclusiveLock", 1), ("AccessExclusiveLock", 1)]);
}

#[test]
fn queues_are_ordered_by_blocked_sessions_then_by_wait() {
    let sessions = [
        waiting(2, &[1], "ShareLock", "a", 5),
        waiting(4, &[3], "ShareLock", "b", 1),
        waiting(6, &[5], "ShareLock", "c", 9),
        waiting(7, &[5], "ShareLock", "c", 9),
        session(9, &[8]),
    ];
    let graph = LockGraph::new(&sessions);
    // A wait whose beginning is not recorded comes last.
    assert_eq!(graph.heads().map(|head| head.pid).collect::<Vec<_>>(), [5, 3, 1, 8]);
}

#[test]
fn long_queues_leave_room_for_other_heads() {
    let mut sessions = row_queue(300);
    for head in 0..30 {
        let pid = 1000 + head * 10;
        sessions.push(waiting(pid + 1, &[pid], "ShareLock", "other", 1));
    }
    let graph = LockGraph::new(&sessions);
    let outline = graph.outline();
    assert_eq!((outline.trees.len(), outline.omitted), (20, 22));
    let (drawn, omitted) = size(&graph);
    assert_eq!((drawn, omitted + drawn), (50, 301 + 60));
}

#[test]
fn deep_chain_is_cut_and_counted() {
    let sessions: Vec<Session> = (1..20_000).map(|pid| session(pid + 1, &[pid])).take(3_000).collect();
    let graph = LockGraph::new(&sessions);
    assert_eq!(size(&graph), (11, 3_001 - 11));
}

#[test]
fn many_holders_of_one_lock_are_cut_and_counted() {
    let holders: Vec<i32> = (1..=400).collect();
    let mut sessions = vec![waiting(500, &holders, "AccessExclusiveLock", "orders", 1)];
    sessions.extend((501..600).map(|pid| waiting(pid, &[500], "AccessShareLock", "orders", 2)));
    let graph = LockGraph::new(&sessions);
    let (drawn, omitted) = size(&graph);
    assert_eq!(drawn + omitted, 500);
    assert!(drawn <= 80, "{drawn}");
    let (alter, _) = graph.nodes().find(|(node, _)| node.pid == 500).unwrap();
    assert_eq!((alter.blocks, alter.also_behind.len()), (99, 399));
    assert!(graph.heads().all(|head| head.blocks == 100));
}

#[test]
fn five_hundred_waiters_take_no_noticeable_time() {
    let sessions = row_queue(500);
    let fastest = (0..3).map(|_| {
        let begun = Instant::now();
        let graph = LockGraph::new(&sessions);
        assert_eq!(size(&graph), (12, 489));
        begun.elapsed()
    });
    let fastest = fastest.min().unwrap();
    // Without optimization, on a loaded machine, it takes a tenth of a second.
    let limit = if cfg!(debug_assertions) { 1_000 } else { 50 };
    assert!(fastest < Duration::from_millis(limit), "{fastest:?}");
}

proptest! {
    #[test]
    fn every_session_has_one_place_and_no_pair_is_lost(
        pairs in prop::collection::btree_map(1_i32..40, prop::collection::vec(0_i32..40, 0..6), 0..40),
    ) {
        let sessions: Vec<Session> = pairs.iter().map(|(pid, by)| session(*pid, by)).collect();
        let graph = LockGraph::new(&sessions);
        let rows = graph.rows();
        let places: Vec<i32> = rows.iter().map(|(node, ..)| node.pid).collect();
        let mut expected = BTreeSet::new();
        for (pid, by) in pairs.iter().filter(|(_, by)| !by.is_empty()) {
            expected.insert(*pid);
            expected.extend(by);
        }
        prop_assert_eq!(places.len(), expected.len());
        prop_assert_eq!(places.iter().copied().collect::<BTreeSet<_>>(), expected);

        // All that a session waits for, through others too, without the pairs that close a cycle.
        let nodes: BTreeMap<i32, &LockNode<'_>> = rows.iter().map(|(node, ..)| (node.pid, *node)).collect();
        let above: BTreeMap<i32, Option<i32>> = rows.iter().map(|(node, _, above)| (node.pid, *above)).collect();
        for (pid, by) in &pairs {
            for blocker in by.iter().filter(|blocker| *blocker != pid) {
                let mut known = BTreeSet::new();
                let mut open = vec![*pid];
                while let Some(next) = open.pop() {
                    let direct = above[&next].into_iter().chain(nodes[&next].also_behind.iter().copied());
                    // Of one queue are those that wait for the same and block each other.
                    let beside = above.iter().filter(|(_, place)| place.is_some() && **place == above[&next]);
                    let beside = beside.map(|(pid, _)| *pid).filter(|other| nodes[other].blocks > nodes[&next].blocks);
                    for found in direct.chain(beside) {
                        if known.insert(found) {
                            open.push(found);
                        }
                    }
                }
                prop_assert!(known.contains(blocker), "{} is not above or beside {}", blocker, pid);
            }
        }

        let (drawn, omitted) = size(&graph);
        prop_assert_eq!(drawn + omitted, places.len());
        let waiting = graph.nodes().filter(|(node, head)| node.pid != head.pid).count();
        prop_assert_eq!(waiting + graph.heads().count(), places.len());
    }
}
