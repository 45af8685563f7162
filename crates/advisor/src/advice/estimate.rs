//! Which columns narrow a table enough, by the planner's own statistics.

use model::{Column, Relation};

use super::{
    NoAdvice,
    structure::{Operator, Structure},
};

/// An index on fewer rows than this saves nothing.
const SMALL: f64 = 500.0;
/// So few rows are read at once; another column is not worth its place in the key.
const FEW: f64 = 50.0;
/// A column has to leave at most this share of the rows.
const WORTHWHILE: f64 = 0.3;
/// Longer keys are for people to think about.
const LONGEST_KEY: usize = 2;

/// The columns chosen, and how that came about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) columns: Vec<String>,
    /// Whether the one column is matched by pattern, which takes a trigram index.
    pub(super) trigram: bool,
    pub(super) rows: f64,
    /// Rows left: at first all, then after each column that was tried.
    pub(super) progression: Vec<f64>,
    /// Rows each condition alone would leave.
    pub(super) estimates: Vec<(String, f64)>,
}

/// A column to index and why it is wanted.
struct Wanted<'a> {
    column: &'a Column,
    /// None for a column that is only sorted by.
    operator: Option<Operator>,
}

impl Wanted<'_> {
    /// The rows of `left`, out of `total`, that will be left.
    fn left(&self, total: f64, left: f64) -> f64 {
        let Column { null_frac, n_distinct, .. } = *self.column;
        match self.operator {
            Some(Operator::Null) => return left * null_frac,
            Some(Operator::NotNull) => return left * (1.0 - null_frac),
            _ => {}
        }
        let left = left * (1.0 - null_frac);
        let equal = match n_distinct {
            0.0 => 0.0,
            share if share < 0.0 => {
                if total == 0.0 {
                    0.0
                } else {
                    (-1.0 / share) * (left / total)
                }
            }
            count => left / count,
        };
        match self.operator {
            None | Some(Operator::Equal) => equal,
            Some(Operator::NotEqual) => left - equal,
            Some(_) => (left + equal) / 10.0,
        }
    }

    fn is_pattern(&self) -> bool {
        self.operator.is_some_and(Operator::is_pattern)
    }
}

/// Chooses by the rules of PgHero (§3.2 to 3.4), so that people who know its advice get the same.
pub(super) fn choose(structure: &Structure, relation: &Relation) -> Result<Choice, NoAdvice> {
    let wanted = wanted(structure, relation)?;
    let rows = relation.rows.unwrap_or(0.0);
    if rows < SMALL {
        return Err(NoAdvice::SmallTable);
    }
    let estimates: Vec<(String, f64)> = wanted
        .iter()
        .map(|want| {
            let why = want.operator.map_or_else(|| "sort".to_owned(), |operator| operator.to_string());
            (format!("{} ({why})", want.column.name), want.left(rows, rows))
        })
        .collect();

    if let Some(first) = wanted.first().filter(|first| first.is_pattern()) {
        return Ok(Choice {
            columns: vec![first.column.name.clone()],
            trigram: true,
            rows,
            progression: vec![rows, first.left(rows, rows)],
            estimates,
        });
    }

    let (mut columns, mut progression) = (Vec::<String>::new(), vec![rows]);
    let mut left = rows;
    for want in wanted.iter().filter(|want| !want.is_pattern()) {
        if columns.contains(&want.column.name) {
            continue;
        }
        columns.push(want.column.name.clone());
        left = want.left(rows, left);
        progression.push(left);
        if left < FEW || columns.len() == LONGEST_KEY || want.operator.is_some_and(Operator::is_range) {
            break;
        }
    }
    while !columns.is_empty() && progression[columns.len()] > WORTHWHILE * progression[columns.len() - 1] {
        columns.pop();
    }
    if columns.is_empty() {
        return Err(NoAdvice::NotSelective);
    }
    Ok(Choice { columns, trigram: false, rows, progression, estimates })
}

/// The columns an index could have: those of the conditions, the most telling first, then those of the order.
fn wanted<'a>(structure: &Structure, relation: &'a Relation) -> Result<Vec<Wanted<'a>>, NoAdvice> {
    if structure.conditions.is_empty() && structure.sort.is_empty() {
        return Err(NoAdvice::NoColumns);
    }
    let column = |name: &str| {
        let found = relation.columns.iter().find(|column| column.name == name);
        found.ok_or_else(|| NoAdvice::NoStatistics(format!("{}.{name}", relation.qualified())))
    };
    let mut wanted: Vec<Wanted> = vec![];
    for condition in &structure.conditions {
        let operator = Some(condition.operator);
        if !wanted.iter().any(|want| want.column.name == condition.column && want.operator == operator) {
            wanted.push(Wanted { column: column(&condition.column)?, operator });
        }
    }
    let rows = relation.rows.unwrap_or(0.0);
    wanted.sort_by(|a, b| {
        a.left(rows, rows).total_cmp(&b.left(rows, rows)).then_with(|| a.column.name.cmp(&b.column.name))
    });
    for sort in &structure.sort {
        wanted.push(Wanted { column: column(&sort.column)?, operator: None });
        // An index's order serves up to and with the first column sorted downwards.
        if sort.descending {
            break;
        }
    }
    Ok(wanted)
}
