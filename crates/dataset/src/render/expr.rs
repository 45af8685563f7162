//! Expressions. sea-query's `ExprTrait` is not imported even here: its methods exist on every integer and string.

use sea_query::extension::postgres::{PgBinOper, PgFunc};
use sea_query::{
    BinOper, ColumnRef, Expr as Sea, Func as SeaFunc, IntoColumnRef, Keyword, SubQueryOper, SubQueryStatement,
    TableName, UnOper,
};

use super::{
    from::subselect,
    function::{call, joined, later, only, over},
    pieces::Pieces,
    select::select,
    value::to_sea,
};
use crate::{
    Dialect, Error, Result, Value,
    expr::{Expr, Node, Op},
    name::Column,
    placeholder::{Piece, split},
    query::Query,
};

pub(super) fn expr(e: &Expr, dialect: Dialect) -> Result<Sea> {
    Ok(match &*e.0 {
        Node::Column(column) => Sea::Column(column_ref(column)),
        Node::Star(table) => Sea::Column(ColumnRef::Asterisk(table.clone().map(TableName::from))),
        Node::Tuple(items) => Sea::Tuple(items.iter().map(|item| expr(item, dialect)).collect::<Result<_>>()?),
        Node::Value(value) => Sea::Value(to_sea(value, dialect)?),
        Node::Literal(sql, binds) => literal(sql, binds, dialect)?,
        Node::Binary(op, left, right) if op.is_bitwise() && dialect.is_mysql() => bits(*op, left, right, dialect)?,
        Node::Binary(op, left, right) => binary(operand(left, dialect)?, operator(*op), operand(right, dialect)?),
        Node::Not(inner) => not(inner, dialect)?,
        Node::IsNull(inner) => binary(operand(inner, dialect)?, BinOper::Is, Sea::Keyword(Keyword::Null)),
        Node::In(item, list) => in_list(item, list, false, dialect)?,
        Node::InQuery(item, query) => in_query(item, query, BinOper::In, dialect)?,
        Node::Like { text, pattern, fold } => like(text, pattern, *fold, false, dialect)?,
        Node::Call(func, arguments) => call(*func, arguments, dialect)?,
        Node::Cast(inner, kind) => {
            Pieces::new().text("CAST(").expr(expr(inner, dialect)?).text(format!("AS {kind})")).build(dialect)
        }
        Node::Case(branches, otherwise) => {
            let mut case = sea_query::CaseStatement::new();
            for (condition, result) in branches {
                case = case.case(expr(condition, dialect)?, operand(result, dialect)?);
            }
            if let Some(otherwise) = otherwise {
                case = case.finally(operand(otherwise, dialect)?);
            }
            Sea::Case(Box::new(case))
        }
        Node::Excluded(name) if dialect.is_mysql() => {
            Sea::FunctionCall(SeaFunc::cust("VALUES").arg(Sea::Column(name.clone().into_column_ref())))
        }
        Node::Excluded(name) => Sea::Column(("excluded", name.clone()).into_column_ref()),
        Node::Default if dialect == Dialect::Sqlite => {
            return Err(Error::invalid("SQLite has no DEFAULT: leave the column out"));
        }
        Node::Default => Sea::Custom("DEFAULT".into()),
        Node::Query(query) => subselect(select(query, dialect)?),
        Node::Exists(query) => {
            let query = Box::new(SubQueryStatement::SelectStatement(select(query, dialect)?));
            Sea::SubQuery(Some(SubQueryOper::Exists), query)
        }
        Node::Over(function, window) => over(function, window, dialect)?,
        Node::Only(aggregate, condition) => only(aggregate, condition, dialect)?,
        Node::Same(left, right) => same(left, right, false, dialect)?,
        Node::Later(time, micros) => later(time, *micros, dialect)?,
        Node::Joined(text, separator, order) => joined(text, separator, order, dialect)?,
        Node::Refused(why) => return Err(Error::invalid(*why)),
    })
}

/// A part of a larger expression; raw SQL gets parentheses there, because nobody knows its precedence.
fn operand(e: &Expr, dialect: Dialect) -> Result<Sea> {
    let rendered = expr(e, dialect)?;
    Ok(if matches!(&*e.0, Node::Literal(..)) { Sea::Tuple(vec![rendered]) } else { rendered })
}

