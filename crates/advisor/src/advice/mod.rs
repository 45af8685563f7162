//! Which index would help a statement: PgHero's algorithm (§3), on the structure of statement and indexes.
//!
//! It looks at one table, and at most two columns; its advice is an estimate from statistics, not the planner's word.

mod estimate;
mod resolve;
mod structure;
mod types;

use std::{collections::BTreeSet, fmt};

use model::{Index, QualifiedName, Relation, SourceKind, StatementTotal, quote_identifier};

use self::resolve::{is_system, resolve};
pub use self::{
    resolve::Caller,
    structure::{Condition, Operator, Sort, Structure, named, structure},
};
use crate::{Thresholds, Workload};

/// An index that would help a statement, or that does.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The table.
    pub table: QualifiedName,
    /// What the table is.
    pub kind: SourceKind,
    /// The columns, in order.
    pub columns: Vec<String>,
    /// Whether the one column is matched by pattern: then it takes trigrams (`pg_trgm`) rather than an order.
    pub trigram: bool,
    /// The table's rows, estimated.
    pub rows: i64,
    /// The rows left, estimated: at first all, then after each column tried.
    pub progression: Vec<i64>,
    /// The rows each condition alone would leave, as `city_id (=)`, estimated.
    pub estimates: Vec<(String, i64)>,
    /// An index that does this already.
    pub covered_by: Option<QualifiedName>,
}

impl Suggestion {
    /// The statements that make it.
    pub fn sql(&self) -> String {
        // PostgreSQL refuses CONCURRENTLY for a partitioned table.
        let concurrently = if self.kind == SourceKind::Partitioned { "" } else { "CONCURRENTLY " };
        let create = format!("CREATE INDEX {concurrently}ON {} {};", self.table, self.key());
        if self.trigram { format!("CREATE EXTENSION IF NOT EXISTS pg_trgm;\n{create}") } else { create }
    }

    /// What to mind before it is made.
    pub fn caution(&self) -> &'static str {
        match (self.kind, self.trigram) {
            (SourceKind::Partitioned, _) => {
                "No row of the table or its partitions can be written while it is built. To avoid that, run CREATE INDEX ON \
                 ONLY the table, then CREATE INDEX CONCURRENTLY on each partition and ALTER INDEX … ATTACH PARTITION for \
                 each. Every write will maintain it. It is an estimate: EXPLAIN the statement before and after."
            }
            (_, true) => {
                "Not inside a transaction. Needs the extension pg_trgm. With gin and gin_trgm_ops instead it reads faster and \
                 writes slower. A pattern that always begins with letters is served by a btree with text_pattern_ops as well."
            }
            (_, false) => {
                "Not inside a transaction. Every write to the table will maintain it. It is an estimate: EXPLAIN the \
                 statement before and after."
            }
        }
    }

    /// Its method, unless that is btree, and its columns.
    pub fn key(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quote_identifier(column)).collect();
        match self.trigram {
            true => format!("USING gist ({} gist_trgm_ops)", columns.join(", ")),
            false => format!("({})", columns.join(", ")),
        }
    }
}

/// Why there is no advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAdvice {
    /// There is no statement.
    Empty,
    /// It is too long to be read.
    TooLarge,
    /// The parser cannot read it.
    NotUnderstood,
    /// It is not one of the shapes that can be judged.
    UnknownStructure,
    /// It only inserts.
    Insert,
    /// It only sets something.
    Set,
    /// It reads several tables.
    Join,
    /// It reads PostgreSQL's own tables.
    SystemTable,
    /// Nobody knows the table, by its name.
    NoTable(String),
    /// Several schemas have a table of that name.
    Ambiguous(String),
    /// A session has a temporary table of that name.
    Temporary(String),
    /// The table of that name was scanned too rarely to be the one that the statement reads.
    Elsewhere(String),
    /// It reads a view or a foreign table, by its name.
    NotIndexable(String),
    /// Other tables inherit from the table, by its name.
    Inherited(String),
    /// It neither compares nor sorts.
    NoColumns,
    /// There are no statistics of a column, by its name.
    NoStatistics(String),
    /// A partitioned table was never analyzed as a whole, by its name.
    NotAnalyzed(String),
    /// Heron's role may not read the table, by its name.
    Unreadable(String),
    /// Row-level security hides the table's statistics from Heron's role, by its name.
    RowSecurity(String),
    /// The table is too small for an index to matter.
    SmallTable,
    /// No column narrows the table enough.
    NotSelective,
}

