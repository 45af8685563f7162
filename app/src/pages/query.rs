//! One statement: its text, who runs it, and how it has been.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{Action, Count, DatabaseId, Index, Ratio, Reading, StatementRow, StatementTable};

use super::{Heading, actions::offer, as_of::AsOf, failed, missing, overview::Load};
use crate::{
    api,
    layout::{use_address, use_database},
    parts::{Cell, Num, ShareBar, Sql, Stat, Stats},
};

/// A statement by its queryid, for one role or all.
#[component]
pub(crate) fn Query() -> impl IntoView {
    let database = use_database();
    let queryid = use_params_map().with_untracked(|params| params.get("queryid").unwrap_or_default());
    let here = use_address();
    let role = here.get("role").unwrap_or_default().to_owned();
    let anew = queryid.parse().ok().map(|id| Action::ResetStatistics {
        role: Some(role.clone()).filter(|role| !role.is_empty()),
        queryid: Some(id),
    });
    let statement = (queryid.clone(), role.clone());
    let load = view! { <Load database=database.clone() statement/> };
    let tables = view! { <Tables database=database.clone() queryid=queryid.clone()/> };
    let explain = api::explain::offered(&database)
        .then(|| here.to("explain").with("queryid", queryid.clone()).with("window", "").href());
    view! {
        <Suspense>
            {Suspend::new({
                async move {
                    let reading = api::statements::read(database.clone(), queryid).await;
                    let reset = match api::actions::may_reset(&database).await {
                        true => anew.and_then(|anew| offer(&here, &anew, "Reset its statistics")),
                        false => None,
                    };
                    let as_of = reading.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                    view! {
                        <Heading title="Query" database>{as_of}</Heading>
                        <div class="page" data-live="statement">
                            {match reading {
                                Ok(Reading { answer: Ok(rows), .. }) if rows.is_empty() => unknown().into_any(),
                                Ok(Reading { answer: Ok(rows), .. }) => shown(rows, &role, explain, reset).into_any(),
                                Ok(Reading { answer: Err(why), .. }) => missing("The statement could not be read", &why).into_any(),
                                Err(error) => failed(&error).into_any(),
                            }}
                        </div>
                    }
                }
            })}
        </Suspense>
        {tables}
        {load}
    }
}

/// The tables the statement names, with their rows and indexes.
#[component]
fn Tables(database: DatabaseId, queryid: String) -> impl IntoView {
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::explain::tables(database, queryid).await {
                    Ok(Reading { answer: Ok(tables), .. }) if tables.is_empty() => ().into_any(),
                    Ok(Reading { answer: Ok(tables), .. }) => named(tables).into_any(),
                    Ok(Reading { answer: Err(why), .. }) => missing("Its tables could not be read", &why).into_any(),
                    Err(error) => failed(&error).into_any(),
                }
            })}
        </Suspense>
    }
}

/// No statement's page shows more tables.
const TABLES: usize = 50;

fn named(tables: Vec<StatementTable>) -> impl IntoView {
    let cut = (tables.len() > TABLES).then(|| {
        view! { <p class="note">{format!("The first {TABLES} of {}.", Count(tables.len() as i64))}</p> }
    });
    view! {
        <section class="section">
            <h2>"Tables"</h2>
            <table class="table">
                <caption class="visually-hidden">"Tables the statement names"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Table"</th>
                        <th scope="col" class="num">"Rows"</th>
                        <th scope="col" class="wide">"Indexes"</th>
                    </tr>
                </thead>
                <tbody>
                    {tables.into_iter().take(TABLES).map(|StatementTable { table, rows, indexes }| view! {
                        <tr>
                            <Cell label="Table">{table.to_string()}</Cell>
                            <Num label="Rows" value=rows.map_or_else(|| "unknown".into(), |rows| Count(rows as i64).to_string())/>
                            <Cell label="Indexes">
                                {if indexes.is_empty() { "none".into_any() } else {
                                    view! { <ul class="plain">{indexes.iter().map(index).collect_view()}</ul> }.into_any()
                                }}
                            </Cell>
                        </tr>
                    }).collect_view()}
                </tbody>
            </table>
            {cut}
        </section>
    }
}

