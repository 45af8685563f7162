//! A table on a page.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::Timestamp;

use super::{
    Column, Fact, Listed, parameter,
    part::{Asked, Page},
};
use crate::{
    address::Address,
    parts::{Age, At, Pager, SearchForm, Sort, SortHeader},
};

/// Of more than this one is typed, not chosen.
const CHOICES: usize = 100;

/// So many rows are read sooner than searched.
const FEW: usize = 5;

/// Bytes of a text that does not fit into half a phone.
const LONG: usize = 20;

/// What in the URL belongs to a table.
const STATE: [&str; 6] = ["sort", "order", "q", "schema", "kind", "page"];

/// The part of `rows` that the URL asks for, with all it takes to ask for another: a search, a choice of schema, heads
/// that sort, pages, and the whole as CSV and JSON. Moments are shown as ages at `now`, the moment the rows were read, if there is one.
///
/// The table is swapped by itself when the page is live; whoever types into the search is left alone.
pub(crate) fn listing<R: Listed>(rows: &[R], here: &Address, now: impl Into<Option<Timestamp>>) -> AnyView {
    let asked = Asked::of(rows, here);
    let page = asked.page(rows);
    let narrow = rows.len() > FEW || asked.narrows();
    let toolbar = toolbar::<R>(narrow.then(|| search(rows, &asked, here)), rows.is_empty(), here);
    if page.rows.is_empty() {
        let total = (!rows.is_empty()).then_some(rows.len());
        return view! { {toolbar}<div class="page" data-live=R::NAME>{none::<R>(total, here)}</div> }.into_any();
    }
    let heads: Vec<_> =
        asked.columns.iter().enumerate().map(|(n, column)| head(&asked, n, column, rows, here)).collect();
    view! { {toolbar}<div class="page" data-live=R::NAME>{table(&asked.columns, heads, page, here, now.into())}</div> }
        .into_any()
}

/// A page of rows that were searched and cut where they are kept, in the order they come in: too many to be read at once.
pub(crate) fn kept<R: Listed>(page: Page<'_, R>, here: &Address) -> AnyView {
    let (columns, [text, number]) = (R::columns(), ["q", "page"].map(parameter::<R>));
    let value = here.get(&text).unwrap_or_default().to_owned();
    let narrowed = !value.is_empty();
    let hidden = here.fields_without(&[&text, &number]);
    let search = view! {
        <SearchForm action=here.path() label=format!("Search {}", R::NOUN.1) name=text value hidden/>
    };
    let toolbar = toolbar::<R>(Some(search), page.rows.is_empty(), here);
    if page.rows.is_empty() {
        return view! { {toolbar}{none::<R>(narrowed.then_some(0), here)} }.into_any();
    }
    let heads = columns.iter().map(|column| view! { <th scope="col">{column.label}</th> }.into_any()).collect();
    view! { {toolbar}{table(&columns, heads, page, here, None)} }.into_any()
}

/// Why there is nothing to show: none there are, or none of those there are matches.
fn none<R: Listed>(total: Option<usize>, here: &Address) -> impl IntoView + use<R> {
    let Some(total) = total else {
        return view! { <p class="empty">{format!("There are no {}.", R::NOUN.1)}</p> }.into_any();
    };
    let all = ["q", "schema", "kind", "page"].iter().fold(here.clone(), |to, wish| to.with(&parameter::<R>(wish), ""));
    let of = if total == 0 {
        format!("No {} matches. ", R::NOUN.0)
    } else {
        format!("None of the {total} {} matches. ", R::NOUN.1)
    };
    view! { <p class="empty">{of}<a href=all.href()>"Show all"</a></p> }.into_any()
}

/// The head of a column: a link that sorts by it, if it says something.
fn head<R: Listed>(asked: &Asked<R>, n: usize, column: &Column<R>, rows: &[R], here: &Address) -> AnyView {
    if !column.says() {
        return view! { <th scope="col">{column.label}</th> }.into_any();
    }
    let sort = (Some(n) == asked.sort).then_some(if asked.ascending { Sort::Ascending } else { Sort::Descending });
    let natural = column.natural(rows);
    // A second click turns the order round; the usual way is not written into the URL.
    let ascending = if sort.is_some() { !asked.ascending } else { natural };
    let order = match (ascending == natural, ascending) {
        (true, _) => "",
        (false, true) => "asc",
        (false, false) => "desc",
    };
    let [by, way, page] = ["sort", "order", "page"].map(parameter::<R>);
    let href = here.with(&by, column.key).with(&way, order).with(&page, "").href();
    view! { <SortHeader label=column.label href sort numeric=column.kind(rows).is_number()/> }.into_any()
}

