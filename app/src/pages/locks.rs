//! Who waits for whom.

use leptos::prelude::*;
use model::{Blocker, Check, Count, Session, Timestamp};

use super::{
    checked_page,
    live::{age, remedies, statement, waits_for, who},
};
use crate::{
    address::Address,
    api,
    layout::{use_address, use_database},
    parts::Sql,
};

/// Blocked sessions as a forest, those who hold up most first.
#[component]
pub(crate) fn Locks() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let reading = api::activity::read(database.clone());
    checked_page("Locks", Some(database.clone()), Some(Check::BlockedQuery), reading, move |sessions, now| {
        let trees = forest(&sessions, now, &here, api::actions::acts_on(&database));
        view! { <div class="page" data-live="locks">{trees}</div> }.into_any()
    })
}

fn forest(sessions: &[Session], now: Timestamp, here: &Address, mine: Option<String>) -> impl IntoView + use<> {
    let mut forest = Blocker::forest(sessions);
    forest.sort_by_key(|tree| std::cmp::Reverse(tree.held_up()));
    if forest.is_empty() {
        return view! { <p class="empty">"No session waits for another, on the whole server."</p> }.into_any();
    }
    view! {
        <p class="muted">
            "At the root stands who has to finish first: end its transaction, and those under it go on. A waiting session queues
            behind every lock asked for before its own, also behind one that waits itself."
        </p>
        <div class="card tree"><ul>{forest.iter().map(|tree| node(tree, now, here, &mine)).collect_view()}</ul></div>
    }
    .into_any()
}

fn node(tree: &Blocker<'_>, now: Timestamp, here: &Address, mine: &Option<String>) -> AnyView {
    let held_up = tree.held_up();
    let holds = (held_up > 0).then(
        || view! { <strong>{format!("holds up {}", Count(held_up as i64).of("session", "sessions"))}</strong>" " },
    );
    let described = match tree.session {
        Some(session) => {
            let lasts = age(session, now).map(|lasts| format!(" for {lasts}"));
            let state = session.state.clone().unwrap_or_else(|| "unknown state".into());
            let waits = waits_for(session);
            let since = session.wanted.as_ref().and_then(|wanted| wanted.since);
            let waited = since.map(|since| view! { ", for "<time datetime=since.iso() title=since.to_string()>{now.since(since).to_string()}</time> });
            let acts = (mine.is_some() && session.is_client() && session.database == *mine).then(|| remedies(session, here));
            view! {
                <p>
                    {holds}
                    <span class="tag">{format!("pid {}", tree.pid)}</span>
                    {format!(" {}, {state}", who(session))}{lasts}
                    {(!waits.is_empty()).then(|| format!("; waits for {waits}"))}{waited}
                    " "<span class="acts">{acts}</span>
                </p>
                <Sql text=statement(session)/>
            }
            .into_any()
        }
        None if tree.pid == 0 => view! { <p>{holds}"a prepared transaction (pg_prepared_xacts)"</p> }.into_any(),
        None => view! { <p>{holds}<span class="tag">{format!("pid {}", tree.pid)}</span>" a session that cannot be seen"</p> }.into_any(),
    };
    let under = (!tree.waiting.is_empty())
        .then(|| view! { <ul>{tree.waiting.iter().map(|waiting| node(waiting, now, here, mine)).collect_view()}</ul> });
    view! { <li>{described}{under}</li> }.into_any()
}
