//! A database at a glance.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Overview};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The verdicts and vital figures of a database.
#[server(input = GetUrl, endpoint = "overview")]
pub async fn read(database: DatabaseId) -> Result<Overview, AppError> {
    Ok(dashboard()?.overview(&viewer()?, &database).await?)
}
