//! `heron top`: statements from history.

use model::{DatabaseId, Gap, Millis, StatementTotal, Timestamp, is_platform_role};
use serde::Serialize;
use store::Store;

use super::{House, print};
use crate::{
    cli::{Format, Top, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Prints the statements of a stretch of history.
///
/// # Errors
/// When the store does not open or has never heard of the database.
pub async fn run(top: Top) -> Result {
    let config = Config::load(&top.common, &Watching::default())?;
    let house = House::open(&config).await?;
    let id = DatabaseId(top.database.clone());
    let known = house.store.watched().await?;
    if !known.contains(&id) {
        house.close().await;
        let known: Vec<String> = known.iter().map(ToString::to_string).collect();
        let known = if known.is_empty() { "it has none yet".into() } else { format!("it has {}", known.join(", ")) };
        return Err(Error::Usage(format!("the store has no history of a database {id}: {known}")));
    }
    let now: Timestamp = std::time::SystemTime::now().into();
    let (from, to) = match (top.from, top.to) {
        (Some(from), Some(to)) if from < to => (from, to),
        (Some(_), Some(_)) => return Err(Error::Usage("--from must come before --to".into())),
        _ => (now - Millis(top.last.as_secs_f64() * 1000.0), now),
    };
    let statements = statements(&house.store, &id, from, to, &top).await?;
    let gaps = house.store.gaps_of(&id, from, to).await?;
    house.close().await;
    match top.format {
        Format::Json => print(&json(&id, from, to, &gaps, &statements)),
        Format::Text => print(&text(&id, from, to, &gaps, &statements)),
    }
    Ok(Exit::Fine)
}

/// The statements asked for. Those that are not the application's are known by text and role, so more than the limit are read
/// until enough are left.
async fn statements(
    store: &Store,
    id: &DatabaseId,
    from: Timestamp,
    to: Timestamp,
    top: &Top,
) -> std::result::Result<Vec<StatementTotal>, store::Error> {
    let mut read = if top.own { top.limit } else { top.limit.saturating_add(200) };
    loop {
        let mut statements = store.top(id, from, to, top.sort, read).await?.statements;
        let all = (statements.len() as u64) < u64::from(read);
        if !top.own {
            statements.retain(is_application);
        }
        if all || top.own || statements.len() >= top.limit as usize {
            statements.truncate(top.limit as usize);
            return Ok(statements);
        }
        read = read.saturating_mul(4);
    }
}

fn is_application(statement: &StatementTotal) -> bool {
    !is_platform_role(&statement.key.role) && !statement.query.as_deref().is_some_and(probe::is_own)
}

/// The object that `--format json` promises.
#[derive(Serialize)]
struct Json<'a> {
    database: &'a str,
    from: String,
    to: String,
    gaps: Vec<JsonGap>,
    statements: Vec<JsonStatement<'a>>,
}

#[derive(Serialize)]
struct JsonGap {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct JsonStatement<'a> {
    queryid: &'a str,
    role: &'a str,
    query: Option<&'a str>,
    calls: i64,
    total_ms: f64,
    mean_ms: f64,
    rows: i64,
}

fn json(id: &DatabaseId, from: Timestamp, to: Timestamp, gaps: &[Gap], statements: &[StatementTotal]) -> String {
    let json = Json {
        database: &id.0,
        from: from.iso(),
        to: to.iso(),
        gaps: gaps.iter().map(|gap| JsonGap { from: gap.from.iso(), to: gap.to.iso() }).collect(),
        statements: statements
            .iter()
            .map(|statement| JsonStatement {
                queryid: &statement.key.queryid,
                role: &statement.key.role,
                query: statement.query.as_deref(),
                calls: statement.counters.calls,
                total_ms: statement.counters.total_ms.0,
                mean_ms: statement.counters.mean().0,
                rows: statement.counters.rows,
            })
            .collect(),
    };
    serde_json::to_string(&json).unwrap_or_default()
}

fn text(id: &DatabaseId, from: Timestamp, to: Timestamp, gaps: &[Gap], statements: &[StatementTotal]) -> String {
    let mut lines = vec![format!("{id}, {from} to {to}")];
    lines.extend(gaps.iter().map(|gap| format!("not captured: {} to {}", gap.from, gap.to)));
    lines.push(format!("{:>12} {:>12} {:>12} {:>12}  {:<16} query", "total", "mean", "calls", "rows", "role"));
    for StatementTotal { key, query, counters } in statements {
        let query = query.as_deref().unwrap_or("(text not known)").split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!(
            "{:>12} {:>12} {:>12} {:>12}  {:<16} {}",
            counters.total_ms.to_string(),
            counters.mean().to_string(),
            model::Count(counters.calls).to_string(),
            model::Count(counters.rows).to_string(),
            key.role,
            model::sql::shorten(&query, 100),
        ));
    }
    if statements.is_empty() {
        lines.push("no statement was captured in this time".into());
    }
    lines.push(String::new());
    lines.join("\n")
}
