//! What a check needs of the server before its answer means anything, and how to provide it.
//!
//! The registry of checks names the needs of each; [`Rule::judge`](super::Rule::judge) evaluates them before the check runs.

use std::{collections::BTreeSet, fmt};

use model::{Check, Count, Met, Missing, RequirementState, Server, Session, Tracking, quote_identifier};

use super::RULES;
use crate::{Readings, Subject};

/// A setting, extension or privilege that a check rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// `track_activities`: sessions report their state and statement.
    TrackActivities,
    /// `track_counts`: use of tables and indexes is counted.
    TrackCounts,
    /// `pg_stat_statements` 1.9 or later is created in the database.
    StatStatements,
    /// `pg_stat_statements.track`: statements are recorded.
    TrackStatements,
    /// `compute_query_id`: without an id no statement is recorded.
    ComputeQueryId,
    /// Membership of `pg_read_all_stats`: sessions and statements of other roles.
    ReadAllStats,
    /// Membership of `pg_read_all_settings`: settings that only superusers see otherwise.
    ReadAllSettings,
    /// `SELECT` on sequences, which shows their last value.
    SelectOnSequences,
    /// `SELECT` on tables, which shows the planner's statistics of their columns.
    SelectOnTables,
}

/// A requirement of a check, and what the check cannot do without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// There is no answer without it.
    Answer(Requirement),
    /// Without it the check sees a part: what it finds is true, "nothing found" is no answer.
    Complete(Requirement),
    /// Without it a finding lacks its cause.
    Explain(Requirement),
    /// The privilege is given for each object. The check itself names what it could not read.
    PerObject(Requirement),
}

impl Need {
    /// What is needed.
    pub const fn requirement(self) -> Requirement {
        match self {
            Self::Answer(requirement)
            | Self::Complete(requirement)
            | Self::Explain(requirement)
            | Self::PerObject(requirement) => requirement,
        }
    }

    /// What the check cannot do without it, as the documentation says it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Answer(_) => "to run at all",
            Self::Complete(_) => "to see everything",
            Self::Explain(_) => "to name the cause of a finding",
            Self::PerObject(_) => "for each object it is about",
        }
    }
}

