//! Standbys and slots.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{DatabaseId, JudgedReplication};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// The place in replication of the server a database is on.
#[server(input = GetUrl, endpoint = "replication")]
pub async fn read(database: DatabaseId) -> Result<JudgedReplication, AppError> {
    Ok(dashboard()?.replication(&viewer()?, &database).await?)
}
