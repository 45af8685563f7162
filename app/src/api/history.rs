//! What the store remembers of a window.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, History, Window};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// Statement time and calls over a window: of the database or, with a queryid, of one statement (and role).
#[server(input = GetUrl, endpoint = "history")]
pub async fn read(database: DatabaseId, window: Window, queryid: String, role: String) -> Result<History, AppError> {
    let statement = (!queryid.is_empty()).then_some((queryid.as_str(), (!role.is_empty()).then_some(role.as_str())));
    Ok(dashboard()?.history(&viewer()?, &database, window, statement).await?)
}
