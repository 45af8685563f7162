//! What stands in the way of an answer, in sentences that say what to do about it and never hold a password.

use dataset::{Error, Kind};
use model::{Missing, Why, quote_identifier};

use crate::{Action, Question, Target, session};

/// A missing answer, with what the database itself called it.
#[derive(Debug, Clone)]
pub(crate) struct Obstacle {
    pub(crate) missing: Missing,
    pub(crate) kind: Option<Kind>,
    /// SQLSTATE.
    pub(crate) code: Option<String>,
}

impl Obstacle {
    pub(crate) fn new(why: Why, detail: impl Into<String>) -> Self {
        Self { missing: Missing::new(why, detail), kind: None, code: None }
    }

    pub(crate) fn failed(detail: impl Into<String>) -> Self {
        Self::new(Why::Failed, detail)
    }

    /// Whether a relation was dropped or locked after the statement had found it in the catalog. PostgreSQL has no code of
    /// its own for the former: it is an internal error.
    pub(crate) fn is_of_a_relation(&self) -> bool {
        self.kind == Some(Kind::LockTimeout) || matches!(self.code.as_deref(), Some("XX000" | "42P01"))
    }

    /// Whether the server could not be reached at all, as opposed to having refused.
    pub(crate) fn is_of_the_network(&self) -> bool {
        self.missing.why == Why::Unreachable && self.code.is_none()
    }

    /// Whether there is no connection, and trying again at once would not make one.
    pub(crate) fn refuses_connections(&self) -> bool {
        matches!(self.kind, Some(Kind::Disconnect | Kind::Authentication | Kind::UnknownDatabase | Kind::PoolTimeout))
            || matches!(self.missing.why, Why::Pooler | Why::Connections)
    }
}

impl From<Obstacle> for Missing {
    fn from(obstacle: Obstacle) -> Self {
        obstacle.missing
    }
}

/// SQLSTATE `too_many_connections`: of the server, the database or the role.
const TOO_MANY_CONNECTIONS: &str = "53300";

/// SQLSTATE `untranslatable_character`: the text is valid, and this encoding does not have one of its characters.
const UNTRANSLATABLE: &str = "22P05";

/// SQLSTATE `character_not_in_repertoire`: the text is not valid in this encoding.
const NOT_IN_REPERTOIRE: &str = "22021";

/// Whether a connection pooler refused or dropped the settings of the startup packet (`session.sql`).
fn is_pooler(error: &Error) -> bool {
    let message = error.message();
    message.contains("heron.reached_through_a_connection_pooler")
        // PgBouncer; RDS Proxy.
        || message.contains("unsupported startup parameter")
        || message.contains("command-line options")
}

/// Why `target` did not answer `question`.
pub(crate) fn of(target: &Target, question: &Question, error: &Error) -> Obstacle {
    let (address, database, role) = (target.address(), target.database(), target.role());
    let name = question.name.replace('_', " ");
    let said = error.message().trim_end_matches('.');
    let (why, detail) = match error.kind() {
        _ if is_pooler(error) => (
            Why::Pooler,
            format!(
                "{address} is a connection pooler such as PgBouncer, which shares its sessions among clients: Heron's time \
                 limits would not hold there, and its settings could reach other clients. Give Heron the address of the \
                 PostgreSQL server itself."
            ),
        ),
        _ if error.code() == Some(TOO_MANY_CONNECTIONS) => {
            (Why::Connections, format!("{address} refused a connection: {said}."))
        }
        _ if matches!(error.code(), Some(UNTRANSLATABLE | NOT_IN_REPERTOIRE)) => (
            Why::Failed,
            format!(
                "PostgreSQL answers nothing about {name}, because a text of another database of this server has no \
                 equivalent in the encoding of {database}."
            ),
        ),
        Kind::Disconnect => (Why::Unreachable, format!("{address} cannot be reached: {said}.")),
        Kind::PoolTimeout => (Why::Unreachable, format!("{address} did not accept a connection in time.")),
        Kind::Authentication => (Why::Authentication, format!("{address} does not let role {role} in: {said}.")),
        Kind::UnknownDatabase => (Why::Failed, format!("There is no database {database} on {address}.")),
        Kind::Permission if said.contains("database") => (
            Why::Privilege,
            format!(
                "Role {role} may not connect: GRANT CONNECT ON DATABASE {} TO {};",
                quote_identifier(database),
                quote_identifier(role)
            ),
        ),
        Kind::Permission => (
            Why::Privilege,
            format!("Role {role} may not read {name} ({said}). GRANT pg_monitor TO {};", quote_identifier(role)),
        ),
        Kind::LockTimeout => (
            Why::Locked,
            format!(
                "Somebody holds a lock on the system catalog that {name} would have waited for; Heron did not wait."
            ),
        ),
        Kind::StatementTimeout => (Why::Timeout, format!("{database} took too long to answer about {name} ({said}).")),
        Kind::InvalidOperation => (Why::Version, format!("This server does not offer {name}: {said}.")),
        Kind::UndefinedObject => {
            (Why::Version, format!("This server knows no {name} of the kind Heron asks for: {said}."))
        }
        _ => (Why::Failed, format!("{database} did not answer about {name}: {said}.")),
    };
    Obstacle { missing: Missing::new(why, detail), kind: Some(error.kind()), code: error.code().map(Into::into) }
}

/// Why `action` could not be done, or was not.
pub(crate) fn to_act(target: &Target, action: &Action, error: &Error) -> Obstacle {
    let name = action.name.replace('_', " ");
    let said = error.message().trim_end_matches('.');
    let (why, detail) = match error.kind() {
        Kind::Permission => (
            Why::Privilege,
            format!("Role {} may not do this ({said}). It needs: {}.", target.role(), action.privileges),
        ),
        Kind::ReadOnly => {
            (Why::Failed, format!("{} only reads, as a standby does ({said}). Do it on the primary.", target.address()))
        }
        Kind::LockTimeout => {
            (Why::Locked, format!("Somebody holds a lock that {name} would have waited for. Nothing was changed."))
        }
        Kind::StatementTimeout => (Why::Timeout, format!("It took too long and was stopped ({said}).")),
        Kind::UndefinedObject => {
            (Why::Failed, format!("There is no such thing in database {}: {said}.", target.database()))
        }
        Kind::Disconnect | Kind::PoolTimeout | Kind::Authentication | Kind::UnknownDatabase => {
            return of(target, &session::OWN, error);
        }
        _ => (Why::Failed, format!("{} refused: {said}.", target.database())),
    };
    Obstacle { missing: Missing::new(why, detail), kind: Some(error.kind()), code: error.code().map(Into::into) }
}
