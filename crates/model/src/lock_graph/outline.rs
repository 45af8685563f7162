//! The part of a [`LockGraph`] that a page draws.

use std::collections::HashMap;

use super::{LockGraph, LockNode};
use crate::WantedLock;

/// No page draws more sessions.
const MOST_SESSIONS: usize = 80;

/// No page draws more heads of queues.
const MOST_HEADS: usize = 20;

/// No page draws more sessions that wait for the same lock.
const MOST_IN_GROUP: usize = 10;

/// No page draws a session further below the head of its queue.
const MOST_DEEP: usize = 10;

/// The heads of queues that a page draws, with the sessions that wait under them.
#[derive(Debug, Clone)]
pub struct LockOutline<'g, 'a> {
    /// Those that block most first.
    pub trees: Vec<LockTree<'g, 'a>>,
    /// Number of sessions that stand in no tree: further heads and all under them.
    pub omitted: usize,
}

/// A session, and those drawn under it.
#[derive(Debug, Clone)]
pub struct LockTree<'g, 'a> {
    /// The session.
    pub node: &'g LockNode<'a>,
    /// Those that wait behind it, by the lock they wait for.
    pub groups: Vec<LockGroup<'g, 'a>>,
    /// Number of sessions that stand under it, but in none of the groups.
    pub omitted: usize,
}

/// Sessions behind the same one that wait for the same lock in the same mode.
#[derive(Debug, Clone)]
pub struct LockGroup<'g, 'a> {
    /// The lock; none where PostgreSQL did not show it.
    pub wanted: Option<&'a WantedLock>,
    /// Number of sessions in the group, drawn or not.
    pub number: usize,
    /// Those that are drawn, worst first.
    pub waiting: Vec<LockTree<'g, 'a>>,
    /// Number of sessions that are not drawn: the rest of the group and all under them.
    pub omitted: usize,
}

pub(super) fn outline<'g, 'a>(graph: &'g LockGraph<'a>) -> LockOutline<'g, 'a> {
    let mut outline = Outline { graph, groups: vec![vec![]; graph.nodes.len()], drawn: vec![false; graph.nodes.len()] };
    outline.choose();
    let (trees, omitted) = outline.trees(&graph.heads);
    LockOutline { trees, omitted }
}

struct Outline<'g, 'a> {
    graph: &'g LockGraph<'a>,
    /// For each drawn session those under it, by lock.
    groups: Vec<Vec<Vec<usize>>>,
    drawn: Vec<bool>,
}

impl<'g, 'a> Outline<'g, 'a> {
    /// Chooses what is drawn level by level, so that no queue takes the place of another one's head.
    fn choose(&mut self) {
        let mut left = MOST_SESSIONS;
        let mut level: Vec<usize> = self.graph.heads.iter().copied().take(MOST_HEADS).collect();
        for _ in 0..=MOST_DEEP {
            let mut next = vec![];
            for index in level {
                if left == 0 {
                    return;
                }
                left -= 1;
                self.drawn[index] = true;
                self.groups[index] = self.grouped(index);
                next.extend(self.groups[index].iter().flat_map(|group| group.iter().take(MOST_IN_GROUP)));
            }
            level = next;
        }
    }

    /// Those under a session by the lock they wait for, in the order of the worst of each group.
    fn grouped(&self, index: usize) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![];
        let mut known = HashMap::new();
        for &under in &self.graph.nodes[index].under {
            let wanted = self.graph.nodes[under].wanted();
            let lock = wanted.map(|wanted| {
                let relation = wanted.relation.as_ref().map(|name| (&name.schema, &name.name));
                (&wanted.kind, &wanted.mode, relation)
            });
            let group = *known.entry(lock).or_insert(groups.len());
            match groups.get_mut(group) {
                Some(members) => members.push(under),
                None => groups.push(vec![under]),
            }
        }
        groups
    }

    /// The trees of those that are drawn, and how many sessions the others come to.
    fn trees(&self, indexes: &[usize]) -> (Vec<LockTree<'g, 'a>>, usize) {
        let (drawn, others): (Vec<usize>, Vec<usize>) = indexes.iter().partition(|&&index| self.drawn[index]);
        let trees = drawn.into_iter().map(|index| self.tree(index)).collect();
        (trees, others.into_iter().map(|index| 1 + self.graph.nodes[index].beneath).sum())
    }

    fn tree(&self, index: usize) -> LockTree<'g, 'a> {
        let mut tree = LockTree { node: &self.graph.nodes[index], groups: vec![], omitted: 0 };
        for members in &self.groups[index] {
            let (waiting, omitted) = self.trees(members);
            match waiting.first() {
                Some(first) => {
                    let wanted = first.node.wanted();
                    tree.groups.push(LockGroup { wanted, number: members.len(), waiting, omitted });
                }
                None => tree.omitted += omitted,
            }
        }
        tree
    }
}
