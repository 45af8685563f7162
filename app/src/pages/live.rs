//! What runs now.

use leptos::prelude::*;
use model::{Count, Millis, Reading, Session, Timestamp};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    address::Address,
    api,
    layout::{use_address, use_database},
    parts::{Cell, Num, Sql},
};

/// No page has more rows.
const AT_MOST: usize = 200;

/// The sessions of the database that do something or hold a transaction open, longest first.
#[component]
pub(crate) fn Live() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    view! {
        <Suspense>
            {Suspend::new(async move {
                let reading = api::activity::read(database.clone()).await;
                let as_of = reading.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                view! {
                    <Heading title="Live" database=database.clone()>{as_of}</Heading>
                    <div class="page" data-live="sessions">
                        {match reading {
                            Ok(Reading { answer: Ok(sessions), taken_at, .. }) => {
                                let mut busy: Vec<Session> = sessions
                                    .into_iter()
                                    .filter(|session| session.state.as_deref().is_some_and(|state| state != "idle"))
                                    .collect();
                                busy.sort_by_key(|session| (session.query_start.or(session.xact_start), session.pid));
                                shown(busy, taken_at, &here).into_any()
                            }
                            Ok(Reading { answer: Err(why), .. }) => missing("Sessions could not be read", &why).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

fn shown(busy: Vec<Session>, now: Timestamp, here: &Address) -> impl IntoView + use<> {
    let wanted = here.get("state").unwrap_or_default().to_owned();
    let mut states: Vec<String> = busy.iter().filter_map(|session| session.state.clone()).collect();
    states.sort();
    states.dedup();
    let all = busy.len();
    let tab = |label: String, state: &str| {
        let current = (wanted == state).then_some("true");
        view! { <a href=here.with("state", state).href() aria-current=current>{label}</a> }
    };
    let tabs: Vec<_> = std::iter::once(tab(format!("All {}", Count(all as i64)), ""))
        .chain(states.iter().map(|state| {
            let number = busy.iter().filter(|session| session.state.as_ref() == Some(state)).count();
            tab(format!("{state} {}", Count(number as i64)), state)
        }))
        .collect();
    let rows: Vec<Session> = busy
        .into_iter()
        .filter(|session| wanted.is_empty() || session.state.as_deref() == Some(wanted.as_str()))
        .collect();
    let cut = (rows.len() > AT_MOST)
        .then(|| view! { <p class="note">{format!("The {AT_MOST} longest of {}.", Count(rows.len() as i64))}</p> });
    if rows.is_empty() {
        return view! { <nav class="tabs" aria-label="States">{tabs}</nav><p class="empty">"Nothing runs now, on the whole server."</p> }
            .into_any();
    }
    view! {
        <nav class="tabs" aria-label="States">{tabs}</nav>
        <table class="table">
            <caption class="visually-hidden">"Sessions of the whole server that are not idle, longest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"Statement"</th>
                    <th scope="col" class="num">"For"</th>
                    <th scope="col">"State"</th>
                    <th scope="col">"Waits for"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col" class="num">"Pid"</th>
                </tr>
            </thead>
            <tbody>{rows.iter().take(AT_MOST).map(|session| line(session, now)).collect_view()}</tbody>
        </table>
        {cut}
    }
    .into_any()
}

fn line(session: &Session, now: Timestamp) -> impl IntoView + use<> {
    let lasts = age(session, now).map_or_else(|| "unknown".into(), |lasts| lasts.to_string());
    let (statement, state) = (statement(session), session.state.clone().unwrap_or_default());
    let (waits_for, who, pid) = (waits_for(session), who(session), session.pid.to_string());
    view! {
        <tr>
            <Cell label="Statement"><Sql text=statement/></Cell>
            <Num label="For" value=lasts/>
            <Cell label="State">{state}</Cell>
            <Cell label="Waits for">{waits_for}</Cell>
            <Cell label="Who">{who}</Cell>
            <Num label="Pid" value=pid/>
        </tr>
    }
}

/// How long it has been at what it does: its statement if one runs, else since its state changed.
pub(super) fn age(session: &Session, now: Timestamp) -> Option<Millis> {
    session.running_for(now).or_else(|| session.state_change.map(|since| now.since(since)))
}

/// Its statement, or the last one if it idles; why there is none otherwise.
pub(super) fn statement(session: &Session) -> String {
    match session.query.as_deref() {
        Some(query) if !query.is_empty() => query.to_owned(),
        Some(_) => format!("-- {}", session.backend_type),
        None => "-- not shown to this role: GRANT pg_monitor".into(),
    }
}

/// What it waits for, and on whom.
pub(super) fn waits_for(session: &Session) -> String {
    match (&session.wait_event_type, &session.wait_event, session.blocked_by.as_slice()) {
        // A client that has sent nothing is no wait of the server's.
        (Some(kind), ..) if kind == "Client" => String::new(),
        (Some(kind), Some(event), []) => format!("{kind}: {event}"),
        (Some(kind), Some(event), by) => {
            let by: Vec<String> = by.iter().map(ToString::to_string).collect();
            format!("{kind}: {event}, held by {}", by.join(", "))
        }
        _ => String::new(),
    }
}

/// Who is behind it, and where.
pub(super) fn who(session: &Session) -> String {
    let known = [session.user.as_deref(), session.database.as_deref(), session.client.as_deref()];
    let mut parts: Vec<&str> = known.into_iter().flatten().collect();
    if !session.application.is_empty() {
        parts.insert(0, &session.application);
    }
    if parts.is_empty() { session.backend_type.clone() } else { parts.join(" · ") }
}
