//! Which sessions block which.

use leptos::prelude::*;
use model::{
    Check, Count, DatabaseId, LockGraph, LockGroup, LockNode, LockTree, Millis, Reading, Session, Timestamp,
    WantedLock, sql::shorten,
};

use super::{
    checked_page,
    live::{age, list_pids, remedies, statement, who},
};
use crate::{
    address::Address,
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, TakeAway},
    parts::Sql,
};

/// Characters of a blocking session's statement; Live has the rest.
const BLOCKING_STATEMENT: usize = 300;

/// Characters of a waiting session's statement.
const WAITING_STATEMENT: usize = 160;

/// The sessions that block others, and those that wait behind them.
#[component]
pub(crate) fn Locks() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let reading = api::activity::read(database.clone());
    checked_page("Locks", Some(database.clone()), Some(Check::BlockedQuery), reading, move |sessions, now| {
        let trees = trees(&sessions, now, &here, api::actions::acts_on(&database));
        view! { <div class="page" data-live="locks">{trees}</div> }.into_any()
    })
}

/// A session of the lock graph.
pub(crate) struct Blocked {
    pid: i32,
    under: Option<i32>,
    also_behind: String,
    blocks: i64,
    waited: Option<Millis>,
    lock: Option<String>,
    session: Option<Session>,
}

impl Listed for Blocked {
    const NAME: &'static str = "locks";
    const NOUN: (&'static str, &'static str) = ("session", "sessions");
    // In the order of the page.
    const SORT: &'static str = "";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("pid", "Pid", |row| row.pid.into()),
            Column::new("behind_pid", "Behind", |row| row.under.into()),
            Column::new("also_behind_pids", "Also behind", |row| row.also_behind.as_str().into()),
            Column::new("blocked_sessions", "Blocks", |row| row.blocks.into()),
            Column::new("waited_ms", "Waited", |row| row.waited.into()),
            Column::new("wanted_lock", "Wanted lock", |row| row.lock.clone().into()),
            Column::new("state", "State", |row| row.session.as_ref().and_then(|session| session.state.clone()).into()),
            Column::new("who", "Client", |row| row.session.as_ref().map(who).into()),
            Column::new("statement", "Statement", |row| row.session.as_ref().map(statement).into()),
        ]
    }
}

/// All sessions of the lock graph, for a file.
pub(crate) async fn rows(database: &DatabaseId) -> Result<Reading<Vec<Blocked>>, AppError> {
    let Reading { taken_at, took, answer } = api::activity::read(database.clone()).await?;
    let blocked = |sessions: Vec<Session>| {
        let graph = LockGraph::new(&sessions);
        let rows = graph.rows().into_iter().map(|(node, _, under)| Blocked {
            pid: node.pid,
            under,
            also_behind: list_pids(&node.also_behind, usize::MAX),
            blocks: node.blocks as i64,
            waited: node.session.and_then(|session| session.waited_for(taken_at)),
            lock: node.wanted().map(ToString::to_string),
            session: node.session.cloned(),
        });
        rows.collect()
    };
    Ok(Reading { taken_at, took, answer: answer.map(blocked) })
}

fn trees(sessions: &[Session], now: Timestamp, here: &Address, mine: Option<String>) -> AnyView {
    let graph = LockGraph::new(sessions);
    if graph.is_empty() {
        return view! { <p class="empty">"No blocked sessions on this server."</p> }.into_any();
    }
    let outline = graph.outline();
    let page = Page { now, here, mine };
    let heads = outline.trees.iter().map(|tree| page.tree(tree, None)).collect_view();
    view! {
        <p class="muted">
            "The session at the top of each tree blocks all those below it. End its transaction and they can continue."
        </p>
        <div class="card tree"><ul>{heads}</ul>{omitted(outline.omitted)}</div>
        <TakeAway here=here.clone() table="locks"/>
    }
    .into_any()
}

/// What all parts of the page need.
struct Page<'a> {
    now: Timestamp,
    here: &'a Address,
    /// The database whose sessions the viewer may act on.
    mine: Option<String>,
}