impl Requirement {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::ReadAllStats,
        Self::ReadAllSettings,
        Self::SelectOnTables,
        Self::SelectOnSequences,
        Self::StatStatements,
        Self::TrackStatements,
        Self::ComputeQueryId,
        Self::TrackActivities,
        Self::TrackCounts,
    ];

    /// What is needed, as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TrackActivities => "track_activities = on",
            Self::TrackCounts => "track_counts = on",
            Self::StatStatements => "extension pg_stat_statements 1.9 or later, created and loaded",
            Self::TrackStatements => "pg_stat_statements.track = top or all",
            Self::ComputeQueryId => "compute_query_id = auto or on",
            Self::ReadAllStats => "privileges of pg_read_all_stats (in pg_monitor)",
            Self::ReadAllSettings => "privileges of pg_read_all_settings (in pg_monitor)",
            Self::SelectOnSequences => "SELECT on sequences",
            Self::SelectOnTables => "SELECT on tables (for pg_stats)",
        }
    }

    /// Whether a role is granted it, as opposed to a setting or an extension.
    pub const fn is_privilege(self) -> bool {
        matches!(self, Self::ReadAllStats | Self::ReadAllSettings | Self::SelectOnSequences | Self::SelectOnTables)
    }

    /// The checks that need it.
    pub fn checks(self) -> Vec<Check> {
        let needs_it = |needs: &[Need]| needs.iter().any(|need| need.requirement() == self);
        RULES.iter().filter(|rule| needs_it(rule.requires)).map(|rule| rule.check).collect()
    }

    /// What is missing on this server; none if nothing is, or if it differs by object.
    pub fn unmet(self, server: &Server) -> Option<Unmet> {
        let role = quote_identifier(&server.user);
        let granted = |granted: bool, reason: &str| {
            (!granted).then(|| Unmet {
                reason: format!("{reason} role {role}"),
                fix: Some(format!("GRANT pg_monitor TO {role};")),
                part: false,
            })
        };
        match self {
            Self::TrackActivities => unmet_setting(server, "track_activities", "sessions do not report what they do"),
            Self::TrackCounts => unmet_setting(server, "track_counts", "the use of tables and indexes is not counted"),
            Self::TrackStatements => unmet_setting(server, TRACK, "statements are not recorded"),
            Self::ComputeQueryId => {
                unmet_setting(server, "compute_query_id", "statements have no id and are not recorded")
            }
            Self::StatStatements => unmet_extension(server),
            Self::ReadAllStats => granted(server.reads_all_stats, "sessions and statements are visible only of"),
            Self::ReadAllSettings => granted(server.reads_all_settings, "settings of superusers are hidden from"),
            Self::SelectOnSequences | Self::SelectOnTables => None,
        }
    }

    /// What of it a check of these subjects lacks.
    ///
    /// The readings may show that nothing is lost although the requirement is unmet, as where no other role has a session;
    /// and that something is although it is met, as where a session has `track_activities` off for itself.
    pub(super) fn lacking(self, server: &Server, readings: &Readings, subjects: &[Subject]) -> Option<Unmet> {
        let unmet = self.unmet(server);
        let (hidden, one, many) = match self {
            Self::TrackActivities => return unmet.filter(|unmet| !unmet.part).or_else(|| silent(server, readings)),
            Self::ReadAllStats if subjects.contains(&Subject::Activity) => {
                // A session that is just signing in has no state either, so its absence says something only here.
                let clients = sessions_here(server, readings).filter(|session| session.is_client());
                (clients.filter(|session| session.state.is_none()).count(), "session", "sessions")
            }
            Self::ReadAllStats if subjects.contains(&Subject::Replication) => {
                let standbys = readings.replication.value().map(|replication| replication.standbys.iter());
                let hidden = standbys.into_iter().flatten().filter(|standby| standby.state.is_none());
                (hidden.count(), "standby", "standbys")
            }
            _ => return unmet,
        };
        unmet.filter(|_| hidden > 0).map(|unmet| Unmet {
            reason: format!("{} of other roles cannot be seen into", Count(hidden as i64).of(one, many)),
            ..unmet
        })
    }
}

const TRACK: &str = "pg_stat_statements.track";

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// What is missing and what that means, without a full stop.
    pub reason: String,
    /// The statements that fix it, where a statement can.
    pub fix: Option<String>,
    /// Whether it is missing on purpose for some roles only: that is to be mentioned, and no obstacle.
    pub part: bool,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fix {
            Some(fix) => write!(f, "{}: {fix}", self.reason),
            None => write!(f, "{}.", self.reason),
        }
    }
}

fn sessions_here<'a>(server: &'a Server, readings: &'a Readings) -> impl Iterator<Item = &'a Session> {
    let sessions = readings.activity.value().map(|sessions| sessions.iter());
    sessions.into_iter().flatten().filter(|session| session.database.as_deref() == Some(&server.database))
}

/// Sessions that have `track_activities` off, whatever the server has.
fn silent(server: &Server, readings: &Readings) -> Option<Unmet> {
    let silent: Vec<_> = sessions_here(server, readings).filter(|session| session.is_silent()).collect();
    let roles: BTreeSet<_> = silent.iter().filter_map(|session| session.user.as_deref()).collect();
    let resets = roles.into_iter().map(|role| reset("track_activities", role, ""));
    (!silent.is_empty()).then(|| Unmet {
        reason: format!(
            "{} track_activities off and cannot be judged",
            Count(silent.len() as i64).of("session has", "sessions have")
        ),
        fix: Some(resets.collect::<Vec<_>>().join(" ")),
        part: false,
    })
}

