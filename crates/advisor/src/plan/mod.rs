//! Reading a plan: where time and rows go, and what is odd about it.
//!
//! The input is the text of `EXPLAIN (FORMAT JSON)`, of PostgreSQL 14 to 18. EXPLAIN says of each node what one run of it took
//! with everything that works for it; a person wants to know its own part of the whole. So: times are multiplied by runs,
//! divided by the processes that ran side by side, and what worked for it is taken away. CTEs and InitPlans run when somebody
//! asks for their rows, so their time is taken from who asked and not from the node they hang on.

mod node;
mod remarks;

use model::{Millis, Plan, PlanActual, PlanNode, Ratio};
use serde_json::Value;

use self::node::Node;

/// No page shows more nodes.
const MOST: usize = 500;

/// Why a text cannot be read as a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAPlan;

impl std::fmt::Display for NotAPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("The plan is nested too deeply to be drawn, or is no plan.")
    }
}

impl std::error::Error for NotAPlan {}

/// Reads what `EXPLAIN (FORMAT JSON)` answered.
///
/// # Errors
/// When it is something else, or nested deeper than JSON is read (about sixty nodes).
pub fn read(json: &str) -> Result<Plan, NotAPlan> {
    let answer: Value = serde_json::from_str(json).map_err(|_| NotAPlan)?;
    let whole = answer.get(0).ok_or(NotAPlan)?;
    let root = Node(whole.get("Plan").filter(|plan| plan.is_object()).ok_or(NotAPlan)?);
    let millis = |name: &str| whole.get(name).and_then(Value::as_f64).map(Millis);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let settings = whole.get("Settings").and_then(Value::as_object).into_iter().flatten();

    let mut walk = Walk::default();
    walk.down(root, Above { processes: 1.0, cost_left: f64::INFINITY, ..Above::default() });
    walk.settle();
    let Walk { mut nodes, left_out, .. } = walk;

    let own = |node: &PlanNode| node.actual.and_then(|actual| actual.own).unwrap_or_default().0;
    let time: f64 = nodes.iter().map(own).sum();
    let cost: f64 = nodes.iter().map(|node| node.share.0).sum();
    let timed = nodes.first().is_some_and(|root| root.actual.is_some_and(|actual| actual.total.is_some()));
    for node in &mut nodes {
        let (part, whole) = if timed { (own(node), time) } else { (node.share.0, cost) };
        node.share = Ratio::of(part, whole).filter(|share| share.0.is_finite()).unwrap_or_default();
    }
    let mut plan = Plan {
        analyzed: nodes.first().is_some_and(|root| root.actual.is_some()),
        nodes,
        left_out,
        planning: millis("Planning Time"),
        execution: millis("Execution Time"),
        remarks: vec![],
        settings: settings.map(|(name, value)| (name.clone(), text(value))).collect(),
    };
    plan.remarks = remarks::of_the_whole(&plan, whole);
    Ok(plan)
}

/// What a node inherits from those it works for.
#[derive(Debug, Clone, Copy, Default)]
struct Above {
    depth: u32,
    /// How many processes run it side by side.
    processes: f64,
    /// How many runs the planner expects.
    runs: f64,
    /// What is left of the cost of the node it works for.
    cost_left: f64,
    /// Whether somebody above stops before all rows are read, so that fewer than expected are no surprise.
    cut_short: bool,
}

#[derive(Default)]
struct Walk<'a> {
    nodes: Vec<PlanNode>,
    /// What EXPLAIN wrote of each.
    written: Vec<Node<'a>>,
    /// Nodes that run when somebody asks for their rows, with the time they took.
    lazy: Vec<(Node<'a>, f64)>,
    left_out: u32,
}

/// What a node took with all that works for it: of the time, and of the estimated cost.
#[derive(Clone, Copy, Default)]
struct Took {
    time: f64,
    cost: f64,
}

