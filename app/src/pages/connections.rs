//! Who is connected.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    Check, ConnectionLimit, ConnectionUse, Connections as Counted, Count, DatabaseId, LimitScope, Ratio, Reading,
    Session, Timestamp,
};

use super::{checked_page, missing};
use crate::{
    address::Address,
    api,
    chart::Hue,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing},
    parts::{Cell, Level, Num, ShareBar, Stat, Stats},
};

/// No table beside the list has more rows.
const AT_MOST: usize = 20;

/// Of the limits only the nearest are shown.
const MOST_LIMITS: usize = 8;

/// The client connections of the server, by what they do and by where they come from.
#[component]
pub(crate) fn Connections() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let of = database.clone();
    let reading = async move {
        let (sessions, limits) = (api::activity::read(of.clone()).await?, api::activity::connections(&of).await?);
        let Reading { taken_at, took, answer } = sessions;
        Ok(Reading { taken_at, took, answer: answer.map(|sessions| (sessions, limits)) })
    };
    checked_page(
        "Connections",
        Some(database),
        Some(Check::IdleInTransaction),
        reading,
        move |(sessions, limits), now| shown(&sessions, &limits, &here, now),
    )
}

/// A limit as the label of a figure.
fn label(limit: &ConnectionLimit) -> String {
    match &limit.scope {
        LimitScope::Server => "For ordinary clients".into(),
        LimitScope::Database(name) => format!("Limit of database {name}"),
        LimitScope::Role(name) => format!("Limit of role {name}"),
    }
}

/// What is in use beside each limit, the nearest first.
fn limits(reading: &Reading<ConnectionUse>) -> impl IntoView + use<> {
    let connections = match &reading.answer {
        Ok(connections) => connections,
        Err(why) => return missing("The limits could not be read", why).into_any(),
    };
    let mut limits = connections.all_limits();
    // Stable: the server's first among equals.
    limits.sort_by(|a, b| b.share().0.total_cmp(&a.share().0));
    let reserved = format!(
        "{} in all, {} reserved for superusers, {} for pg_use_reserved_connections",
        Count(connections.max_connections),
        Count(connections.superuser_reserved),
        Count(connections.reserved)
    );
    let stats = limits.iter().take(MOST_LIMITS).map(|limit| {
        let sub = match (limit.is_reached(), &limit.scope) {
            (true, _) => "clients are refused".to_owned(),
            (false, LimitScope::Server) => reserved.clone(),
            (false, _) => format!("{} in use", limit.share()),
        };
        let value = format!("{} of {}", Count(limit.used), Count(limit.limit));
        if limit.is_reached() {
            view! { <Stat label=label(limit) value=value sub=sub level=Level::Critical/> }.into_any()
        } else {
            view! { <Stat label=label(limit) value=value sub=sub/> }.into_any()
        }
    });
    // Made here: the figures borrow what ends with this function.
    let stats = stats.collect_view();
    let own = Count(connections.own).of("connection", "connections");
    view! {
        <section class="section">
            <h2>"Limits"</h2>
            <p class="muted">
                {format!("At a limit new clients are refused. {own} of Heron's own count here, too, and are left out below.")}
            </p>
            <Stats>{stats}</Stats>
        </section>
    }
    .into_any()
}

/// Clients that have all in common but their pids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    application: String,
    role: Option<String>,
    database: Option<String>,
    client: Option<String>,
    connections: i64,
    active: i64,
    idle_in_transaction: i64,
}

impl Listed for Source {
    const NAME: &'static str = "sources";
    const NOUN: (&'static str, &'static str) = ("source", "sources");
    const SORT: &'static str = "connections";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("application", "Application", |source| source.application.as_str().into()),
            Column::new("role", "Role", |source| source.role.clone().into()),
            Column::new("database", "Database", |source| source.database.clone().into()),
            Column::new("address", "Address", |source| source.client.as_deref().unwrap_or("socket").into()),
            Column::new("connections", "Connections", |source| source.connections.into()),
            Column::new("active", "Active", |source| source.active.into()),
            Column::new("idle_in_transaction", "Idle in transaction", |source| source.idle_in_transaction.into()),
        ]
    }
}

/// The sources of all client connections.
pub(crate) async fn rows(database: &DatabaseId) -> Result<Reading<Vec<Source>>, AppError> {
    let Reading { taken_at, took, answer } = api::activity::read(database.clone()).await?;
    Ok(Reading { taken_at, took, answer: answer.map(|sessions| sources(&sessions)) })
}

fn sources(sessions: &[Session]) -> Vec<Source> {
    let mut groups: BTreeMap<_, Counted> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.is_client()) {
        let from = (&session.application, &session.user, &session.database, &session.client);
        groups.entry(from).or_default().add(session);
    }
    let rows = groups.into_iter().map(|((application, role, database, client), counted)| Source {
        application: application.clone(),
        role: role.clone(),
        database: database.clone(),
        client: client.clone(),
        connections: counted.total,
        active: counted.active,
        idle_in_transaction: counted.idle_in_transaction,
    });
    rows.collect()
}

fn shown(sessions: &[Session], connections: &Reading<ConnectionUse>, here: &Address, now: Timestamp) -> AnyView {
    let counted = Counted::count(sessions);
    let clients: Vec<&Session> = sessions.iter().filter(|session| session.is_client()).collect();
    let others = sessions.len() - clients.len();
    let by_database = table("By database", "Database", &clients, |session| named(&session.database));
    let by_role = table("By role", "Role", &clients, |session| named(&session.user));
    let by_security = table("By security", "How", &clients, |session| security(session).into());
    view! {
        <div class="page" data-live="connections">
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
            {limits(connections)}
            <div class="columns">{by_database}{by_role}{by_security}</div>
        </div>
        <section class="section">
            <h2>"By source"</h2>
            {listing(&sources(sessions), here, now)}
        </section>
    }
    .into_any()
}

fn named(name: &Option<String>) -> String {
    name.clone().unwrap_or_else(|| "unknown".into())
}

/// What protects a connection from being listened to.
fn security(session: &Session) -> &'static str {
    match (session.tls, &session.client) {
        (Some(true), _) => "TLS",
        (Some(false), Some(_)) => "no TLS",
        (Some(false), None) => "socket",
        (None, _) => "not shown to this role",
    }
}

/// Clients by something, most first.
fn table(
    title: &'static str,
    heading: &'static str,
    clients: &[&Session],
    by: fn(&Session) -> String,
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
        view! { <p class="note">{format!("The {AT_MOST} largest of {}; all are in the list below.", Count(groups.len() as i64))}</p> }
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