impl Page<'_> {
    /// A session and those behind it. `group` is the group it is in, if others are in it, too.
    fn tree(&self, tree: &LockTree<'_, '_>, group: Option<&LockGroup<'_, '_>>) -> AnyView {
        let node = tree.node;
        let blocks = (node.blocks > 0).then(|| {
            view! { <strong>{format!("blocks {}", Count(node.blocks as i64).of("session", "sessions"))}</strong>" " }
        });
        let deadlock = node.in_deadlock.then(|| view! { " "<strong>"in a deadlock"</strong> });
        let behind =
            (!node.also_behind.is_empty()).then(|| format!("; also behind {}", list_pids(&node.also_behind, 5)));
        let waits =
            node.session.filter(|session| !session.blocked_by.is_empty()).map(|session| self.wait(session, group));
        let described = match node.session {
            Some(session) => {
                let lasts = age(session, self.now).map(|lasts| format!(" for {lasts}"));
                let state = session.state.clone().unwrap_or_else(|| "unknown state".into());
                let acts = self.acts(session);
                view! {
                    <p>
                        {blocks}
                        <span class="tag">{format!("pid {}", node.pid)}</span>
                        {format!(" {}, {state}", who(session))}{lasts}{waits}{behind}{deadlock}
                        " "<span class="acts">{acts}</span>
                    </p>
                    {text(node)}
                }
                .into_any()
            }
            None if node.pid == 0 => view! { <p>{blocks}"a prepared transaction (pg_prepared_xacts)"</p> }.into_any(),
            None => view! {
                <p>{blocks}<span class="tag">{format!("pid {}", node.pid)}</span>" a session that is hidden or has ended"</p>
            }
            .into_any(),
        };
        let groups = tree.groups.iter().map(|group| self.group(group)).collect_view();
        view! { <li>{described}{groups}{omitted(tree.omitted)}</li> }.into_any()
    }

    /// Sessions that wait for the same lock; how many they are is written once.
    fn group(&self, group: &LockGroup<'_, '_>) -> AnyView {
        let alone = group.number == 1;
        let title = (!alone).then(|| {
            let sessions = Count(group.number as i64).of("session waits", "sessions wait");
            view! { <p class="muted">{format!("{sessions} for {}", lock(group.wanted))}</p> }
        });
        let waiting = group.waiting.iter().map(|tree| self.tree(tree, (!alone).then_some(group))).collect_view();
        view! { <div class="queue">{title}<ul>{waiting}</ul>{omitted(group.omitted)}</div> }.into_any()
    }

    /// How long a session has waited, and for which lock unless its group says it.
    fn wait(&self, session: &Session, group: Option<&LockGroup<'_, '_>>) -> AnyView {
        let wanted = session.wanted.as_ref();
        let lasts = session.waited_for(self.now).zip(wanted.and_then(|wanted| wanted.since)).map(|(waited, since)| {
            view! { " "<time datetime=since.iso() title=since.to_string()>{waited.to_string()}</time> }
        });
        let what = group.is_none().then(|| format!(" for {}", lock(wanted)));
        view! { "; waiting"{lasts}{what} }.into_any()
    }

    fn acts(&self, session: &Session) -> Option<AnyView> {
        let here = self.mine.is_some() && session.is_client() && session.database == self.mine;
        here.then(|| remedies(session, self.here).into_any())
    }
}

fn lock(wanted: Option<&WantedLock>) -> String {
    wanted.map_or_else(|| "a lock".into(), ToString::to_string)
}

/// The statement; of a waiting session on one line, so that a long queue is a short page.
fn text(node: &LockNode<'_>) -> Option<AnyView> {
    let text = statement(node.session?);
    Some(if node.wanted().is_none() {
        view! { <Sql text=shorten(&text, BLOCKING_STATEMENT)/> }.into_any()
    } else {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        view! { <code class="statement-line">{shorten(&line, WAITING_STATEMENT)}</code> }.into_any()
    })
}

