//! What every connection begins with.

use crate::Question;

/// Proves that the connection reaches a server session of its own, not one that a connection pooler shares.
pub(crate) const OWN: Question = Question::new("session", include_str!("session.sql"));

/// Pins the settings that could change what a statement means.
pub(crate) const SETTINGS: Question = Question::new("session_settings", include_str!("session_settings.sql"));

/// Settings of the startup packet, in force before the first statement.
///
/// The search path holds nothing but the catalog: an object of another schema could otherwise stand in for one of the
/// catalog's, since PostgreSQL prefers an operator or function whose argument types match exactly, wherever it is on the path.
/// The isolation level has to be here because a standby refuses every statement under `serializable`.
pub(crate) const STARTUP: &[(&str, &str)] =
    &[("search_path", "pg_catalog,pg_temp"), ISOLATION, ("default_transaction_deferrable", "off"), IDLE];

/// The same for a session that explains a statement: names mean what they mean to the role.
pub(crate) const STARTUP_TO_EXPLAIN: &[(&str, &str)] = &[ISOLATION, IDLE];

const ISOLATION: (&str, &str) = ("default_transaction_isolation", "read committed");

/// The pool closes idle connections itself.
const IDLE: (&str, &str) = ("idle_session_timeout", "0");
