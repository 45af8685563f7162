//! Forgetting: history older than is kept, sessions and tickets that ran out.

use dataset::col;
use model::Timestamp;

use crate::{Result, Store, now};

impl Store {
    /// Deletes captures older than `before`, and whatever nothing refers to any more; returns how many captures went. Sizes
    /// of relations are kept for [`SIZES_KEPT`](crate::SIZES_KEPT) at least.
    ///
    /// # Errors
    /// When the store cannot be written; what was deleted until then stays deleted.
    pub async fn forget(&self, before: Timestamp) -> Result<u64> {
        self.db.from("statement_growth").filter(col("taken_at").lt(before.0)).delete().await?;
        self.db.from("system_growth").filter(col("taken_at").lt(before.0)).delete().await?;
        let captures = self.db.from("capture").filter(col("taken_at").lt(before.0)).delete().await?;
        let kept = self.db.from("statement_growth").select(["statement_id"]);
        let current = self.db.from("snapshot_statement").select(["statement_id"]);
        self.db
            .from("statement")
            .exclude(col("id").is_in_dataset(kept))
            .exclude(col("id").is_in_dataset(current))
            .delete()
            .await?;
        let used = self.db.from("statement").filter(col("fingerprint").is_not_null()).select(["fingerprint"]);
        self.db.from("statement_text").exclude(col("fingerprint").is_in_dataset(used)).delete().await?;
        let now = now().0;
        self.db.from("session").filter(col("expires_at").lt(now)).delete().await?;
        self.db.from("ticket").filter(col("expires_at").lt(now)).delete().await?;
        self.forget_audit().await?;
        self.forget_sizes(before).await?;
        Ok(captures)
    }
}
