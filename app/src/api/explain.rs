//! Statements explained.

use dashboard::Explain as May;
use leptos::prelude::*;
use model::{DatabaseId, ExplainMode, ExplainOption, Explained, Reading, StatementTable};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// Explains a statement; runs it only where that is allowed and `confirmed`. Of what EXPLAIN may say, the usual unless
/// something is chosen.
#[server(endpoint = "explain")]
pub async fn explain(
    database: DatabaseId,
    query: String,
    #[server(default)] mode: ExplainMode,
    #[server(default)] confirmed: bool,
    #[server(default)] options: Option<Vec<ExplainOption>>,
) -> Result<Explained, AppError> {
    Ok(dashboard()?.explain(&viewer()?, &database, &query, mode, confirmed, options.as_deref()).await?)
}

/// What the viewer may choose that EXPLAIN says.
pub(crate) async fn options(database: &DatabaseId) -> Result<Vec<ExplainOption>, AppError> {
    Ok(dashboard()?.explain_options(&viewer()?, database).await?)
}

/// How far the viewer may explain.
pub(crate) fn explains(database: &DatabaseId) -> Result<May, AppError> {
    Ok(dashboard()?.explains(&viewer()?, database)?)
}

/// Whether the viewer is to be offered to explain. Not to be offered is no failure of the page: it keeps its status.
pub(crate) fn offered(database: &DatabaseId) -> bool {
    dashboard().is_ok_and(|dashboard| viewer().is_ok_and(|viewer| dashboard.explains(&viewer, database).is_ok()))
}

/// The text of a statement by its queryid, if anybody knows it.
pub(crate) async fn text(database: &DatabaseId, queryid: &str) -> Result<Option<String>, AppError> {
    Ok(dashboard()?.statement_text(&viewer()?, database, queryid).await?)
}

/// The tables that a statement names, with their rows and indexes.
pub(crate) async fn tables(database: DatabaseId, queryid: String) -> Result<Reading<Vec<StatementTable>>, AppError> {
    Ok(dashboard()?.statement_tables(&viewer()?, &database, &queryid).await?)
}