fn column_ref(column: &Column) -> ColumnRef {
    match &column.table {
        Some(table) => (table.clone(), column.name.clone()).into_column_ref(),
        None => column.name.clone().into_column_ref(),
    }
}

fn binary(left: Sea, op: BinOper, right: Sea) -> Sea {
    Sea::Binary(Box::new(left), op, Box::new(right))
}

/// MySQL's bits are unsigned, those of the others carry a sign, which a shift to the right keeps: `-8 >> 1` is `-4`.
fn bits(op: Op, left: &Expr, right: &Expr, dialect: Dialect) -> Result<Sea> {
    let (left, right) = (operand(left, dialect)?, operand(right, dialect)?);
    let pieces = if op == Op::ShiftRight {
        let shifted = |e: Sea| Pieces::new().expr(e).text(">>").expr(right.clone()).build(dialect);
        let flipped = Pieces::new().text("(~").expr(left.clone()).text(")").build(dialect);
        let pieces = Pieces::new().text("CAST(CASE WHEN").expr(left.clone()).text("< 0 THEN ~(").expr(shifted(flipped));
        pieces.text(") ELSE").expr(shifted(left)).text("END")
    } else {
        Pieces::new().text("CAST(").expr(binary(left, operator(op), right))
    };
    Ok(pieces.text("AS SIGNED)").build(dialect))
}

fn operator(op: Op) -> BinOper {
    match op {
        Op::Eq => BinOper::Equal,
        Op::Ne => BinOper::NotEqual,
        Op::Gt => BinOper::GreaterThan,
        Op::Gte => BinOper::GreaterThanOrEqual,
        Op::Lt => BinOper::SmallerThan,
        Op::Lte => BinOper::SmallerThanOrEqual,
        Op::Add => BinOper::Add,
        Op::Sub => BinOper::Sub,
        Op::Mul => BinOper::Mul,
        Op::Div => BinOper::Div,
        Op::Rem => BinOper::Mod,
        Op::BitAnd => BinOper::BitAnd,
        Op::BitOr => BinOper::BitOr,
        Op::ShiftLeft => BinOper::LShift,
        Op::ShiftRight => BinOper::RShift,
        Op::And => BinOper::And,
        Op::Or => BinOper::Or,
    }
}

fn not(inner: &Expr, dialect: Dialect) -> Result<Sea> {
    Ok(match &*inner.0 {
        Node::IsNull(e) => binary(operand(e, dialect)?, BinOper::IsNot, Sea::Keyword(Keyword::Null)),
        Node::In(item, list) => in_list(item, list, true, dialect)?,
        Node::InQuery(item, query) => in_query(item, query, BinOper::NotIn, dialect)?,
        Node::Like { text, pattern, fold } => like(text, pattern, *fold, true, dialect)?,
        Node::Same(left, right) => same(left, right, true, dialect)?,
        _ => Sea::Unary(UnOper::Not, Box::new(operand(inner, dialect)?)),
    })
}

fn in_list(item: &Expr, list: &[Expr], negated: bool, dialect: Dialect) -> Result<Sea> {
    if list.is_empty() {
        return Ok(Sea::Custom(if negated { "(1 = 1)" } else { "(1 = 0)" }.into()));
    }
    let item = operand(item, dialect)?;
    // One array instead of many values: no limit on their number, and one prepared statement for all lengths.
    if let Some(array) = as_array(list).filter(|_| dialect == Dialect::Postgres) {
        let array = Sea::Value(to_sea(&array, dialect)?);
        return Ok(if negated {
            binary(item, BinOper::NotEqual, Sea::FunctionCall(PgFunc::all(array)))
        } else {
            binary(item, BinOper::Equal, Sea::FunctionCall(PgFunc::any(array)))
        });
    }
    let tuples = list.iter().any(|e| matches!(&*e.0, Node::Tuple(_)));
    let list = list.iter().map(|e| expr(e, dialect)).collect::<Result<Vec<_>>>()?;
    // SQLite compares a row with the rows of a table only.
    if tuples && dialect == Dialect::Sqlite {
        let pieces = Pieces::new().expr(item).text(if negated { "NOT IN (VALUES" } else { "IN (VALUES" });
        return Ok(pieces.list(list).text(")").build(dialect));
    }
    Ok(binary(item, if negated { BinOper::NotIn } else { BinOper::In }, Sea::Tuple(list)))
}

