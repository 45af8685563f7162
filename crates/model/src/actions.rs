//! What an operator may do to a watched database, and what became of it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Count, QualifiedName, Session, Timestamp};

/// Something an operator may do to a watched database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// End the statements of these sessions (`pg_cancel_backend`).
    Cancel(Vec<SessionKey>),
    /// End these sessions (`pg_terminate_backend`).
    Terminate(Vec<SessionKey>),
    /// End these sessions, because their statements have run for too long.
    TerminateLongRunning(Vec<SessionKey>),
    /// End every other client session of the database.
    TerminateAll,
    /// Create `pg_stat_statements`.
    EnableStatistics,
    /// Let the counters of `pg_stat_statements` begin anew: of all statements, or those of one role or queryid, or both.
    ResetStatistics {
        /// The role.
        role: Option<String>,
        /// The statement.
        queryid: Option<i64>,
    },
    /// Gather the planner's statistics of a table anew.
    Analyze(QualifiedName),
}

impl Action {
    /// The word for it in URLs and in the audit trail.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Cancel(_) => "cancel",
            Self::Terminate(_) => "terminate",
            Self::TerminateLongRunning(_) => "terminate_long_running",
            Self::TerminateAll => "terminate_all",
            Self::EnableStatistics => "enable_statistics",
            Self::ResetStatistics { .. } => "reset_statistics",
            Self::Analyze(_) => "analyze",
        }
    }

    /// The action of that name with the parameters of a URL or form. One session may be named by its `pid` alone, or with
    /// when it `started`; several are `sessions`, as [`Action::parameters`] writes them.
    pub fn read(name: &str, get: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        let sessions = || -> Option<Vec<SessionKey>> {
            match given("sessions") {
                Some(list) => list.split(',').map(|key| key.parse().ok()).collect(),
                None => {
                    let Some(pid) = given("pid") else { return Some(vec![]) };
                    let began = given("started").map_or(Some(0), |text| text.parse().ok())?;
                    Some(vec![SessionKey { pid: pid.parse().ok()?, began: Timestamp(began), statement: None }])
                }
            }
        };
        Some(match name {
            "cancel" => Self::Cancel(sessions()?),
            "terminate" => Self::Terminate(sessions()?),
            "terminate_long_running" => Self::TerminateLongRunning(sessions()?),
            "terminate_all" => Self::TerminateAll,
            "enable_statistics" => Self::EnableStatistics,
            "reset_statistics" => {
                let queryid = given("queryid").map(|text| text.parse().ok().filter(|id| *id != 0));
                // A queryid that is none must not mean every statement.
                Self::ResetStatistics { role: given("role"), queryid: queryid.map_or(Some(None), |id| id.map(Some))? }
            }
            "analyze" => Self::Analyze(QualifiedName::new(given("schema")?, given("table")?)),
            _ => return None,
        })
    }

    /// What [`Action::read`] reads.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cancel(sessions) | Self::Terminate(sessions) | Self::TerminateLongRunning(sessions) => {
                match sessions.as_slice() {
                    [] => vec![],
                    [SessionKey { pid, began, statement: None }] => {
                        vec![("pid", pid.to_string()), ("started", began.0.to_string())]
                    }
                    sessions => {
                        let keys: Vec<String> = sessions.iter().map(ToString::to_string).collect();
                        vec![("sessions", keys.join(","))]
                    }
                }
            }
            Self::TerminateAll | Self::EnableStatistics => vec![],
            Self::ResetStatistics { role, queryid } => {
                let role = role.clone().map(|role| ("role", role));
                role.into_iter().chain(queryid.map(|id| ("queryid", id.to_string()))).collect()
            }
            Self::Analyze(table) => vec![("schema", table.schema.clone()), ("table", table.name.clone())],
        }
    }

    /// To what it is done, for the audit trail.
    pub fn object(&self) -> String {
        match self {
            Self::Cancel(sessions) | Self::Terminate(sessions) | Self::TerminateLongRunning(sessions) => {
                let pids: Vec<String> = sessions.iter().map(|key| key.pid.to_string()).collect();
                format!("pid {}", pids.join(", "))
            }
            Self::TerminateAll => "every client session".into(),
            Self::EnableStatistics => "pg_stat_statements".into(),
            Self::ResetStatistics { role, queryid } => {
                let of = |what: &str, value: Option<String>| value.map(|value| format!("{what} {value}"));
                let named = [of("role", role.clone()), of("queryid", queryid.map(|id| id.to_string()))];
                let named: Vec<String> = named.into_iter().flatten().collect();
                if named.is_empty() { "all statements".into() } else { named.join(", ") }
            }
            Self::Analyze(table) => table.to_string(),
        }
    }
}

