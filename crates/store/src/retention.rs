//! Forgetting: history older than is kept, sessions and tickets that ran out.

use dataset::{TxOptions, col};
use model::{DatabaseId, Timestamp};

use crate::{Result, Store, now, rollup};

/// The tables that hold what is known of a database; who refers comes before what is referred to.
const OF_A_DATABASE: [&str; 13] = [
    "statement_growth",
    "statement_rollup",
    "rolled_up",
    "system_growth",
    "system_snapshot",
    "capture",
    "snapshot_statement",
    "snapshot",
    "statement",
    "relation_size",
    "relation",
    "import",
    "lease",
];

impl Store {
    /// Deletes everything that is known of a database, which must not be watched any more.
    ///
    /// # Errors
    /// When the store cannot be written; nothing is deleted then.
    pub async fn forget_database(&self, id: &DatabaseId) -> Result<()> {
        let watched = self.watched_id(id).await?;
        self.db
            .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| async move {
                for table in OF_A_DATABASE {
                    tx.from(table).filter(col("watched_id").eq(watched)).delete().await?;
                }
                tx.from("watched").filter(col("id").eq(watched)).delete().await?;
                Ok(())
            })
            .await?;
        self.ids().remove(id);
        Ok(())
    }

    /// Deletes captures older than `before`, and whatever nothing refers to any more; returns how many captures went. Sizes
    /// of relations are kept for [`SIZES_KEPT`](crate::SIZES_KEPT) at least.
    ///
    /// # Errors
    /// When the store cannot be written; what was deleted until then stays deleted.
    pub async fn forget(&self, before: Timestamp) -> Result<u64> {
        self.db.from("statement_growth").filter(col("taken_at").lt(before.0)).delete().await?;
        self.db.from("system_growth").filter(col("taken_at").lt(before.0)).delete().await?;
        let captures = self.db.from("capture").filter(col("taken_at").lt(before.0)).delete().await?;
        rollup::forget(&self.db, before).await?;
        let kept = self.db.from("statement_growth").select(["statement_id"]);
        let summed = self.db.from("statement_rollup").select(["statement_id"]);
        let current = self.db.from("snapshot_statement").select(["statement_id"]);
        self.db
            .from("statement")
            .exclude(col("id").is_in_dataset(kept))
            .exclude(col("id").is_in_dataset(summed))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_database_is_forgotten_in_every_table() {
        for migration in crate::migrations::ALL {
            for table in migration.sqlite.split("CREATE TABLE ").skip(1) {
                let (name, columns) = table.split_once(' ').unwrap();
                let columns = columns.split_once(";").unwrap().0;
                assert_eq!(columns.contains("watched_id "), OF_A_DATABASE.contains(&name), "{name}");
            }
        }
    }
}
