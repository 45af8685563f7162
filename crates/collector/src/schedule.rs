//! The schedule: every database in its turn, and the forgetting.

use std::time::Duration;

use model::{DatabaseId, Millis, Timestamp};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::{Collector, capture::describe};

impl Collector {
    /// Captures every database each interval until the future is dropped. A database that fails does not hold up others.
    pub async fn run(self) {
        let ids: Vec<DatabaseId> = self.fleet.ids().cloned().collect();
        let mut tasks = JoinSet::new();
        for (n, id) in ids.iter().enumerate() {
            // Spread over the interval, so that a fleet is not asked all at once; the first one at once.
            let offset = self.interval.mul_f64(n as f64 / ids.len() as f64);
            tasks.spawn(self.clone().watch(id.clone(), offset));
        }
        tasks.spawn(self.forget_hourly());
        while tasks.join_next().await.is_some() {}
    }

    /// Lets another process take over what this one captured.
    ///
    /// # Errors
    /// When the store cannot be written; the leases then run out by themselves.
    pub async fn release(&self) -> Result<(), store::Error> {
        self.store.release(&self.holder).await
    }

    async fn watch(self, id: DatabaseId, offset: Duration) {
        let mut ticks = interval_at(Instant::now() + offset, self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing: Option<String> = None;
        loop {
            ticks.tick().await;
            match self.capture(&id).await {
                Ok(Some(capture)) => {
                    if failing.take().is_some() {
                        tracing::info!(database = %id, "capturing again");
                    }
                    tracing::debug!(database = %id, "captured {}", describe(&capture));
                }
                Ok(None) => tracing::debug!(database = %id, "another process captures it"),
                // The same failure every minute is said once.
                Err(error) => {
                    let said = error.to_string();
                    if failing.as_deref() != Some(&said) {
                        tracing::warn!(database = %id, "not captured: {said}");
                        failing = Some(said);
                    }
                }
            }
        }
    }

    async fn forget_hourly(self) {
        let mut ticks = tokio::time::interval(Duration::from_secs(3600));
        loop {
            ticks.tick().await;
            let now: Timestamp = std::time::SystemTime::now().into();
            match self.store.forget(now - Millis(self.keep.as_secs_f64() * 1000.0)).await {
                Ok(0) => {}
                Ok(captures) => tracing::info!(captures, "forgot old history"),
                Err(error) => tracing::warn!("old history was not deleted: {error}"),
            }
        }
    }
}
