//! The audit trail: who did what, when, to which database, and what came of it.

use dataset::{Expr, col, row};
use model::{AuditEntry, AuditPage, Millis, Timestamp};
use serde::Deserialize;

use crate::{Result, Store, now};

/// The trail is kept for a year.
const KEPT: Millis = Millis::from_secs(365 * 24 * 3600);

/// An entry that still wants its outcome.
#[derive(Debug)]
#[must_use = "an entry without an outcome says that Heron stopped in between"]
pub struct Intent(i64);

#[derive(Deserialize)]
struct Row {
    at: i64,
    account: String,
    action: String,
    object: String,
    watched: String,
    outcome: Option<String>,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            at: Timestamp(row.at),
            account: row.account,
            action: row.action,
            object: row.object,
            database: Some(row.watched).filter(|id| !id.is_empty()),
            outcome: row.outcome,
        }
    }
}

impl Store {
    /// Writes down that somebody did something.
    ///
    /// # Errors
    /// When the store cannot be written; the deed must then not be done.
    pub async fn audit(&self, account: &str, action: &str, object: &str) -> Result<()> {
        let values = row! { at: now().0, account: account, action: action, object: object };
        self.db.from("audit").insert(values).await?;
        Ok(())
    }

    /// Writes down that somebody is about to do something to a database; [`Store::conclude`] adds what came of it.
    ///
    /// # Errors
    /// When the store cannot be written; the deed must then not be done.
    pub async fn intend(&self, account: &str, action: &str, object: &str, database: &str) -> Result<Intent> {
        let values = row! { at: now().0, account: account, action: action, object: object, watched: database };
        Ok(Intent(self.db.from("audit").insert(values).await?))
    }

    /// Writes down what came of it.
    ///
    /// # Errors
    /// When the store cannot be written; the entry stays without an outcome.
    pub async fn conclude(&self, intent: Intent, outcome: &str) -> Result<()> {
        self.db.from("audit").filter(col("id").eq(intent.0)).update(row! { outcome: outcome }).await?;
        Ok(())
    }

    /// One page of the trail, the latest first: of everybody and everything, or with `search` in who, what, to what or where.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn trail(&self, search: &str, page: u64, per_page: u64) -> Result<AuditPage> {
        let mut trail = self.db.from("audit").order([col("at").desc(), col("id").desc()]);
        if !search.is_empty() {
            let has = |column: &str| -> Expr { col(column).icontains(search) };
            trail = trail.filter(has("account") | has("action") | has("object") | has("watched"));
        }
        let found = trail.page::<Row>(page, per_page).await?;
        Ok(AuditPage {
            pages: found.pages() as u32,
            total: found.total as i64,
            page: found.page as u32,
            entries: found.rows.into_iter().map(AuditEntry::from).collect(),
        })
    }

    /// Deletes what is older than a year.
    pub(crate) async fn forget_audit(&self) -> Result<()> {
        self.db.from("audit").filter(col("at").lt((now() - KEPT).0)).delete().await?;
        Ok(())
    }
}
