//! Who waits for whom: sessions as a forest, from `pg_blocking_pids`.

use std::collections::{BTreeMap, BTreeSet};

use crate::Session;

/// A session and those that wait for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocker<'a> {
    /// The session, if it is among those that can be seen; a prepared transaction has none.
    pub session: Option<&'a Session>,
    /// Its process id; nought for a prepared transaction.
    pub pid: i32,
    /// Those that wait for it, each with those that wait for them.
    pub waiting: Vec<Self>,
}

impl<'a> Blocker<'a> {
    /// The forest of `sessions`: at its roots those that hold up others and wait for nobody.
    ///
    /// Whoever waits for several stands under each of them. Sessions that wait for one another in a circle, which
    /// PostgreSQL breaks after `deadlock_timeout`, stand under the one with the smallest process id.
    pub fn forest(sessions: &'a [Session]) -> Vec<Self> {
        let known: BTreeMap<i32, &Session> = sessions.iter().map(|session| (session.pid, session)).collect();
        let mut waiting: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for session in sessions {
            for &blocker in session.blocked_by.iter().collect::<BTreeSet<_>>() {
                waiting.entry(blocker).or_default().push(session.pid);
            }
        }
        let waits = |pid: &i32| known.get(pid).is_some_and(|session| !session.blocked_by.is_empty());
        let mut seen = BTreeSet::new();
        let mut forest: Vec<Self> = waiting
            .keys()
            .filter(|pid| !waits(pid))
            .map(|&pid| tree(pid, &known, &waiting, &mut vec![], &mut seen))
            .collect();
        // What no root leads to is a circle.
        for &pid in waiting.keys() {
            if !seen.contains(&pid) {
                forest.push(tree(pid, &known, &waiting, &mut vec![], &mut seen));
            }
        }
        forest
    }

    /// How many sessions wait under it.
    pub fn held_up(&self) -> usize {
        let mut pids = BTreeSet::new();
        self.collect(&mut pids);
        pids.remove(&self.pid);
        pids.len()
    }

    fn collect(&self, pids: &mut BTreeSet<i32>) {
        pids.insert(self.pid);
        self.waiting.iter().for_each(|waiting| waiting.collect(pids));
    }
}

fn tree<'a>(
    pid: i32,
    known: &BTreeMap<i32, &'a Session>,
    waiting: &BTreeMap<i32, Vec<i32>>,
    above: &mut Vec<i32>,
    seen: &mut BTreeSet<i32>,
) -> Blocker<'a> {
    seen.insert(pid);
    above.push(pid);
    let under = waiting.get(&pid).map_or(&[][..], Vec::as_slice);
    let under = under
        .iter()
        .filter(|next| !above.contains(next))
        .copied()
        .collect::<Vec<_>>()
        .into_iter()
        .map(|next| tree(next, known, waiting, above, seen))
        .collect();
    above.pop();
    Blocker { session: known.get(&pid).copied(), pid, waiting: under }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    /// `1(2 3(4))` for the forest of these sessions.
    fn written(sessions: &[(i32, &[i32])]) -> String {
        fn write(trees: &[Blocker<'_>]) -> String {
            let one = |tree: &Blocker<'_>| match tree.waiting.as_slice() {
                [] => tree.pid.to_string(),
                waiting => format!("{}({})", tree.pid, write(waiting)),
            };
            trees.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        let sessions: Vec<_> = sessions.iter().map(|(pid, blocked_by)| session(*pid, blocked_by)).collect();
        write(&Blocker::forest(&sessions))
    }

    #[test]
    fn who_waits_stands_under_whom_it_waits_for() {
        assert_eq!(written(&[(1, &[]), (2, &[])]), "");
        assert_eq!(written(&[(1, &[]), (2, &[1]), (3, &[1, 1]), (4, &[3])]), "1(2 3(4))");
        assert_eq!(written(&[(1, &[]), (2, &[]), (3, &[1, 2])]), "1(3) 2(3)");
        assert_eq!(written(&[(2, &[0])]), "0(2)");
        assert_eq!(written(&[(1, &[2]), (2, &[1]), (3, &[2])]), "1(2(3))");
        assert_eq!(written(&[(1, &[1])]), "1");
    }

    proptest! {
        #[test]
        fn everybody_who_waits_is_shown(edges in prop::collection::vec((1_i32..7, prop::collection::vec(0_i32..7, 0..3)), 0..7)) {
            let sessions: Vec<_> = edges.iter().map(|(pid, by)| session(*pid, by)).collect();
            let forest = Blocker::forest(&sessions);
            let mut shown = BTreeSet::new();
            forest.iter().for_each(|tree| tree.collect(&mut shown));
            for session in sessions.iter().filter(|session| !session.blocked_by.is_empty()) {
                prop_assert!(shown.contains(&session.pid));
            }
        }
    }
}
