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

/// What EXPLAIN may be asked to say, by the names of its options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExplainOption {
    /// Output columns and schemas.
    Verbose,
    /// Estimated costs and rows.
    Costs,
    /// Settings that change plans and are not at their default.
    Settings,
    /// Planning time; and execution time, which is said of a run anyway.
    Summary,
    /// What the planner used; from 17 on.
    Memory,
    /// Blocks hit, read and written in a run.
    Buffers,
    /// The time of each step of a run.
    Timing,
    /// WAL written in a run.
    Wal,
    /// What it takes to make the rows of a run ready to be sent; from 17 on.
    Serialize,
}

impl ExplainOption {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Verbose,
        Self::Costs,
        Self::Settings,
        Self::Summary,
        Self::Memory,
        Self::Buffers,
        Self::Timing,
        Self::Wal,
        Self::Serialize,
    ];

    /// The name in forms: PostgreSQL's, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verbose => "verbose",
            Self::Costs => "costs",
            Self::Settings => "settings",
            Self::Summary => "summary",
            Self::Memory => "memory",
            Self::Buffers => "buffers",
            Self::Timing => "timing",
            Self::Wal => "wal",
            Self::Serialize => "serialize",
        }
    }

    /// Whether it is on unless somebody says otherwise.
    pub const fn is_usual(self) -> bool {
        matches!(self, Self::Costs | Self::Settings | Self::Buffers | Self::Timing)
    }

    /// Whether there is something to say only when the statement is run (`ANALYZE`).
    pub const fn is_of_a_run(self) -> bool {
        matches!(self, Self::Buffers | Self::Timing | Self::Wal | Self::Serialize)
    }

    /// Whether a server of this major version has it; all that Heron watches have the others.
    pub const fn is_known_to(self, major: i32) -> bool {
        major >= 17 || !matches!(self, Self::Memory | Self::Serialize)
    }
}

impl FromStr for ExplainOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|option| option.name() == text);
        named.ok_or_else(|| format!("EXPLAIN has no option {text:?} that could be chosen"))
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
