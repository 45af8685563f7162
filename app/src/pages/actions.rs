//! Acting on a database: the links that lead to an action, and the page on which it is confirmed.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{Action, Check, Count, DatabaseId, Finding, Hit, Proposal, SessionKey, Timestamp};

use super::{
    Heading, failed,
    live::{age, statement, who},
    refusal,
};
use crate::{
    address::{Address, link},
    api::{self, actions::Act},
    layout::{use_address, use_database},
    parts::{At, Cell, Level, Notice, Num, Sql},
};

/// No confirmation lists more sessions.
const AT_MOST: usize = 50;

/// A link to the page that asks whether this is to be done; nothing for whoever may not, or where it is not enabled. The page
/// that has it is gone back to afterwards.
pub(crate) fn offer(here: &Address, action: &Action, label: impl Into<String>) -> Option<AnyView> {
    let database = here.database.as_ref()?;
    api::actions::acts_on(database)?;
    let (there, label) = (confirmation(here, action), label.into());
    Some(view! { <a class="button" href=there>{label}</a> }.into_any())
}

fn confirmation(here: &Address, action: &Action) -> String {
    let there = here.to(&format!("confirm/{}", action.name()));
    let asked = action.parameters().into_iter().fold(there, |there, (name, value)| there.with(name, value));
    asked.with("back", here.within()).href()
}

/// What can be done about a finding, or about all findings of a check: links for its card.
pub(crate) fn remedies(here: &Address, check: Check, finding: Option<&Finding>) -> Vec<AnyView> {
    let session = |pid: Option<i32>| -> Option<Vec<SessionKey>> {
        Some(vec![SessionKey { pid: pid?, began: Timestamp(0), statement: None }])
    };
    let pid = || finding.and_then(|finding| finding.object.parse().ok());
    // Not its object: a prepared transaction has no process, and a hidden session cannot be signalled.
    let blocking = || match finding?.evidence.get("blocking_pid") {
        Some(model::Evidence::Int(pid)) => i32::try_from(*pid).ok(),
        _ => None,
    };
    let offered = match (check, finding) {
        (Check::LongRunningQuery, Some(_)) => vec![
            (session(pid()).map(Action::Cancel), "Cancel query"),
            (session(pid()).map(Action::Terminate), "Terminate session"),
        ],
        (Check::LongRunningQuery, None) => {
            vec![(Some(Action::TerminateLongRunning(vec![])), "Terminate all long-running sessions")]
        }
        (Check::IdleInTransaction, Some(_)) => vec![(session(pid()).map(Action::Terminate), "Terminate session")],
        (Check::BlockedQuery, Some(_)) => {
            vec![(session(blocking()).map(Action::Terminate), "Terminate the blocking session")]
        }
        (Check::StatisticsMissing, None) => vec![(Some(Action::EnableStatistics), "Enable query statistics")],
        _ => vec![],
    };
    offered.into_iter().filter_map(|(action, label)| offer(here, &action?, label)).collect()
}

