//! What an operator may do to a watched database: shown first, done once, and written down before and after.

use std::collections::HashMap;

use model::{
    Action, DatabaseId, Deed, Hit, LockGraph, Millis, Missing, Person, Proposal, Reading, Role, Session, SessionKey,
    Why, sql,
};
use probe::{Target, actions};

use crate::{Dashboard, Error, Result, allow, now, readings::Readings, to_its_end};

impl Dashboard {
    /// The database's own name, if the viewer is to be offered actions on it.
    pub fn acts_on(&self, viewer: &Person, id: &DatabaseId) -> Option<String> {
        self.acting(viewer, id).ok().map(|(target, _)| target.database().to_owned())
    }

    /// Whether a viewer is to be offered to reset a database's statistics.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn may_reset(&self, viewer: &Person, id: &DatabaseId) -> Result<bool> {
        Ok(self.acting(viewer, id).is_ok() && !self.store.captures_statements(id).await?)
    }

    /// What an action would do if it were confirmed now: to whom, and why it cannot be done.
    ///
    /// # Errors
    /// As [`Dashboard::act`].
    pub async fn propose(&self, viewer: &Person, id: &DatabaseId, action: Action) -> Result<Proposal> {
        let (target, readings) = self.acting(viewer, id)?;
        self.refuse_reset(id, &action).await?;
        let nothing = |action, obstacle| Ok(Proposal { action, hits: vec![], obstacle, at: now() });
        match action {
            Action::Cancel(_) | Action::Terminate(_) | Action::TerminateLongRunning(_) | Action::TerminateAll => {
                let Reading { taken_at, answer, .. } = readings.activity(target, self.patience).await;
                let longest = Millis(self.settings(id).thresholds.long_running_query_sec * 1000.0);
                Ok(match answer {
                    Ok(sessions) => {
                        let mut proposal = hits(action, &sessions, target.database(), |session| {
                            session.running_for(taken_at).is_some_and(|lasts| lasts > longest)
                        });
                        proposal.at = taken_at;
                        proposal.hits.iter_mut().for_each(|hit| {
                            hit.session.query = hit.session.query.take().map(|query| self.shown(id, &query));
                        });
                        proposal
                    }
                    Err(missing) => Proposal { action, hits: vec![], obstacle: Some(missing.detail), at: taken_at },
                })
            }
            Action::EnableStatistics => {
                let obstacle = match readings.server(target, self.patience).await.answer {
                    Ok(server) if server.stat_statements.is_some() => {
                        Some(format!("pg_stat_statements is enabled in {} already.", server.database))
                    }
                    Ok(server) if !server.stat_statements_available => {
                        Some("This server does not have pg_stat_statements: install its contrib package.".into())
                    }
                    Ok(_) => None,
                    Err(missing) => Some(missing.detail),
                };
                nothing(action, obstacle)
            }
            Action::ResetStatistics { .. } | Action::Analyze(_) => nothing(action, None),
        }
    }

    /// Does what somebody confirmed. The audit trail says so before, and what became of it after.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotEnabled`], for an unknown database, or when the store cannot be written: nothing was
    /// done then. What the server refuses is a [`Deed`] that is not done.
    pub async fn act(&self, viewer: &Person, id: &DatabaseId, action: Action) -> Result<Deed> {
        let (target, _) = self.acting(viewer, id)?;
        self.refuse_reset(id, &action).await?;
        let (dashboard, target, id, viewer) = (self.clone(), target.clone(), id.clone(), viewer.clone());
        // Whoever leaves in between must not leave half an entry.
        to_its_end(async move {
            let object = sql::shorten(&action.object(), 1000);
            let intent = dashboard.store.intend(&viewer.name, action.name(), &object, &id.0).await?;
            let deed = perform(&target, &action).await.unwrap_or_else(|missing| refused(&action, &missing));
            tracing::info!(account = viewer.name, database = %id, action = action.name(), object, "{}", deed.sentence);
            if let Ok((_, readings)) = dashboard.target(&id) {
                readings.forget();
            }
            if let Err(error) = dashboard.store.conclude(intent, &deed.sentence).await {
                tracing::error!(database = %id, action = action.name(), "the outcome was not written down: {error}");
            }
            Ok(deed)
        })
        .await
    }

    fn acting(&self, viewer: &Person, id: &DatabaseId) -> Result<(&Target, &Readings)> {
        allow(viewer, Role::Operator)?;
        let found = self.target(id)?;
        match self.settings(id).actions {
            true => Ok(found),
            false => Err(Error::NotEnabled(format!("Actions are not enabled for database {id}."))),
        }
    }

    /// PgHero: "Cannot reset when historical query stats are enabled".
    async fn refuse_reset(&self, id: &DatabaseId, action: &Action) -> Result<()> {
        let resets = matches!(action, Action::ResetStatistics { .. });
        if resets && self.store.captures_statements(id).await? {
            return Err(Error::NotEnabled(format!(
                "The statistics of {id} cannot be reset while Heron keeps their history. It needs no reset: choose a window \
                 to see what ran in it. A reset would lose what was counted since the last capture, and other tools' \
                 baselines."
            )));
        }
        Ok(())
    }
}

