use std::time::Duration;

use crate::{Secret, Tls};

/// How to connect. The defaults are those of a polite guest: few connections, short waits.
///
/// ```
/// use std::time::Duration;
/// use dataset::Options;
/// let options = Options {
///     max_connections: 2,
///     statement_timeout: Some(Duration::from_secs(5)),
///     read_only: true,
///     application_name: Some("heron".into()),
///     ..Options::default()
/// };
/// assert_eq!(options.acquire_timeout, Duration::from_secs(5));
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// The most connections at any time. SQLite has one more, for writing; `:memory:` has one in all.
    pub max_connections: u32,
    /// Connections that are kept open even when nobody uses them.
    pub min_connections: u32,
    /// How long to wait for a free connection before [`Kind::PoolTimeout`](crate::Kind::PoolTimeout).
    pub acquire_timeout: Duration,
    /// How long a server may take to accept the first connection.
    pub connect_timeout: Duration,
    /// Close a connection nobody used for so long.
    pub idle_timeout: Option<Duration>,
    /// Close a connection of this age; up to a tenth earlier, so that not all go at once.
    pub max_lifetime: Option<Duration>,
    /// Ask a connection for a sign of life when nobody used it for so long.
    pub validate_after_idle: Duration,
    /// The server stops a statement after this long (MySQL: a SELECT).
    pub statement_timeout: Option<Duration>,
    /// The server stops waiting for a lock after this long. SQLite's busy timeout; 5 s there unless set.
    pub lock_timeout: Option<Duration>,
    /// The server ends a session that idles inside a transaction for so long.
    pub idle_in_transaction_timeout: Option<Duration>,
    /// The client stops waiting after this long and drops the connection, whatever the server does.
    /// For a stream, the longest wait for its next row.
    pub query_timeout: Option<Duration>,
    /// Refuse to write. On PostgreSQL a session's user may switch it off again: pair it with a role that cannot write.
    pub read_only: bool,
    /// What PostgreSQL shows as `application_name`.
    pub application_name: Option<String>,
    /// PostgreSQL settings sent with the startup packet: in force before the first statement, and stronger than those of
    /// `ALTER ROLE` and `ALTER DATABASE`. A connection pooler may drop or refuse them.
    pub startup_settings: Vec<(&'static str, &'static str)>,
    /// Read text that is not valid UTF-8 with U+FFFD in place of each invalid sequence, instead of failing (PostgreSQL):
    /// catalogs shared by databases of several encodings hold such text.
    pub replace_invalid_text: bool,
    /// The server is PgBouncer or a pooler like it, in session or transaction mode. Each statement is a transaction,
    /// limits are `SET LOCAL`, and nothing stays on the session that others share. What cannot run in a transaction, like
    /// VACUUM, runs only without limits. Statement mode is refused.
    pub pgbouncer: bool,
    /// Statements for each new connection; with `pgbouncer` for each transaction, and only `SET LOCAL`.
    pub connect_sqls: Vec<&'static str>,
    /// The password, when it should not stand in the URL.
    pub password: Option<Secret>,
    /// URLs of servers that have what this one has: reads outside a transaction go to them in turn, and fail when they do.
    /// They are connected to when they are first asked.
    pub replicas: Vec<Secret>,
    /// Names and URLs of other servers of the same kind, for [`Dataset::server`](crate::Dataset::server).
    pub shards: Vec<(String, Secret)>,
    /// How to speak to the server so that nobody listens in; as the URL says (`sslmode=`, `ssl-mode=`) unless set.
    /// Without a word about it TLS is a must, except on this machine, where it is used if the server can.
    pub tls: Option<Tls>,
    /// A statement that takes longer is logged at WARN.
    pub slow_statement: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_connections: 4,
            min_connections: 0,
            acquire_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Some(Duration::from_secs(10 * 60)),
            max_lifetime: Some(Duration::from_secs(4 * 60 * 60)),
            validate_after_idle: Duration::from_secs(30),
            statement_timeout: None,
            lock_timeout: None,
            idle_in_transaction_timeout: None,
            query_timeout: None,
            read_only: false,
            application_name: None,
            startup_settings: Vec::new(),
            replace_invalid_text: false,
            pgbouncer: false,
            connect_sqls: Vec::new(),
            password: None,
            replicas: Vec::new(),
            shards: Vec::new(),
            tls: None,
            slow_statement: Duration::from_secs(1),
        }
    }
}
