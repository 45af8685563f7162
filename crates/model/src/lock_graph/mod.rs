//! Lock waits as a graph, from `pg_blocking_pids`.

mod build;
mod outline;
#[cfg(test)]
mod tests;

pub use self::outline::{LockGroup, LockOutline, LockTree};

use crate::{Session, Timestamp, WantedLock};

/// The sessions that wait for locks and those that block them, each once (`pg_blocking_pids`).
///
/// PostgreSQL reports for a waiting session every session it waits for: those that hold the lock, and those ahead of it
/// in the queue. A queue of n sessions has n²/2 such pairs, and a session may stand in it behind several holders, so
/// the pairs form a graph and not a tree. Here each session has one place: under the blocker that can finish last. The
/// blockers that are not above that place are named beside it ([`LockNode::also_behind`]).
#[derive(Debug, Clone)]
pub struct LockGraph<'a> {
    /// In an order in which each session comes after those it stands under.
    nodes: Vec<LockNode<'a>>,
    /// The sessions that stand under no other, worst first.
    heads: Vec<usize>,
}

/// A session that waits for a lock, or blocks one that does.
#[derive(Debug, Clone)]
pub struct LockNode<'a> {
    /// The process id; 0 for prepared transactions, which PostgreSQL does not tell apart here.
    pub pid: i32,
    /// The session; none for prepared transactions, and for sessions that are hidden or gone.
    pub session: Option<&'a Session>,
    /// Blockers that neither stand above it nor block one that does.
    pub also_behind: Vec<i32>,
    /// Number of sessions that wait for it, directly or through others.
    pub blocks: usize,
    /// When the longest of those waits began, where PostgreSQL has recorded it.
    pub blocks_since: Option<Timestamp>,
    /// Whether it is part of a cycle of waits, which PostgreSQL breaks after `deadlock_timeout`.
    pub in_deadlock: bool,
    head: usize,
    /// Worst first.
    under: Vec<usize>,
    /// Number of sessions that stand under it, at any depth.
    beneath: usize,
}

impl<'a> LockNode<'a> {
    /// The lock it waits for.
    pub fn wanted(&self) -> Option<&'a WantedLock> {
        self.session?.wanted.as_ref()
    }

    /// When the longest wait began of those it is part of: its own, or that of a session it blocks.
    fn worst_since(&self) -> Option<Timestamp> {
        [self.wanted().and_then(|wanted| wanted.since), self.blocks_since].into_iter().flatten().min()
    }
}

impl<'a> LockGraph<'a> {
    /// Builds the graph of all sessions of a server, in time near-linear in the pairs that PostgreSQL reports.
    pub fn new(sessions: &'a [Session]) -> Self {
        build::build(sessions)
    }

    /// Whether no session is blocked.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The sessions at the head of a queue, those that block most first.
    pub fn heads(&self) -> impl Iterator<Item = &LockNode<'a>> {
        self.heads.iter().map(|&head| &self.nodes[head])
    }

    /// All sessions of the graph, each with the session at the head of its queue.
    pub fn nodes(&self) -> impl Iterator<Item = (&LockNode<'a>, &LockNode<'a>)> {
        self.nodes.iter().map(|node| (node, &self.nodes[node.head]))
    }

    /// Sessions from the head of each queue downwards, with their depth and the process id they stand under.
    pub fn rows(&self) -> Vec<(&LockNode<'a>, usize, Option<i32>)> {
        let mut rows = Vec::with_capacity(self.nodes.len());
        let mut stack: Vec<(usize, usize, Option<i32>)> =
            self.heads.iter().rev().map(|&head| (head, 0, None)).collect();
        while let Some((index, depth, above)) = stack.pop() {
            let node = &self.nodes[index];
            rows.push((node, depth, above));
            stack.extend(node.under.iter().rev().map(|&next| (next, depth + 1, Some(node.pid))));
        }
        rows
    }

    /// What a page draws of it.
    pub fn outline(&self) -> LockOutline<'_, 'a> {
        outline::outline(self)
    }
}