fn as_array(list: &[Expr]) -> Option<Value> {
    let values = || list.iter().map(|e| if let Node::Value(v) = &*e.0 { Some(v) } else { None });
    let ints = values().map(|v| if let Some(Value::Int(n)) = v { Some(*n) } else { None }).collect::<Option<Vec<_>>>();
    let texts = || values().map(|v| v?.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    ints.map(Value::IntArray).or_else(|| texts().map(Value::TextArray))
}

fn in_query(item: &Expr, query: &Query, op: BinOper, dialect: Dialect) -> Result<Sea> {
    // MySQL refuses LIMIT directly inside IN (error 1235).
    let nested = dialect.is_mysql() && (query.limit.is_some() || query.offset.is_some());
    let inner = if nested { select(&query.clone().nested(), dialect)? } else { select(query, dialect)? };
    Ok(binary(operand(item, dialect)?, op, subselect(inner)))
}

/// SQLite's LIKE is made case-sensitive when the connection is opened, MySQL's needs BINARY.
fn like(text: &Expr, pattern: &Expr, fold: bool, negated: bool, dialect: Dialect) -> Result<Sea> {
    let (text, pattern) = (operand(text, dialect)?, operand(pattern, dialect)?);
    let op = match (dialect, fold, negated) {
        (Dialect::Postgres, true, false) => BinOper::PgOperator(PgBinOper::ILike),
        (Dialect::Postgres, true, true) => BinOper::PgOperator(PgBinOper::NotILike),
        (Dialect::MySql | Dialect::MariaDb, false, false) => BinOper::Custom("LIKE BINARY"),
        (Dialect::MySql | Dialect::MariaDb, false, true) => BinOper::Custom("NOT LIKE BINARY"),
        (_, _, false) => BinOper::Like,
        (_, _, true) => BinOper::NotLike,
    };
    let lower = |e| if fold && dialect != Dialect::Postgres { Sea::FunctionCall(SeaFunc::lower(e)) } else { e };
    let pattern = lower(pattern);
    // The others escape with a backslash unless told otherwise.
    let pattern = match dialect {
        Dialect::Sqlite => binary(pattern, BinOper::Escape, Sea::Custom(r"'\'".into())),
        _ => pattern,
    };
    Ok(binary(lower(text), op, pattern))
}

/// Equal, or both NULL.
fn same(left: &Expr, right: &Expr, negated: bool, dialect: Dialect) -> Result<Sea> {
    let (left, right) = (operand(left, dialect)?, operand(right, dialect)?);
    Ok(match (dialect, negated) {
        (Dialect::Postgres, false) => binary(left, BinOper::Custom("IS NOT DISTINCT FROM"), right),
        (Dialect::Postgres, true) => binary(left, BinOper::Custom("IS DISTINCT FROM"), right),
        (Dialect::Sqlite, false) => binary(left, BinOper::Is, right),
        (Dialect::Sqlite, true) => binary(left, BinOper::IsNot, right),
        (_, false) => binary(left, BinOper::Custom("<=>"), right),
        (_, true) => Sea::Unary(UnOper::Not, Box::new(binary(left, BinOper::Custom("<=>"), right))),
    })
}

/// Raw SQL and its values. sea-query never parses the text: it only strings the pieces together.
fn literal(sql: &'static str, binds: &[Value], dialect: Dialect) -> Result<Sea> {
    let pieces = split(sql);
    let slots = pieces.iter().filter(|p| **p == Piece::Slot).count();
    if slots != binds.len() {
        let message = format!("the SQL has {slots} placeholders and {} values", binds.len());
        return Err(Error::invalid(message).in_statement(sql));
    }
    let mut values = binds.iter();
    let mut parts = Pieces::new();
    for piece in pieces {
        match (piece, &mut values) {
            (Piece::Text(text), _) => parts = parts.text(text.trim_matches(' ')),
            (Piece::Slot, values) => {
                if let Some(value) = values.next() {
                    parts = parts.expr(Sea::Value(to_sea(value, dialect)?));
                }
            }
        }
    }
    Ok(parts.build(dialect))
}
