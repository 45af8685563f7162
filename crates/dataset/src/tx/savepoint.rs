use std::future::Future;

use super::{Tx, TxLease, hooks};
use crate::{Error, Result};

impl Tx {
    /// Runs the closure in a savepoint: what it did is kept when it returns `Ok` and undone when it returns an error,
    /// after which the transaction goes on. [`Error::rollback`] undoes it on purpose.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// let left = db.transaction(TxOptions::default(), |tx| async move {
    ///     let tried = tx.savepoint(|sp| async move {
    ///         sp.from("checks").delete().await?;
    ///         Err::<(), _>(Error::rollback())
    ///     }).await;
    ///     assert_eq!(tried.unwrap_err().kind(), Kind::Rollback);
    ///     tx.from("checks").count().await
    /// }).await?;
    /// assert_eq!(left, 3);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The closure's, or the database's about the savepoint.
    pub async fn savepoint<R, F, Fut>(&self, work: F) -> Result<R>
    where
        R: Send,
        F: FnOnce(Tx) -> Fut + Send,
        Fut: Future<Output = Result<R>> + Send,
    {
        let depth = self.depth + 1;
        let abandoned = {
            let mut held = self.hold(false, false).await?;
            if self.inner.state().depth != self.depth {
                return Err(Error::invalid("a savepoint inside this one is still open"));
            }
            // Marked before the first byte is sent: dropped at any later moment, it is rolled back.
            self.inner.state().depth = depth;
            let abandoned = Abandoned { tx: self, depth };
            held.script(format!("SAVEPOINT sp_{depth}")).await?;
            abandoned
        };
        let outcome = Box::pin(work(Tx { inner: self.inner.clone(), depth })).await;
        let mut held = self.lock().await?;
        let failed = self.inner.state().failed.clone();
        let outcome = match (outcome, failed) {
            (Ok(_), Some(reason)) => {
                Err(Error::invalid(format!("rolled back, because a statement had failed: {reason}")))
            }
            (outcome, _) => outcome,
        };
        let undone = self.inner.state().undone.remove(&depth);
        match outcome {
            Ok(value) if undone => {
                roll_back(&mut held, depth).await?;
                abandoned.settled();
                let over = self.inner.state().rolled_back(depth);
                drop(held);
                hooks::run(over);
                Ok(value)
            }
            Ok(value) => {
                held.script(format!("RELEASE SAVEPOINT sp_{depth}")).await?;
                abandoned.settled();
                self.inner.state().released(depth);
                Ok(value)
            }
            Err(e) => {
                // Where the savepoint is gone too (a deadlock on MySQL), the whole transaction is.
                let lost = roll_back(&mut held, depth).await.err();
                abandoned.settled();
                self.inner.state().failed = lost.map(|_| e.message().to_owned());
                let over = self.inner.state().rolled_back(depth);
                drop(held);
                hooks::run(over);
                Err(e)
            }
        }
    }
}

/// Undoes a savepoint and what is nested in it.
pub(super) async fn roll_back(held: &mut TxLease, depth: u32) -> Result<()> {
    held.script(format!("ROLLBACK TO SAVEPOINT sp_{depth}")).await?;
    held.script(format!("RELEASE SAVEPOINT sp_{depth}")).await
}

/// A savepoint that nobody has settled yet.
struct Abandoned<'t> {
    tx: &'t Tx,
    depth: u32,
}

impl Abandoned<'_> {
    fn settled(self) {
        let mut state = self.tx.inner.state();
        state.depth = self.depth - 1;
        state.failed = None;
        drop(state);
        std::mem::forget(self);
    }
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let mut state = self.tx.inner.state();
        // The outermost one takes the others with it.
        state.abandoned = Some(state.abandoned.map_or(self.depth, |depth| depth.min(self.depth)));
    }
}
