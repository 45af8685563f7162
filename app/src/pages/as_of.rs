//! How old a page is.

use leptos::prelude::*;
use model::Timestamp;

use crate::{islands::Live, parts::At};

/// When the page was read, and a button that stops it from being read again.
#[component]
pub(crate) fn AsOf(at: Timestamp) -> impl IntoView {
    view! {
        <p class="as-of">
            <span data-live="as-of">"as of "<At at/></span>" "
            <Live/>
        </p>
    }
}
