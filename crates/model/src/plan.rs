//! A query plan, read: what `EXPLAIN (FORMAT JSON)` says, with what it means for each node.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Millis, Ratio, Remedy, Severity};

/// A plan: a tree, its nodes in the order in which EXPLAIN prints them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The nodes, each after the one it works for.
    pub nodes: Vec<PlanNode>,
    /// How many nodes there are beyond those.
    pub left_out: u32,
    /// Whether the statement was run (`ANALYZE`).
    pub analyzed: bool,
    /// `Planning Time`.
    pub planning: Option<Millis>,
    /// `Execution Time`.
    pub execution: Option<Millis>,
    /// What there is to say of the whole.
    pub remarks: Vec<PlanRemark>,
    /// Settings that change plans and are not at their default (`Settings`).
    pub settings: Vec<(String, String)>,
}

/// A node of a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanNode {
    /// How many nodes it works for, one for the other.
    pub depth: u32,
    /// What it does, as EXPLAIN's text calls it: `Parallel Seq Scan`, `Hash Left Join`.
    pub name: String,
    /// On what: `orders o using orders_pkey`.
    pub on: Option<String>,
    /// What it is to the node it works for, where that is not plain: `InitPlan 1`, `CTE recent`.
    pub role: Option<String>,
    /// The planner's cost of it and all that works for it.
    pub cost: f64,
    /// Rows the planner expects of one run.
    pub rows: f64,
    /// What happened, if the statement was run; a node that was never executed has no loops.
    pub actual: Option<PlanActual>,
    /// Its own part of the time; of the estimated cost where times are not known.
    pub share: Ratio,
    /// How many times more rows there were than the planner expected, or, below 1, fewer; where they are ten times off.
    pub off_by: Option<f64>,
    /// Conditions, keys and counters, as EXPLAIN calls them.
    pub details: Vec<(String, String)>,
    /// What there is to say of it.
    pub remarks: Vec<PlanRemark>,
}

/// What happened at a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanActual {
    /// Rows of one run, on average.
    pub rows: f64,
    /// How often it ran, in all processes together.
    pub loops: f64,
    /// The time it took with all that worked for it, in all its runs; side by side where several processes ran it.
    pub total: Option<Millis>,
    /// Of that, its own.
    pub own: Option<Millis>,
}

/// A sentence about a plan or one of its nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanRemark {
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter and, where there is something, what to do.
    pub sentence: String,
}

/// What somebody wants to know of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExplainMode {
    /// Its plan, as PostgreSQL writes it.
    #[default]
    Explain,
    /// The same with what really happened: the statement is run.
    Analyze,
    /// The plan read and drawn; with what really happened if running it is confirmed.
    Visualize,
}

impl ExplainMode {
    /// The name in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Explain => "explain",
            Self::Analyze => "analyze",
            Self::Visualize => "visualize",
        }
    }
}

impl FromStr for ExplainMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Explain, Self::Analyze, Self::Visualize]
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| format!("cannot {text:?} a statement: explain, analyze or visualize it"))
    }
}

/// A statement explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// The plan as PostgreSQL wrote it: text, or JSON where it is drawn.
    pub text: String,
    /// The plan read; none unless it was to be drawn, or when it cannot be.
    pub plan: Option<Plan>,
    /// Whether the statement was run.
    pub analyzed: bool,
    /// Which index would help it, or why nobody can tell, as a sentence.
    pub advice: String,
    /// The statement that makes the index.
    pub remedy: Option<Remedy>,
}
