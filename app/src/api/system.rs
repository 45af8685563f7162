//! What a server as a whole did over time, and its host.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, HostSeries, Reading, SystemHistory, Window};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// How the server has been over a window.
#[server(input = GetUrl, endpoint = "system")]
pub async fn read(database: DatabaseId, window: Window) -> Result<SystemHistory, AppError> {
    Ok(dashboard()?.system(&viewer()?, &database, window).await?)
}

/// How its host has been, if a cloud that measures it is configured.
#[server(input = GetUrl, endpoint = "host")]
pub async fn host(database: DatabaseId, window: Window) -> Result<Option<Reading<HostSeries>>, AppError> {
    Ok(dashboard()?.host(&viewer()?, &database, window).await?)
}