impl fmt::Display for NoAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("There is no statement."),
            Self::TooLarge => f.write_str("The statement is too long to be judged."),
            Self::NotUnderstood => f.write_str("The statement could not be parsed."),
            Self::UnknownStructure => f.write_str("The statement has a structure that cannot be judged yet."),
            Self::Insert => f.write_str("It is an INSERT."),
            Self::Set => f.write_str("It is a SET."),
            Self::Join => f.write_str("Statements that read several tables cannot be judged yet."),
            Self::SystemTable => f.write_str("It reads a system table."),
            Self::NoTable(name) => write!(f, "There is no ordinary table {name} that Heron knows of."),
            Self::Ambiguous(name) => write!(
                f,
                "Several schemas have a table {name}. The search path of the session that runs the statement decides which \
                 one is meant."
            ),
            Self::Temporary(name) => write!(f, "A session has a temporary table {name}, which the statement may mean."),
            Self::Elsewhere(name) => write!(
                f,
                "The table {name} was scanned less often than the statement ran, so the statement reads another table of \
                 that name, such as a temporary one."
            ),
            Self::NotIndexable(name) => {
                write!(f, "{name} is a view or a foreign table, which has no indexes of its own.")
            }
            Self::Inherited(name) => {
                write!(f, "Other tables inherit from {name}, and each of them would need the index.")
            }
            Self::NoColumns => f.write_str("There is no column to index."),
            Self::NoStatistics(column) => write!(f, "There are no statistics for {column}: ANALYZE its table."),
            Self::NotAnalyzed(table) => write!(
                f,
                "There are no statistics for {table} as a whole: run ANALYZE {table}; now and then. Autovacuum analyzes the \
                 partitions only."
            ),
            Self::Unreadable(table) => write!(
                f,
                "Heron's role may not read {table}, so it does not see the statistics: GRANT SELECT on it to the role."
            ),
            Self::RowSecurity(table) => write!(
                f,
                "Row-level security hides the statistics of {table} from Heron's role. Only its owner, superusers and roles \
                 with BYPASSRLS see them."
            ),
            Self::SmallTable => f.write_str("An index is of no use on fewer than 500 rows."),
            Self::NotSelective => f.write_str("No column narrows the table enough."),
        }
    }
}

impl NoAdvice {
    /// Whether more privileges or an ANALYZE would make advice possible.
    pub(crate) fn is_blindness(&self) -> bool {
        matches!(self, Self::NoStatistics(_) | Self::NotAnalyzed(_) | Self::Unreadable(_) | Self::RowSecurity(_))
    }

    /// Whether it is unknown which table the statement reads.
    pub(crate) fn is_unknown_table(&self) -> bool {
        matches!(self, Self::NoTable(_) | Self::Ambiguous(_) | Self::Temporary(_) | Self::Elsewhere(_))
    }
}

/// The index that would help `sql` most, given the tables and indexes of its database. Of several tables of one name it is
/// the one that the default search path finds.
///
/// # Errors
/// Why there is none.
pub fn best_index(sql: &str, relations: &[Relation], indexes: &[Index]) -> Result<Suggestion, NoAdvice> {
    advise(sql, None, relations, indexes)
}

/// The index that would help a statement that `caller` ran most.
///
/// # Errors
/// Why there is none.
pub(crate) fn best_index_for(
    sql: &str,
    caller: Caller<'_>,
    relations: &[Relation],
    indexes: &[Index],
) -> Result<Suggestion, NoAdvice> {
    advise(sql, Some(caller), relations, indexes)
}

fn advise(
    sql: &str,
    caller: Option<Caller<'_>>,
    relations: &[Relation],
    indexes: &[Index],
) -> Result<Suggestion, NoAdvice> {
    let structure = structure(sql)?;
    let relation = resolve(&structure, caller, relations)?;
    let choice = estimate::choose(&structure, relation)?;
    let rounded = |rows: f64| rows.round_ties_even() as i64;
    let mut suggestion = Suggestion {
        table: relation.qualified(),
        kind: relation.kind,
        columns: choice.columns,
        trigram: choice.trigram,
        rows: rounded(choice.rows),
        progression: choice.progression.into_iter().map(rounded).collect(),
        estimates: choice.estimates.into_iter().map(|(column, rows)| (column, rounded(rows))).collect(),
        covered_by: None,
    };
    suggestion.covered_by = indexes.iter().find(|index| covers(index, &suggestion, &structure)).map(Index::qualified);
    Ok(suggestion)
}

/// The names of the tables whose statistics advice on this workload needs.
pub fn tables(workload: &Workload, thresholds: &Thresholds) -> Vec<String> {
    let structures = worthwhile(workload, thresholds).filter_map(|(_, text)| structure(text).ok());
    let names: BTreeSet<String> = structures.filter(|it| !is_system(it)).map(|it| it.table).collect();
    names.into_iter().collect()
}

/// The statements that take long enough and often enough to be worth an index, with their texts.
pub(crate) fn worthwhile<'a>(
    workload: &'a Workload,
    thresholds: &Thresholds,
) -> impl Iterator<Item = (&'a StatementTotal, &'a str)> {
    let Thresholds { suggested_index_ms: ms, suggested_index_calls: calls, .. } = *thresholds;
    workload
        .statements
        .iter()
        .filter(move |statement| statement.counters.calls >= calls && statement.counters.mean().0 >= ms)
        .filter_map(|statement| Some((statement, statement.query.as_deref()?)))
}

/// Whether `index` does already what is suggested. A partial or invalid one does not; one being built soon will.
fn covers(index: &Index, suggestion: &Suggestion, structure: &Structure) -> bool {
    if index.on() != suggestion.table || index.predicate.is_some() || index.locked || !(index.valid || index.building) {
        return false;
    }
    let all_equal = structure.conditions.iter().all(|condition| condition.operator == Operator::Equal);
    let method = match index.method.as_str() {
        "btree" => !suggestion.trigram,
        "gist" | "gin" if suggestion.trigram => index.trigram,
        "gist" => structure.sort.is_empty() && !index.trigram,
        "brin" => structure.sort.is_empty() && !suggestion.trigram,
        "hash" => structure.sort.is_empty() && all_equal,
        _ => false,
    };
    let leading: Option<Vec<String>> =
        index.keys.iter().take(suggestion.columns.len()).map(model::IndexKey::column).collect();
    let Some(mut leading) = leading else { return false };
    let mut columns = suggestion.columns.clone();
    // Where every column is compared for equality their order in the key does not matter.
    if all_equal && structure.sort.is_empty() {
        leading.sort();
        columns.sort();
    }
    method && leading == columns
}

#[cfg(test)]
mod tests;
