//! The server's settings and what they should be.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Machine, Reading, Tuning};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The settings that matter with a recommendation for each.
#[server(input = GetUrl, endpoint = "tuning")]
pub async fn read(database: DatabaseId, #[server(default)] machine: Machine) -> Result<Reading<Tuning>, AppError> {
    Ok(dashboard()?.tuning(&viewer()?, &database, machine).await?)
}
