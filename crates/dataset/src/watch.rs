//! What a pool has been through, and a ban on asking it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{Database, Error, Kind, Result, database::Core};

/// What the pool of a [`Database`] has been through so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolStats {
    /// Connections now open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// How often a connection was asked for.
    pub asked: u64,
    /// How often none came in time.
    pub timeouts: u64,
    /// How long everybody waited for one, all in all.
    pub waited: Duration,
    /// How long the one who waited longest did.
    pub longest: Duration,
    /// How many waited less than 1 ms, 10 ms, 100 ms, 1 s, and longer.
    pub waits: [u64; 5],
}

#[derive(Debug, Default)]
pub(crate) struct Waits {
    timeouts: AtomicU64,
    micros: AtomicU64,
    longest: AtomicU64,
    buckets: [AtomicU64; 5],
}

impl Waits {
    pub(crate) fn note<T>(&self, waited: Duration, result: &Result<T>) {
        let micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        let bucket = [1_000, 10_000, 100_000, 1_000_000].iter().filter(|limit| micros >= **limit).count();
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        self.longest.fetch_max(micros, Ordering::Relaxed);
        if result.as_ref().is_err_and(|e| e.kind() == Kind::PoolTimeout) {
            self.timeouts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn stats(&self, (open, idle): (u32, usize)) -> PoolStats {
        let waits = self.buckets.each_ref().map(|bucket| bucket.load(Ordering::Relaxed));
        PoolStats {
            open,
            idle,
            asked: waits.iter().sum(),
            timeouts: self.timeouts.load(Ordering::Relaxed),
            waited: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
            longest: Duration::from_micros(self.longest.load(Ordering::Relaxed)),
            waits,
        }
    }
}

/// A ban on statements, from [`Database::block_queries`]; dropped, it is lifted.
#[must_use = "dropped, the ban is lifted"]
pub struct Blocked(Vec<Arc<Core>>);

impl Drop for Blocked {
    fn drop(&mut self) {
        for core in &self.0 {
            core.blocked.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// How many bans there are.
pub(crate) type Bans = AtomicUsize;

impl Database {
    /// What the pool of the primary has been through.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.from("checks").count().await?;
    /// let stats = db.pool_stats();
    /// assert!(stats.asked >= 1 && stats.timeouts == 0 && stats.open == 1);
    /// # Ok(()) }
    /// ```
    pub fn pool_stats(&self) -> PoolStats {
        self.0.waits.stats(self.0.pool.size())
    }

    /// Refuses every statement with [`Kind::InvalidOperation`] until the ban is dropped: for a test that what comes next
    /// asks nothing more. A transaction under way can still end.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let rows = db.from("checks").rows().await?;
    /// let blocked = db.block_queries();
    /// assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::InvalidOperation);
    /// drop(blocked);
    /// assert_eq!(db.from("checks").count().await? as usize, rows.len());
    /// # Ok(()) }
    /// ```
    pub fn block_queries(&self) -> Blocked {
        let cores = self.cores();
        for core in &cores {
            core.blocked.fetch_add(1, Ordering::Relaxed);
        }
        Blocked(cores)
    }

    pub(crate) fn guard_blocked(&self) -> Result<()> {
        match self.0.blocked.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(Error::invalid("statements are blocked")),
        }
    }

    /// Opens as many connections as the pool may have, so that nobody waits for them later.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.preconnect().await?;
    /// assert_eq!(db.pool_stats().open, db.options().max_connections);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn preconnect(&self) -> Result<()> {
        let most = self.options().max_connections;
        let leases = futures::future::join_all((0..most).map(|_| self.lease(false))).await;
        leases.into_iter().try_for_each(|lease| lease.map(drop))
    }
}