/// Every requirement with its state on a server, or that the server did not answer.
pub fn requirements(server: Result<&Server, &Missing>) -> Vec<RequirementState> {
    let state = |requirement: Requirement| {
        let unmet = server.map(|server| requirement.unmet(server));
        let per_object = matches!(requirement, Requirement::SelectOnSequences | Requirement::SelectOnTables);
        let (met, detail, fix) = match unmet {
            Err(missing) => (Met::Unknown, missing.detail.clone(), None),
            Ok(_) if per_object => (Met::Unknown, PER_OBJECT.to_owned(), None),
            Ok(None) => (Met::Yes, String::new(), None),
            Ok(Some(Unmet { reason, fix, .. })) => (Met::No, format!("{reason}."), fix),
        };
        RequirementState { name: requirement.name().into(), checks: requirement.checks(), met, detail, fix }
    };
    Requirement::ALL.into_iter().map(state).collect()
}

const PER_OBJECT: &str =
    "Granted for each object. A check names what it could not read; `heron grants` prints the statements.";

fn unmet_setting(server: &Server, name: &str, why: &str) -> Option<Unmet> {
    let setting = server.tracking(name)?;
    if setting.is_off() {
        let (place, fix) = fix(server, setting);
        return Some(Unmet { reason: format!("{name} is {}, so {why}{place}", setting.value), fix, part: false });
    }
    let roles: BTreeSet<&str> = setting.off_for.iter().map(|over| over.role.as_str()).collect();
    let within = format!("IN DATABASE {} ", quote_identifier(&server.database));
    let resets =
        setting.off_for.iter().map(|over| reset(name, &over.role, if over.in_database { &within } else { "" }));
    (!roles.is_empty()).then(|| {
        let named: Vec<String> = roles.iter().map(|role| quote_identifier(role)).collect();
        let noun = if roles.len() == 1 { "role" } else { "roles" };
        Unmet {
            reason: format!("{name} is off for {noun} {}, of which {why}", named.join(", ")),
            fix: Some(resets.collect::<Vec<_>>().join(" ")),
            // What a role's statements take may be left out on purpose. That its use of an index is not counted makes the
            // index look unused.
            part: name != "track_counts",
        }
    })
}

/// `within` is empty or names a database.
fn reset(name: &str, role: &str, within: &str) -> String {
    format!("ALTER ROLE {} {within}RESET {name};", quote_identifier(role))
}

/// Where a setting was switched off, if that has to be said, and the statement that switches it on again there.
fn fix(server: &Server, setting: &Tracking) -> (String, Option<String>) {
    let name = &setting.name;
    let on = match name.as_str() {
        TRACK => "top",
        "compute_query_id" => "auto",
        _ => "on",
    };
    let (database, role) = (quote_identifier(&server.database), quote_identifier(&server.user));
    let own = format!("; it is set for role {role}, which hides what the server has");
    match setting.source.as_str() {
        "database" => (String::new(), Some(format!("ALTER DATABASE {database} RESET {name};"))),
        "user" => (own, Some(format!("ALTER ROLE {role} RESET {name};"))),
        "database user" => (own, Some(format!("ALTER ROLE {role} IN DATABASE {database} RESET {name};"))),
        "global" => (String::new(), Some(format!("ALTER ROLE ALL RESET {name};"))),
        "command line" => ("; the command line that starts the server sets it".into(), None),
        _ => (String::new(), Some(format!("ALTER SYSTEM SET {name} = '{on}'; SELECT pg_reload_conf();"))),
    }
}

fn unmet_extension(server: &Server) -> Option<Unmet> {
    let unmet = |reason: String, fix: Option<&str>| Some(Unmet { reason, fix: fix.map(Into::into), part: false });
    match &server.stat_statements {
        None if server.stat_statements_available => unmet(
            format!("pg_stat_statements is not created in database {}", server.database),
            Some("CREATE EXTENSION pg_stat_statements;"),
        ),
        None => unmet("pg_stat_statements is not installed on this server".into(), None),
        Some(extension) if !extension.at_least(1, 9) => unmet(
            format!("pg_stat_statements {} is older than the server", extension.version),
            Some("ALTER EXTENSION pg_stat_statements UPDATE;"),
        ),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
