//! Keeping a page up to date while somebody looks at it.

use leptos::prelude::*;

/// Asks for the page again every ten seconds and puts what is live on it in its place; not in a hidden tab, and not
/// under somebody who has opened or marked something to read it. Its button stops it.
#[island]
pub(crate) fn Live() -> impl IntoView {
    let paused = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    browser::ask_again_while(move || !paused.get_untracked());
    view! {
        <button
            type="button"
            class="button needs-js"
            aria-pressed=move || if paused.get() { "true" } else { "false" }
            title="A live page asks again every ten seconds, unless something on it is open"
            on:click=move |_| paused.update(|paused| *paused = !*paused)
        >
            {move || if paused.get() { "Paused" } else { "Live" }}
        </button>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use leptos::prelude::*;
    use wasm_bindgen::prelude::*;

    const PERIOD: Duration = Duration::from_secs(10);

    #[wasm_bindgen(module = "/src/islands/live.mjs")]
    extern "C" {
        fn refresh();
    }

    pub(super) fn ask_again_while(live: impl Fn() -> bool + 'static) {
        // The island lives as long as its page.
        set_interval(
            move || {
                if live() && !somebody_reads() {
                    refresh();
                }
            },
            PERIOD,
        );
    }

    fn somebody_reads() -> bool {
        let opened = document().query_selector("main details[open], main .sql-more :checked").ok().flatten().is_some();
        let marked = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
        document().hidden() || opened || marked
    }
}