fn table<R: Listed>(
    columns: &[Column<R>],
    heads: Vec<AnyView>,
    page: Page<'_, R>,
    here: &Address,
    now: Option<Timestamp>,
) -> impl IntoView + use<R> {
    let Page { rows, found, page, pages } = page;
    let numeric: Vec<bool> = columns.iter().map(|column| column.kind(rows.iter().copied()).is_number()).collect();
    let lines: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let cells = columns.iter().zip(&numeric);
            let cells: Vec<_> = cells.map(|(column, numeric)| cell(column, row, *numeric, here, now)).collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let here = here.clone();
    let href = Callback::new(move |page: u32| here.with(&parameter::<R>("page"), page.to_string()).href());
    view! {
        <table class="table">
            <caption class="visually-hidden">{R::NOUN.1}</caption>
            <thead><tr>{heads}</tr></thead>
            <tbody>{lines}</tbody>
        </table>
        <Pager page=page as u32 pages=pages as u32 total=found as i64 noun=R::NOUN href/>
    }
}

fn cell<R>(column: &Column<R>, row: &R, numeric: bool, here: &Address, now: Option<Timestamp>) -> AnyView {
    let label = column.label;
    let fact = (column.fact)(row);
    // On a phone what is long has a line of its own.
    let long = matches!(&fact, Fact::Text(text) if text.len() > LONG);
    let said = match (column.view, fact) {
        (Some(view), _) => view(row, here),
        (None, Fact::At(at)) => match now {
            Some(now) => view! { <Age at now/> }.into_any(),
            None => view! { <At at/> }.into_any(),
        },
        (None, Fact::Unknown) => view! { <span class="muted">"unknown"</span> }.into_any(),
        (None, Fact::Text(text)) if text.is_empty() => ().into_any(),
        (None, fact) => fact.to_string().into_any(),
    };
    view! { <td class:num=numeric class:long=long data-label=label>{said}</td> }.into_any()
}

fn toolbar<R: Listed>(search: Option<impl IntoView>, empty: bool, here: &Address) -> impl IntoView {
    let take = (!empty).then(|| view! { <TakeAway here=here.clone() table=R::NAME/> });
    (search.is_some() || !empty).then(|| view! { <div class="toolbar">{search}{take}</div> })
}

fn search<R: Listed>(rows: &[R], asked: &Asked<R>, here: &Address) -> impl IntoView + use<R> {
    let [text, schema, kind, page] = ["q", "schema", "kind", "page"].map(parameter::<R>);
    let hidden = here.fields_without(&[&text, &schema, &kind, &page]);
    let schema = choice(schema, "Schema", "All schemas", rows.iter().filter_map(Listed::schema), &asked.schema);
    let kind = choice(kind, "Kind", "All kinds", rows.iter().filter_map(Listed::kind), &asked.kind);
    view! {
        <SearchForm
            action=here.path()
            label=format!("Search {}", R::NOUN.1)
            name=text
            value=asked.search.clone()
            hidden
        >
            {schema}
            {kind}
        </SearchForm>
    }
}

/// What the rows can be narrowed to, if they are not all of one: chosen from a list, typed where there are too many.
fn choice<'a>(
    name: String,
    label: &'static str,
    all: &'static str,
    among: impl Iterator<Item = &'a str>,
    chosen: &str,
) -> Option<AnyView> {
    let among: BTreeSet<&str> = among.collect();
    if among.len() < 2 && chosen.is_empty() {
        return None;
    }
    if among.len() > CHOICES {
        let value = chosen.to_owned();
        return Some(
            view! { <input name=name aria-label=label placeholder=label value=value autocomplete="off" spellcheck="false"/> }
                .into_any(),
        );
    }
    let options: Vec<_> = among
        .into_iter()
        .map(|one| view! { <option value=one.to_owned() selected=one == chosen>{one.to_owned()}</option> })
        .collect();
    Some(view! { <select name=name aria-label=label><option value="">{all}</option>{options}</select> }.into_any())
}

/// A table of the page, whole, as a file.
#[component]
pub(crate) fn TakeAway(
    /// The page, as the table is sorted and narrowed on it.
    here: Address,
    /// The table's name.
    table: &'static str,
) -> impl IntoView {
    let file = |format: &str| here.take(table, format).href();
    view! {
        <p class="take">
            "Download "<a href=file("csv") download rel="external">"CSV"</a>" "
            <a href=file("json") download rel="external">"JSON"</a>
        </p>
    }
}

/// The views of a page, by their value of `name` in the URL; the first is the usual. A table that is left takes what it was
/// sorted and narrowed by with it.
pub(crate) fn tabs(
    here: &Address,
    label: &'static str,
    name: &'static str,
    views: &[(&'static str, String)],
) -> AnyView {
    let wanted = here.get(name).filter(|wanted| views.iter().any(|(value, _)| value == wanted));
    let links: Vec<_> = views
        .iter()
        .enumerate()
        .map(|(n, (value, title))| {
            let current = wanted.map_or(n == 0, |wanted| wanted == *value).then_some("page");
            let value = if n == 0 { "" } else { value };
            let there = STATE.iter().fold(here.with(name, value), |address, state| address.with(state, ""));
            view! { <a href=there.href() aria-current=current>{title.clone()}</a> }
        })
        .collect();
    view! { <nav class="tabs" aria-label=label>{links}</nav> }.into_any()
}
