//! Signing in: with name and password, or the first time with a one-time link.

use leptos::prelude::*;

use super::Heading;
use crate::{
    api::people::{Redeem, SignIn as SignInWithPassword},
    error::AppError,
    layout::use_address,
    parts::Field,
};

/// Plain forms: signing in changes who looks, so the whole page is loaded anew.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let address = use_address();
    let ticket = address.with_untracked(|address| address.get("ticket").map(str::to_owned));
    let next = address.with_untracked(|address| address.get("next").unwrap_or("/").to_owned());
    match ticket {
        Some(ticket) => view! { <WithTicket ticket/> }.into_any(),
        None => view! { <WithPassword next/> }.into_any(),
    }
}

#[component]
fn WithPassword(next: String) -> impl IntoView {
    // Where a form fails, the server sends the browser back with the error in the URL; the action reads it from there.
    let value = ServerAction::<SignInWithPassword>::new().value();
    view! {
        <section class="card sign-in">
            <Heading title="Sign in to Heron"/>
            <form method="post" action="/api/sign_in">
                {move || refusal(value.get())}
                <input type="hidden" name="next" value=next/>
                <Field label="Name" name="name" autocomplete="username"/>
                <Field label="Password" name="password" kind="password" autocomplete="current-password"/>
                <button type="submit" class="button primary">"Sign in"</button>
            </form>
            <p class="muted">"No password yet, or forgotten? On Heron's machine, heron user passwd NAME prints a link."</p>
        </section>
    }
}

#[component]
fn WithTicket(ticket: String) -> impl IntoView {
    let value = ServerAction::<Redeem>::new().value();
    let holder = Resource::new_blocking(
        {
            let ticket = ticket.clone();
            move || ticket.clone()
        },
        holder,
    );
    view! {
        <section class="card sign-in">
            <Heading title="Choose a password"/>
            <Suspense>
                {move || {
                    let ticket = ticket.clone();
                    Suspend::new(async move {
                        match holder.await {
                            Some(name) => view! {
                                <p>"You are "<strong>{name.clone()}</strong>". This link works once."</p>
                                <form method="post" action="/api/redeem">
                                    {move || refusal(value.get())}
                                    <input type="hidden" name="ticket" value=ticket/>
                                    <input type="hidden" name="username" value=name autocomplete="username"/>
                                    <Field label="Password" name="password" kind="password" autocomplete="new-password" hint="At least 10 characters."/>
                                    <Field label="The same again" name="again" kind="password" autocomplete="new-password"/>
                                    <button type="submit" class="button primary">"Set password and sign in"</button>
                                </form>
                            }.into_any(),
                            None => view! {
                                <p role="alert">"This link was used already or has run out."</p>
                                <p>"On Heron's machine, heron user passwd NAME prints a new one. "<a href="/sign-in">"Sign in with a password"</a></p>
                            }.into_any(),
                        }
                    })
                }}
            </Suspense>
        </section>
    }
}

/// Looked up while the server renders; the browser gets the answer with the page, never the question.
async fn holder(ticket: String) -> Option<String> {
    #[cfg(feature = "ssr")]
    return crate::api::people::ticket_holder(&ticket).await;
    #[cfg(not(feature = "ssr"))]
    {
        let _ = ticket;
        None
    }
}

fn refusal(value: Option<Result<(), AppError>>) -> Option<impl IntoView> {
    let error = value?.err()?;
    Some(view! { <p class="refusal" role="alert">{error.to_string()}</p> })
}
