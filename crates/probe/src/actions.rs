//! What Heron does to a watched server because a person asked for it: each once, on a connection of its own that may write.
//!
//! Whether that person may, and meant it, is the dashboard's to know; here it is done, or said why not.

use std::time::Duration;

use dataset::{Type, Value};
use model::{Missing, QualifiedName, SessionKey, Signalled};
use serde::Deserialize;

use crate::{Action, Limits, Target, statements};

pub(crate) const WRITE: Action = Action::new("write", include_str!("write.sql"));
pub(crate) const SIGNAL: Action = Action::new("signal", include_str!("signal.sql"));
pub(crate) const TERMINATE_ALL: Action = Action::new("terminate_all", include_str!("terminate_all.sql"));
pub(crate) const ENABLE_STATISTICS: Action = Action::new("enable_statistics", include_str!("enable_statistics.sql"));
pub(crate) const RESET_STATISTICS: Action = Action::new("reset_statistics", include_str!("reset_statistics.sql"));
pub(crate) const ANALYZE_OF: Action = Action::new("analyze_of", include_str!("analyze_of.sql"));
pub(crate) const ANALYZE: Action = Action::new("analyze", include_str!("analyze.sql"));

/// Nothing to read: the action is done, or it failed.
#[derive(Deserialize)]
struct Nothing {}

/// Cancels the statements of these sessions (`pg_cancel_backend`); what became of each.
///
/// # Errors
/// When the server could not be asked; nothing was cancelled then.
pub async fn cancel(target: &Target, sessions: &[SessionKey]) -> Result<Vec<Signalled>, Missing> {
    signal(target, "cancel", sessions).await
}

/// Terminates these sessions (`pg_terminate_backend`); what became of each.
///
/// # Errors
/// When the server could not be asked; nothing was terminated then.
pub async fn terminate(target: &Target, sessions: &[SessionKey]) -> Result<Vec<Signalled>, Missing> {
    signal(target, "terminate", sessions).await
}

async fn signal(target: &Target, signal: &'static str, sessions: &[SessionKey]) -> Result<Vec<Signalled>, Missing> {
    // A session without a statement is meant whatever it runs; 0 is no moment of a statement.
    let array = |number: fn(&SessionKey) -> Option<i64>| {
        Value::IntArray(sessions.iter().map(|key| number(key).unwrap_or_default()).collect())
    };
    let binds = vec![
        array(|key| Some(key.pid.into())),
        array(|key| Some(key.began.0)),
        array(|key| Some(key.statement?.began.0)),
        array(|key| Some(key.statement?.transaction_began?.0)),
        array(|key| Some(key.statement?.text_hash)),
        Value::from(signal),
    ];
    Ok(target.act(Limits::default(), vec![(&SIGNAL, binds)], None).await?)
}

/// Terminates every other client session of the database; what became of each.
///
/// # Errors
/// When the server could not be asked; nothing was terminated then.
pub async fn terminate_all(target: &Target) -> Result<Vec<Signalled>, Missing> {
    Ok(target.act(Limits::default(), vec![(&TERMINATE_ALL, vec![])], None).await?)
}

/// Creates `pg_stat_statements`, unless it is there.
///
/// # Errors
/// When the role may not, the server only reads, or has no such extension.
pub async fn enable_statistics(target: &Target) -> Result<(), Missing> {
    let limits = Limits { statement_timeout: Duration::from_secs(30), ..Limits::default() };
    target.act::<Nothing>(limits, vec![(&ENABLE_STATISTICS, vec![])], None).await?;
    Ok(())
}

/// Lets the counters of this database's statements begin anew: of all, or those of one role or `queryid`, or both. Whether
/// there is such a role.
///
/// # Errors
/// When the role may not, or there is no `pg_stat_statements`.
pub async fn reset_statistics(target: &Target, role: Option<&str>, queryid: Option<i64>) -> Result<bool, Missing> {
    #[derive(Deserialize)]
    struct Row {
        done: i64,
    }
    let role = role.map_or(Value::Null(Type::Text), Value::from);
    let queryid = queryid.map_or(Value::Null(Type::Int), Value::from);
    let extension = statements::installed(target).await?;
    let steps = vec![(&RESET_STATISTICS, vec![role, queryid])];
    let rows: Vec<Row> = target.act(Limits::default(), steps, Some(extension.schema)).await?;
    Ok(rows.iter().any(|row| row.done > 0))
}

/// Gathers the planner's statistics of a table anew. Gives up after 5 s in line for its lock, and after two minutes.
///
/// # Errors
/// When there is no such table, the role may not, the server only reads, or the time is up.
pub async fn analyze(target: &Target, table: &QualifiedName) -> Result<(), Missing> {
    let limits = Limits {
        statement_timeout: Duration::from_secs(120),
        lock_timeout: Duration::from_secs(5),
        ..Limits::default()
    };
    let which = vec![Value::from(table.schema.as_str()), Value::from(table.name.as_str())];
    target.act::<Nothing>(limits, vec![(&ANALYZE_OF, which), (&ANALYZE, vec![])], None).await?;
    Ok(())
}
