//! Live statements: what takes the time.

use leptos::prelude::*;
use model::{
    Action, Check, Count, DatabaseId, Noise, Origin, Reading, StatementList, StatementQuery, StatementRow,
    StatementSort,
};

use super::{Heading, actions::offer, as_of::AsOf, failed, lacking, missing, overview::Load};
use crate::{
    address::{Address, encode},
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, TakeAway, tabs},
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
                    let (query, list) = found(&here, &database).await;
                    // Why the list itself cannot be read is said in its place.
                    let lacking = match &list {
                        Ok(Reading { answer: Ok(_), .. }) => Some(lacking(database.clone(), Check::SlowQuery).await),
                        _ => None,
                    };
                    let as_of = list.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                    let anew = Action::ResetStatistics { role: None, queryid: None };
                    let reset = match api::actions::may_reset(&database).await {
                        true => offer(&here, &anew, "Reset statistics"),
                        false => None,
                    };
                    let span = if query.window.is_some() { "window" } else { "all" };
                    let spans =
                        [("window", format!("In the {}", here.window().label())), ("all", "Since statistics began".into())];
                    view! {
                        <Heading title="Queries" database>{as_of}</Heading>
                        {lacking}
                        {tabs(&here.with("of", span), "Span", "of", &spans)}
                        <div class="toolbar">
                            <SearchForm
                                action=here.path()
                                label="Search in query texts"
                                value=query.search.clone()
                                hidden=here.fields_without(&["q", "page", "min_ms", "min_calls"])
                            >
                                {at_least("min_ms", "Mean at least, ms", query.min_mean_ms)}
                                {at_least("min_calls", "Calls at least", query.min_calls)}
                            </SearchForm>
                            <TakeAway here=here.with("of", span) table="statements"/>
                            {role_filter(&query, &here)}
                            {reset}
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

/// The list the URL asks for. Where it does not say of which span, the window's; and where history has nothing of that, as
/// in Heron's first minutes, what the server's statistics say.
async fn found(here: &Address, database: &DatabaseId) -> (StatementQuery, Result<Reading<StatementList>, AppError>) {
    let mut query = asked(here);
    let list = api::statements::list(database.clone(), query.clone()).await;
    let nothing = |reading: &Reading<StatementList>| reading.value().is_some_and(|list| list.total_ms.0 <= 0.0);
    if here.get("of").is_none() && list.as_ref().is_ok_and(nothing) {
        query.window = None;
        let list = api::statements::list(database.clone(), query.clone()).await;
        return (query, list);
    }
    (query, list)
}

/// All statements the URL asks for.
pub(crate) async fn rows(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<StatementRow>>, AppError> {
    api::statements::all(database.clone(), asked(here)).await
}

impl Listed for StatementRow {
    const NAME: &'static str = "statements";
    const NOUN: (&'static str, &'static str) = ("statement", "statements");
    const SORT: &'static str = "";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("queryid", "Query id", |row| row.key.queryid.as_str().into()),
            Column::new("role", "Role", |row| row.key.role.as_str().into()),
            Column::new("toplevel", "Top level", |row| row.key.toplevel.into()),
            Column::new("query", "Query", |row| row.query.as_deref().into()),
            Column::new("total_ms", "Total", |row| row.counters.total_ms.into()),
            Column::new("share", "Share", |row| row.share.into()),
            Column::new("mean_ms", "Mean", |row| row.counters.mean().into()),
            Column::new("calls", "Calls", |row| row.counters.calls.into()),
            Column::new("rows", "Rows", |row| row.counters.rows.into()),
            Column::new("shared_hit_blocks", "Blocks found", |row| row.counters.shared_hit.into()),
            Column::new("shared_read_blocks", "Blocks read", |row| row.counters.shared_read.into()),
            Column::new("temp_written_blocks", "Temporary blocks", |row| row.counters.temp_written.into()),
            Column::new("wal_bytes", "WAL", |row| row.counters.wal_bytes.into()),
        ]
    }
}

/// What the URL asks for.
fn asked(address: &Address) -> StatementQuery {
    let number = |name: &str| address.get(name).and_then(|number| number.parse().ok()).unwrap_or(0);
    StatementQuery {
        sort: address.get("sort").and_then(|sort| sort.parse().ok()).unwrap_or_default(),
        ascending: address.get("order") == Some("asc"),
        search: address.get("q").unwrap_or_default().to_owned(),
        role: address.get("role").unwrap_or_default().to_owned(),
        own: address.get("own") == Some("1"),
        min_mean_ms: number("min_ms"),
        min_calls: number("min_calls"),
        window: (address.get("of") != Some("all")).then(|| address.window()),
        page: address.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    }
}

fn at_least(name: &'static str, label: &'static str, value: i64) -> impl IntoView {
    let value = (value > 0).then(|| value.to_string());
    view! { <input type="number" min="0" name=name aria-label=label placeholder=label value=value/> }
}

fn role_filter(query: &StatementQuery, here: &Address) -> Option<impl IntoView + use<>> {
    let all = here.with("role", "").with("page", "").href();
    let role = query.role.clone();
    (!role.is_empty()).then(|| view! { <p>"Only role "<strong>{role}</strong>". "<a href=all>"Show all roles"</a></p> })
}

/// How much of the time is not the application's, and the way to see or leave out those statements.
fn noise(noise: Noise, query: &StatementQuery, here: &Address) -> Option<impl IntoView + use<>> {
    let platform = (noise.platform.0 > 0.0).then(|| format!(", the platform's {}", noise.platform));
    let shares = format!("Heron's own statements take {} of the time{}", noise.heron, platform.unwrap_or_default());
    let count = Count(i64::from(noise.statements)).of("statement", "statements");
    let (sentence, own, label) = match query.own {
        true => (format!("{shares}."), "", "Leave them out"),
        false => (format!("{shares}: {count} not listed."), "1", "Show all statements"),
    };
    let href = here.with("own", own).with("page", "").href();
    (noise.statements > 0).then(|| view! { <p class="muted">{sentence}" "<a href=href>{label}</a></p> })
}

fn table(list: StatementList, query: &StatementQuery, here: Address) -> impl IntoView + use<> {
    if list.rows.is_empty() {
        let narrowed =
            !query.search.is_empty() || !query.role.is_empty() || query.min_calls > 0 || query.min_mean_ms > 0;
        let why = match query.window {
            _ if narrowed => "No statement matches. Texts are searched without their literals.",
            Some(_) => "Nothing was captured in this window.",
            None => "No statement has run since the statistics began.",
        };
        return view! { <p class="empty">{why}</p>{noise(list.noise, query, &here)} }.into_any();
    }
    let left_out = noise(list.noise, query, &here);
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
            {Count(i64::from(list.found)).of("statement", "statements")}", "{total}" "{since}"; share is of the time of all."{evicted}
        </p>
        {left_out}
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
    let StatementRow { key, counters, share, origin, query } = row;
    let details = here.to(&format!("queries/{}", encode(&key.queryid))).with("role", key.role.clone()).href();
    let by_role = here.with("role", key.role.clone()).with("page", "").href();
    view! {
        <tr>
            <Cell label="Query">
                <Sql text=query.unwrap_or_else(|| "-- the text is not known yet".into())/>
                <p class="muted">
                    <a class="row-link" href=details>"Details"</a>" · "<a href=by_role>{key.role}</a>
                    {(!key.toplevel).then_some(" · inside a function")}
                    {match origin {
                        Origin::Application => None,
                        Origin::Heron => Some(" · Heron's own"),
                        Origin::Platform => Some(" · the platform's"),
                    }}
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
