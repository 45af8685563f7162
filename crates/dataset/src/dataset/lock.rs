//! Locks on rows. An error on SQLite, which locks the whole file instead.

use super::Dataset;
use crate::query::{Lock, Taken};

impl Dataset {
    /// Lock the rows until the transaction ends.
    pub fn for_update(self) -> Self {
        self.map(|q| q.lock = q.lock.or(Some(Lock::UPDATE)))
    }

    /// Keep others from changing the rows until the transaction ends, but not from locking them in the same way.
    pub fn for_share(self) -> Self {
        self.map(|q| q.lock = Some(Lock { shared: true, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }

    /// Lock the rows, and pass over those that are locked already.
    pub fn skip_locked(self) -> Self {
        self.map(|q| q.lock = Some(Lock { taken: Taken::Skip, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }

    /// Lock the rows, or fail at once with [`Kind::LockTimeout`](crate::Kind::LockTimeout) when one of them is locked already.
    pub fn nowait(self) -> Self {
        self.map(|q| q.lock = Some(Lock { taken: Taken::Fail, ..q.lock.unwrap_or(Lock::UPDATE) }))
    }
}
