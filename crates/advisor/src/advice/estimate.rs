//! Which columns narrow a table enough, by the planner's own statistics.

use model::{Column, Relation, SourceKind};

use super::{
    NoAdvice,
    structure::{Operator, Structure},
    types,
};

/// An index on fewer rows than this saves nothing.
const SMALL: f64 = 500.0;
/// So few rows are read at once; another column is not worth its place in the key.
const FEW: f64 = 50.0;
/// A column has to leave at most this share of the rows.
const WORTHWHILE: f64 = 0.3;
/// Longer keys are for people to think about.
const LONGEST_KEY: usize = 2;
/// A btree refuses values of a third of a page (2,704 bytes); where the average is this, some may be longer.
const WIDE: i64 = 1_000;

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

    /// Whether it is met by everything but one value: no index finds that.
    fn is_negation(&self) -> bool {
        self.operator == Some(Operator::NotEqual)
    }

    /// Whether its column can be in an index that serves it.
    fn is_indexable(&self) -> bool {
        if self.is_pattern() {
            matches!(self.column.type_name.as_str(), "text" | "character varying")
        } else {
            self.column.ordered && self.column.width <= WIDE
        }
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
    let negated = |column: &String| wanted.iter().any(|want| want.column.name == *column && want.is_negation());
    while let Some(last) = columns.last() {
        if progression[columns.len()] <= WORTHWHILE * progression[columns.len() - 1] && !negated(last) {
            break;
        }
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
        found.ok_or_else(|| unknown(relation, name))
    };
    let mut wanted: Vec<Wanted> = vec![];
    for condition in &structure.conditions {
        let operator = Some(condition.operator);
        let column = column(&condition.column)?;
        let known = wanted.iter().any(|want| want.column.name == condition.column && want.operator == operator);
        let comparable = condition.cast.as_ref().is_none_or(|cast| types::compares(&column.type_name, cast));
        let want = Wanted { column, operator };
        if !known && comparable && want.is_indexable() {
            wanted.push(want);
        }
    }
    let rows = relation.rows.unwrap_or(0.0);
    wanted.sort_by(|a, b| {
        let left = a.left(rows, rows).total_cmp(&b.left(rows, rows));
        a.is_negation().cmp(&b.is_negation()).then(left).then_with(|| a.column.name.cmp(&b.column.name))
    });
    for sort in &structure.sort {
        let want = Wanted { column: column(&sort.column)?, operator: None };
        if !want.is_indexable() {
            break;
        }
        wanted.push(want);
        // An index's order serves up to and with the first column sorted downwards.
        if sort.descending {
            break;
        }
    }
    if wanted.is_empty() { Err(NoAdvice::NoColumns) } else { Ok(wanted) }
}

/// Why the statistics of a column cannot be seen.
fn unknown(relation: &Relation, column: &str) -> NoAdvice {
    let table = relation.qualified();
    match () {
        () if relation.row_security => NoAdvice::RowSecurity(table.to_string()),
        () if relation.unreadable => NoAdvice::Unreadable(table.to_string()),
        () if relation.kind == SourceKind::Partitioned && relation.columns.is_empty() => {
            NoAdvice::NotAnalyzed(table.to_string())
        }
        () => NoAdvice::NoStatistics(format!("{table}.{column}")),
    }
}
