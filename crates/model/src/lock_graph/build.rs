//! From the pairs of `pg_blocking_pids` to a [`LockGraph`].

use std::{cmp::Reverse, collections::BTreeMap};

use super::{LockGraph, LockNode};
use crate::{Session, Timestamp};

/// The pairs, between sessions numbered by process id.
struct Waits<'a> {
    pids: Vec<i32>,
    sessions: Vec<Option<&'a Session>>,
    /// For each session those it waits for, ascending, itself excluded.
    blockers: Vec<Vec<usize>>,
}

/// An order in which each session comes after its blockers.
struct Order {
    sequence: Vec<usize>,
    /// The place of each session in `sequence`.
    place: Vec<usize>,
    /// The length of the longest chain of blockers above each session.
    depth: Vec<usize>,
    in_deadlock: Vec<bool>,
}

/// Which sessions each session waits for, directly or through others.
struct Reach {
    words: usize,
    rows: Vec<Vec<u64>>,
}

pub(super) fn build(sessions: &[Session]) -> LockGraph<'_> {
    let waits = Waits::new(sessions);
    let order = Order::new(&waits);
    let reach = Reach::new(&waits, &order);
    let (blocks, blocks_since) = reach.totals(&waits);
    let place = &order.place;
    let earlier =
        |index: usize| waits.blockers[index].iter().copied().filter(move |&blocker| place[blocker] < place[index]);

    // The deepest blocker is the last that can finish. In a queue that is the session just ahead.
    let rank = |&blocker: &usize| {
        (order.depth[blocker], waits.sessions[blocker].is_some(), blocks[blocker], Reverse(waits.pids[blocker]))
    };
    let nearest: Vec<Option<usize>> = (0..waits.pids.len()).map(|index| earlier(index).max_by_key(rank)).collect();

    // Sessions of one queue stand side by side, not each under the one ahead of it.
    let mut parent = nearest.clone();
    for &index in &order.sequence {
        parent[index] = nearest[index].map(|ahead| match parent[ahead] {
            Some(above) if waits.same_queue(index, ahead) => above,
            _ => ahead,
        });
    }

    let mut nodes: Vec<LockNode<'_>> = Vec::with_capacity(waits.pids.len());
    for &index in &order.sequence {
        let is_above =
            |&blocker: &usize| nearest[index].is_some_and(|ahead| blocker == ahead || reach.contains(ahead, blocker));
        let others = waits.blockers[index].iter().filter(|blocker| !is_above(blocker));
        let own = nodes.len();
        let above = parent[index].map(|above| place[above]);
        nodes.push(LockNode {
            pid: waits.pids[index],
            session: waits.sessions[index],
            also_behind: others.map(|&blocker| waits.pids[blocker]).collect(),
            blocks: blocks[index],
            blocks_since: blocks_since[index],
            in_deadlock: order.in_deadlock[index],
            head: above.map_or(own, |above| nodes[above].head),
            under: vec![],
            beneath: 0,
        });
    }
    let above: Vec<Option<usize>> =
        order.sequence.iter().map(|&index| parent[index].map(|above| place[above])).collect();
    link(nodes, &above)
}

/// Puts each session under the one that `above` names, worst first.
fn link<'a>(mut nodes: Vec<LockNode<'a>>, above: &[Option<usize>]) -> LockGraph<'a> {
    let mut heads = vec![];
    for (place, above) in above.iter().enumerate() {
        match above {
            Some(above) => nodes[*above].under.push(place),
            None => heads.push(place),
        }
    }
    for place in (0..nodes.len()).rev() {
        if let Some(above) = above[place] {
            nodes[above].beneath += 1 + nodes[place].beneath;
        }
    }
    // No moment sorts after all moments: a wait of unknown length is not called long.
    let badness = |&place: &usize| {
        let node = &nodes[place];
        let since = node.worst_since().unwrap_or(Timestamp(i64::MAX));
        (Reverse(node.blocks), since, Reverse(node.beneath), node.pid)
    };
    heads.sort_by_key(badness);
    let sorted: Vec<Vec<usize>> = nodes
        .iter()
        .map(|node| {
            let mut under = node.under.clone();
            under.sort_by_key(badness);
            under
        })
        .collect();
    for (node, under) in nodes.iter_mut().zip(sorted) {
        node.under = under;
    }
    LockGraph { nodes, heads }
}

impl<'a> Waits<'a> {
    fn new(sessions: &'a [Session]) -> Self {
        let known: BTreeMap<i32, &Session> = sessions.iter().map(|session| (session.pid, session)).collect();
        let blocked = || known.values().filter(|session| !session.blocked_by.is_empty());
        let mut pids: Vec<i32> =
            blocked().flat_map(|session| session.blocked_by.iter().copied().chain([session.pid])).collect();
        pids.sort_unstable();
        pids.dedup();
        let number = |pid: &i32| pids.binary_search(pid).ok();
        let sessions: Vec<Option<&Session>> = pids.iter().map(|pid| known.get(pid).copied()).collect();
        let blockers = sessions.iter().enumerate().map(|(index, session)| {
            let named = session.iter().flat_map(|session| &session.blocked_by).filter_map(number);
            // Prepared transactions are all 0, so a pid can be named several times.
            let mut named: Vec<usize> = named.filter(|&blocker| blocker != index).collect();
            named.sort_unstable();
            named.dedup();
            named
        });
        let blockers = blockers.collect();
        Self { pids, sessions, blockers }
    }

