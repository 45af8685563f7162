//! What runs now.

use leptos::prelude::*;
use model::{Action, Check, Count, DatabaseId, Millis, Reading, Session, SessionKey, Timestamp};

use super::{actions::offer, checked_page};
use crate::{
    address::{Address, encode},
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing},
    parts::Sql,
};

/// The sessions of the server that do something or hold a transaction open, longest first.
#[component]
pub(crate) fn Live() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let reading = api::activity::read(database.clone());
    checked_page("Live", Some(database.clone()), Some(Check::LongRunningQuery), reading, move |sessions, now| {
        shown(busy(sessions, &database, now), now, &here)
    })
}

/// A session that is not idle.
pub(crate) struct Busy {
    session: Session,
    lasts: Option<Millis>,
    /// Whether the viewer may act on it here.
    acts: bool,
}

impl Listed for Busy {
    const NAME: &'static str = "sessions";
    const NOUN: (&'static str, &'static str) = ("session", "sessions");
    const SORT: &'static str = "for_ms";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("statement", "Statement", |busy: &Self| statement(&busy.session).into()).shown(|busy, here| {
                let details =
                    busy.session.query_id.as_ref().map(|id| here.to(&format!("queries/{}", encode(id))).href());
                view! {
                    <Sql text=statement(&busy.session)/>
                    {details.map(|href| view! { <p class="muted"><a href=href>"This query over time"</a></p> })}
                }
                .into_any()
            }),
            Column::new("for_ms", "For", |busy| busy.lasts.into()),
            Column::new("state", "State", |busy: &Self| state(&busy.session).into()).shown(|busy, _| {
                let phase = busy.session.vacuum_phase.clone();
                let state = busy.session.state.clone();
                view! { <span class="whole">{state}</span>{phase.map(|phase| view! { " "<strong>{phase}</strong> })} }
                    .into_any()
            }),
            Column::new("waits_for", "Waits for", |busy| waits_for(&busy.session).into()),
            Column::new("who", "Who", |busy| who(&busy.session).into()),
            Column::new("pid", "Pid", |busy: &Self| busy.session.pid.to_string().into()).shown(|busy, here| {
                let links = busy.acts.then(|| remedies(&busy.session, here));
                view! { {busy.session.pid.to_string()}" "<span class="acts">{links}</span> }.into_any()
            }),
        ]
    }
}

