//! Live statements.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Reading, StatementList, StatementQuery, StatementRow};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// One page of a database's statements.
#[server(input = GetUrl, endpoint = "statements")]
pub async fn list(database: DatabaseId, query: StatementQuery) -> Result<Reading<StatementList>, AppError> {
    Ok(dashboard()?.statements(&viewer()?, &database, &query).await?)
}

/// All statements a query finds.
#[server(input = GetUrl, endpoint = "all_statements")]
pub async fn all(database: DatabaseId, query: StatementQuery) -> Result<Reading<Vec<StatementRow>>, AppError> {
    Ok(dashboard()?.all_statements(&viewer()?, &database, &query).await?)
}

/// One statement, with a row for each role that ran it.
#[server(input = GetUrl, endpoint = "statement")]
pub async fn read(database: DatabaseId, queryid: String) -> Result<Reading<Vec<StatementRow>>, AppError> {
    Ok(dashboard()?.statement(&viewer()?, &database, &queryid).await?)
}
