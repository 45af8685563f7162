//! Sessions as they are now.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{ConnectionUse, DatabaseId, Reading, Session};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// Every session of the server a database is on.
#[server(input = GetUrl, endpoint = "activity")]
pub async fn read(database: DatabaseId) -> Result<Reading<Vec<Session>>, AppError> {
    Ok(dashboard()?.activity(&viewer()?, &database).await?)
}

/// The limits of connections of the server a database is on.
pub(crate) async fn connections(database: &DatabaseId) -> Result<Reading<ConnectionUse>, AppError> {
    Ok(dashboard()?.connections(&viewer()?, database).await?)
}