    /// Whether a session and the one just ahead of it wait for the same lock in the same mode, and for the same sessions.
    fn same_queue(&self, index: usize, ahead: usize) -> bool {
        let wanted = |index: usize| {
            let wanted = self.sessions[index]?.wanted.as_ref()?;
            Some((&wanted.kind, &wanted.mode, &wanted.relation))
        };
        // Two rows of a table look alike, so the lock alone does not decide.
        let mut mine = self.blockers[index].iter();
        wanted(index) == wanted(ahead) && self.blockers[ahead].iter().all(|blocker| mine.any(|own| own == blocker))
    }
}

impl Order {
    /// Kahn's algorithm. Where it stops there is a cycle: its session with the smallest pid goes first.
    fn new(waits: &Waits<'_>) -> Self {
        let number = waits.pids.len();
        let mut waiters: Vec<Vec<usize>> = vec![vec![]; number];
        for (index, blockers) in waits.blockers.iter().enumerate() {
            blockers.iter().for_each(|&blocker| waiters[blocker].push(index));
        }
        let mut pending: Vec<usize> = waits.blockers.iter().map(Vec::len).collect();
        let mut order = Self {
            sequence: Vec::with_capacity(number),
            place: vec![usize::MAX; number],
            depth: vec![0; number],
            in_deadlock: vec![false; number],
        };
        let mut ready: Vec<usize> = (0..number).filter(|&index| pending[index] == 0).collect();
        let mut first_left = 0;
        loop {
            while let Some(index) = ready.pop() {
                order.place[index] = order.sequence.len();
                order.sequence.push(index);
                for &waiter in &waiters[index] {
                    if order.place[waiter] != usize::MAX {
                        continue;
                    }
                    order.depth[waiter] = order.depth[waiter].max(order.depth[index] + 1);
                    pending[waiter] -= 1;
                    if pending[waiter] == 0 {
                        ready.push(waiter);
                    }
                }
            }
            while first_left < number && order.place[first_left] != usize::MAX {
                first_left += 1;
            }
            if first_left == number {
                return order;
            }
            ready.extend(order.cycle(waits, first_left));
        }
    }

    /// Marks a cycle that `from` is in or waits for; its session with the smallest pid.
    fn cycle(&mut self, waits: &Waits<'_>, from: usize) -> Option<usize> {
        let mut path = vec![];
        let mut passed = BTreeMap::new();
        let mut here = from;
        let start = loop {
            if let Some(start) = passed.insert(here, path.len()) {
                break start;
            }
            path.push(here);
            // Every session that is left waits for another one that is.
            here = waits.blockers[here].iter().copied().find(|&blocker| self.place[blocker] == usize::MAX)?;
        };
        path[start..].iter().for_each(|&index| self.in_deadlock[index] = true);
        path[start..].iter().copied().min()
    }
}

impl Reach {
    fn new(waits: &Waits<'_>, order: &Order) -> Self {
        let words = waits.pids.len().div_ceil(64);
        let mut reach = Self { words, rows: vec![vec![]; waits.pids.len()] };
        for &index in &order.sequence {
            let blockers =
                || waits.blockers[index].iter().copied().filter(|&blocker| order.place[blocker] < order.place[index]);
            // In a queue the deepest blocker waits for all the others, so that only its row has to be merged.
            let deepest = blockers().max_by_key(|&blocker| order.depth[blocker]);
            let mut row = vec![0; reach.words];
            for blocker in deepest.into_iter().chain(blockers()) {
                if row[blocker / 64] >> (blocker % 64) & 1 == 0 {
                    row.iter_mut().zip(&reach.rows[blocker]).for_each(|(word, other)| *word |= other);
                    row[blocker / 64] |= 1 << (blocker % 64);
                }
            }
            reach.rows[index] = row;
        }
        reach
    }

    fn contains(&self, index: usize, blocker: usize) -> bool {
        self.rows[index][blocker / 64] >> (blocker % 64) & 1 == 1
    }

    /// For each session how many wait for it, and when the longest of those waits began.
    fn totals(&self, waits: &Waits<'_>) -> (Vec<usize>, Vec<Option<Timestamp>>) {
        let number = waits.pids.len();
        let (mut blocks, mut blocks_since) = (vec![0; number], vec![None; number]);
        for (index, row) in self.rows.iter().enumerate() {
            let since = waits.sessions[index].and_then(|session| session.wanted.as_ref()?.since);
            for (number, word) in row.iter().enumerate() {
                let mut word = *word;
                while word != 0 {
                    let blocker = number * 64 + word.trailing_zeros() as usize;
                    word &= word - 1;
                    blocks[blocker] += 1;
                    blocks_since[blocker] = [blocks_since[blocker], since].into_iter().flatten().min();
                }
            }
        }
        (blocks, blocks_since)
    }
}
