//! What statements did within a window.

use dataset::{Dataset, Expr, col};
use model::{
    Bytes, DatabaseId, Millis, Statement, StatementCounters, StatementKey, StatementSort, StatementTotal, Timestamp,
};
use serde::Deserialize;

use crate::{Result, Store, captures::COUNTERS};

/// The statements of a window and the time all of them took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Top {
    /// The statements asked for.
    pub statements: Vec<StatementTotal>,
    /// How many there are in all.
    pub found: u64,
}

/// Flat: behind serde's `flatten` nobody says that an integer is wanted, and a sum of integers arrives as a decimal.
#[derive(Deserialize)]
struct Total {
    queryid: String,
    role: String,
    toplevel: bool,
    #[serde(default)]
    query: Option<String>,
    calls: i64,
    total_ms: f64,
    rows: i64,
    shared_hit: i64,
    shared_read: i64,
    temp_written: i64,
    wal_bytes: i64,
}

impl From<Total> for StatementTotal {
    fn from(total: Total) -> Self {
        Self {
            key: StatementKey { queryid: total.queryid, role: total.role, toplevel: total.toplevel },
            query: total.query,
            counters: StatementCounters {
                calls: total.calls,
                total_ms: Millis(total.total_ms),
                rows: total.rows,
                shared_hit: total.shared_hit,
                shared_read: total.shared_read,
                temp_written: total.temp_written,
                wal_bytes: Bytes(total.wal_bytes),
            },
        }
    }
}

impl Store {
    /// Whether statements of this database are captured: whether there is anything that the next capture is compared with.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn captures_statements(&self, id: &DatabaseId) -> Result<bool> {
        let watched = self.watched_id(id).await?;
        Ok(self.db.from("snapshot").filter(col("watched_id").eq(watched)).exists().await?)
    }

    /// The statements that ran between `from` and `to`, ranked; at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn top(
        &self,
        id: &DatabaseId,
        from: Timestamp,
        to: Timestamp,
        sort: StatementSort,
        limit: u32,
    ) -> Result<Top> {
        let watched = self.watched_id(id).await?;
        let grown = self.grown(watched, from, to).await?;
        let found = grown.clone().select(["statement_id"]).distinct().count().await?;
        let rank: Expr = match sort {
            StatementSort::Time => col("total_ms"),
            StatementSort::Calls => col("calls"),
            StatementSort::Mean => col("total_ms") / col("calls"),
            StatementSort::Rows => col("rows"),
        };
        let statements: Vec<Total> = self
            .totals(grown)
            .left_join("statement_text", col(("statement_text", "fingerprint")).eq(col(("statement", "fingerprint"))))
            .select(["queryid", "role", "toplevel", "query"].into_iter().chain(COUNTERS))
            .order([rank.desc(), col("statement_id").asc()])
            .limit(u64::from(limit))
            .all()
            .await?;
        Ok(Top { statements: statements.into_iter().map(StatementTotal::from).collect(), found })
    }

    /// What every statement that ran between `from` and `to` did then, without texts and in no order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn statements(&self, id: &DatabaseId, from: Timestamp, to: Timestamp) -> Result<Vec<Statement>> {
        let watched = self.watched_id(id).await?;
        let grown = self.grown(watched, from, to).await?;
        let columns = ["queryid", "role", "toplevel"].into_iter().chain(COUNTERS);
        let totals: Vec<Total> = self.totals(grown).select(columns).all().await?;
        let statement = |total: Total| {
            let StatementTotal { key, counters, .. } = total.into();
            Statement { key, counters, stats_since: None }
        };
        Ok(totals.into_iter().map(statement).collect())
    }

    /// The growth of each statement summed up, beside the statement.
    fn totals(&self, grown: Dataset) -> Dataset {
        let sums = COUNTERS
            .into_iter()
            .fold(grown.select(["statement_id"]), |sums, counter| sums.select_as(col(counter).sum(), counter));
        self.db
            .from("totals")
            .with("totals", sums.group(["statement_id"]))
            .join("statement", col(("statement", "id")).eq(col(("totals", "statement_id"))))
            .filter(col("calls").gt(0))
    }

    /// Texts by queryid, of those the store has.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn texts(&self, id: &DatabaseId, queryids: &[String]) -> Result<Vec<(String, String)>> {
        let watched = self.watched_id(id).await?;
        let mut texts = Vec::with_capacity(queryids.len());
        for some in queryids.chunks(1000) {
            texts.extend(
                self.db
                    .from("statement")
                    .join(
                        "statement_text",
                        col(("statement_text", "fingerprint")).eq(col(("statement", "fingerprint"))),
                    )
                    .filter(col("watched_id").eq(watched) & col("queryid").is_in(some.iter().map(String::as_str)))
                    .select(["queryid", "query"])
                    .distinct()
                    .all::<(String, String)>()
                    .await?,
            );
        }
        Ok(texts)
    }

    /// The growth within the window. A capture that ended a gap counts only if the whole gap lies within: what happened
    /// in it happened at some time in the window, but nobody knows when.
    async fn grown(&self, watched: i64, from: Timestamp, to: Timestamp) -> Result<Dataset> {
        let gaps = self.gaps(watched, from, to).await?;
        // Nothing was captured in a gap: what is left begins at its end.
        let from = gaps.into_iter().filter(|gap| gap.from < from).map(|gap| gap.to).fold(from, Timestamp::max);
        self.pieces(watched, from.0, to.0).await
    }
}
