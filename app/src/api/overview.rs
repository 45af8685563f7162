//! A database at a glance.

use std::sync::Arc;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Overview};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The verdicts and vital figures of a database.
#[server(input = GetUrl, endpoint = "overview")]
pub async fn read(database: DatabaseId) -> Result<Overview, AppError> {
    Ok(Arc::unwrap_or_clone(dashboard()?.overview(&viewer()?, &database).await?))
}
