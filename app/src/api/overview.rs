//! A database at a glance.

use std::sync::Arc;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{Check, DatabaseId, Overview};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The verdicts and vital figures of a database.
#[server(input = GetUrl, endpoint = "overview")]
pub async fn read(database: DatabaseId) -> Result<Overview, AppError> {
    Ok(Arc::unwrap_or_clone(dashboard()?.overview(&viewer()?, &database).await?))
}

/// What a check lacks on a database, as sentences.
#[server(input = GetUrl, endpoint = "lacking")]
pub async fn lacking(database: DatabaseId, check: Check) -> Result<Vec<String>, AppError> {
    Ok(dashboard()?.lacking(&viewer()?, &database, check).await?)
}
