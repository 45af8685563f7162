//! The pages of a database, in groups, at the left; behind a button on a phone.

use leptos::prelude::*;

/// A group of the rail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RailGroup {
    /// Its heading.
    pub title: String,
    /// Its pages.
    pub links: Vec<RailLink>,
}

/// A page of the rail or of the account menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RailLink {
    /// What the page is called.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is the page shown.
    pub current: bool,
}

/// The rail. On a phone it is a popover, opened by `RailButton`; the browser closes it, without a script.
#[component]
pub(super) fn Rail(groups: Signal<Vec<RailGroup>>) -> impl IntoView {
    view! {
        <nav id="rail" class="rail" popover="auto" aria-label="Pages">
            {move || groups.get().into_iter().map(|group| view! {
                <p class="rail-title">{group.title}</p>
                <ul>{group.links.into_iter().map(link).collect_view()}</ul>
            }).collect_view()}
        </nav>
    }
}

/// Opens the rail where there is no room for it.
#[component]
pub(super) fn RailButton() -> impl IntoView {
    view! {
        <button type="button" class="bar-button rail-button" popovertarget="rail" aria-label="Pages">
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path class="icon-line" d="M2 4h12M2 8h12M2 12h12"></path>
            </svg>
        </button>
    }
}

/// A link in a list, marked if it leads to the page shown.
pub(super) fn link(link: RailLink) -> impl IntoView {
    view! { <li><a href=link.href aria-current=link.current.then_some("page")>{link.label}</a></li> }
}
