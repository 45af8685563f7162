//! What takes the space of a database.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{BloatMeasure, DatabaseId, QualifiedName, Reading, RelationDetail, Role, Space, SpaceQuery};

use crate::{
    api::{dashboard, viewer},
    error::AppError,
};

/// What takes the space of a database.
#[server(input = GetUrl, endpoint = "space")]
pub async fn read(database: DatabaseId, query: SpaceQuery) -> Result<Reading<Space>, AppError> {
    Ok(dashboard()?.space(&viewer()?, &database, &query).await?)
}

/// One table or index; without a schema, the one in `public` or else in any.
#[server(input = GetUrl, endpoint = "relation")]
pub async fn relation(
    database: DatabaseId,
    schema: String,
    name: String,
    days: u32,
) -> Result<Reading<RelationDetail>, AppError> {
    Ok(dashboard()?.relation(&viewer()?, &database, &schema, &name, days).await?)
}

/// Whether the viewer may measure bloat.
pub(crate) fn may_measure() -> bool {
    viewer().is_ok_and(|viewer| viewer.role >= Role::Operator)
}

/// The bloat of one table or btree index, measured.
pub(crate) async fn measure(
    database: &DatabaseId,
    relation: &QualifiedName,
) -> Result<Reading<BloatMeasure>, AppError> {
    Ok(dashboard()?.measure_bloat(&viewer()?, database, relation).await?)
}
