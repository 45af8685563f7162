//! Functions: aggregates, over some rows or over a window, and those that every database calls by another name.

use sea_query::{Expr as Sea, Func as SeaFunc};

use super::{expr::expr, pieces::Pieces, value::to_sea};
use crate::{
    Dialect, Error, Result, Value,
    expr::{Bound, Expr, Func, Node, Order, Window},
};

pub(super) fn call(func: Func, arguments: &[Expr], dialect: Dialect) -> Result<Sea> {
    let rendered = arguments.iter().map(|e| expr(e, dialect)).collect::<Result<Vec<_>>>()?;
    let only = || rendered.first().cloned().ok_or_else(|| Error::invalid("a function needs its argument"));
    Ok(Sea::FunctionCall(match func {
        Func::Sum => SeaFunc::sum(only()?),
        Func::Min => SeaFunc::min(only()?),
        Func::Max => SeaFunc::max(only()?),
        Func::Avg => SeaFunc::avg(only()?),
        Func::Count => SeaFunc::count(only()?),
        Func::CountDistinct => SeaFunc::count_distinct(only()?),
        Func::Coalesce => SeaFunc::coalesce(rendered),
        Func::Lower => SeaFunc::lower(only()?),
        Func::Upper => SeaFunc::upper(only()?),
        Func::Named(name) => SeaFunc::cust(name).args(rendered),
    }))
}

/// An aggregate over some rows. MySQL has no FILTER, but leaves NULLs out of an aggregate as everybody does.
pub(super) fn only(aggregate: &Expr, condition: &Expr, dialect: Dialect) -> Result<Sea> {
    if !dialect.is_mysql() {
        let pieces = Pieces::new().expr(expr(aggregate, dialect)?).text("FILTER (WHERE");
        return Ok(pieces.expr(expr(condition, dialect)?).text(")").build(dialect));
    }
    match &*aggregate.0 {
        Node::Call(
            func @ (Func::Sum | Func::Min | Func::Max | Func::Avg | Func::Count | Func::CountDistinct),
            arguments,
        ) => {
            let argument = match arguments.first().map(|e| &*e.0) {
                Some(Node::Star(_)) | None => Node::Literal("1", Vec::new()).into(),
                Some(argument) => argument.clone().into(),
            };
            call(*func, &[Node::Case(vec![(condition.clone(), argument)], None).into()], dialect)
        }
        _ => Err(Error::invalid(format!("{dialect} can narrow only sum, min, max, avg and count"))),
    }
}

pub(super) fn over(function: &Expr, window: &Window, dialect: Dialect) -> Result<Sea> {
    let mut pieces = Pieces::new().expr(expr(function, dialect)?).text("OVER (");
    if !window.partition.is_empty() {
        let keys = window.partition.iter().map(|e| expr(e, dialect)).collect::<Result<Vec<_>>>()?;
        pieces = pieces.text("PARTITION BY").list(keys);
    }
    pieces = pieces.order(&window.order, dialect)?;
    if let Some((rows, from, to)) = window.frame {
        let unit = if rows { "ROWS" } else { "RANGE" };
        pieces = pieces.text(format!("{unit} BETWEEN {} AND {}", bound(from), bound(to)));
    }
    Ok(pieces.text(")").build(dialect))
}

fn bound(bound: Bound) -> String {
    match bound {
        Bound::Start => "UNBOUNDED PRECEDING".to_owned(),
        Bound::Preceding(n) => format!("{n} PRECEDING"),
        Bound::Current => "CURRENT ROW".to_owned(),
        Bound::Following(n) => format!("{n} FOLLOWING"),
        Bound::End => "UNBOUNDED FOLLOWING".to_owned(),
    }
}

pub(super) fn later(time: &Expr, micros: i64, dialect: Dialect) -> Result<Sea> {
    let (time, bound) = (expr(time, dialect)?, |value: Value| Ok::<_, Error>(Sea::Value(to_sea(&value, dialect)?)));
    Ok(match dialect {
        Dialect::Postgres => {
            let by = Pieces::new().text("(").expr(time).text("+").expr(bound(micros.into())?);
            by.text("* INTERVAL '1 microsecond')").build(dialect)
        }
        // As text that sorts beside every other timestamp of ours.
        Dialect::Sqlite => {
            let by =
                format!("{}{}.{:06} seconds", sign(micros), (micros / 1_000_000).abs(), (micros % 1_000_000).abs());
            let pieces = Pieces::new().text("(STRFTIME('%Y-%m-%d %H:%M:%f',").expr(time).text(",");
            pieces.expr(bound(by.into())?).text(") || '000Z')").build(dialect)
        }
        _ => {
            let pieces = Pieces::new().text("DATE_ADD(").expr(time).text(", INTERVAL").expr(bound(micros.into())?);
            pieces.text("MICROSECOND)").build(dialect)
        }
    })
}

fn sign(micros: i64) -> char {
    if micros < 0 { '-' } else { '+' }
}

/// Texts in one. MySQL wants the separator in the statement itself.
pub(super) fn joined(text: &Expr, separator: &'static str, order: &[Order], dialect: Dialect) -> Result<Sea> {
    let text = expr(text, dialect)?;
    if dialect.is_mysql() {
        if separator.contains(['\'', '\\']) {
            return Err(Error::invalid(format!("{dialect} takes no quote or backslash in a separator")));
        }
        let pieces = Pieces::new().text("GROUP_CONCAT(").expr(text).order(order, dialect)?;
        return Ok(pieces.text(format!("SEPARATOR '{separator}')")).build(dialect));
    }
    let name = if dialect == Dialect::Postgres { "STRING_AGG(" } else { "GROUP_CONCAT(" };
    let separator = Sea::Value(to_sea(&separator.into(), dialect)?);
    let pieces = Pieces::new().text(name).expr(text).text(",").expr(separator).order(order, dialect)?;
    Ok(pieces.text(")").build(dialect))
}
