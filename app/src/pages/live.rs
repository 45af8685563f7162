//! Keeping a page up to date while somebody looks at it.

use leptos::prelude::*;
use model::Timestamp;

use crate::parts::At;

/// How often a page that is looked at asks again.
#[cfg(feature = "hydrate")]
const PERIOD: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether a page asks again by itself, and when it does.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    /// Counts up whenever the page should ask again; a source for resources.
    pub(crate) tick: RwSignal<u32>,
    paused: RwSignal<bool>,
}

impl Live {
    /// A page that is live from the start. Only a browser ticks: not in a hidden tab, and not under somebody who has
    /// opened or marked something to read it.
    pub(crate) fn new() -> Self {
        let live = Self { tick: RwSignal::new(0), paused: RwSignal::new(false) };
        #[cfg(feature = "hydrate")]
        Effect::new(move |_| {
            let handle = set_interval_with_handle(
                move || {
                    if !live.paused.get_untracked() && !somebody_reads() {
                        live.tick.update(|tick| *tick += 1);
                    }
                },
                PERIOD,
            );
            on_cleanup(move || {
                if let Ok(handle) = handle {
                    handle.clear();
                }
            });
        });
        live
    }
}

#[cfg(feature = "hydrate")]
fn somebody_reads() -> bool {
    let opened = document().query_selector("main details[open]").ok().flatten().is_some();
    let marked = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    document().hidden() || opened || marked
}

/// When the page was read, and a button that stops it from being read again.
#[component]
pub(crate) fn AsOf(at: Timestamp, live: Live) -> impl IntoView {
    let label = move || if live.paused.get() { "Paused" } else { "Live" };
    view! {
        <p class="as-of">
            "as of "<At at/>" "
            <button
                type="button"
                class="button needs-js"
                aria-pressed=move || if live.paused.get() { "true" } else { "false" }
                title="Live pages ask again every ten seconds, unless something on them is open"
                on:click=move |_| live.paused.update(|paused| *paused = !*paused)
            >
                {label}
            </button>
        </p>
    }
}