/// The sessions an action is about, each named so that nobody else can be hit.
fn hits(action: Action, sessions: &[Session], database: &str, too_long: impl Fn(&Session) -> bool) -> Proposal {
    let graph = LockGraph::new(sessions);
    let blocks: HashMap<i32, usize> = graph.nodes().map(|(node, _)| (node.pid, node.blocks)).collect();
    let hit = |session: &Session| Hit {
        session: session.clone(),
        blocks: blocks.get(&session.pid).copied().unwrap_or_default(),
    };
    let all = |wanted: &dyn Fn(&Session) -> bool| -> Vec<Hit> {
        let here = |session: &&Session| session.is_client() && session.database.as_deref() == Some(database);
        sessions.iter().filter(here).filter(|session| wanted(session)).map(hit).collect()
    };
    let keys = |hits: &[Hit], whole: bool| -> Vec<SessionKey> {
        let key = |hit: &Hit| hit.session.key;
        let key = hits.iter().filter_map(key);
        key.map(|key| SessionKey { statement: key.statement.filter(|_| !whole), ..key }).collect()
    };
    let found = |keys: &[SessionKey]| -> Vec<Hit> {
        let is = |session: &&Session| keys.iter().any(|key| is(key, session));
        sessions.iter().filter(is).map(hit).collect()
    };
    let (action, hits, nobody) = match action {
        Action::Cancel(named) => {
            let hits = found(&named);
            (Action::Cancel(keys(&hits, false)), hits, "This session is no longer running.")
        }
        Action::Terminate(named) => {
            let hits = found(&named);
            (Action::Terminate(keys(&hits, true)), hits, "This session is no longer running.")
        }
        Action::TerminateLongRunning(_) => {
            let hits = all(&too_long);
            (Action::TerminateLongRunning(keys(&hits, false)), hits, "No statement runs for too long now.")
        }
        other => (other, all(&|_| true), "There is no other client session."),
    };
    let obstacle = match hits.as_slice() {
        [] => Some(nobody.to_owned()),
        [Hit { session, .. }] => one(&action, session, database),
        _ => None,
    };
    Proposal { action, hits, obstacle, at: now() }
}

/// Why this one session cannot be acted on.
fn one(action: &Action, session: &Session, database: &str) -> Option<String> {
    let pid = session.pid;
    if !session.is_client() {
        return Some(format!("Process {pid} is the server's own, {}: it is spared.", session.backend_type));
    }
    match (&session.database, session.key, action) {
        (Some(other), ..) if other != database => {
            Some(format!("Process {pid} is connected to database {other}: act on it there."))
        }
        (_, None, _) => Some(format!("Process {pid} cannot be seen into: GRANT pg_monitor to Heron's role.")),
        (_, Some(SessionKey { statement: None, .. }), Action::Cancel(_)) => Some(format!(
            "Process {pid} runs no statement now, so there is none to cancel. You can terminate its session instead."
        )),
        _ => None,
    }
}

/// A key without a beginning means whoever has the process id now.
fn is(key: &SessionKey, session: &Session) -> bool {
    key.pid == session.pid && (key.began.0 == 0 || session.key.is_some_and(|known| known.began == key.began))
}

async fn perform(target: &Target, action: &Action) -> std::result::Result<Deed, Missing> {
    let done = |sentence: String| Deed { done: true, sentence };
    Ok(match action {
        Action::Cancel(keys) => Deed::of(&actions::cancel(target, keys).await?, "statement", "statements", "cancelled"),
        Action::Terminate(keys) | Action::TerminateLongRunning(keys) => {
            Deed::of(&actions::terminate(target, keys).await?, "session", "sessions", "terminated")
        }
        Action::TerminateAll => Deed::of(&actions::terminate_all(target).await?, "session", "sessions", "terminated"),
        Action::EnableStatistics => {
            actions::enable_statistics(target).await?;
            done("Query statistics are enabled.".into())
        }
        Action::ResetStatistics { role, queryid } => {
            match (actions::reset_statistics(target, role.as_deref(), *queryid).await?, role) {
                (false, Some(role)) => Deed { done: false, sentence: format!("There is no role {role}.") },
                _ => match queryid {
                    Some(_) => done("The statement's statistics are reset.".into()),
                    None => done("Query statistics are reset.".into()),
                },
            }
        }
        Action::Analyze(table) => {
            actions::analyze(target, table).await?;
            done(format!("Table {table} is analyzed."))
        }
    })
}

