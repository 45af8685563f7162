//! Sums of statements' growth over whole hours and days, so that a long window is read from few rows.
//!
//! They are summed up once, when they are over: nothing is captured into an hour that was. What an import brings of an earlier
//! time has it summed up anew.

use dataset::{Dataset, Expr, Tx, TxOptions, col, lit, row};
use model::{DatabaseId, Timestamp};

use crate::{Result, Store, captures::COUNTERS};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

impl Store {
    /// Sums up the hours and days of a database that are over and have not been.
    ///
    /// # Errors
    /// When the store cannot be read or written; what was summed up until then stays.
    pub async fn roll_up(&self, id: &DatabaseId) -> Result<()> {
        let watched = self.watched_id(id).await?;
        // A day at a time: years of imported history are no single transaction.
        while self.is_due(watched).await? {
            let options = TxOptions { retries: 3, ..TxOptions::default() };
            self.db.transaction(options, move |tx| async move { sum_up(&tx, watched).await }).await?;
        }
        Ok(())
    }

    async fn is_due(&self, watched: i64) -> Result<bool> {
        let Some(captured) = self.captured(watched).await? else { return Ok(false) };
        Ok(floor(captured, HOUR) > self.rolled_up(watched).await? && self.grew(watched).await?)
    }

    async fn captured(&self, watched: i64) -> Result<Option<i64>> {
        Ok(self.db.from("capture").filter(col("watched_id").eq(watched)).get(col("taken_at").max()).await?)
    }

    async fn grew(&self, watched: i64) -> Result<bool> {
        Ok(self.db.from("statement_growth").filter(col("watched_id").eq(watched)).exists().await?)
    }

    /// Up to when hours and days are summed up; nought if none is.
    async fn rolled_up(&self, watched: i64) -> Result<i64> {
        let until: Option<i64> = self.db.from("rolled_up").filter(col("watched_id").eq(watched)).get("until").await?;
        Ok(until.unwrap_or(0))
    }

    /// What statements did from `from` on up to `to`, some rows for each: its `statement_id` and the counters.
    pub(crate) async fn pieces(&self, watched: i64, from: i64, to: i64) -> Result<Dataset> {
        let until = self.rolled_up(watched).await?.min(floor(to, HOUR));
        let columns = || ["statement_id"].into_iter().chain(COUNTERS);
        let mut pieces = cut(from, to, until).into_iter().map(|piece| {
            let of = |table: &str| self.db.from(table).filter(col("watched_id").eq(watched)).select(columns());
            let Piece { span, from, to } = piece;
            match span {
                0 => of("statement_growth").filter(col("taken_at").gt(from) & col("taken_at").lte(to)),
                span => {
                    of("statement_rollup").filter(col("span").eq(span) & col("since").gte(from) & col("since").lt(to))
                }
            }
        });
        let first = pieces
            .next()
            .unwrap_or_else(|| self.db.from("statement_growth").select(columns()).filter(lit("1 = 0", [])));
        Ok(pieces.fold(first, Dataset::union_all).from_self())
    }
}

/// A stretch of a window, and what it is read from: sums over `span` microseconds, or each capture if that is nought.
#[derive(Debug, PartialEq)]
struct Piece {
    span: i64,
    from: i64,
    to: i64,
}

/// Cuts a window into days where it can, into hours beside them, and captures at its ends. There are sums up to `until`.
fn cut(from: i64, to: i64, until: i64) -> Vec<Piece> {
    let hours = (ceil(from, HOUR), floor(to, HOUR).min(until));
    if hours.0 >= hours.1 {
        return whole(0, from, to).into_iter().collect();
    }
    let days = (ceil(hours.0, DAY), floor(hours.1, DAY));
    let middle = if days.0 < days.1 {
        [whole(HOUR, hours.0, days.0), whole(DAY, days.0, days.1), whole(HOUR, days.1, hours.1)]
    } else {
        [whole(HOUR, hours.0, hours.1), None, None]
    };
    let ends = [whole(0, from, hours.0), whole(0, hours.1, to)];
    ends.into_iter().chain(middle).flatten().collect()
}

fn whole(span: i64, from: i64, to: i64) -> Option<Piece> {
    (from < to).then_some(Piece { span, from, to })
}

fn floor(at: i64, span: i64) -> i64 {
    at.div_euclid(span) * span
}

fn ceil(at: i64, span: i64) -> i64 {
    floor(at + span - 1, span)
}

