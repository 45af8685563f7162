//! How well a database is looked after.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Maintenance};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// How far it is from wraparound and why, what maintenance runs now, and what vacuum did to each table.
#[server(input = GetUrl, endpoint = "maintenance")]
pub async fn read(database: DatabaseId) -> Result<Maintenance, AppError> {
    Ok(dashboard()?.maintenance(&viewer()?, &database).await?)
}
