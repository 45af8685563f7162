//! Who is connected.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{Connections as Counted, Count, Ratio, Reading, Session};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    api,
    chart::Hue,
    layout::use_database,
    parts::{Cell, Num, ShareBar, Stat, Stats},
};

/// No table has more rows.
const AT_MOST: usize = 100;

/// The client connections of the server, by what they do and by where they come from.
#[component]
pub(crate) fn Connections() -> impl IntoView {
    let database = use_database();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let reading = api::activity::read(database.clone()).await;
                let as_of = reading.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                view! {
                    <Heading title="Connections" database=database.clone()>{as_of}</Heading>
                    <div class="page" data-live="connections">
                        {match reading {
                            Ok(Reading { answer: Ok(sessions), .. }) => shown(&sessions).into_any(),
                            Ok(Reading { answer: Err(why), .. }) => missing("Connections could not be read", &why).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

fn shown(sessions: &[Session]) -> impl IntoView + use<> {
    let counted = Counted::count(sessions);
    let clients: Vec<&Session> = sessions.iter().filter(|session| session.is_client()).collect();
    let others = sessions.len() - clients.len();
    let database = |session: &Session| session.database.clone().unwrap_or_else(|| "unknown".into());
    let role = |session: &Session| session.user.clone().unwrap_or_else(|| "unknown".into());
    let by_database = table("By database", "Database", &clients, &database);
    let by_role = table("By role", "Role", &clients, &role);
    let by_source = table("By source", "Application, role, database, address", &clients, &super::live::who);
    view! {
        <Stats>
            <Stat
                label="Client connections"
                value=Count(counted.total).to_string()
                sub=format!("{} of the server's own", Count(others as i64).of("process", "processes"))
            />
            <Stat label="Active" value=Count(counted.active).to_string()/>
            <Stat label="Idle" value=Count(counted.idle).to_string()/>
            <Stat label="Idle in transaction" value=Count(counted.idle_in_transaction).to_string()/>
        </Stats>
        <div class="columns">{by_database}{by_role}</div>
        {by_source}
    }
}

/// Clients by something, most first.
fn table(
    title: &'static str,
    heading: &'static str,
    clients: &[&Session],
    by: &dyn Fn(&Session) -> String,
) -> impl IntoView + use<> {
    let mut groups: BTreeMap<String, i64> = BTreeMap::new();
    for session in clients {
        *groups.entry(by(session)).or_default() += 1;
    }
    let total = clients.len() as f64;
    let mut groups: Vec<(String, i64)> = groups.into_iter().collect();
    // Stable: groups of one size stay in the order of their names.
    groups.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let cut = (groups.len() > AT_MOST).then(|| {
        view! { <p class="note">{format!("The {AT_MOST} largest of {}.", Count(groups.len() as i64))}</p> }
    });
    let rows = groups.into_iter().take(AT_MOST).map(|(name, number)| {
        view! {
            <tr>
                <Cell label=heading>{name}</Cell>
                <Num label="Connections" value=Count(number).to_string()/>
                <td class="num" data-label="Share">
                    <ShareBar ratio=Ratio::of(number as f64, total).unwrap_or_default() hue=Hue::Connections/>
                </td>
            </tr>
        }
    });
    view! {
        <section class="section">
            <h2>{title}</h2>
            <table class="table">
                <caption class="visually-hidden">{format!("Client connections {}", title.to_lowercase())}</caption>
                <thead>
                    <tr>
                        <th scope="col">{heading}</th>
                        <th scope="col" class="num">"Connections"</th>
                        <th scope="col" class="num">"Share"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {cut}
        </section>
    }
}