/// Shows what exactly an action would hit, and does it on request.
#[component]
pub(crate) fn Confirm() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    // Where it was refused, the browser is sent back here with the reason in the URL.
    let refused = ServerAction::<Act>::new().value().get_untracked();
    let name = use_params_map().with_untracked(|params| params.get("action").unwrap_or_default());
    view! {
        <Suspense>
            {Suspend::new(async move {
                let proposal = api::actions::propose(&database, &name, &here).await;
                let title = proposal.as_ref().map_or("Confirm", |proposal| words(&proposal.action).title);
                let statement = match &proposal {
                    Ok(Proposal { action: Action::ResetStatistics { queryid: Some(id), .. }, .. }) => {
                        api::explain::text(&database, &id.to_string()).await.ok().flatten()
                    }
                    _ => None,
                };
                view! {
                    <Heading title database=database.clone()/>
                    <div class="page">
                        {refusal(refused)}
                        {match proposal {
                            Ok(proposal) => proposed(proposal, statement, &here, database).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

/// How an action is spoken of.
struct Words {
    title: &'static str,
    /// What will happen.
    says: &'static str,
    button: &'static str,
}

fn words(action: &Action) -> Words {
    let (title, says, button) = match action {
        Action::Cancel(_) => (
            "Cancel query",
            "The statement ends with an error, and its transaction has to be rolled back. The session stays.",
            "Cancel query",
        ),
        Action::Terminate(_) => (
            "Terminate session",
            "The connection is closed and its transaction rolled back. The client gets an error, and may connect again.",
            "Terminate session",
        ),
        Action::TerminateLongRunning(_) => (
            "Terminate long-running sessions",
            "These connections are closed and their transactions rolled back, unless their statement is over by then. \
             Autovacuum, replication and Heron are spared.",
            "Terminate these sessions",
        ),
        Action::TerminateAll => (
            "Terminate all sessions",
            "Every client connection to this database is closed, including any opened in the meantime, and their \
             transactions are rolled back. Autovacuum, replication and Heron are spared. You may need to restart your \
             application servers afterwards.",
            "Terminate all sessions",
        ),
        Action::EnableStatistics => (
            "Enable query statistics",
            "CREATE EXTENSION pg_stat_statements runs in this database. Statements are counted from then on, if \
             shared_preload_libraries names the library.",
            "Enable query statistics",
        ),
        Action::ResetStatistics { queryid: Some(_), .. } => (
            "Reset a statement's statistics",
            "The counters of pg_stat_statements for this statement begin anew. What they say now is lost, for every tool that \
             reads them.",
            "Reset its statistics",
        ),
        Action::ResetStatistics { .. } => (
            "Reset query statistics",
            "The counters of pg_stat_statements for this database begin anew. What they say now is lost, for every tool that \
             reads them.",
            "Reset query statistics",
        ),
        Action::Analyze(_) => (
            "Analyze a table",
            "ANALYZE reads a sample of the table and gathers the planner's statistics anew. It waits 5 s at most for its lock, \
             which lets reads and writes pass, and is stopped after 2 min.",
            "Analyze the table",
        ),
    };
    Words { title, says, button }
}

fn proposed(
    proposal: Proposal,
    statement: Option<String>,
    here: &Address,
    database: DatabaseId,
) -> impl IntoView + use<> {
    let Proposal { action, hits, obstacle, at } = proposal;
    let back = here.get("back").unwrap_or_default().to_owned();
    let there = Address::back(&database, &back).href();
    let number = hits.len();
    let sessions = (number > 0).then(|| table(&hits, at));
    if let Some(why) = obstacle {
        return view! {
            <Notice level=Level::Info title="Nothing to do"><p>{why}</p></Notice>
            {sessions}
            <p><a class="button" href=there>"Back"</a></p>
        }
        .into_any();
    }
    let Words { says, button, .. } = words(&action);
    let object = match &action {
        Action::Analyze(table) => Some(format!("Table {table}")),
        Action::ResetStatistics { .. } => Some(action.object()),
        _ => None,
    };
    let parameters =
        action.parameters().into_iter().fold(Address::default(), |all, (name, value)| all.with(name, value));
    view! {
        {object.map(|object| view! { <p><strong>{object}</strong></p> })}
        {statement.map(|text| view! { <Sql text/> })}
        <p class="note">{says}</p>
        {sessions}
        <form class="toolbar" method="post" action=link("/api/act")>
            <input type="hidden" name="database" value=database.0/>
            <input type="hidden" name="action" value=action.name()/>
            <input type="hidden" name="parameters" value=parameters.query()/>
            <input type="hidden" name="back" value=back/>
            <button type="submit" class="button danger">{button}</button>
            <a class="button" href=there>"Go back"</a>
        </form>
        <p class="muted">"This action is recorded in the audit log."</p>
    }
    .into_any()
}

fn table(hits: &[Hit], at: Timestamp) -> impl IntoView + use<> {
    let rows: Vec<_> = hits.iter().take(AT_MOST).map(|hit| line(hit, at)).collect();
    let rest = (hits.len() > AT_MOST)
        .then(|| view! { <p class="note">{format!("The first {AT_MOST} of {}.", Count(hits.len() as i64).of("session", "sessions"))}</p> });
    view! {
        <table class="table">
            <caption>"As of "<At at/></caption>
            <thead>
                <tr>
                    <th scope="col">"Statement"</th>
                    <th scope="col">"Client"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="num">"Duration"</th>
                    <th scope="col" class="num">"Blocks"</th>
                    <th scope="col">"Pid"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {rest}
    }
}

fn line(hit: &Hit, at: Timestamp) -> impl IntoView + use<> {
    let session = &hit.session;
    let lasts = age(session, at).map_or_else(|| "unknown".into(), |lasts| lasts.to_string());
    let state = session.state.clone().unwrap_or_else(|| session.backend_type.clone());
    let (text, who, pid) = (statement(session), who(session), session.pid.to_string());
    let blocks = Count(hit.blocks as i64).of("session", "sessions");
    view! {
        <tr>
            <Cell label="Statement"><Sql text/></Cell>
            <Cell label="Client">{who}</Cell>
            <Cell label="State"><span class="whole">{state}</span></Cell>
            <Num label="Duration" value=lasts/>
            <Num label="Blocks" value=blocks/>
            <Cell label="Pid"><span class="whole">{pid}</span></Cell>
        </tr>
    }
}
