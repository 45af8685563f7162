//! One's own password.

use leptos::prelude::*;

use super::{Heading, refusal};
use crate::{address::link, api::people::ChangePassword, parts::Field};

/// A form for another password.
#[component]
pub(crate) fn Password() -> impl IntoView {
    let refused = ServerAction::<ChangePassword>::new().value().get_untracked();
    view! {
        <section class="card sign-in">
            <Heading title="Change your password"/>
            <form method="post" action=link("/api/change_password")>
                {refusal(refused)}
                <Field label="Present password" name="present" kind="password" autocomplete="current-password"/>
                <Field label="New password" name="password" kind="password" autocomplete="new-password" hint="At least 10 characters."/>
                <Field label="The same again" name="again" kind="password" autocomplete="new-password"/>
                <button type="submit" class="button primary">"Change password"</button>
            </form>
            <p class="muted">"Your other sessions end."</p>
        </section>
    }
}
