//! Signing in and out, and accounts.

use dashboard::Account;
use leptos::prelude::*;
use model::Role;

use crate::{
    ClientAddress, SESSION_PERSON, SESSION_SAID, Said,
    address::link,
    api::{dashboard, extension, said, say, session, viewer},
    error::AppError,
};

/// Signs in with name and password, and goes to `next`.
#[server(endpoint = "sign_in")]
pub async fn sign_in(name: String, password: String, #[server(default)] next: String) -> Result<(), AppError> {
    // Behind a proxy on this machine everybody has its address.
    let address = extension::<ClientAddress>().map(|client| client.0).filter(|address| !address.is_loopback());
    match dashboard()?.sign_in(&name, &password, address).await? {
        Some(person) => begin_session(person.id, &next).await,
        None => Err(AppError::WrongPassword),
    }
}

/// Sets the password of a one-time link's holder and signs them in.
#[server(endpoint = "redeem")]
pub async fn redeem(ticket: String, password: String, again: String) -> Result<(), AppError> {
    same(&password, &again)?;
    let person = dashboard()?.redeem(&ticket, &password).await?;
    begin_session(person.id, "/").await
}

/// Gives the viewer another password.
#[server(endpoint = "change_password")]
pub async fn change_password(present: String, password: String, again: String) -> Result<(), AppError> {
    same(&password, &again)?;
    let viewer = viewer()?;
    dashboard()?.change_password(&viewer, &present, &password).await?;
    begin_session(viewer.id, "/").await?;
    say(true, "Your password is changed, and your other sessions are over.").await
}

/// Makes an account; the next page has its one-time link.
#[server(endpoint = "add_account")]
pub async fn add_account(name: String, role: Role) -> Result<(), AppError> {
    let person = dashboard()?.add_account(&viewer()?, &name, role).await?;
    hand_over(&person.name).await
}

/// Has the next page make a one-time link for an account.
#[server(endpoint = "new_link")]
pub async fn new_link(name: String) -> Result<(), AppError> {
    dashboard()?.accounts(&viewer()?).await?;
    hand_over(&name).await
}

/// Gives an account another role.
#[server(endpoint = "set_role")]
pub async fn set_role(name: String, role: Role) -> Result<(), AppError> {
    dashboard()?.set_role(&viewer()?, &name, role).await?;
    leptos_axum::redirect(&link("/users"));
    say(true, &format!("{name} is {role} now.")).await
}

/// Removes an account.
#[server(endpoint = "remove_account")]
pub async fn remove_account(name: String) -> Result<(), AppError> {
    dashboard()?.remove_account(&viewer()?, &name).await?;
    leptos_axum::redirect(&link("/users"));
    say(true, &format!("{name} is removed and signed out.")).await
}

/// Every account.
pub(crate) async fn accounts() -> Result<Vec<Account>, AppError> {
    Ok(dashboard()?.accounts(&viewer()?).await?)
}

/// A link is made when it is shown, so that its secret is kept nowhere.
async fn hand_over(name: &str) -> Result<(), AppError> {
    leptos_axum::redirect(&link("/users"));
    let said = Said {
        well: true,
        sentence: format!("{name} sets a password with the link below."),
        link_for: Some(name.into()),
    };
    session()?.insert(SESSION_SAID, said).await.map_err(|_| AppError::Internal)
}

/// The one-time link that was asked for on the page before, and for whom.
pub(crate) async fn link_handed_over() -> Option<(String, String)> {
    let name = said()?.link_for?;
    let dashboard = dashboard().ok()?;
    let ticket = dashboard.new_link(&viewer().ok()?, &name).await.ok()?;
    let path = format!("/sign-in?ticket={}", ticket.secret());
    Some((name, dashboard.url(&path).unwrap_or_else(|| link(&path))))
}

fn same(password: &str, again: &str) -> Result<(), AppError> {
    if password == again { Ok(()) } else { Err(AppError::refused("The two passwords are not the same.")) }
}

/// Signs out.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    session()?.flush().await.map_err(|_| AppError::Internal)?;
    leptos_axum::redirect(&link("/sign-in"));
    Ok(())
}

/// Whom a one-time link would sign in; none once it was used or ran out.
pub(crate) async fn ticket_holder(ticket: &str) -> Option<String> {
    let holder = dashboard().ok()?.ticket_holder(ticket).await.ok()??;
    Some(holder.name)
}

/// A new session id, so that one planted before signing in is worth nothing after it.
async fn begin_session(person: i64, next: &str) -> Result<(), AppError> {
    let session = session()?;
    session.cycle_id().await.map_err(|_| AppError::Internal)?;
    let seal = dashboard()?.seal(person).await?.ok_or(AppError::Unauthenticated)?;
    session.insert(SESSION_PERSON, (person, seal)).await.map_err(|_| AppError::Internal)?;
    // Only to a page of ours: `//elsewhere` and `/\elsewhere` lead away.
    let ours =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    leptos_axum::redirect(&link(if ours { next } else { "/" }));
    Ok(())
}
