//! Signing in and out.

use leptos::prelude::*;

use crate::{
    SESSION_PERSON,
    api::{dashboard, session},
    error::AppError,
};

/// Signs in with name and password, and goes to `next`.
#[server(endpoint = "sign_in")]
pub async fn sign_in(name: String, password: String, #[server(default)] next: String) -> Result<(), AppError> {
    match dashboard()?.sign_in(&name, &password).await? {
        Some(person) => begin_session(person.id, &next).await,
        None => Err(AppError::WrongPassword),
    }
}

/// Sets the password of a one-time link's holder and signs them in.
#[server(endpoint = "redeem")]
pub async fn redeem(ticket: String, password: String, again: String) -> Result<(), AppError> {
    if password != again {
        return Err(AppError::Refused("The two passwords are not the same.".into()));
    }
    let person = dashboard()?.redeem(&ticket, &password).await?;
    begin_session(person.id, "/").await
}

/// Signs out.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    session()?.flush().await.map_err(|_| AppError::Internal)?;
    leptos_axum::redirect("/sign-in");
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
    session.insert(SESSION_PERSON, person).await.map_err(|_| AppError::Internal)?;
    // Only to a page of ours: `//elsewhere` and `/\elsewhere` lead away.
    let ours =
        next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') && !next.contains(char::is_control);
    leptos_axum::redirect(if ours { next } else { "/" });
    Ok(())
}
