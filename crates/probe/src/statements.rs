//! Normalised queries and their counters.

use std::future::Future;

use dataset::Value;
use model::{
    Bytes, Extension, Millis, Reading, Statement, StatementCounters, StatementKey, Statements, StatementsInfo,
    Timestamp, Why, quote_identifier,
};
use serde::Deserialize;

use crate::{Question, Target, obstacle::Obstacle, server, target::reading};

pub(crate) const INFO: Question = Question::new("statements_info", include_str!("statements_info.sql"));
pub(crate) const COUNTERS: Question = Question::new("statements", include_str!("statements.sql"));
pub(crate) const TEXTS: Question = Question::new("statement_texts", include_str!("statement_texts.sql"));

/// The counters of every statement of this database (`pg_stat_statements(false)`), without the texts.
pub async fn read(target: &Target) -> Reading<Statements> {
    reading(explained(target, || async {
        // First: a reset or an eviction between the two questions is then seen next time rather than never.
        let info: StatementsInfo = target.ask_one(&INFO).await?;
        let rows: Vec<Row> = target.ask(&COUNTERS, vec![]).await?;
        Ok(Statements { rows: rows.into_iter().map(Statement::from).collect(), info })
    }))
    .await
}

/// The texts of these statements, by queryid, cut to 10,000 characters.
pub async fn texts(target: &Target, queryids: &[String]) -> Reading<Vec<(String, String)>> {
    let ids: Vec<i64> = queryids.iter().filter_map(|id| id.parse().ok()).collect();
    reading(explained(target, || {
        let ids = ids.clone();
        async move {
            if ids.is_empty() {
                return Ok(vec![]);
            }
            target.ask(&TEXTS, vec![Value::IntArray(ids)]).await
        }
    }))
    .await
}

/// What the extension says of itself: whether it was reset, or evicted entries (`pg_stat_statements_info`).
pub async fn info(target: &Target) -> Reading<StatementsInfo> {
    reading(explained(target, || target.ask_one(&INFO))).await
}

/// Asks, and if the extension is in the way finds out how: not created, not loaded, too old, or only created (or moved)
/// after the connection was made, which then does not know where it is.
async fn explained<T, F>(target: &Target, ask: impl Fn() -> F) -> Result<T, Obstacle>
where
    F: Future<Output = Result<T, Obstacle>>,
{
    let obstacle = match ask().await {
        Err(obstacle) if obstacle.is_undefined() || obstacle.code.as_deref() == Some(NOT_LOADED) => obstacle,
        answer => return answer,
    };
    let server = server::ask(target).await?;
    let missing = |detail: String| Err(Obstacle::new(Why::Extension, detail));
    match server.stat_statements {
        None if server.stat_statements_available => missing(format!(
            "pg_stat_statements is not created in database {}: CREATE EXTENSION pg_stat_statements;",
            server.database
        )),
        None => missing(format!("pg_stat_statements is not installed on {}.", target.address())),
        Some(extension) if !extension.at_least(1, 9) => missing(format!(
            "pg_stat_statements {} is older than the server: run ALTER EXTENSION pg_stat_statements UPDATE;",
            extension.version
        )),
        Some(_) if !obstacle.is_undefined() => missing(
            "pg_stat_statements is not loaded: add it to shared_preload_libraries and restart the server.".into(),
        ),
        Some(extension) => {
            target.server().forget(target).await;
            ask().await.map_err(|again| if again.is_undefined() { hidden(target, &extension) } else { again })
        }
    }
}

/// A name in a schema the role may not use is, to PostgreSQL, no name at all.
fn hidden(target: &Target, extension: &Extension) -> Obstacle {
    let (role, schema) = (quote_identifier(target.role()), quote_identifier(&extension.schema));
    let detail = format!(
        "pg_stat_statements is in schema {schema}, which role {role} may not use: GRANT USAGE ON SCHEMA {schema} TO {role};"
    );
    Obstacle::new(Why::Privilege, detail)
}

/// SQLSTATE `object_not_in_prerequisite_state`.
const NOT_LOADED: &str = "55000";

/// Flat, because there are thousands: serde would copy every name and value on the way into nested structs.
#[derive(Deserialize)]
struct Row {
    queryid: String,
    role: String,
    toplevel: bool,
    calls: i64,
    total_ms: Millis,
    rows: i64,
    shared_hit: i64,
    shared_read: i64,
    temp_written: i64,
    wal_bytes: Bytes,
    stats_since: Option<Timestamp>,
}

impl From<Row> for Statement {
    fn from(row: Row) -> Self {
        Self {
            key: StatementKey { queryid: row.queryid, role: row.role, toplevel: row.toplevel },
            counters: StatementCounters {
                calls: row.calls,
                total_ms: row.total_ms,
                rows: row.rows,
                shared_hit: row.shared_hit,
                shared_read: row.shared_read,
                temp_written: row.temp_written,
                wal_bytes: row.wal_bytes,
            },
            stats_since: row.stats_since,
        }
    }
}
