//! Acting on a watched database.

use leptos::prelude::*;
use model::{Action, DatabaseId, Proposal};

use crate::{
    address::Address,
    api::{dashboard, say, viewer},
    error::AppError,
};

/// Does what was confirmed, and goes back to where it was asked for. `parameters` is a query, as the confirmation's.
#[server(endpoint = "act")]
pub async fn act(
    database: DatabaseId,
    action: String,
    #[server(default)] parameters: String,
    #[server(default)] back: String,
) -> Result<(), AppError> {
    let asked = Address::parse("", &parameters);
    let action = read(&action, &asked)?;
    let deed = dashboard()?.act(&viewer()?, &database, action).await?;
    leptos_axum::redirect(&Address::back(&database, &back).href());
    say(deed.done, &deed.sentence).await
}

/// What an action would do.
pub(crate) async fn propose(database: &DatabaseId, name: &str, asked: &Address) -> Result<Proposal, AppError> {
    Ok(dashboard()?.propose(&viewer()?, database, read(name, asked)?).await?)
}

/// The database's own name, if the viewer is to be offered actions on it.
pub(crate) fn acts_on(database: &DatabaseId) -> Option<String> {
    dashboard().ok()?.acts_on(&viewer().ok()?, database)
}

/// Whether the viewer is to be offered to reset a database's statistics.
pub(crate) async fn may_reset(database: &DatabaseId) -> bool {
    let (Ok(dashboard), Ok(viewer)) = (dashboard(), viewer()) else { return false };
    dashboard.may_reset(&viewer, database).await.unwrap_or(false)
}

fn read(name: &str, asked: &Address) -> Result<Action, AppError> {
    Action::read(name, |parameter| asked.get(parameter).map(str::to_owned))
        .ok_or_else(|| AppError::refused(format!("There is no action {name:?}, or something it needs is missing.")))
}
