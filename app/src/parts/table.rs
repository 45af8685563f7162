//! The parts of a table. Pages write `<table>`, `<thead>` and `<tbody>` themselves, always all three.

use leptos::prelude::*;

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
}
