//! Connections at hand. To sqlx's pool a connection comes back through a task and a ping, which cost more than a small
//! statement does. So one that is clean waits here for the next borrower; sqlx's pool, which looks after its health and
//! its age, gets it back a moment later.

use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use sqlx::{Database, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::pool::Trouble;
use crate::Options;

/// How long a connection stays away from sqlx's pool.
const MOMENT: Duration = Duration::from_secs(1);

/// How long a connection may take to give the sign of life that sqlx's pool asks for.
pub(super) const GRACE: Duration = Duration::from_secs(2);

pub(crate) struct Shelf<DB: Database> {
    pub(super) pool: sqlx::Pool<DB>,
    /// One for each connection that may be in use, so that whoever has a place need not wait for another in sqlx's pool.
    places: Arc<Semaphore>,
    moment: Duration,
    kept: Mutex<Kept<DB>>,
}

struct Kept<DB: Database> {
    conns: Vec<Away<DB>>,
    /// Where somebody takes them back when their moment is over.
    sweeper: Option<Handle>,
}

/// A connection away from sqlx's pool, and since when.
struct Away<DB: Database> {
    conn: PoolConnection<DB>,
    since: Instant,
}

/// A connection in use.
pub(crate) struct Loan<DB: Database> {
    away: Away<DB>,
    shelf: Arc<Shelf<DB>>,
    place: OwnedSemaphorePermit,
}

impl<DB: Database> Shelf<DB> {
    pub(super) fn new(pool: sqlx::Pool<DB>, options: &Options) -> Arc<Self> {
        let limits = [options.max_lifetime, options.idle_timeout, Some(options.validate_after_idle)];
        Arc::new(Self {
            places: Arc::new(Semaphore::new(pool.options().get_max_connections() as usize)),
            moment: limits.into_iter().flatten().fold(MOMENT, Duration::min),
            kept: Mutex::new(Kept { conns: Vec::new(), sweeper: None }),
            pool,
        })
    }

    /// The connection that was used last, or else one of sqlx's pool.
    pub(super) async fn take(self: &Arc<Self>, trouble: &Trouble) -> sqlx::Result<Loan<DB>> {
        let free = Arc::clone(&self.places).acquire_owned();
        let place = match tokio::time::timeout(self.pool.options().get_acquire_timeout(), free).await {
            Ok(place) => place.map_err(|_| sqlx::Error::PoolClosed)?,
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        let kept = self.kept().conns.pop();
        let away = match kept {
            Some(away) if away.since.elapsed() < self.moment && !trouble.since(away.since.elapsed()) => away,
            doubtful => {
                if let Some(away) = doubtful {
                    away.go_back().await;
                }
                Away { conn: self.pool.acquire().await?, since: Instant::now() }
            }
        };
        Ok(Loan { away, shelf: Arc::clone(self), place })
    }

    /// Closes every connection; those in use when they come back.
    pub(super) async fn close(&self) {
        // What comes back to sqlx's pool from here on is closed.
        let closing = self.pool.close();
        self.places.close();
        let kept = mem::take(&mut self.kept().conns);
        futures::future::join_all(kept.into_iter().map(Away::go_back)).await;
        closing.await;
    }

    /// Connections now open, and those of them that nobody uses.
    pub(super) fn size(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle() + self.kept().conns.len())
    }

    /// Keeps the connection for the next borrower, unless its moment is over.
    fn keep(self: &Arc<Self>, away: Away<DB>, runtime: &Handle) -> Option<Away<DB>> {
        let mut kept = self.kept();
        if away.since.elapsed() >= self.moment || self.pool.is_closed() {
            return Some(away);
        }
        kept.conns.push(away);
        if kept.sweeper.is_none() {
            kept.sweeper = Some(runtime.clone());
            runtime.spawn(sweep(Arc::downgrade(self), self.moment));
        }
        None
    }

    fn kept(&self) -> MutexGuard<'_, Kept<DB>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes back what nobody has used for a moment, for as long as there is anything.
async fn sweep<DB: Database>(shelf: Weak<Shelf<DB>>, moment: Duration) {
    loop {
        tokio::time::sleep(moment).await;
        let Some(shelf) = shelf.upgrade() else { return };
        let over: Vec<Away<DB>> = {
            let mut kept = shelf.kept();
            if kept.conns.is_empty() {
                kept.sweeper = None;
                return;
            }
            kept.conns.extract_if(.., |away| away.since.elapsed() >= moment).collect()
        };
        futures::future::join_all(over.into_iter().map(Away::go_back)).await;
    }
}

impl<DB: Database> Drop for Shelf<DB> {
    fn drop(&mut self) {
        let Kept { conns, sweeper } = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        // sqlx needs a runtime to close connections, and this may be dropped outside.
        let _inside = sweeper.as_ref().map(Handle::enter);
        drop(self.pool.close());
        conns.clear();
    }
}

impl<DB: Database> Away<DB> {
    /// Back to sqlx's pool, which asks for a sign of life. It would wait for that for ever, and the place with it.
    async fn go_back(mut self) {
        // A connection that takes longer is dropped.
        let _ = tokio::time::timeout(GRACE, self.conn.return_to_pool()).await;
    }
}

impl<DB: Database> Loan<DB> {
    /// For the next borrower.
    pub(super) fn give_back(self, runtime: &Handle) {
        let Self { away, shelf, place } = self;
        if let Some(away) = shelf.keep(away, runtime) {
            runtime.spawn(async move {
                away.go_back().await;
                drop(place);
            });
        }
    }

    /// Takes the connection out of its pool and drops it without a word, so that its place is free at once.
    pub(super) fn discard(self) {
        drop(self.away.conn.detach());
    }
}

impl<DB: Database> Deref for Loan<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.away.conn
    }
}

impl<DB: Database> DerefMut for Loan<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.away.conn
    }
}
