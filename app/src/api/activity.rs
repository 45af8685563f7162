//! Sessions as they are now.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, Reading, Session};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// Every session of the server a database is on.
#[server(input = GetUrl, endpoint = "activity")]
pub async fn read(database: DatabaseId) -> Result<Reading<Vec<Session>>, AppError> {
    Ok(dashboard()?.activity(&viewer()?, &database).await?)
}