/// Sums up what is over, at most to the end of the next day.
async fn sum_up(tx: &Tx, watched: i64) -> dataset::Result<()> {
    let of = |table: &'static str| tx.from(table).filter(col("watched_id").eq(watched));
    let rolled = locked(tx, watched).await?;
    let Some(captured) = of("capture").get::<i64>(col("taken_at").max()).await? else { return Ok(()) };
    let from = match rolled {
        0 => of("statement_growth")
            .get::<i64>(col("taken_at").min())
            .await?
            .map_or(captured, |first| floor(first - 1, HOUR)),
        rolled => rolled,
    };
    let to = floor(captured, HOUR).min(floor(from, DAY) + DAY);
    if from < to {
        // A capture at the very end of an hour is of that hour.
        let hour: Expr = lit("(taken_at - 1) - (taken_at - 1) % ?", [HOUR.into()]);
        let hours = of("statement_growth").filter(col("taken_at").gt(from) & col("taken_at").lte(to));
        let hours = hours.select(["statement_id"].into_iter().chain(COUNTERS)).select_as(hour, "since").from_self();
        insert(tx, watched, HOUR, hours).await?;
    }
    if from < to && floor(to, DAY) == to {
        let hours =
            of("statement_rollup").filter(col("span").eq(HOUR) & col("since").gte(to - DAY) & col("since").lt(to));
        let hours = hours
            .select(["statement_id"].into_iter().chain(COUNTERS))
            .select_as(lit("?", [(to - DAY).into()]), "since");
        insert(tx, watched, DAY, hours.from_self()).await?;
    }
    mark(tx, watched, to.max(rolled)).await
}

/// Sums rows up by statement and `since`.
async fn insert(tx: &Tx, watched: i64, span: i64, rows: Dataset) -> dataset::Result<u64> {
    let keys = rows.select(["since", "statement_id"]);
    let keys = keys.select_as(lit("?", [watched.into()]), "watched_id").select_as(lit("?", [span.into()]), "span");
    let sums = COUNTERS.into_iter().fold(keys, |sums, counter| sums.select_as(col(counter).sum(), counter));
    let columns = ["since", "statement_id", "watched_id", "span"].into_iter().chain(COUNTERS);
    tx.from("statement_rollup").insert_from(columns, &sums.group(["since", "statement_id"])).await
}

/// Up to when there are sums; nobody else changes it until the transaction ends.
async fn locked(tx: &Tx, watched: i64) -> dataset::Result<i64> {
    tx.from("rolled_up").insert_ignore(row! { watched_id: watched, until: 0 }).await?;
    let rolled = tx.from("rolled_up").filter(col("watched_id").eq(watched));
    rolled.update(row! { until: col("until") }).await?;
    Ok(rolled.get("until").await?.unwrap_or(0))
}

async fn mark(tx: &Tx, watched: i64, until: i64) -> dataset::Result<()> {
    tx.from("rolled_up").filter(col("watched_id").eq(watched)).update(row! { until: until }).await?;
    Ok(())
}

/// Forgets the sums of everything from `from` on, which is about to change.
pub(crate) async fn undo(tx: &Tx, watched: i64, from: Timestamp) -> dataset::Result<()> {
    let from = floor(from.0 - 1, HOUR);
    if locked(tx, watched).await? <= from {
        return Ok(());
    }
    for span in [HOUR, DAY] {
        let sums = tx.from("statement_rollup").filter(col("watched_id").eq(watched) & col("span").eq(span));
        sums.filter(col("since").gt(from - span)).delete().await?;
    }
    mark(tx, watched, from).await
}

/// Sums that end before `before`.
pub(crate) async fn forget(db: &dataset::Database, before: Timestamp) -> dataset::Result<()> {
    for span in [HOUR, DAY] {
        let old = col("span").eq(span) & col("since").lte(before.0 - span);
        db.from("statement_rollup").filter(old).delete().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_into_days_hours_and_captures() {
        let hours = |from: i64, to: i64, until: i64| {
            let pieces = cut(from * HOUR / 2, to * HOUR / 2, until * HOUR);
            let mut said: Vec<_> = pieces.iter().map(|p| (p.from * 2 / HOUR, p.to * 2 / HOUR, p.span / HOUR)).collect();
            said.sort_unstable();
            said
        };
        assert_eq!(hours(1, 2, 99), [(1, 2, 0)]);
        assert_eq!(hours(1, 5, 0), [(1, 5, 0)], "nothing is summed up");
        assert_eq!(hours(1, 7, 2), [(1, 2, 0), (2, 4, 1), (4, 7, 0)]);
        assert_eq!(hours(2, 4, 9), [(2, 4, 1)]);
        let long = [(1, 2, 0), (2, 48, 1), (48, 144, 24), (144, 150, 1), (150, 151, 0)];
        assert_eq!(hours(1, 151, 999), long);
        assert_eq!(hours(4, 4, 9), []);
    }
}
