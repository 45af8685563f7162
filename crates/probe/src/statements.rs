//! Normalised queries and their counters.

use dataset::Value;
use model::{
    Bytes, Extension, Millis, Reading, Statement, StatementCounters, StatementKey, Statements, StatementsInfo,
    Timestamp, Why,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    Question, Target,
    extension::{self, Installed},
    obstacle::Obstacle,
    server,
    target::reading,
    text::ForeignText,
};

pub(crate) const INFO: Question = Question::new("statements_info", include_str!("statements_info.sql"));
pub(crate) const COUNTERS: Question = Question::new("statements", include_str!("statements.sql"));
pub(crate) const TEXTS: Question = Question::new("statement_texts", include_str!("statement_texts.sql"));

/// Characters kept of a statement's text.
const TEXT: usize = 10_000;

/// The counters of every statement of this database (`pg_stat_statements(false)`), without the texts.
pub async fn read(target: &Target) -> Reading<Statements> {
    reading(async {
        let extension = installed(target).await?;
        // First: a reset or an eviction between the two questions is then seen next time rather than never.
        let info: Vec<StatementsInfo> = ask(target, &INFO, vec![], &extension).await?;
        let info = info.into_iter().next().unwrap_or_default();
        let rows: Vec<Row> = ask(target, &COUNTERS, vec![], &extension).await?;
        Ok(Statements { rows: rows.into_iter().map(Statement::from).collect(), info })
    })
    .await
}

/// The texts of these statements, by queryid, cut to 10,000 characters.
pub async fn texts(target: &Target, queryids: &[String]) -> Reading<Vec<(String, String)>> {
    let ids: Vec<i64> = queryids.iter().filter_map(|id| id.parse().ok()).collect();
    reading(async {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let extension = installed(target).await?;
        let rows: Vec<(String, ForeignText)> = ask(target, &TEXTS, vec![Value::IntArray(ids)], &extension).await?;
        Ok(rows.into_iter().map(|(queryid, text)| (queryid, text.truncate(TEXT))).collect())
    })
    .await
}

/// What the extension says of itself: whether it was reset, or evicted entries (`pg_stat_statements_info`).
pub async fn info(target: &Target) -> Reading<StatementsInfo> {
    reading(async {
        let extension = installed(target).await?;
        let info: Vec<StatementsInfo> = ask(target, &INFO, vec![], &extension).await?;
        Ok(info.into_iter().next().unwrap_or_default())
    })
    .await
}

/// The extension in this database, if its version is enough and the role may use it.
pub(crate) async fn installed(target: &Target) -> Result<Extension, Obstacle> {
    let missing = |detail: String| Err(Obstacle::new(Why::Extension, detail));
    match extension::installed(target, "pg_stat_statements").await? {
        Some(Installed { extension, usable: false }) => {
            Err(extension::hidden(target, "pg_stat_statements", &extension))
        }
        Some(Installed { extension, .. }) if extension.at_least(1, 9) => Ok(extension),
        Some(Installed { extension, .. }) => missing(format!(
            "pg_stat_statements {} is older than the server: run ALTER EXTENSION pg_stat_statements UPDATE;",
            extension.version
        )),
        None => {
            let server = server::ask(target).await?;
            missing(match server.stat_statements_available {
                true => format!(
                    "pg_stat_statements is not created in database {}: CREATE EXTENSION pg_stat_statements;",
                    server.database
                ),
                false => format!("pg_stat_statements is not installed on {}.", target.address()),
            })
        }
    }
}

/// Asks something of the extension; an error says what about the extension is in the way.
async fn ask<T>(
    target: &Target,
    question: &'static Question,
    binds: Vec<Value>,
    extension: &Extension,
) -> Result<Vec<T>, Obstacle>
where
    T: DeserializeOwned + Send + 'static,
{
    let answer = target.ask_of(question, binds, Some(extension.schema.clone())).await;
    answer.map_err(|obstacle| match obstacle.code.as_deref() {
        Some(NOT_LOADED) => Obstacle::new(
            Why::Extension,
            "pg_stat_statements is not loaded: add it to shared_preload_libraries and restart the server.",
        ),
        _ => obstacle,
    })
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
