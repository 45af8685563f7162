//! What of a statement an index can serve: one table, conditions on its columns, an order.
//!
//! A condition counts only if every row must meet it, so anything but a plain AND of plain comparisons ends the matter:
//! better no advice than advice for a statement that was only half understood.

use std::{collections::BTreeSet, fmt, ops::ControlFlow};

use sqlparser::{
    ast::{
        BinaryOperator, Expr, FromTable, Ident, ObjectName, OrderByKind, OrderBySort, Query, SetExpr, Statement,
        TableFactor, TableWithJoins, visit_relations,
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
    match &parsed(sql)? {
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
    }
}

fn select(query: &Query) -> Result<Structure, NoAdvice> {
    let (None, SetExpr::Select(select)) = (&query.with, query.body.as_ref()) else {
        return Err(NoAdvice::UnknownStructure);
    };
    let table = Table::of(&select.from)?;
    let sort = query.order_by.as_ref().and_then(|order| match &order.kind {
        OrderByKind::Expressions(items) => items
            .iter()
            .map(|item| {
                let descending = matches!(item.options.sort, Some(OrderBySort::Desc));
                let plain = !matches!(item.options.sort, Some(OrderBySort::Using(_)));
                table.column(&item.expr).filter(|_| plain).map(|column| Sort { column, descending })
            })
            .collect::<Option<Vec<Sort>>>(),
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
        let TableFactor::Table { name, alias, args: None, .. } = &first.relation else {
            return Err(NoAdvice::UnknownStructure);
        };
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
        let (left, operator) = match expr {
            Expr::Nested(inner) => return self.collect(inner, conditions),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.collect(left, conditions)?;
                return self.collect(right, conditions);
            }
            Expr::BinaryOp { left, op, .. } => (left, comparison(op).ok_or(NoAdvice::UnknownStructure)?),
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } if !is_subquery(right) => {
                (left, Operator::Equal)
            }
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } if !is_subquery(right) => {
                (left, Operator::NotEqual)
            }
            Expr::InList { expr, negated: false, .. } => (expr, Operator::Equal),
            Expr::InList { expr, negated: true, .. } => (expr, Operator::NotEqual),
            Expr::Between { expr, negated: false, .. } => (expr, Operator::Between),
            Expr::Like { expr, negated: false, any: false, .. } => (expr, Operator::Like),
            Expr::ILike { expr, negated: false, any: false, .. } => (expr, Operator::Ilike),
            Expr::IsNull(expr) => (expr, Operator::Null),
            Expr::IsNotNull(expr) => (expr, Operator::NotNull),
            _ => return Err(NoAdvice::UnknownStructure),
        };
        let column = self.column(left).ok_or(NoAdvice::UnknownStructure)?;
        conditions.push(Condition { column, operator });
        Ok(())
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

fn is_subquery(expr: &Expr) -> bool {
    match expr {
        Expr::Subquery(_) => true,
        Expr::Nested(inner) => is_subquery(inner),
        _ => false,
    }
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
mod tests {
    use super::*;

    fn read(sql: &str) -> String {
        match structure(sql) {
            Ok(it) => {
                let conditions = it.conditions.iter().map(|c| format!("{} {}", c.column, c.operator));
                let sort =
                    it.sort.iter().map(|s| format!("by {}{}", s.column, if s.descending { " desc" } else { "" }));
                let all: Vec<String> = conditions.chain(sort).collect();
                format!("{}{}: {}", it.schema.map(|s| s + ".").unwrap_or_default(), it.table, all.join(", "))
            }
            Err(no) => format!("{no:?}"),
        }
    }

    /// L2, §7 `best_index` (explanations).
    #[test]
    fn a_statement_is_read_as_3_1_says() {
        let cases = [
            ("SELECT * FROM users WHERE city_id = $1", "users: city_id ="),
            ("SELECT * FROM Users u WHERE (u.A = $1 AND (b > $2))", "users: a =, b >"),
            (r#"select 1 from "App"."Users" where "Id" <> 1 for update"#, r#"App.Users: Id <>"#),
            ("select 1 from t where a in ($1 /*, ... */) and b not in (1,2)", "t: a =, b <>"),
            ("select 1 from t where a = any($1) and b <> all ($2::int[])", "t: a =, b <>"),
            ("select 1 from t where a between $1 and $2 and b like $3 and c ilike $4", "t: a BETWEEN, b LIKE, c ILIKE"),
            ("select 1 from t where a ~~ $1 and b ~~* $2", "t: a LIKE, b ILIKE"),
            ("select 1 from t where a is null and b is not null", "t: a IS NULL, b IS NOT NULL"),
            ("select 1 from t where a = $1 order by b desc, c limit $2 offset $3", "t: a =, by b desc, by c"),
            ("select a, count(*) from t where a >= $1 group by a having count(*) > $2", "t: a >="),
            ("select 1 from t where a = $1 order by now()", "t: a ="),
            ("select 1 from t where at > now() - interval $1", "t: at >"),
            ("select 1 from t where at > $1::timestamptz and k = lower($2)", "t: at >, k ="),
            ("UPDATE users SET x = $1 WHERE id = $2", "users: id ="),
            ("delete from only_t where id = $1 returning id", "only_t: id ="),
            ("select 1", "UnknownStructure"),
            ("", "Empty"),
            (";", "UnknownStructure"),
            ("select 1 from t; select 2 from t", "UnknownStructure"),
            ("insert into t values (1)", "Insert"),
            ("SET work_mem = '1GB'", "Set"),
            ("select 1 from a join b on a.id = b.id where a.x = 1", "Join"),
            ("select 1 from a, b where a.x = 1", "Join"),
            ("update a set x = 1 from b where a.id = b.id", "Join"),
            ("delete from a using b where a.id = b.id", "Join"),
            ("with x as (select 1) select 1 from t where a = 1", "UnknownStructure"),
            ("select 1 from t union select 2 from t", "UnknownStructure"),
            ("select 1 from (select 1) t where a = 1", "UnknownStructure"),
            ("select 1 from generate_series(1, 2) t where t = 1", "UnknownStructure"),
            ("select 1 from t where a = 1 or b = 2", "UnknownStructure"),
            ("select 1 from t where not a = 1", "UnknownStructure"),
            ("select 1 from t where active", "UnknownStructure"),
            ("select 1 from t where lower(a) = 'x'", "UnknownStructure"),
            ("select 1 from t where a::text = 'x'", "UnknownStructure"),
            ("select 1 from t where 1 = a", "UnknownStructure"),
            ("select 1 from t where a in (select 1)", "UnknownStructure"),
            ("select 1 from t where a = any (select 1)", "UnknownStructure"),
            ("select 1 from t where exists (select 1)", "UnknownStructure"),
            ("select 1 from t where a not like 'x'", "UnknownStructure"),
            ("select 1 from t where a not between 1 and 2", "UnknownStructure"),
            ("select 1 from t where a ~ 'x'", "UnknownStructure"),
            ("select 1 from t where a @> '{}'", "UnknownStructure"),
            ("select 1 from t where other.a = 1", "UnknownStructure"),
            ("selec 1 from t", "NotUnderstood"),
        ];
        for (sql, expected) in cases {
            assert_eq!(read(sql), expected, "{sql}");
        }
        assert_eq!(read(&format!("select 1 from t where a = 1 {}", " ".repeat(10_000))), "TooLarge");
    }

    #[test]
    fn every_table_a_statement_names_is_known_1_4() {
        let named = |sql: &str| -> Vec<String> {
            let names = named(sql).unwrap_or_default();
            names
                .into_iter()
                .map(|(schema, name)| schema.map_or(name.clone(), |schema| format!("{schema}.{name}")))
                .collect()
        };
        assert_eq!(
            named("select * from a join \"B\".\"C d\" x on true, lateral (select 1 from a.b) y"),
            ["a", "B.C d", "a.b"]
        );
        assert_eq!(named("insert into T select * from u where exists (select from v)"), ["t", "u", "v"]);
        assert_eq!(named("with w as (select 1 from t) update u set a = 1 from w where u.id = w.id"), ["t", "u", "w"]);
        assert_eq!(named("select 1"), [""; 0]);
        assert_eq!(named("selec"), [""; 0]);
    }

    #[test]
    fn deep_and_long_statements_do_not_overflow() {
        let deep = format!("select 1 from t where {}a = 1{}", "(".repeat(4_000), ")".repeat(4_000));
        assert_eq!(read(&deep), "NotUnderstood");
        let long = format!("select 1 from t where a = 1{}", " and b = 2".repeat(900));
        assert!(read(&long).starts_with("t: a =, b ="));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd_to_refuse(sql in "(select|update|delete| from | where |t|a|=|\\$1|and|or|'|\"|\\(|\\)|;| ){0,40}") {
            let _ = structure(&sql);
        }
    }
}
