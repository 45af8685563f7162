//! Pools: one for a server, and for a SQLite file one writer beside several readers.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection, Database, MySql, Postgres, Sqlite, pool::PoolOptions};
use tokio::sync::Notify;

use super::{
    classify,
    conn::Conn,
    mock::Mock,
    shelf::{Loan, Shelf},
};
use crate::{Error, Kind, Options, Result};

pub(crate) enum Pool {
    Postgres(Arc<Shelf<Postgres>>),
    MySql(Arc<Shelf<MySql>>),
    /// Writers queue here rather than meet in the file and fail with SQLITE_BUSY.
    Sqlite {
        writer: Arc<Shelf<Sqlite>>,
        reader: Arc<Shelf<Sqlite>>,
    },
    Mock(Arc<Mock>),
}

impl Pool {
    pub(crate) async fn acquire(&self, writes: bool, options: &Options, trouble: &Trouble) -> Result<Conn> {
        Ok(match self {
            Pool::Postgres(pool) => Conn::Postgres(checkout(pool, options, trouble).await?),
            Pool::MySql(pool) => Conn::MySql(checkout(pool, options, trouble).await?),
            Pool::Sqlite { writer, .. } if writes => Conn::Sqlite(checkout(writer, options, trouble).await?),
            Pool::Sqlite { reader, .. } => Conn::Sqlite(checkout(reader, options, trouble).await?),
            Pool::Mock(mock) => Conn::Mock(mock.clone()),
        })
    }

    pub(crate) async fn close(&self) {
        match self {
            Pool::Postgres(pool) => pool.close().await,
            Pool::MySql(pool) => pool.close().await,
            Pool::Sqlite { writer, reader } => {
                // The last connection folds the write-ahead log into the file, and a reader may not write.
                reader.close().await;
                writer.close().await;
            }
            Pool::Mock(_) => {}
        }
    }

    /// Connections now open, and those of them that nobody uses.
    pub(crate) fn size(&self) -> (u32, usize) {
        match self {
            Pool::Postgres(pool) => pool.size(),
            Pool::MySql(pool) => pool.size(),
            // `:memory:` has one for both.
            Pool::Sqlite { writer, reader } if Arc::ptr_eq(writer, reader) => reader.size(),
            Pool::Sqlite { writer, reader } => {
                let (writer, reader) = (writer.size(), reader.size());
                (writer.0 + reader.0, writer.1 + reader.1)
            }
            Pool::Mock(_) => (0, 0),
        }
    }
}

pub(super) async fn checkout<DB: Database>(
    shelf: &Arc<Shelf<DB>>,
    options: &Options,
    trouble: &Trouble,
) -> Result<Loan<DB>> {
    let pool = &shelf.pool;
    let mut taking = std::pin::pin!(shelf.take(trouble));
    let taken = loop {
        tokio::select! {
            taken = &mut taking => break taken,
            // sqlx would open one connection after the other until the time is up, and each would fail the same way.
            () = trouble.set_up_failed.notified() => {
                if let Some(refused) = trouble.refused() {
                    return Err(refused);
                }
            }
        }
    };
    match taken {
        // sqlx calls it a timeout of the pool even when it is the server that cannot be reached.
        Err(sqlx::Error::PoolTimedOut) if pool.size() < pool.options().get_max_connections() => {
            let opened = open(&*pool.connect_options(), options.connect_timeout).await?;
            drop(opened);
            Err(classify(sqlx::Error::PoolTimedOut))
        }
        other => other.map_err(classify),
    }
}

/// One connection outside any pool, for an error that says what is the matter.
pub(super) async fn open<O: sqlx::ConnectOptions>(how: &O, limit: Duration) -> Result<O::Connection>
where
    O::Connection: Connection + Sized,
{
    match tokio::time::timeout(limit, how.connect()).await {
        Ok(connected) => connected.map_err(classify),
        Err(_) => Err(Error::new(Kind::Disconnect, format!("the server did not answer within {limit:?}"))),
    }
}

/// When a connection last broke; those that were idle at that moment are asked for a sign of life before they are used.
#[derive(Debug)]
pub(crate) struct Trouble {
    begun: Instant,
    /// Milliseconds since `begun`; 0 for never.
    last: AtomicU64,
    /// Why the last new connection could not be set up.
    refused: Mutex<Option<Error>>,
    set_up_failed: Notify,
}

impl Default for Trouble {
    fn default() -> Self {
        Self { begun: Instant::now(), last: AtomicU64::new(0), refused: Mutex::default(), set_up_failed: Notify::new() }
    }
}

impl Trouble {
    pub(crate) fn note(&self) {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now.max(1), Ordering::Relaxed);
    }

    fn refused(&self) -> Option<Error> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn since(&self, idle_for: Duration) -> bool {
        let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
        !last.is_zero() && self.begun.elapsed().saturating_sub(last) <= idle_for + Duration::from_millis(1)
    }
}

/// Runs the statements for a new connection. What goes wrong is kept: sqlx would only try until its time is up.
pub(super) async fn set_up<DB: Database>(
    conn: &mut DB::Connection,
    sqls: &[String],
    trouble: &Trouble,
) -> Result<(), sqlx::Error>
where
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let mut refused = None;
    for sql in sqls {
        if let Err(e) = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())).execute(&mut *conn).await {
            refused = Some(classify(e).in_statement(sql));
            break;
        }
    }
    let outcome = match &refused {
        Some(e) => Err(sqlx::Error::Protocol(format!("a statement for new connections failed: {e}"))),
        None => Ok(()),
    };
    let failed = refused.is_some();
    *trouble.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
    if failed {
        trouble.set_up_failed.notify_one();
    }
    outcome
}

/// The same on a connection of its own, for an error that is known now.
pub(super) async fn try_out<DB: Database>(conn: &mut DB::Connection, sqls: &[String]) -> Result<()>
where
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let trouble = Trouble::default();
    set_up::<DB>(conn, sqls, &trouble).await.map_err(|e| trouble.refused().unwrap_or_else(|| classify(e)))
}

/// What all pools have in common.
pub(super) fn settings<DB: Database>(options: &Options, trouble: Arc<Trouble>) -> PoolOptions<DB> {
    const ANSWER: Duration = Duration::from_secs(1);
    let (idle, lifetime) = (options.validate_after_idle, options.max_lifetime);
    PoolOptions::new()
        .max_connections(options.max_connections.max(1))
        .min_connections(options.min_connections)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(options.idle_timeout)
        .max_lifetime(options.max_lifetime)
        .test_before_acquire(false)
        .before_acquire(move |conn: &mut DB::Connection, meta| {
            // Connections opened together should not all be closed together.
            let old = lifetime.is_some_and(|limit| meta.age > limit.mul_f64(1.0 - 0.1 * rand::random::<f64>()));
            let doubtful = meta.idle_for > idle || trouble.since(meta.idle_for);
            Box::pin(async move {
                if !doubtful || old {
                    return Ok(!old);
                }
                // An error, not `false`: a peer that is gone must not be waited for once more in a polite goodbye.
                let ping = tokio::time::timeout(ANSWER, conn.ping()).await;
                ping.unwrap_or(Err(sqlx::Error::WorkerCrashed)).map(|()| true)
            })
        })
}
