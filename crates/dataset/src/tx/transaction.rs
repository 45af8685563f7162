use std::{future::Future, sync::atomic::Ordering, time::Duration};

use super::{Tx, TxOptions, hooks};
use crate::{Database, Error, Kind, Result, engine::Lease};

impl Database {
    /// Runs the closure in a transaction: committed when it returns `Ok`, rolled back when it returns an error
    /// ([`Error::rollback`] to do so on purpose) or is dropped on the way.
    ///
    /// With `retries` it runs again after a serialization failure, so it should do nothing that cannot be undone.
    ///
    /// ```
    #[doc = include_str!("../example.md")]
    /// db.transaction(TxOptions::serializable(), |tx| async move {
    ///     let from = tx.from("checks").filter(col("id").eq(2));
    ///     from.update(row! { millis: col("millis") - 10 }).await?;
    ///     tx.from("checks").filter(col("id").eq(1)).update(row! { millis: col("millis") + 10 }).await
    /// }).await?;
    /// assert_eq!(db.from("checks").get::<f64>(col("millis").sum()).await?, Some(362.5));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The closure's, or why the transaction could not begin or commit.
    pub async fn transaction<R, F, Fut>(&self, options: TxOptions, work: F) -> Result<R>
    where
        R: Send,
        F: Fn(Tx) -> Fut + Send,
        Fut: Future<Output = Result<R>> + Send,
    {
        let mut attempt = 0;
        loop {
            let outcome = match self.begin(options).await {
                Err(e) => Err(e),
                Ok(tx) => {
                    let _over = Over(tx.clone());
                    match Box::pin(work(tx.clone())).await {
                        Ok(value) if tx.inner.state().undone.contains(&0) => {
                            tx.roll_back().await;
                            Ok(value)
                        }
                        Ok(value) => tx.commit().await.map(|()| value),
                        Err(e) => {
                            tx.roll_back().await;
                            Err(e)
                        }
                    }
                }
            };
            match outcome {
                Err(e) if e.kind() == Kind::Serialization && attempt < options.retries => {
                    tracing::debug!(attempt, error = %e, "transaction tried again");
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// A transaction begun. sqlx's own `begin` loses count when it is cancelled; here the lease keeps it.
    async fn begin(&self, mut options: TxOptions) -> Result<Tx> {
        options.read_only |= self.options().read_only;
        let mut lease: Lease = self.lease(!options.read_only).await?;
        for sql in options.begin(self.dialect()) {
            lease.begin_transaction(sql).await?;
        }
        let tx = Tx::new(self.clone(), lease, options.read_only);
        if options.always_rollback {
            tx.rollback_on_exit();
        }
        Ok(tx)
    }
}

/// Longer with every attempt, and different for everybody, so that those who met once do not meet again.
fn pause(attempt: u32) -> Duration {
    let most = 10_u64 << attempt.min(6);
    Duration::from_millis(rand::random_range(most / 2..=most))
}

/// When the transaction's future ends, in whatever way, no clone of the handle may go on.
struct Over(Tx);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.inner.closed.store(true, Ordering::Release);
        if let Ok(mut lease) = self.0.inner.lease.try_lock() {
            lease.end();
        }
        // Hooks that are still there belong to a future that was dropped.
        let over = self.0.inner.state().rolled_back(0);
        if !std::thread::panicking() {
            hooks::run(over);
        }
    }
}

impl Tx {
    async fn commit(&self) -> Result<()> {
        let mut held = self.lock().await?;
        held.roll_back_abandoned().await?;
        let failed = self.inner.state().failed.take();
        if let Some(reason) = failed {
            // PostgreSQL would answer COMMIT with a rollback and no error.
            drop(held);
            self.roll_back().await;
            return Err(Error::invalid(format!("rolled back, because a statement had failed: {reason}")));
        }
        match held.script("COMMIT").await {
            Ok(()) => {
                held.set_open(false);
                let over = self.inner.state().committed();
                drop(held);
                hooks::run(over);
                Ok(())
            }
            Err(e) => {
                // After a refused COMMIT (a deferred constraint, a busy SQLite) the transaction may still be open.
                drop(held);
                self.roll_back().await;
                Err(e)
            }
        }
    }

    /// Ends the transaction. If even that fails, the connection is given up, which ends it too.
    async fn roll_back(&self) {
        if let Ok(mut held) = self.lock().await {
            match held.script("ROLLBACK").await {
                Ok(()) => held.set_open(false),
                Err(e) if e.message().contains("no transaction is active") => held.set_open(false),
                Err(_) => held.doom(),
            }
        }
        let over = self.inner.state().rolled_back(0);
        hooks::run(over);
    }
}