impl<'a> Walk<'a> {
    /// Puts the node and all that works for it in the list; what they took.
    fn down(&mut self, node: Node<'a>, above: Above) -> Took {
        let loops = node.number("Actual Loops");
        let per_loop = node.number("Actual Total Time");
        // A worker's runs are counted together, though they happened side by side.
        let processes = loops.map_or(1.0, |loops| above.processes.min(loops.max(1.0)));
        let total = loops.and_then(|loops| Some(per_loop? * loops / processes));
        let cost = (node.number("Total Cost").unwrap_or_default() * above.runs.max(1.0)).min(above.cost_left);
        let took = Took { time: total.unwrap_or_default(), cost };

        let place = self.nodes.len();
        let shown = place < MOST;
        if shown {
            self.nodes.push(PlanNode::default());
            self.written.push(node);
        } else {
            self.left_out += 1;
        }

        let mut rest = took;
        let below = Above {
            depth: above.depth + 1,
            processes: node.processes().unwrap_or(above.processes),
            runs: above.runs,
            cost_left: cost,
            cut_short: above.cut_short || node.cuts_short(),
        };
        let mut outer_rows = 1.0;
        for child in node.children() {
            let role = child.text("Parent Relationship").unwrap_or_default();
            let inner = role == "Inner" && node.text("Node Type") == Some("Nested Loop");
            let runs = if inner { below.runs.max(1.0) * outer_rows } else { below.runs };
            // Only the first rows of what is joined may be wanted.
            let cut_short = below.cut_short || inner || node.text("Join Type").is_some_and(|join| join != "Inner");
            let took = self.down(child, Above { runs, cost_left: rest.cost.max(0.0), cut_short, ..below });
            if role == "Outer" {
                outer_rows = child.number("Plan Rows").unwrap_or(1.0).max(1.0);
            }
            rest.cost -= took.cost;
            if role == "InitPlan" && shown {
                self.lazy.push((child, took.time));
            } else {
                rest.time -= took.time;
            }
        }

        if shown {
            let actual = loops.map(|loops| PlanActual {
                rows: node.number("Actual Rows").unwrap_or_default(),
                loops,
                total: total.map(Millis),
                own: total.map(|_| Millis(rest.time.max(0.0))),
            });
            let rows = node.number("Plan Rows").unwrap_or_default();
            self.nodes[place] = PlanNode {
                depth: above.depth,
                name: node.name(),
                on: node.on(),
                role: node.role(),
                cost: node.number("Total Cost").unwrap_or_default(),
                rows,
                actual,
                // Of the cost for now; shares are taken once the whole is known.
                share: Ratio(rest.cost.max(0.0)),
                off_by: actual.and_then(|actual| off_by(rows, actual, above.cut_short)),
                details: node.details(),
                remarks: remarks::of_a_node(node, actual, processes),
            };
        }
        took
    }

    /// Takes the time of what ran on demand from who asked: from the one it is the greatest part of, should several have.
    fn settle(&mut self) {
        // What an InitPlan took may have been taken by a CTE, so it is settled first.
        let (ctes, plans): (Vec<_>, Vec<_>) = self.lazy.drain(..).partition(|(node, _)| node.cte().is_some());
        for (lazy, mut time) in plans.into_iter().chain(ctes) {
            let mut readers: Vec<usize> = (0..self.nodes.len()).filter(|n| self.written[*n].reads(lazy)).collect();
            readers.sort_by(|a, b| self.own(*b).total_cmp(&self.own(*a)));
            for reader in readers {
                let part = time.min(self.own(reader));
                time -= part;
                if let Some(own) = self.nodes[reader].actual.as_mut().and_then(|actual| actual.own.as_mut()) {
                    own.0 -= part;
                }
            }
        }
    }

    fn own(&self, n: usize) -> f64 {
        self.nodes[n].actual.and_then(|actual| actual.own).unwrap_or_default().0
    }
}

/// Ten times off, and not because somebody stopped asking.
fn off_by(planned: f64, actual: PlanActual, cut_short: bool) -> Option<f64> {
    if actual.loops < 1.0 {
        return None;
    }
    let factor = actual.rows.max(1.0) / planned.max(1.0);
    (factor >= 10.0 || (factor <= 0.1 && !cut_short)).then_some(factor)
}

#[cfg(test)]
mod tests;
