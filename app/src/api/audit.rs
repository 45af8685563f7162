//! Who did what.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{AuditEntry, AuditPage};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// A page of the audit trail.
#[server(input = GetUrl, endpoint = "audit")]
pub async fn read(#[server(default)] search: String, #[server(default)] page: u32) -> Result<AuditPage, AppError> {
    Ok(dashboard()?.trail(&viewer()?, &search, page).await?)
}

/// The latest entries that have `search` somewhere, for a file.
pub(crate) async fn latest(search: &str) -> Result<Vec<AuditEntry>, AppError> {
    Ok(dashboard()?.latest_trail(&viewer()?, search).await?)
}