/// The busy sessions, for a file.
pub(crate) async fn rows(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<Busy>>, AppError> {
    let Reading { taken_at, took, answer } = api::activity::read(database.clone()).await?;
    let answer = answer.map(|sessions| narrowed(busy(sessions, database, taken_at), here));
    Ok(Reading { taken_at, took, answer })
}

fn busy(sessions: Vec<Session>, database: &DatabaseId, now: Timestamp) -> Vec<Busy> {
    let mine = api::actions::acts_on(database);
    let busy = sessions.into_iter().filter(|session| session.state.as_deref().is_some_and(|state| state != "idle"));
    busy.map(|session| Busy {
        lasts: age(&session, now),
        acts: mine.is_some() && session.is_client() && session.key.is_some() && session.database == mine,
        session,
    })
    .collect()
}

/// What can be done to one session.
pub(super) fn remedies(session: &Session, here: &Address) -> Option<impl IntoView + use<>> {
    let key = SessionKey { statement: None, ..session.key? };
    let runs = session.state.as_deref() == Some("active");
    let cancel = runs.then(|| offer(here, &Action::Cancel(vec![key]), "Cancel"));
    Some(view! { {cancel}" "{offer(here, &Action::Terminate(vec![key]), "Terminate")} })
}

/// Those that the URL asks for.
fn narrowed(busy: Vec<Busy>, here: &Address) -> Vec<Busy> {
    let is = |name: &str, value: Option<&str>| here.get(name).is_none_or(|wanted| value == Some(wanted));
    busy.into_iter()
        .filter(|busy| is("state", busy.session.state.as_deref()) && is("type", Some(&busy.session.backend_type)))
        .collect()
}

fn shown(all: Vec<Busy>, now: Timestamp, here: &Address) -> AnyView {
    let states = choices(&all, here, "state", "States", |busy| busy.session.state.clone());
    let types = choices(&all, here, "type", "Processes", |busy| Some(busy.session.backend_type.clone()));
    let rows = narrowed(all, here);
    let table = if rows.is_empty() {
        view! { <div class="page" data-live="sessions"><p class="empty">"Nothing runs now, on the whole server."</p></div> }
            .into_any()
    } else {
        listing(&rows, here, now)
    };
    let all_of_them = offer(here, &Action::TerminateAll, "Terminate all sessions of this database");
    let long_running = offer(here, &Action::TerminateLongRunning(vec![]), "Terminate long-running sessions");
    view! {
        <div data-live="states">{states}{types}</div>
        {table}
        <p class="toolbar">{long_running}{all_of_them}</p>
    }
    .into_any()
}

/// The values of one thing that sessions differ in, as links that narrow the list; nothing if they do not differ.
fn choices(
    all: &[Busy],
    here: &Address,
    name: &'static str,
    label: &'static str,
    value: impl Fn(&Busy) -> Option<String>,
) -> Option<AnyView> {
    let wanted = here.get(name).unwrap_or_default().to_owned();
    let mut values: Vec<String> = all.iter().filter_map(&value).collect();
    values.sort();
    values.dedup();
    if values.len() < 2 && wanted.is_empty() {
        return None;
    }
    let tab = |label: String, value: &str| {
        let current = (wanted == value).then_some("true");
        view! { <a href=here.with(name, value).with("page", "").href() aria-current=current>{label}</a> }
    };
    let number = |of: &str| Count(all.iter().filter(|busy| value(busy).as_deref() == Some(of)).count() as i64);
    let everything = tab(format!("All {}", Count(all.len() as i64)), "");
    let tabs: Vec<_> = values.iter().map(|value| tab(format!("{value} {}", number(value)), value)).collect();
    Some(view! { <nav class="tabs" aria-label=label>{everything}{tabs}</nav> }.into_any())
}

/// What it is doing, and how far its vacuum is.
fn state(session: &Session) -> String {
    let state = session.state.clone().unwrap_or_default();
    session.vacuum_phase.as_ref().map_or_else(|| state.clone(), |phase| format!("{state} · {phase}"))
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
    let event = match (&session.wait_event_type, &session.wait_event) {
        // A client that has sent nothing is no wait of the server's.
        (Some(kind), _) if kind == "Client" => return String::new(),
        (Some(kind), Some(event)) => format!("{kind}: {event}"),
        _ => return String::new(),
    };
    let lock = session.wanted.as_ref().map(|wanted| format!(", {wanted}")).unwrap_or_default();
    if session.blocked_by.is_empty() {
        return format!("{event}{lock}");
    }
    format!("{event}{lock}, blocked by {}", list_pids(&session.blocked_by, 5))
}

/// Process ids, at most so many of them, and how many more there are.
pub(super) fn list_pids(pids: &[i32], most: usize) -> String {
    let named: Vec<String> = pids.iter().take(most).map(ToString::to_string).collect();
    let named = named.join(", ");
    match pids.len().saturating_sub(most) {
        0 => named,
        more => format!("{named} and {} more", Count(more as i64)),
    }
}

/// Who is behind it, and where.
pub(super) fn who(session: &Session) -> String {
    let known = [session.user.as_deref(), session.database.as_deref(), session.client.as_deref()];
    let mut parts: Vec<&str> = known.into_iter().flatten().collect();
    if !session.application.is_empty() {
        parts.insert(0, &session.application);
    }
    if !session.is_client() {
        parts.insert(0, &session.backend_type);
    }
    parts.join(" · ")
}
