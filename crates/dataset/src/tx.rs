//! Transactions: a handle that owns its connection for as long as it lasts.

mod advisory;
mod hooks;
mod options;
mod savepoint;
mod transaction;

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::OwnedMutexGuard;

pub use options::{Isolation, TxOptions};

use crate::{
    Database, Dataset, Dialect, Error, Kind, RawQuery, Result, Table, Value, engine::Lease, placeholder,
    session::Session, statement::Statement,
};

/// How long a statement waits for a stream of the same transaction before it is told that it would wait for ever.
const PATIENCE: Duration = Duration::from_millis(500);

/// A transaction under way. Give it to whoever shall take part; clones are the same transaction.
///
/// It ends when the closure given to [`Database::transaction`] does; a clone that outlives it can do nothing any more.
///
/// ```
#[doc = include_str!("example.md")]
/// async fn rename(tx: &Tx, id: i64, kind: &str) -> dataset::Result<u64> {
///     tx.from("checks").filter(col("id").eq(id)).update(row! { kind: kind }).await
/// }
/// let changed = db.transaction(TxOptions::default(), |tx| async move { rename(&tx, 1, "a").await }).await?;
/// assert_eq!(changed, 1);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Tx {
    inner: Arc<Inner>,
    /// How many savepoints this handle stands in.
    depth: u32,
}

struct Inner {
    db: Database,
    lease: Arc<tokio::sync::Mutex<Lease>>,
    read_only: bool,
    streaming: AtomicBool,
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The savepoints that are open.
    depth: u32,
    /// A savepoint whose future was dropped: it is rolled back before the next statement.
    abandoned: Option<u32>,
    /// The error after which nothing but a rollback makes sense.
    failed: Option<String>,
    /// What to run when it is over.
    hooks: Vec<hooks::Hook>,
    /// The savepoints, or with 0 the transaction, that are undone whatever comes of them.
    undone: BTreeSet<u32>,
}

impl Tx {
    fn new(db: Database, lease: Lease, read_only: bool) -> Self {
        let inner = Inner {
            db,
            lease: Arc::new(tokio::sync::Mutex::new(lease)),
            read_only,
            streaming: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            state: Mutex::default(),
        };
        Self { inner: Arc::new(inner), depth: 0 }
    }

    /// The database this transaction runs on.
    pub fn database(&self) -> &Database {
        &self.inner.db
    }

    /// All rows of a table, as this transaction sees them.
    pub fn from(&self, table: impl Into<Table>) -> Dataset {
        Dataset::new(Session::Tx(self.clone()), table.into())
    }

    /// A query in SQL, with `?` (on PostgreSQL also `$1`) for each value.
    pub fn fetch(&self, sql: &'static str, binds: impl IntoIterator<Item = Value>) -> RawQuery {
        RawQuery::new(Session::Tx(self.clone()), sql.into(), binds.into_iter().collect())
    }

    /// A query that is not the program's: one that somebody typed, sent as it stands and without values, to be explained, say.
    ///
    /// Never make such a text out of values; they are bound. PostgreSQL takes a single statement this way. What it may do is
    /// for the transaction to limit ([`TxOptions::read_only`], [`TxOptions::always_rollback`]) and for the role.
    pub fn fetch_verbatim(&self, sql: String) -> RawQuery {
        RawQuery::new(Session::Tx(self.clone()), sql.into(), vec![])
    }

    /// Runs a statement in SQL; how many rows it changed.
    ///
    /// # Errors
    /// As the database says.
    pub async fn execute(&self, sql: &'static str, binds: impl IntoIterator<Item = Value>) -> Result<u64> {
        let binds: Vec<Value> = binds.into_iter().collect();
        let sql = placeholder::native(sql, binds.len(), self.inner.db.dialect())?;
        let session = Session::Tx(self.clone());
        Ok(session.execute(Statement { sql, binds, writes: true, verbatim: false }).await?.rows)
    }