fn omitted(number: usize) -> Option<AnyView> {
    (number > 0).then(|| {
        let sessions = Count(number as i64).of("more session", "more sessions");
        view! { <p class="note">{format!("and {sessions}")}</p> }.into_any()
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use model::QualifiedName;

    use super::*;

    const NOW: Timestamp = Timestamp(1_795_321_445_000_000);

    fn session(pid: i32, blocked_by: &[i32], kind: Option<&str>) -> Session {
        let wanted = kind.map(|kind| WantedLock {
            kind: kind.into(),
            mode: "ExclusiveLock".into(),
            relation: Some(QualifiedName::new("public", "stock_levels")),
            since: Some(NOW - Millis::from_secs(9)),
        });
        let columns: Vec<String> = (0..200).map(|n| format!("column_{n} = {n}{pid}")).collect();
        Session {
            pid,
            database: Some("shop".into()),
            user: Some("shopkeeper".into()),
            application: "storefront checkout".into(),
            client: Some("10.0.0.7".into()),
            tls: None,
            backend_type: "client backend".into(),
            state: Some("active".into()),
            wait_event_type: kind.map(|_| "Lock".into()),
            wait_event: kind.map(Into::into),
            xact_start: Some(NOW - Millis::from_secs(99)),
            query_start: Some(NOW - Millis::from_secs(99)),
            state_change: Some(NOW - Millis::from_secs(99)),
            query: Some(format!("UPDATE stock_levels SET {} WHERE id = {pid}", columns.join(", "))),
            query_id: None,
            blocked_by: blocked_by.to_vec(),
            wanted,
            vacuum_phase: None,
            key: None,
        }
    }

    fn html(sessions: &[Session]) -> String {
        Owner::new().with(|| trees(sessions, NOW, &Address::default(), None).to_html())
    }

    /// Waiters for one row as PostgreSQL reports them, after the session `head`.
    fn queue(head: i32, waiters: i32) -> Vec<Session> {
        let mut sessions = vec![session(head, &[], None), session(head + 1, &[head], Some("transactionid"))];
        for pid in head + 2..=head + waiters {
            sessions.push(session(pid, &(head + 1..pid).collect::<Vec<_>>(), Some("tuple")));
        }
        sessions
    }

    #[test]
    fn five_hundred_waiters_make_a_small_page_quickly() {
        let sessions = queue(1000, 500);
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let begun = Instant::now();
            let html = html(&sessions);
            fastest = fastest.min(begun.elapsed());
            assert!(html.len() < 50_000, "{}", html.len());
        }
        // Without optimization, on a loaded machine, it takes a fifth of a second.
        let limit = if cfg!(debug_assertions) { 1_000 } else { 100 };
        assert!(fastest < Duration::from_millis(limit), "{fastest:?}");
        let html = html(&sessions);
        assert!(html.contains("blocks 500 sessions") && html.contains("pid 1000"), "{html}");
        assert!(html.contains("499 sessions wait for ExclusiveLock on tuple of public.stock_levels"), "{html}");
        assert!(html.contains("and 489 more sessions"), "{html}");
        assert_eq!(html.matches("class=\"tag\"").count(), 12);
    }

    #[test]
    fn many_queues_make_a_page_of_bounded_size() {
        let sessions: Vec<Session> = (0..50).flat_map(|n| queue(1000 + n * 20, 10)).collect();
        let html = html(&sessions);
        assert!(html.len() < 170_000, "{}", html.len());
        assert!(html.matches("class=\"tag\"").count() <= 80);
        // Thirty heads are not drawn, nor the sessions behind them.
        assert!(html.contains("and 330 more sessions"), "{html}");
    }

    #[test]
    fn session_names_its_wait_its_lock_and_its_other_blockers() {
        let mut waiting = session(3, &[1, 2], Some("transactionid"));
        let page = html(&[session(1, &[], None), session(2, &[], None), waiting.clone()]);
        assert!(page.contains("; waiting") && page.contains(">9.0 s</time>"), "{page}");
        assert!(page.contains("ExclusiveLock on a row of public.stock_levels"), "{page}");
        assert!(page.contains("also behind 2"), "{page}");
        // PostgreSQL records the beginning of a wait a moment after it.
        waiting.wanted.as_mut().unwrap().since = None;
        let page = html(&[session(1, &[], None), waiting]);
        assert!(page.contains("; waiting") && !page.contains("<time"), "{page}");
    }

    #[test]
    fn prepared_transaction_hidden_session_and_deadlock_are_named() {
        let page = html(&[session(2, &[0], Some("tuple")), session(4, &[3], Some("tuple"))]);
        assert!(page.contains("a prepared transaction"), "{page}");
        assert!(page.contains("pid 3</span> a session that is hidden or has ended"), "{page}");
        let page = html(&[session(1, &[2], Some("tuple")), session(2, &[1], Some("tuple"))]);
        assert_eq!(page.matches("in a deadlock").count(), 2, "{page}");
        assert!(html(&[session(1, &[], None)]).contains("No blocked sessions on this server."));
    }
}
