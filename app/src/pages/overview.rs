//! A database at a glance: what is wrong, and how it has been.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use model::{DatabaseId, Overview as Glance, Timestamp, Window};

use super::{
    Heading, failed,
    live::{AsOf, Live},
};
use crate::{
    api,
    chart::{Chart, ChartData},
    layout::use_address,
    parts::{Stat, Stats, Summary, VerdictList},
};

/// The verdicts, the vital figures, the load.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let address = use_address();
    let database = Memo::new(move |_| address.with(|address| address.database.clone()).unwrap_or(DatabaseId(String::new())));
    let live = Live::new();
    let glance = Resource::new(move || (database.get(), live.tick.get()), |(database, _)| api::overview::read(database));
    view! {
        <Transition fallback=|| view! { <p role="status">"Asking the server…"</p> }>
            {move || Suspend::new(async move {
                match glance.await {
                    Ok(glance) => shown(glance, database.get_untracked(), live).into_any(),
                    Err(error) => view! { <Heading title="Overview" database=database.get_untracked()/>{failed(&error)} }.into_any(),
                }
            })}
        </Transition>
        <Load database live/>
    }
}

fn shown(glance: Glance, database: DatabaseId, live: Live) -> impl IntoView {
    let Glance { report, server, connections, size, now } = glance;
    let at = report.taken_at;
    view! {
        <Heading title="Overview" database=database><AsOf at live/></Heading>
        <Summary report=report.clone()/>
        <Stats>
            {server.map(|server| {
                let role = if server.in_recovery { "standby" } else { "primary" };
                let limit = server.max_connections;
                view! {
                    <Stat label="PostgreSQL" value=server.version.clone() sub=role.to_owned()/>
                    <Stat label="Up for" value=now.since(server.started_at).to_string() sub=format!("since {}", server.started_at)/>
                    {connections.map(|connections| view! {
                        <Stat
                            label="Client connections"
                            value=format!("{} of {}", model::Count(connections.total), model::Count(limit))
                            sub=format!("{} active, {} idle in transaction", connections.active, connections.idle_in_transaction)
                        />
                    })}
                }
            })}
            {size.map(|size| view! { <Stat label="Database size" value=size.to_string()/> })}
        </Stats>
        <VerdictList verdicts=report.verdicts now/>
    }
}

/// The load over the window of the URL.
#[component]
pub(crate) fn Load(
    /// The database.
    #[prop(into)]
    database: Signal<DatabaseId>,
    /// When to ask again.
    live: Live,
    /// One statement's and perhaps role's; the whole database's if empty.
    #[prop(optional, into)]
    statement: Signal<(String, String)>,
) -> impl IntoView {
    let address = use_address();
    let window = Memo::new(move |_| address.with(|address| address.window()));
    let history = Resource::new(
        move || (database.get(), window.get(), statement.get(), live.tick.get()),
        |(database, window, (queryid, role), _)| api::history::read(database, window, queryid, role),
    );
    let navigate = use_navigate();
    // Marking a span with the mouse writes it into the URL.
    let brush = Callback::new(move |(from, to): (Timestamp, Timestamp)| {
        let href = address.with_untracked(|address| address.with("window", Window::Between(from, to).to_string()).href());
        navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    view! {
        <section class="card" aria-labelledby="load">
            <h2 id="load">"Load, "{move || window.get().label()}</h2>
            <Transition fallback=|| view! { <p role="status">"Reading the history…"</p> }>
                {move || Suspend::new(async move {
                    match history.await {
                        Ok(history) => {
                            let sentence = sentence(&history);
                            let data = ChartData::load(&history.series, history.from, history.to);
                            view! { <Chart title="Statement time and calls" sentence data brush/> }.into_any()
                        }
                        Err(error) => failed(&error).into_any(),
                    }
                })}
            </Transition>
        </section>
    }
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
