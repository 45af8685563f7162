//! Indexes, and the tables that may lack one.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Indexes, Reading, TableReads};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// Every index and its use, also on other databases: their ids, separated by commas.
#[server(input = GetUrl, endpoint = "indexes")]
pub async fn read(database: DatabaseId, across: String) -> Result<Reading<Indexes>, AppError> {
    Ok(dashboard()?.indexes(&viewer()?, &database, &across).await?)
}

/// Every user table and how it is read.
#[server(input = GetUrl, endpoint = "table_reads")]
pub async fn tables(database: DatabaseId) -> Result<Reading<TableReads>, AppError> {
    Ok(dashboard()?.table_reads(&viewer()?, &database).await?)
}

/// The bloat of the largest tables and btree indexes.
#[server(input = GetUrl, endpoint = "bloat")]
pub async fn bloat(database: DatabaseId) -> Result<Reading<Vec<model::Bloat>>, AppError> {
    Ok(dashboard()?.bloat(&viewer()?, &database).await?)
}
