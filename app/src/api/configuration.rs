//! What configuration is in force.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::Configuration;

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The configuration, without its secrets.
#[server(input = GetUrl, endpoint = "configuration")]
pub async fn read() -> Result<Configuration, AppError> {
    Ok(dashboard()?.configuration(&viewer()?).await?)
}
