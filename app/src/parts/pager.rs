//! The way through a long list.

use leptos::prelude::*;
use model::Count;

/// Says which part of a long list the page shows, and leads to the rest.
#[component]
pub fn Pager(
    /// The page shown, from 1.
    #[prop(into)]
    page: Signal<u32>,
    /// How many there are.
    #[prop(into)]
    pages: Signal<u32>,
    /// How many things there are on all of them.
    #[prop(into)]
    total: Signal<i64>,
    /// What the things are called: one, many.
    noun: (&'static str, &'static str),
    /// The URL of a page.
    #[prop(into)]
    href: Callback<u32, String>,
) -> impl IntoView {
    let link = move |to: u32, label: &'static str, rel: &'static str| {
        (1..=pages.get()).contains(&to).then(|| view! { <a class="button" rel=rel href=href.run(to)>{label}</a> })
    };
    view! {
        <nav class="pager" aria-label="Pages of the list">
            <span class="pager-total">{move || Count(total.get()).of(noun.0, noun.1)}</span>
            <Show when=move || { pages.get() > 1 }>
                <span>{move || format!("page {} of {}", Count(page.get().into()), Count(pages.get().into()))}</span>
                {move || link(page.get().saturating_sub(1), "Previous", "prev")}
                {move || link(page.get().saturating_add(1), "Next", "next")}
            </Show>
        </nav>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_leads_only_to_pages_that_are() {
        let pager = |page: u32, pages: u32| {
            Owner::new().with(|| {
                let href = Callback::new(|page: u32| format!("?page={page}"));
                view! { <Pager page pages total=1204_i64 noun=("query", "queries") href/> }.to_html()
            })
        };
        assert!(pager(1, 1).contains("1,204 queries") && !pager(1, 1).contains("<a"));
        assert!(pager(1, 3).contains("?page=2") && !pager(1, 3).contains("Previous"));
        assert!(pager(3, 3).contains("?page=2") && !pager(3, 3).contains("Next"));
    }
}
