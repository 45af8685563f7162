//! A table on a page.

use leptos::prelude::*;
use model::Timestamp;

use super::{
    Column, Fact, Listed,
    part::{Asked, Page},
};
use crate::{
    address::Address,
    parts::{Age, Cell, Pager, SearchForm, Sort, SortHeader},
};

/// More schemas than this are typed, not chosen.
const CHOICES: usize = 100;

/// What in the URL belongs to a table.
const STATE: [&str; 5] = ["sort", "order", "q", "schema", "page"];

/// The part of `rows` that the URL asks for, with all it takes to ask for another: a search, a choice of schema, heads
/// that sort, pages, and the whole as CSV and JSON. Moments are shown as ages at `now`, the moment the rows were read.
///
/// The table is swapped by itself when the page is live; whoever types into the search is left alone.
pub(crate) fn listing<R: Listed>(rows: &[R], here: &Address, now: Timestamp) -> AnyView {
    let asked = Asked::of(rows, here);
    let Page { rows: shown, found, page, pages } = asked.page(rows);
    let toolbar = toolbar(rows, &asked, here);
    if shown.is_empty() {
        let cleared = ["q", "schema", "page"].iter().fold(here.clone(), |address, name| address.with(name, ""));
        let why = if rows.is_empty() {
            view! { <p class="empty">{format!("There are no {}.", R::NOUN.1)}</p> }.into_any()
        } else {
            let none = format!("None of the {} {} matches. ", rows.len(), R::NOUN.1);
            view! { <p class="empty">{none}<a href=cleared.href()>"Show all"</a></p> }.into_any()
        };
        return view! { {toolbar}<div class="page" data-live=R::NAME>{why}</div> }.into_any();
    }
    let numeric: Vec<bool> = asked.columns.iter().map(|column| column.kind(rows).is_number()).collect();
    let heads: Vec<_> = asked
        .columns
        .iter()
        .enumerate()
        .map(|(n, column)| {
            let sort =
                (Some(n) == asked.sort).then_some(if asked.ascending { Sort::Ascending } else { Sort::Descending });
            let natural = column.natural(rows);
            // A second click turns the order round; the usual way is not written into the URL.
            let ascending = if sort.is_some() { !asked.ascending } else { natural };
            let order = match (ascending == natural, ascending) {
                (true, _) => "",
                (false, true) => "asc",
                (false, false) => "desc",
            };
            let href = here.with("sort", column.key).with("order", order).with("page", "").href();
            view! { <SortHeader label=column.label href sort numeric=numeric[n]/> }
        })
        .collect();
    let lines: Vec<_> = shown
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = asked
                .columns
                .iter()
                .zip(&numeric)
                .map(|(column, numeric)| cell(column, row, *numeric, here, now))
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let href = {
        let here = here.clone();
        Callback::new(move |page: u32| here.with("page", page.to_string()).href())
    };
    view! {
        {toolbar}
        <div class="page" data-live=R::NAME>
            <table class="table">
                <caption class="visually-hidden">{R::NOUN.1}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{lines}</tbody>
            </table>
            <Pager page=page as u32 pages=pages as u32 total=found as i64 noun=R::NOUN href/>
        </div>
    }
    .into_any()
}

fn cell<R>(column: &Column<R>, row: &R, numeric: bool, here: &Address, now: Timestamp) -> AnyView {
    let label = column.label;
    let said = match (column.view, (column.fact)(row)) {
        (Some(view), _) => view(row, here),
        (None, Fact::At(at)) => view! { <Age at now/> }.into_any(),
        (None, Fact::Unknown) => view! { <span class="muted">"unknown"</span> }.into_any(),
        (None, fact) => fact.to_string().into_any(),
    };
    if numeric {
        view! { <td class="num" data-label=label>{said}</td> }.into_any()
    } else {
        view! { <Cell label>{said}</Cell> }.into_any()
    }
}

fn toolbar<R: Listed>(rows: &[R], asked: &Asked<R>, here: &Address) -> impl IntoView + use<R> {
    let mut schemas: Vec<&str> = rows.iter().filter_map(Listed::schema).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let chosen = asked.schema.clone();
    let schema = match schemas.len() {
        0 | 1 if chosen.is_empty() => None,
        0..=CHOICES => Some(choice(&schemas, &chosen)),
        _ => Some(
            view! { <input name="schema" aria-label="Schema" placeholder="Schema" value=chosen autocomplete="off" spellcheck="false"/> }
                .into_any(),
        ),
    };
    view! {
        <div class="toolbar">
            <SearchForm
                action=here.path()
                label=format!("Search {}", R::NOUN.1)
                value=asked.search.clone()
                hidden=here.fields_without(&["q", "schema", "page"])
            >
                {schema}
            </SearchForm>
            <TakeAway here=here.clone() table=R::NAME/>
        </div>
    }
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

fn choice(schemas: &[&str], chosen: &str) -> AnyView {
    let options: Vec<_> = schemas
        .iter()
        .map(|schema| {
            let name = (*schema).to_owned();
            view! { <option value=name.clone() selected=*schema == chosen>{name.clone()}</option> }
        })
        .collect();
    view! {
        <select name="schema" aria-label="Schema">
            <option value="">"All schemas"</option>
            {options}
        </select>
    }
    .into_any()
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
