//! From one database to another.

use leptos::{ev, html, prelude::*};

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

impl DatabaseLink {
    /// Whether what was typed leads here: each word occurs in the label or the id.
    fn matches(&self, typed: &str) -> bool {
        let here = format!("{} {}", self.label, self.id).to_lowercase();
        typed.to_lowercase().split_whitespace().all(|word| here.contains(word))
    }
}

/// A menu of databases: a list of links, and where a script runs a field that narrows it.
#[component]
pub(super) fn Switcher(databases: Signal<Vec<DatabaseLink>>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let list = NodeRef::<html::Ul>::new();
    let current = move || {
        databases
            .with(|all| all.iter().find(|one| one.current).map(|one| one.label.clone()))
            .unwrap_or_else(|| "All databases".into())
    };
    let enter = move |event: ev::KeyboardEvent| {
        if event.key() == "Enter" {
            #[cfg(feature = "hydrate")]
            super::behaviour::follow_first(list);
        }
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
                    prop:value=move || typed.get()
                    on:input=move |event| typed.set(event_target_value(&event))
                    on:keydown=enter
                />
                <ul node_ref=list>
                    {move || databases.get().into_iter().map(|one| {
                        let (href, label, id, current) = (one.href.clone(), one.label.clone(), one.id.clone(), one.current);
                        let known_as = (id != label).then_some(id);
                        view! {
                            <li hidden=move || typed.with(|typed| !one.matches(typed))>
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_typed_has_to_occur() {
        let one =
            DatabaseLink { id: "shop-eu".into(), label: "Shop Größen".into(), href: String::new(), current: false };
        for typed in ["", "shop", "EU shop", " größ"] {
            assert!(one.matches(typed), "{typed}");
        }
        assert!(!one.matches("shop us"));
    }
}
