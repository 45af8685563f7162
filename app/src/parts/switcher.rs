//! From one database to another.

use leptos::prelude::*;

/// A database of the switcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLink {
    /// Its id, as in the URL.
    pub id: String,
    /// What people call it; often the id.
    pub label: String,
    /// Its page of the kind shown now.
    pub href: String,
    /// Whether it is the database shown.
    pub current: bool,
}

/// A menu of databases: a list of links, and where a script runs a field that narrows it.
#[component]
pub(super) fn Switcher(databases: Signal<Vec<DatabaseLink>>) -> impl IntoView {
    let current = move || {
        databases
            .with(|all| all.iter().find(|one| one.current).map(|one| one.label.clone()))
            .unwrap_or_else(|| "All databases".into())
    };
    view! {
        <details class="menu switcher" name="bar">
            <summary aria-label=move || format!("Database: {}", current())>
                <span class="menu-label">{current}</span>
                <kbd class="needs-js" aria-hidden="true">"/"</kbd>
            </summary>
            <div class="menu-body">
                <input
                    type="search"
                    class="needs-js"
                    aria-label="Type to narrow the list of databases"
                    placeholder="Type to search"
                    autocomplete="off"
                    spellcheck="false"
                />
                <ul>
                    {move || databases.get().into_iter().map(|one| {
                        let DatabaseLink { id, label, href, current } = one;
                        let known_as = (id != label).then_some(id);
                        view! {
                            <li>
                                <a href=href aria-current=current.then_some("true")>
                                    {label}
                                    {known_as.map(|id| view! { <span class="muted">" "{id}</span> })}
                                </a>
                            </li>
                        }
                    }).collect_view()}
                </ul>
            </div>
        </details>
    }
    .into_any()
}
