//! What of a statement an index can serve: one table, conditions on its columns, an order.
//!
//! A condition counts only if every row must meet it, so anything but a plain AND of plain comparisons ends the matter:
//! better no advice than advice for a statement that was only half understood.

use std::{collections::BTreeSet, fmt, ops::ControlFlow};

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FromTable, Ident, ObjectName, OrderByExpr, OrderByKind, OrderBySort, Query, Select,
        SelectItem, SetExpr, Statement, TableFactor, TableWithJoins, visit_expressions, visit_relations,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};

use super::NoAdvice;

/// The part of a statement that advice rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// The table's schema, where the statement names it.
    pub schema: Option<String>,
    /// The table.
    pub table: String,
    /// What every row must meet.
    pub conditions: Vec<Condition>,
    /// The order asked for.
    pub sort: Vec<Sort>,
}

/// A column compared with something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub operator: Operator,
    /// The type the other side is cast to, where it is.
    pub cast: Option<String>,
}

/// A column sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub column: String,
    /// DESC.
    pub descending: bool,
}

/// A comparison, whatever is on its other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, `IN (…)`, `= ANY (…)`
    Equal,
    /// `<>`, `NOT IN (…)`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `BETWEEN`
    Between,
    /// `LIKE`
    Like,
    /// `ILIKE`
    Ilike,
    /// `IS NULL`
    Null,
    /// `IS NOT NULL`
    NotNull,
}

impl Operator {
    /// Whether it is met by a stretch of the order; what follows it in an index's key cannot narrow further.
    pub(super) fn is_range(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual | Self::Between)
    }

    /// Whether it takes trigrams rather than an order.
    pub(super) fn is_pattern(self) -> bool {
        matches!(self, Self::Like | Self::Ilike)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Between => "BETWEEN",
            Self::Like => "LIKE",
            Self::Ilike => "ILIKE",
            Self::Null => "IS NULL",
            Self::NotNull => "IS NOT NULL",
        })
    }
}

/// Longer statements are made by machines, and reading them takes longer than it is worth.
const LONGEST: usize = 10_000;

/// The tables a statement names, each once: its schema, where that is written, and its name. The names of its own CTEs are
/// among them, for they look the same.
pub fn named(sql: &str) -> Result<BTreeSet<(Option<String>, String)>, NoAdvice> {
    let mut names = BTreeSet::new();
    let _ = visit_relations(&parsed(sql)?, |name| {
        if let Ok(mut parts) = parts(name)
            && let Some(table) = parts.pop()
        {
            names.insert((parts.pop(), table));
        }
        ControlFlow::<()>::Continue(())
    });
    Ok(names)
}

fn parsed(sql: &str) -> Result<Statement, NoAdvice> {
    if sql.trim().is_empty() {
        return Err(NoAdvice::Empty);
    }
    if sql.len() > LONGEST {
        return Err(NoAdvice::TooLarge);
    }
    let mut statements = Parser::parse_sql(&PostgreSqlDialect {}, sql).map_err(|_| NoAdvice::NotUnderstood)?;
    let only = statements.pop().ok_or(NoAdvice::UnknownStructure)?;
    if statements.is_empty() { Ok(only) } else { Err(NoAdvice::UnknownStructure) }
}

/// Reads one statement, as typed or as `pg_stat_statements` normalised it.
pub fn structure(sql: &str) -> Result<Structure, NoAdvice> {
    let statement = parsed(sql)?;
    let structure = match &statement {
        Statement::Query(query) => select(query),
        Statement::Update(update) if update.from.is_none() => {
            Table::of(std::slice::from_ref(&update.table))?.with(update.selection.as_ref(), vec![])
        }
        Statement::Delete(delete) if delete.using.is_none() => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            Table::of(from)?.with(delete.selection.as_ref(), vec![])
        }
        Statement::Update(_) | Statement::Delete(_) => Err(NoAdvice::Join),
        Statement::Insert(_) => Err(NoAdvice::Insert),
        Statement::Set(_) => Err(NoAdvice::Set),
        _ => Err(NoAdvice::UnknownStructure),
    }?;
    // A subquery, wherever it stands, may be what takes the time.
    let mut tables = 0;
    let _ = visit_relations(&statement, |_| {
        tables += 1;
        ControlFlow::<()>::Continue(())
    });
    if tables > 1 { Err(NoAdvice::Join) } else { Ok(structure) }
}

