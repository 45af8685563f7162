//! The parts of a table. Pages write `<table>`, `<thead>` and `<tbody>` themselves, always all three.

use leptos::prelude::*;
use model::{Count, Ratio};

use crate::chart::Hue;

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The least first.
    Ascending,
    /// The most first.
    Descending,
}

impl Sort {
    const fn aria(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// The head of a column that can be sorted by: a link to the same page, sorted.
#[component]
pub fn SortHeader(
    /// The column's name.
    #[prop(into)]
    label: String,
    /// Its unit, if every number in it has the same.
    #[prop(optional)]
    unit: &'static str,
    /// The page sorted by this column.
    #[prop(into)]
    href: Signal<String>,
    /// How the page is sorted by this column now, if it is.
    #[prop(into)]
    sort: Signal<Option<Sort>>,
    /// Whether the column holds numbers.
    #[prop(default = true)]
    numeric: bool,
) -> impl IntoView {
    view! {
        <th scope="col" class:num=numeric aria-sort=move || sort.get().map(Sort::aria)>
            <a class="sort" href=move || href.get()>
                {label}
                {(!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })}
                <svg class="sort-arrow" viewBox="0 0 8 8" aria-hidden="true">
                    <path d=move || match sort.get() {
                        Some(Sort::Ascending) => "M4 1 7.5 7h-7Z",
                        Some(Sort::Descending) => "M4 7 .5 1h7Z",
                        None => "",
                    }></path>
                </svg>
            </a>
        </th>
    }
    .into_any()
}

/// A cell of words. On a phone the row becomes a card and the label stands before the cell.
#[component]
pub fn Cell(
    /// The column's name.
    #[prop(into)]
    label: String,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! { <td data-label=label>{children()}</td> }
}

/// A cell with a number, already written with its unit.
#[component]
pub fn Num(
    /// The column's name.
    #[prop(into)]
    label: String,
    /// The number.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <td class="num" data-label=label>{value}</td> }
}

/// A share as a bar and its number.
#[component]
pub fn ShareBar(
    /// The share.
    ratio: Ratio,
    /// Whose colour the bar has.
    #[prop(default = Hue::Load)]
    hue: Hue,
) -> impl IntoView {
    let width = if ratio.0.is_finite() { ratio.0.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    view! {
        <span class=format!("share {}", hue.class())>
            <svg class="share-bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect width=format!("{width:.1}") height="1"></rect>
            </svg>
            <span class="share-number">{ratio.to_string()}</span>
        </span>
    }
}

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

    fn header(sort: Option<Sort>) -> String {
        Owner::new().with(|| view! { <SortHeader label="Total" unit="ms" href="?sort=time" sort/> }.to_html())
    }

    #[test]
    fn the_sort_is_said_and_shown() {
        assert!(!header(None).contains("aria-sort"));
        assert!(header(Some(Sort::Ascending)).contains("aria-sort=\"ascending\""));
        let html = header(Some(Sort::Descending));
        assert!(html.contains("aria-sort=\"descending\"") && html.contains("href=\"?sort=time\""), "{html}");
        assert!(html.contains("<span class=\"unit\">ms</span>"), "{html}");
    }

    #[test]
    fn a_bar_stays_in_its_field() {
        let bar = |ratio| Owner::new().with(|| view! { <ShareBar ratio=Ratio(ratio)/> }.to_html());
        assert!(bar(0.25).contains("width=\"25.0\"") && bar(0.25).contains("25.0 %"));
        assert!(bar(7.0).contains("width=\"100.0\""));
        assert!(bar(f64::NAN).contains("width=\"0.0\""));
    }

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
