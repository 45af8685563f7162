//! All databases at a glance.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::FleetRow;

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// A row for every watched database.
#[server(input = GetUrl, endpoint = "fleet")]
pub async fn read() -> Result<Vec<FleetRow>, AppError> {
    Ok(dashboard()?.fleet(&viewer()?).await?)
}