fn index(index: &Index) -> impl IntoView + use<> {
    let method = (index.method != "btree").then(|| format!(" {}", index.method));
    let kind = match () {
        () if index.primary => Some("PRIMARY"),
        () if index.unique => Some("UNIQUE"),
        () => None,
    };
    let partial = index.predicate.as_ref().map(|predicate| format!(" WHERE {predicate}"));
    view! {
        <li>
            {kind.map(|kind| view! { <span class="tag">{kind}</span>" " })}
            {index.name.clone()}" "<span class="muted">{format!("({})", index.columns())}{method}{partial}</span>
            {(!index.valid).then(|| view! { " "<span class="tag level-warning">"invalid"</span> })}
        </li>
    }
}

/// Whether a statement has a plan, by its first word.
fn explainable(text: &str) -> bool {
    let mut words = model::sql::tokens(text).filter(|(token, _)| *token == model::sql::Token::Word);
    words.next().is_some_and(|(_, word)| {
        ["select", "with", "values", "table", "insert", "update", "delete", "merge"]
            .iter()
            .any(|first| word.eq_ignore_ascii_case(first))
    })
}

fn unknown() -> impl IntoView {
    view! {
        <p class="empty">
            "The server does not know this statement now: it was evicted or reset, or never ran. What Heron captured of it is below."
        </p>
    }
}

fn shown(
    rows: Vec<StatementRow>,
    role: &str,
    explain: Option<String>,
    reset: Option<AnyView>,
) -> impl IntoView + use<> {
    let text = rows.iter().find_map(|row| row.query.clone()).unwrap_or_else(|| "-- the text is not known yet".into());
    let chosen = |row: &&StatementRow| role.is_empty() || row.key.role == role;
    let calls: i64 = rows.iter().filter(chosen).map(|row| row.counters.calls).sum();
    let total = model::Millis(rows.iter().filter(chosen).map(|row| row.counters.total_ms.0).sum());
    let returned: i64 = rows.iter().filter(chosen).map(|row| row.counters.rows).sum();
    let share = Ratio(rows.iter().filter(chosen).map(|row| row.share.0).sum());
    let mean = if calls > 0 { model::Millis(total.0 / calls as f64) } else { model::Millis(0.0) };
    let whose = if role.is_empty() { "all roles".to_owned() } else { format!("role {role}") };
    let others = rows.len() > 1;
    let origins = model::sql::comments(&text).join(" · ");
    let explain = explain.filter(|_| explainable(&text));
    let explain = explain.map(|href| view! { <a class="button" href=href>"Explain"</a> });
    let acts = (explain.is_some() || reset.is_some()).then(|| view! { <p class="toolbar">{explain}{reset}</p> });
    view! {
        <Sql text/>
        {(!origins.is_empty()).then(|| view! {
            <p>
                "Origin: "<strong>{origins}</strong>
                <span class="muted">" (the comment of who ran it first; PostgreSQL counts statements together that differ in nothing else)"</span>
            </p>
        })}
        {acts}
        <Stats>
            <Stat label="Total time" value=total.to_string() sub=format!("{share} of all statements; {whose}")/>
            <Stat label="Mean time" value=mean.to_string()/>
            <Stat label="Calls" value=Count(calls).to_string()/>
            <Stat label="Rows" value=Count(returned).to_string()/>
        </Stats>
        {others.then(|| view! {
            <table class="table">
                <caption>"By role"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Role"</th>
                        <th scope="col" class="num">"Total"</th>
                        <th scope="col" class="num">"Share"</th>
                        <th scope="col" class="num">"Mean"</th>
                        <th scope="col" class="num">"Calls"</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.into_iter().map(|StatementRow { key, counters, share, .. }| {
                        let toplevel = if key.toplevel { "" } else { " (inside a function)" };
                        let role = format!("{}{toplevel}", key.role);
                        view! {
                            <tr>
                                <Cell label="Role">{role}</Cell>
                                <Num label="Total" value=counters.total_ms.to_string()/>
                                <td class="num" data-label="Share"><ShareBar ratio=share/></td>
                                <Num label="Mean" value=counters.mean().to_string()/>
                                <Num label="Calls" value=Count(counters.calls).to_string()/>
                            </tr>
                        }
                    }).collect_view()}
                </tbody>
            </table>
        })}
    }
}