fn select(query: &Query) -> Result<Structure, NoAdvice> {
    let (None, SetExpr::Select(select)) = (&query.with, query.body.as_ref()) else {
        return Err(NoAdvice::UnknownStructure);
    };
    let table = Table::of(&select.from)?;
    let sort = query.order_by.as_ref().and_then(|order| match &order.kind {
        OrderByKind::Expressions(items) => {
            items.iter().map(|item| table.sort(item, select)).collect::<Option<Vec<Sort>>>()
        }
        OrderByKind::All(_) => None,
    });
    table.with(select.selection.as_ref(), sort.unwrap_or_default())
}

/// The one table of a statement, and the name its columns go by.
struct Table {
    schema: Option<String>,
    name: String,
    alias: Option<String>,
}

impl Table {
    fn of(from: &[TableWithJoins]) -> Result<Self, NoAdvice> {
        let (first, others) = from.split_first().ok_or(NoAdvice::UnknownStructure)?;
        if !first.joins.is_empty() || !others.is_empty() {
            return Err(NoAdvice::Join);
        }
        let TableFactor::Table { name, alias, args: None, sample: None, with_ordinality: false, .. } = &first.relation
        else {
            return Err(NoAdvice::UnknownStructure);
        };
        // `FROM ONLY t` is read as a table `only` with an alias.
        if matches!(name.0.as_slice(), [part] if part.as_ident().is_some_and(is_only)) {
            return Err(NoAdvice::UnknownStructure);
        }
        let mut parts = parts(name)?;
        let name = parts.pop().ok_or(NoAdvice::UnknownStructure)?;
        Ok(Self { schema: parts.pop(), name, alias: alias.as_ref().map(|alias| folded(&alias.name)) })
    }

    fn with(self, selection: Option<&Expr>, sort: Vec<Sort>) -> Result<Structure, NoAdvice> {
        let mut conditions = vec![];
        if let Some(selection) = selection {
            self.collect(selection, &mut conditions)?;
        }
        Ok(Structure { schema: self.schema, table: self.name, conditions, sort })
    }