/// What an action would do, for whoever has to confirm it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The action, naming exactly the sessions and statements below.
    pub action: Action,
    /// The sessions it would hit.
    pub hits: Vec<Hit>,
    /// Why there is nothing to do, or it cannot be done.
    pub obstacle: Option<String>,
    /// When the sessions were looked at.
    pub at: Timestamp,
}

/// A session an action would hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The session; literals are taken out of its statement.
    pub session: Session,
    /// Number of sessions that wait for it, directly or through others.
    pub blocks: usize,
}

/// What became of an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Whether all was done that was asked for, or there was nothing left to do.
    pub done: bool,
    /// What became of it, in words.
    pub sentence: String,
}

impl Deed {
    /// What became of signals that were to have done something to sessions: `terminated`, `cancelled`.
    pub fn of(signalled: &[Signalled], one: &str, many: &str, verb: &str) -> Self {
        let number = |signal: Signal| signalled.iter().filter(|one| one.outcome == signal).count() as i64;
        let sessions = |signal| (number(signal) > 0).then(|| Count(number(signal)).of(one, many));
        let said = [
            sessions(Signal::Done).map(|some| format!("{some} {verb}")),
            sessions(Signal::Gone).map(|some| format!("{some} no longer running")),
            sessions(Signal::Spared).map(|some| format!("{some} spared: the server's own, or Heron's")),
            sessions(Signal::Elsewhere).map(|some| format!("{some} left alone: connected to another database")),
            sessions(Signal::Forbidden).map(|some| {
                format!("{some} not {verb}: Heron's role needs pg_signal_backend, and never reaches superusers")
            }),
        ];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let missed = [Signal::Spared, Signal::Elsewhere, Signal::Forbidden].map(number).iter().sum::<i64>();
        let sentence = if said.is_empty() { format!("Nothing to be {verb}.") } else { format!("{}.", said.join("; ")) };
        Self { done: missed == 0, sentence }
    }
}

/// Which session is meant, and perhaps which of its statements. A process id alone is used again sooner or later.
///
/// The moments are on the server's clock, to the microsecond, as `pg_stat_activity` has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionKey {
    /// The process id.
    pub pid: i32,
    /// `backend_start`.
    pub began: Timestamp,
    /// The statement, if only this one is meant, and only while it runs.
    pub statement: Option<ActiveStatement>,
}

/// A statement that a session runs.
///
/// `query_start` alone does not identify it: in the extended protocol it moves from Parse to Bind and from Bind to
/// Execute. The server decides with the other fields whether such a move happened (`signal.sql`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveStatement {
    /// `query_start`.
    pub began: Timestamp,
    /// `xact_start`; none where no transaction has begun.
    pub transaction_began: Option<Timestamp>,
    /// A hash of the text, computed by the server.
    pub text_hash: i64,
}

impl fmt::Display for SessionKey {
    /// As `4711.1795316645000000`, with three more numbers for the statement.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.pid, self.began.0)?;
        self.statement.map_or(Ok(()), |statement| {
            let transaction_began = statement.transaction_began.map_or(0, |at| at.0);
            write!(f, ".{}.{transaction_began}.{}", statement.began.0, statement.text_hash)
        })
    }
}

