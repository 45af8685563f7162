//! One error for every database: what went wrong, in which statement, in whose words.

use std::borrow::Cow;

/// What went wrong, in words that mean the same on every database.
///
/// ```
#[doc = include_str!("example.md")]
/// let error = db.from("checks").insert(row! { id: 1 }).await.unwrap_err();
/// match error.kind() {
///     Kind::Unique => println!("it is there already"),
///     Kind::Serialization | Kind::LockTimeout => println!("try again"),
///     _ => panic!("{error}"),
/// }
/// assert!(error.sql().is_some_and(|sql| sql.starts_with("INSERT INTO `checks`")));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A unique or primary key already holds the value.
    Unique,
    /// A foreign key has no counterpart, or is still pointed at.
    ForeignKey,
    /// A required column got NULL, or got nothing.
    NotNull,
    /// A check or exclusion constraint refused the row.
    Check,
    /// The transaction met another one and may succeed when tried again (serialization failure, deadlock, busy SQLite).
    Serialization,
    /// A lock was not free in time, or `NOWAIT` found it taken.
    LockTimeout,
    /// The statement ran longer than it may, or was cancelled.
    StatementTimeout,
    /// A write in a read-only transaction, connection or file.
    ReadOnly,
    /// The role may not do this.
    Permission,
    /// No such table, column, function or type.
    UndefinedObject,
    /// The server could not be reached, or went away.
    Disconnect,
    /// No connection of the pool became free in time.
    PoolTimeout,
    /// The server refused the user or the password.
    Authentication,
    /// The server has no such database (SQLite: no such file).
    UnknownDatabase,
    /// A row was required and there was none.
    NoRow,
    /// This cannot be asked of this database, or not now. Nothing was sent.
    InvalidOperation,
    /// A value that cannot be sent or stored: out of range, malformed, a URL that is none.
    InvalidValue,
    /// [`Error::rollback`]: the caller asked for the transaction to be undone.
    Rollback,
    /// A migration failed, was changed after it ran, or is unknown to this program.
    Migration,
    /// A row does not fit the type it should become.
    Decode,
    /// The server could not parse the statement.
    Syntax,
    /// Anything else; the message is the driver's.
    Other,
}

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure: its [`Kind`], the driver's message, and the statement it happened in.
///
/// Neither the message nor the statement ever holds a password or a bound value that this crate put there.
///
/// ```
/// use dataset::{Error, Kind};
/// assert_eq!(Error::rollback().kind(), Kind::Rollback);
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
    sql: Option<String>,
    code: Option<String>,
    constraint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind with this message.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), sql: None, code: None, constraint: None, source: None }))
    }

    /// Return this from a transaction or savepoint to undo it on purpose.
    pub fn rollback() -> Self {
        Self::new(Kind::Rollback, "rolled back on request")
    }

    /// What went wrong.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The driver's message, or this crate's own.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The statement, with placeholders where values were bound.
    pub fn sql(&self) -> Option<&str> {
        self.0.sql.as_deref()
    }

    /// The database's own code: SQLSTATE on PostgreSQL, the error number on MySQL and SQLite.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The violated constraint, where the database says its name.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidOperation, message)
    }

    pub(crate) fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::InvalidValue, message)
    }

    pub(crate) fn in_statement(mut self, sql: &str) -> Self {
        self.0.sql.get_or_insert_with(|| sql.to_owned());
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn with_constraint(mut self, name: Option<String>) -> Self {
        self.0.constraint = name;
        self
    }

    pub(crate) fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b60_an_error_tells_its_statement_and_cause() {
        let error = Error::new(Kind::Other, "no").in_statement("select ?").caused_by(std::fmt::Error);
        assert_eq!(error.sql(), Some("select ?"));
        assert_eq!(error.to_string(), "no");
        assert!(std::error::Error::source(&error).is_some());
    }
}