    /// Whether there is a table or view of this name, as this transaction sees it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn table_exists(&self, table: impl Into<Table>) -> Result<bool> {
        Session::Tx(self.clone()).table_exists(&table.into()).await
    }

    /// The connection for one statement. A transaction runs one at a time; the others wait their turn,
    /// but not for a stream, which may be waiting for them.
    pub(crate) async fn hold(&self, writes: bool, streams: bool) -> Result<TxLease> {
        if writes && self.inner.read_only && self.inner.db.dialect() == Dialect::Sqlite {
            return Err(Error::new(Kind::ReadOnly, "a write in a read-only transaction"));
        }
        self.inner.db.guard_blocked()?;
        let mut lease = self.lock().await?;
        lease.roll_back_abandoned().await?;
        if let Some(reason) = &self.inner.state().failed {
            return Err(Error::invalid(format!(
                "the transaction failed already and can only be rolled back: {reason}"
            )));
        }
        lease.streams = streams;
        self.inner.streaming.store(streams, Ordering::Release);
        Ok(lease)
    }

    async fn lock(&self) -> Result<TxLease> {
        let lease = loop {
            match tokio::time::timeout(PATIENCE, Arc::clone(&self.inner.lease).lock_owned()).await {
                Ok(lease) => break lease,
                Err(_) if self.inner.streaming.load(Ordering::Acquire) => {
                    return Err(Error::invalid("a stream of this transaction is still open; finish or drop it first"));
                }
                Err(_) => {}
            }
        };
        if self.inner.closed.load(Ordering::Acquire) {
            return Err(Error::invalid("the transaction is over"));
        }
        Ok(TxLease { lease, inner: Arc::clone(&self.inner), streams: false })
    }
}

impl Inner {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("database", &self.inner.db).field("depth", &self.depth).finish()
    }
}

/// A transaction's connection while one statement has it.
pub(crate) struct TxLease {
    lease: OwnedMutexGuard<Lease>,
    inner: Arc<Inner>,
    streams: bool,
}

impl TxLease {
    /// Remembers an error that spoils the rest of the transaction.
    pub(crate) fn failed(&self, error: &Error) {
        if spoils(self.inner.db.dialect(), error) {
            self.inner.state().failed.get_or_insert_with(|| error.message().to_owned());
        }
    }

    async fn roll_back_abandoned(&mut self) -> Result<()> {
        let abandoned = self.inner.state().abandoned;
        if let Some(depth) = abandoned {
            savepoint::roll_back(self, depth).await?;
            let mut state = self.inner.state();
            (state.abandoned, state.failed, state.depth) = (None, None, depth - 1);
            let hooks = state.rolled_back(depth);
            drop(state);
            hooks::run(hooks);
        }
        Ok(())
    }
}

/// Whether the database has given the transaction up, or will when it is committed.
fn spoils(dialect: Dialect, error: &Error) -> bool {
    match (dialect, error.kind()) {
        // Nothing was sent, or only our reading of the answer failed.
        (_, Kind::InvalidOperation | Kind::Decode | Kind::NoRow | Kind::Rollback) => error.code().is_some(),
        (_, Kind::Disconnect) => true,
        (Dialect::Postgres, _) => error.code().is_some() || error.kind() == Kind::StatementTimeout,
        // InnoDB undoes the whole transaction of a deadlock's victim; what came next would commit by itself.
        (Dialect::MySql | Dialect::MariaDb, kind) => matches!(kind, Kind::Serialization | Kind::StatementTimeout),
        // https://www.sqlite.org/lang_transaction.html: full disk, I/O error, no memory, interrupt.
        (Dialect::Sqlite, kind) => {
            let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or_default();
            kind == Kind::StatementTimeout || matches!(code & 0xff, 7 | 9 | 10 | 13)
        }
    }
}

impl Drop for TxLease {
    fn drop(&mut self) {
        if self.streams {
            self.inner.streaming.store(false, Ordering::Release);
        }
        // The transaction ended while this statement ran: its connection goes the way of every interrupted one.
        if self.inner.closed.load(Ordering::Acquire) {
            self.lease.end();
        }
    }
}

impl Deref for TxLease {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        &self.lease
    }
}

impl DerefMut for TxLease {
    fn deref_mut(&mut self) -> &mut Lease {
        &mut self.lease
    }
}