/// PgHero: "The database user does not have permission to enable query stats".
fn refused(action: &Action, missing: &Missing) -> Deed {
    let sentence = match (action, missing.why) {
        (Action::EnableStatistics, Why::Privilege) => {
            format!(
                "Query statistics could not be enabled. {missing} Or let a superuser run CREATE EXTENSION pg_stat_statements;"
            )
        }
        (Action::ResetStatistics { .. }, Why::Privilege) => {
            format!("Query statistics could not be reset. {missing}")
        }
        _ => missing.to_string(),
    };
    Deed { done: false, sentence }
}

#[cfg(test)]
mod tests {
    use model::{ActiveStatement, Timestamp};

    use super::*;

    const STATEMENT: ActiveStatement =
        ActiveStatement { began: Timestamp(5), transaction_began: Some(Timestamp(4)), text_hash: 3 };

    fn session(pid: i32, database: &str, kind: &str, state: &str, blocked_by: &[i32]) -> Session {
        let began = Timestamp(i64::from(pid) * 10);
        Session {
            pid,
            database: Some(database.into()),
            user: Some("app".into()),
            application: String::new(),
            client: None,
            tls: None,
            backend_type: kind.into(),
            state: Some(state.into()),
            wait_event_type: None,
            wait_event: None,
            xact_start: None,
            query_start: None,
            state_change: None,
            query: None,
            query_id: None,
            blocked_by: blocked_by.to_vec(),
            wanted: None,
            vacuum_phase: None,
            key: Some(SessionKey { pid, began, statement: (state == "active").then_some(STATEMENT) }),
        }
    }

    fn proposed(action: Action) -> (Vec<i32>, Option<String>, Action) {
        let sessions = [
            session(1, "shop", "client backend", "active", &[]),
            session(2, "shop", "client backend", "idle in transaction", &[]),
            session(3, "shop", "client backend", "active", &[2]),
            session(4, "shop", "autovacuum worker", "active", &[3]),
            session(5, "shop", "walsender", "active", &[]),
            session(6, "library", "client backend", "active", &[]),
        ];
        let proposal = hits(action, &sessions, "shop", |session| session.state.as_deref() == Some("active"));
        (proposal.hits.iter().map(|hit| hit.session.pid).collect(), proposal.obstacle, proposal.action)
    }

    fn key(pid: i32, began: i64) -> Vec<SessionKey> {
        vec![SessionKey { pid, began: Timestamp(began), statement: None }]
    }

    /// A2, A3; defect 5.
    #[test]
    fn a2_a3_the_servers_own_processes_and_other_databases_are_spared() {
        let (pids, obstacle, action) = proposed(Action::TerminateLongRunning(vec![]));
        assert_eq!((pids, obstacle), (vec![1, 3], None));
        let Action::TerminateLongRunning(keys) = action else { panic!("{action:?}") };
        assert!(keys.len() == 2 && keys.iter().all(|key| key.statement == Some(STATEMENT)), "{keys:?}");
        assert_eq!(proposed(Action::TerminateAll).0, [1, 2, 3]);
        for pid in [4, 5, 6] {
            assert!(proposed(Action::Terminate(key(pid, 0))).1.is_some(), "{pid}");
        }
    }

    /// A1.
    #[test]
    fn a1_a_process_id_that_is_used_again_is_somebody_else() {
        assert_eq!(proposed(Action::Terminate(key(2, 20))).0, [2]);
        let (pids, obstacle, _) = proposed(Action::Terminate(key(2, 21)));
        assert!(pids.is_empty() && obstacle.unwrap().contains("no longer running"));
        // Cancelling is about the statement that runs now, and this one runs none.
        assert!(proposed(Action::Cancel(key(2, 20))).1.unwrap().contains("runs no statement"));
        let (_, None, Action::Cancel(keys)) = proposed(Action::Cancel(key(3, 0))) else { panic!() };
        assert_eq!((keys[0].began, keys[0].statement), (Timestamp(30), Some(STATEMENT)));
    }

    #[test]
    fn who_waits_behind_is_counted() {
        let sessions = [
            session(1, "shop", "client backend", "active", &[]),
            session(2, "shop", "client backend", "active", &[1]),
            session(3, "shop", "client backend", "active", &[2]),
        ];
        let proposal = hits(Action::TerminateAll, &sessions, "shop", |_| true);
        let counts: Vec<usize> = proposal.hits.iter().map(|hit| hit.blocks).collect();
        assert_eq!(counts, [2, 1, 0]);
    }

    #[test]
    fn long_queue_is_counted_in_the_proposal() {
        let mut sessions = vec![session(1, "shop", "client backend", "active", &[])];
        for pid in 2..502 {
            sessions.push(session(pid, "shop", "client backend", "active", &(1..pid).collect::<Vec<_>>()));
        }
        let proposal = hits(Action::Terminate(key(1, 0)), &sessions, "shop", |_| true);
        assert_eq!(proposal.hits.iter().map(|hit| hit.blocks).collect::<Vec<_>>(), [500]);
    }
}
