//! A page that is not there, with a way out.

use leptos::prelude::*;

use super::Heading;
use crate::address::link;

/// Answers with 404 and a way out.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    crate::api::set_status(http::StatusCode::NOT_FOUND);
    view! {
        <Heading title="There is no such page"/>
        <p>"The address leads nowhere. "<a href=link("/")>"All databases"</a>" are a good place to start again."</p>
    }
}
