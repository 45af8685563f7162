//! Light or dark: the system's choice until a person chooses.

use leptos::prelude::*;

/// Switches to the other theme and remembers it; hidden where no script runs.
#[island]
pub(crate) fn ThemeToggle() -> impl IntoView {
    let toggle = move |_| {
        #[cfg(feature = "hydrate")]
        browser::toggle();
    };
    view! {
        <button
            type="button"
            class="bar-button needs-js"
            title="Light or dark"
            aria-label="Switch between light and dark"
            on:click=toggle
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path class="icon-line" d="M8 1.75a6.25 6.25 0 1 0 0 12.5a6.25 6.25 0 0 0 0-12.5Z"></path>
                <path class="icon-fill" d="M8 2v12A6 6 0 0 0 8 2Z"></path>
            </svg>
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlDocument;

    /// Switches `<html data-theme>` and remembers the choice for a year; the server writes it into the next page.
    pub(super) fn toggle() {
        let Some(root) = document().document_element() else { return };
        let dark = match root.get_attribute("data-theme") {
            Some(theme) => theme == "dark",
            None => {
                window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
            }
        };
        // Under a base path the cookie is of that path, with a slash at its end and without.
        let home = document().query_selector("a.brand").ok().flatten().and_then(|link| link.get_attribute("href"));
        let home = match home.as_deref().map(|home| home.trim_end_matches('/')) {
            None | Some("") => "/",
            Some(path) => path,
        };
        let theme = if dark { "light" } else { "dark" };
        let _ = root.set_attribute("data-theme", theme);
        let _ = document()
            .unchecked_into::<HtmlDocument>()
            .set_cookie(&format!("theme={theme}; Path={home}; Max-Age=31536000; SameSite=Lax"));
    }
}
