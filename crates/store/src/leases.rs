//! Leases: of all Heron processes on one store, one captures a database.

use dataset::{col, row};
use model::{DatabaseId, Millis};

use crate::{Result, Store, now};

/// A holder's claim on capturing a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    /// This process captures.
    Held,
    /// Another process does.
    Elsewhere,
}

impl Store {
    /// Takes or renews the lease on a database for `holder`, unless another holds it and is alive.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn lease(&self, id: &DatabaseId, holder: &str, span: Millis) -> Result<Lease> {
        let watched = self.watched_id(id).await?;
        let (now, leases) = (now(), self.db.from("lease"));
        let values = row! { watched_id: watched, holder: holder, until: 0_i64 };
        leases.clone().insert_ignore(values).await?;
        let free = col("holder").eq(holder) | col("until").lt(now.0);
        let taken = leases
            .filter(col("watched_id").eq(watched) & free)
            .update(row! { holder: holder, until: (now + span).0 })
            .await?;
        Ok(if taken == 1 { Lease::Held } else { Lease::Elsewhere })
    }

    /// Gives up every lease of `holder`, so that another process can take over at once.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn release(&self, holder: &str) -> Result<()> {
        self.db.from("lease").filter(col("holder").eq(holder)).delete().await?;
        Ok(())
    }
}