impl FromStr for SessionKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || format!("{text:?} is not a session");
        let numbers: Option<Vec<i64>> = text.split('.').map(|number| number.parse().ok()).collect();
        let (pid, began, statement) = match *numbers.ok_or_else(refused)? {
            [pid, began] => (pid, began, None),
            [pid, began, statement, transaction, text_hash] => {
                let transaction_began = (transaction != 0).then_some(Timestamp(transaction));
                (pid, began, Some(ActiveStatement { began: Timestamp(statement), transaction_began, text_hash }))
            }
            _ => return Err(refused()),
        };
        Ok(Self { pid: i32::try_from(pid).map_err(|_| refused())?, began: Timestamp(began), statement })
    }
}

/// What became of a signal to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signalled {
    /// The process id.
    pub pid: i32,
    /// What became of it.
    pub outcome: Signal,
}

/// The ends a signal can come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// It was sent.
    Done,
    /// The session, or the statement meant, was over.
    Gone,
    /// It is a process of the server's own, or Heron.
    Spared,
    /// It is connected to another database.
    Elsewhere,
    /// The role may not signal it.
    Forbidden,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, parameters: &[(&str, &str)]) -> Option<Action> {
        Action::read(name, |wanted| {
            parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn an_action_reads_what_it_writes() {
        let key = |statement: Option<i64>| SessionKey {
            pid: 4711,
            began: Timestamp(1_795_316_645_000_001),
            statement: statement.map(|began| ActiveStatement {
                began: Timestamp(began),
                transaction_began: (began > 3).then_some(Timestamp(began - 1)),
                text_hash: -began,
            }),
        };
        for action in [
            Action::Cancel(vec![key(Some(12))]),
            Action::Terminate(vec![key(None), key(Some(3))]),
            Action::TerminateLongRunning(vec![]),
            Action::TerminateAll,
            Action::EnableStatistics,
            Action::ResetStatistics { role: None, queryid: None },
            Action::ResetStatistics { role: Some("a,b".into()), queryid: Some(i64::MIN) },
            Action::Analyze(QualifiedName::new("My \"Schema\"", "größe.x")),
        ] {
            let parameters = action.parameters();
            let pairs: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(read(action.name(), &pairs).as_ref(), Some(&action));
        }
    }

    #[test]
    fn nonsense_is_no_action() {
        assert_eq!(read("drop", &[]), None);
        assert_eq!(read("analyze", &[("schema", "public")]), None);
        assert_eq!(read("cancel", &[("pid", "x")]), None);
        assert_eq!(read("terminate", &[("sessions", "1.2,x")]), None);
        // PgHero: "Invalid query hash: 0".
        for queryid in ["0", "x", "99999999999999999999"] {
            assert_eq!(read("reset_statistics", &[("queryid", queryid)]), None, "{queryid}");
        }
        for sessions in ["1", "1.2.3", "1.2.3.4", "1.2.3.4.5.6", "99999999999.1", ""] {
            let read = read("terminate", &[("sessions", sessions)]);
            assert_eq!(read, if sessions.is_empty() { Some(Action::Terminate(vec![])) } else { None }, "{sessions}");
        }
        let one = Action::Cancel(vec![SessionKey { pid: 7, began: Timestamp(0), statement: None }]);
        assert_eq!(read("cancel", &[("pid", "7")]), Some(one));
    }

    #[test]
    fn a_deed_is_told_in_words() {
        let told = |signals: &[Signal]| {
            let signalled: Vec<_> = signals.iter().map(|outcome| Signalled { pid: 1, outcome: *outcome }).collect();
            Deed::of(&signalled, "session", "sessions", "terminated")
        };
        assert_eq!(told(&[Signal::Done]), Deed { done: true, sentence: "1 session terminated.".into() });
        assert_eq!(told(&[Signal::Gone]).sentence, "1 session no longer running.");
        assert_eq!(told(&[]).sentence, "Nothing to be terminated.");
        let mixed = told(&[Signal::Done, Signal::Done, Signal::Forbidden]);
        assert!(
            !mixed.done && mixed.sentence.starts_with("2 sessions terminated; 1 session not terminated"),
            "{mixed:?}"
        );
    }
}
