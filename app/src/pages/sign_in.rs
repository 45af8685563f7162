//! Signing in: with name and password, or the first time with a one-time link.

use leptos::prelude::*;

use super::{Heading, refusal};
use crate::{
    address::link,
    api::people::{Redeem, SignIn as SignInWithPassword, ticket_holder},
    layout::use_address,
    parts::Field,
};

/// Plain forms: signing in changes who looks, so the whole page is loaded anew.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let address = use_address();
    match address.get("ticket").map(str::to_owned) {
        Some(ticket) => view! { <WithTicket ticket/> }.into_any(),
        None => view! { <WithPassword next=address.get("next").unwrap_or("/").to_owned()/> }.into_any(),
    }
}

#[component]
fn WithPassword(next: String) -> impl IntoView {
    // Where a form fails, the browser is sent back with the error in the URL; the action reads it from there.
    let value = ServerAction::<SignInWithPassword>::new().value();
    view! {
        <section class="card sign-in">
            <Heading title="Sign in to Heron"/>
            <form method="post" action=link("/api/sign_in")>
                {refusal(value.get_untracked())}
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
    view! {
        <section class="card sign-in">
            <Heading title="Choose a password"/>
            <Suspense>
                {Suspend::new(async move {
                    match ticket_holder(&ticket).await {
                        Some(name) => view! {
                            <p>"You are "<strong>{name.clone()}</strong>". This link works once."</p>
                            <form method="post" action=link("/api/redeem")>
                                {refusal(value.get_untracked())}
                                <input type="hidden" name="ticket" value=ticket/>
                                <input type="hidden" name="username" value=name autocomplete="username"/>
                                <Field label="Password" name="password" kind="password" autocomplete="new-password" hint="At least 10 characters."/>
                                <Field label="The same again" name="again" kind="password" autocomplete="new-password"/>
                                <button type="submit" class="button primary">"Set password and sign in"</button>
                            </form>
                        }.into_any(),
                        None => view! {
                            <p role="alert">"This link was used already or has run out."</p>
                            <p>"On Heron's machine, heron user passwd NAME prints a new one. "<a href=link("/sign-in")>"Sign in with a password"</a></p>
                        }.into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
}