    fn collect(&self, expr: &Expr, conditions: &mut Vec<Condition>) -> Result<(), NoAdvice> {
        let (left, operator, right): (_, _, Vec<&Expr>) = match expr {
            Expr::Nested(inner) => return self.collect(inner, conditions),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.collect(left, conditions)?;
                return self.collect(right, conditions);
            }
            Expr::BinaryOp { left, op, right } => {
                (left, comparison(op).ok_or(NoAdvice::UnknownStructure)?, vec![right])
            }
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => (left, Operator::Equal, vec![right]),
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => (left, Operator::NotEqual, vec![right]),
            Expr::InList { expr, negated: false, list } => (expr, Operator::Equal, list.iter().collect()),
            Expr::InList { expr, negated: true, list } => (expr, Operator::NotEqual, list.iter().collect()),
            Expr::Between { expr, negated: false, low, high } => (expr, Operator::Between, vec![low, high]),
            Expr::Like { expr, negated: false, any: false, pattern, .. } => (expr, Operator::Like, vec![pattern]),
            Expr::ILike { expr, negated: false, any: false, pattern, .. } => (expr, Operator::Ilike, vec![pattern]),
            Expr::IsNull(expr) => (expr, Operator::Null, vec![]),
            Expr::IsNotNull(expr) => (expr, Operator::NotNull, vec![]),
            _ => return Err(NoAdvice::UnknownStructure),
        };
        let column = self.column(left).ok_or(NoAdvice::UnknownStructure)?;
        if !right.iter().all(|value| is_constant(value)) {
            return Err(NoAdvice::UnknownStructure);
        }
        let cast = right.iter().find_map(|value| cast(value));
        conditions.push(Condition { column, operator, cast });
        Ok(())
    }

    /// A plain column in an order that a plain index has. None if it may be something else under a column's name.
    fn sort(&self, item: &OrderByExpr, select: &Select) -> Option<Sort> {
        let descending = match &item.options.sort {
            Some(OrderBySort::Using(_)) => return None,
            sort => matches!(sort, Some(OrderBySort::Desc)),
        };
        if item.options.nulls_first.is_some_and(|first| first != descending) {
            return None;
        }
        let column = self.column(&item.expr)?;
        // A bare name means an output column before it means the table's.
        let is_output = |output: &SelectItem| match output {
            SelectItem::ExprWithAlias { expr, alias } => {
                folded(alias) == column && self.column(expr).as_ref() != Some(&column)
            }
            _ => false,
        };
        let bare = matches!(item.expr, Expr::Identifier(_));
        (!(bare && select.projection.iter().any(is_output))).then_some(Sort { column, descending })
    }

    /// The column's own name, if `expr` is a bare column of this table.
    fn column(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Identifier(column) => Some(folded(column)),
            Expr::CompoundIdentifier(parts) => {
                let (column, qualifier) = parts.split_last()?;
                let table = folded(qualifier.last()?);
                (Some(&table) == self.alias.as_ref().or(Some(&self.name))).then(|| folded(column))
            }
            _ => None,
        }
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Operator> {
    Some(match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::NotEqual,
        BinaryOperator::Gt => Operator::Greater,
        BinaryOperator::GtEq => Operator::GreaterOrEqual,
        BinaryOperator::Lt => Operator::Less,
        BinaryOperator::LtEq => Operator::LessOrEqual,
        BinaryOperator::PGLikeMatch => Operator::Like,
        BinaryOperator::PGILikeMatch => Operator::Ilike,
        _ => return None,
    })
}

/// Functions that have one value for a whole statement (stable or immutable). Others may have another for each row, and
/// PostgreSQL then reads every row.
const STABLE: &[&str] = &[
    "abs",
    "age",
    "ceil",
    "coalesce",
    "current_date",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "date_trunc",
    "floor",
    "greatest",
    "least",
    "length",
    "localtime",
    "localtimestamp",
    "lower",
    "make_date",
    "make_interval",
    "make_timestamp",
    "md5",
    "now",
    "nullif",
    "round",
    "session_user",
    "statement_timestamp",
    "string_to_array",
    "to_date",
    "to_timestamp",
    "transaction_timestamp",
    "upper",
];

/// Whether `expr` has the same value for every row: no column, no subquery, no function that may be volatile.
fn is_constant(expr: &Expr) -> bool {
    let varies = |expr: &Expr| match expr {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Subquery(_)
        | Expr::Exists { .. }
        | Expr::InSubquery { .. } => true,
        Expr::Function(function) => {
            let name = function.name.0.last().and_then(|part| part.as_ident()).map(folded);
            !name.is_some_and(|name| STABLE.contains(&name.as_str()))
        }
        _ => false,
    };
    let found =
        visit_expressions(expr, |expr| if varies(expr) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    found.is_continue()
}

/// The type a value is cast to; of an array, that of its elements.
fn cast(value: &Expr) -> Option<String> {
    match value {
        Expr::Nested(inner) => cast(inner),
        Expr::Cast { data_type, .. } => Some(data_type.to_string().trim_end_matches("[]").to_owned()),
        _ => None,
    }
}

fn is_only(name: &Ident) -> bool {
    name.quote_style.is_none() && name.value.eq_ignore_ascii_case("only")
}

fn parts(name: &ObjectName) -> Result<Vec<String>, NoAdvice> {
    let idents: Option<Vec<String>> = name.0.iter().map(|part| part.as_ident().map(folded)).collect();
    idents.ok_or(NoAdvice::UnknownStructure)
}

/// A name as PostgreSQL stores it: in lower case unless it was quoted.
fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

#[cfg(test)]
mod tests;
