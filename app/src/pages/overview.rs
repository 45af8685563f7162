//! A database at a glance: what is wrong, and how it has been.

use std::sync::Arc;

use leptos::prelude::*;
use model::{ConnectionLimit, ConnectionUse, Count, DatabaseId, LimitScope, Overview as Glance};

use super::{Heading, actions::remedies, as_of::AsOf, failed};
use crate::{
    api,
    chart::{Chart, ChartData},
    layout::{use_address, use_database},
    parts::{Level, Notice, Remedies, Stat, Stats, Summary, VerdictList},
};

/// The verdicts, the vital figures, the load.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    provide_context(Remedies(Arc::new(move |check, finding| remedies(&here, check, finding))));
    let load = view! { <Load database=database.clone()/> };
    view! {
        <Suspense>
            {Suspend::new({
                async move {
                    match api::overview::read(database.clone()).await {
                        Ok(glance) => shown(glance, database).into_any(),
                        Err(error) => view! { <Heading title="Overview" database/>{failed(&error)} }.into_any(),
                    }
                }
            })}
        </Suspense>
        {load}
    }
}

fn shown(glance: Glance, database: DatabaseId) -> impl IntoView {
    let Glance { report, server, connections, connection_use, size, now } = glance;
    let at = report.taken_at;
    // A server that does not answer is one sentence, not one for each check.
    let silent = if server.is_none() { report.not_run().next() } else { None };
    let verdicts = match silent {
        Some(not_run) => {
            view! { <Notice level=Level::Critical title="The server does not answer"><p>{not_run.reason}</p></Notice> }.into_any()
        }
        None => view! {
            <Summary report=report.clone()/>
            <Stats>
                {server.map(|server| {
                    let role = if server.in_recovery { "standby" } else { "primary" };
                    // The limit that is nearest, of the server, a database or a role.
                    let nearest = connection_use.as_ref().map(ConnectionUse::nearest);
                    view! {
                        <Stat label="PostgreSQL" value=server.version.clone() sub=role.to_owned()/>
                        <Stat label="Up for" value=now.since(server.started_at).to_string() sub=format!("since {}", server.started_at)/>
                        {connections.map(|connections| view! {
                            <Stat
                                label="Client connections"
                                value=match &nearest {
                                    Some(limit) => format!("{} of {}", Count(limit.used), Count(limit.limit)),
                                    None => format!("{} of {}", Count(connections.total), Count(server.max_connections)),
                                }
                                sub=format!(
                                    "{}{} active, {} idle in transaction",
                                    nearest.as_ref().map_or_else(String::new, bound),
                                    connections.active,
                                    connections.idle_in_transaction
                                )
                            />
                        })}
                    }
                })}
                {size.map(|size| view! { <Stat label="Database size" value=size.to_string() sub="as last captured".to_owned()/> })}
            </Stats>
            <VerdictList verdicts=report.verdicts now/>
        }.into_any(),
    };
    view! {
        <Heading title="Overview" database=database><AsOf at/></Heading>
        <div class="page" data-live="verdicts">{verdicts}</div>
    }
}

/// Whose limit it is, unless it is the server's.
fn bound(limit: &ConnectionLimit) -> String {
    match limit.scope {
        LimitScope::Server => String::new(),
        _ => format!("of {}; ", limit.object()),
    }
}

/// The load over the window of the URL.
#[component]
pub(crate) fn Load(
    /// The database.
    database: DatabaseId,
    /// One statement's and perhaps role's; the whole database's if empty.
    #[prop(optional)]
    statement: (String, String),
) -> impl IntoView {
    let window = use_address().window();
    let (queryid, role) = statement;
    let of_one = !queryid.is_empty();
    view! {
        <section class="card" aria-labelledby="load">
            <h2 id="load">"Load, "{window.label()}</h2>
            <Suspense>
                {Suspend::new(async move {
                    match api::history::read(database, window, queryid, role).await {
                        Ok(history) => {
                            let sentence = sentence(&history);
                            let data = ChartData::load(&history.series, history.from, history.to);
                            view! {
                                <Chart title="Statement time and calls" sentence data/>
                                {of_one.then(|| mean(&history))}
                            }
                            .into_any()
                        }
                        Err(error) => failed(&error).into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
}

/// Whether one statement became slower, which its load does not tell from being called more often.
fn mean(history: &model::History) -> impl IntoView + use<> {
    let data = ChartData::mean(&history.series, history.from, history.to);
    let most = data.lines.iter().flat_map(|line| &line.values).flatten().copied().reduce(f64::max);
    most.map(|most| {
        let sentence = format!("A call took {} on average, where it took longest.", model::Millis(most));
        view! { <Chart title="Mean time of a call" sentence data/> }
    })
}

/// What the chart says, for those who do not see it.
fn sentence(history: &model::History) -> String {
    let known: Vec<f64> = history.series.load.iter().flatten().map(|load| load.0).collect();
    let Some(most) = known.iter().copied().reduce(f64::max) else {
        return format!("Nothing was captured from {} to {}.", history.from, history.to);
    };
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let gaps = match history.series.gaps.len() {
        0 => String::new(),
        gaps => format!(" {} in the record.", model::Count(gaps as i64).of("gap", "gaps")),
    };
    format!(
        "From {} to {} statements took {} of every second on average, {} at most.{gaps}",
        history.from,
        history.to,
        model::Millis(mean),
        model::Millis(most)
    )
}
