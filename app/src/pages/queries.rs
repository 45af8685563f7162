//! Live statements: what takes the time.

use leptos::prelude::*;
use model::{Count, Reading, StatementList, StatementQuery, StatementRow, StatementSort};

use super::{Heading, as_of::AsOf, failed, missing, overview::Load};
use crate::{
    address::{Address, encode},
    api,
    layout::{use_address, use_database},
    parts::{Cell, Num, Pager, SearchForm, ShareBar, Sort, SortHeader, Sql},
};

/// The list of statements and the load they make.
#[component]
pub(crate) fn Queries() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let load = view! { <Load database=database.clone()/> };
    view! {
        <Suspense>
            {Suspend::new({
                async move {
                    let query = asked(&here);
                    let list = api::statements::list(database.clone(), query.clone()).await;
                    let as_of = list.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                    view! {
                        <Heading title="Queries" database>{as_of}</Heading>
                        <div class="toolbar">
                            <SearchForm
                                action=here.path()
                                label="Search in query texts"
                                value=query.search.clone()
                                hidden=here.fields_without(&["q", "page"])
                            />
                            {role_filter(&query, &here)}
                        </div>
                        <div class="page" data-live="statements">
                            {match list {
                                Ok(Reading { answer: Ok(list), .. }) => table(list, &query, here).into_any(),
                                Ok(Reading { answer: Err(why), .. }) => missing("Statements could not be read", &why).into_any(),
                                Err(error) => failed(&error).into_any(),
                            }}
                        </div>
                    }
                }
            })}
        </Suspense>
        {load}
    }
}

/// What the URL asks for.
fn asked(address: &Address) -> StatementQuery {
    StatementQuery {
        sort: address.get("sort").and_then(|sort| sort.parse().ok()).unwrap_or_default(),
        ascending: address.get("order") == Some("asc"),
        search: address.get("q").unwrap_or_default().to_owned(),
        role: address.get("role").unwrap_or_default().to_owned(),
        page: address.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    }
}

fn role_filter(query: &StatementQuery, here: &Address) -> Option<impl IntoView + use<>> {
    let all = here.with("role", "").with("page", "").href();
    let role = query.role.clone();
    (!role.is_empty()).then(|| view! { <p>"Only role "<strong>{role}</strong>". "<a href=all>"Show all roles"</a></p> })
}

fn table(list: StatementList, query: &StatementQuery, here: Address) -> impl IntoView + use<> {
    if list.rows.is_empty() {
        let why = if query.search.is_empty() && query.role.is_empty() {
            "No statement has run since the statistics began."
        } else {
            "No statement matches. Texts are searched without their literals."
        };
        return view! { <p class="empty">{why}</p> }.into_any();
    }
    let since = list.since.map_or_else(|| "since the statistics began".to_owned(), |since| format!("since {since}"));
    let evicted = (list.dealloc > 0).then(|| {
        let times = Count(list.dealloc).of("time", "times");
        view! { " Statements were evicted "{times}" because there are more than pg_stat_statements.max: their time is missing here." }
    });
    let heading = |label: &'static str, unit: &'static str, sort: StatementSort| {
        let shown = (query.sort == sort).then_some(if query.ascending { Sort::Ascending } else { Sort::Descending });
        // A second click turns the order round.
        let order = if shown == Some(Sort::Descending) { "asc" } else { "" };
        let href = here.with("sort", sort.name()).with("order", order).with("page", "").href();
        view! { <SortHeader label unit href sort=shown/> }
    };
    let href = {
        let here = here.clone();
        Callback::new(move |page: u32| here.with("page", page.to_string()).href())
    };
    let total = format!("{} in all", list.total_ms);
    view! {
        <p class="muted">
            {Count(i64::from(list.found)).of("statement", "statements")}", "{total}", "{since}"; share is of the time of all."{evicted}
        </p>
        <table class="table">
            <caption class="visually-hidden">"Statements of pg_stat_statements"</caption>
            <thead>
                <tr>
                    <th scope="col">"Query"</th>
                    {heading("Total", "", StatementSort::Time)}
                    <th scope="col" class="num">"Share"</th>
                    {heading("Mean", "", StatementSort::Mean)}
                    {heading("Calls", "", StatementSort::Calls)}
                    {heading("Rows", "", StatementSort::Rows)}
                </tr>
            </thead>
            <tbody>{list.rows.into_iter().map(|row| line(row, &here)).collect_view()}</tbody>
        </table>
        <Pager page=list.page pages=list.pages total=i64::from(list.found) noun=("statement", "statements") href/>
    }
    .into_any()
}

fn line(row: StatementRow, here: &Address) -> impl IntoView + use<> {
    let StatementRow { key, counters, share, query } = row;
    let details = here.to(&format!("queries/{}", encode(&key.queryid))).with("role", key.role.clone()).href();
    let by_role = here.with("role", key.role.clone()).with("page", "").href();
    view! {
        <tr>
            <Cell label="Query">
                <Sql text=query.unwrap_or_else(|| "-- the text is not known yet".into())/>
                <p class="muted">
                    <a class="row-link" href=details>"Details"</a>" · "<a href=by_role>{key.role}</a>
                    {(!key.toplevel).then_some(" · inside a function")}
                </p>
            </Cell>
            <Num label="Total" value=counters.total_ms.to_string()/>
            <td class="num" data-label="Share"><ShareBar ratio=share/></td>
            <Num label="Mean" value=counters.mean().to_string()/>
            <Num label="Calls" value=Count(counters.calls).to_string()/>
            <Num label="Rows" value=Count(counters.rows).to_string()/>
        </tr>
    }
}
