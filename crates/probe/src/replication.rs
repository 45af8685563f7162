//! Standbys and slots.

use std::time::{Duration, Instant};

use model::{Millis, Reading, Replication};
use serde::Deserialize;

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("replication", include_str!("replication.sql"));

/// A lag from which on it is worth a second look.
const DOUBTFUL: Millis = Millis(1_000.0);

/// How long replay has to catch up with what the first look saw received.
const MOMENT: Duration = Duration::from_millis(250);

/// Whether the server is a standby and how far behind, who receives its WAL (`pg_stat_replication`), and its slots
/// (`pg_replication_slots`).
///
/// The age of the last replayed transaction overstates the lag after a quiet hour, and for as long as one long
/// transaction is being replayed (§10.14). So a lag is looked at twice: when replay has passed what had been received
/// the first time, the time between the two looks is all it can be late.
pub async fn read(target: &Target) -> Reading<Replication> {
    reading(async {
        let first: Row = target.ask_one(&QUESTION).await?;
        if first.seen.lag.is_none_or(|lag| lag < DOUBTFUL) || first.seen.delaying == Some(true) {
            return Ok(first.seen);
        }
        let between = Instant::now();
        tokio::time::sleep(MOMENT).await;
        let mut second: Row = target.ask_one(&QUESTION).await?;
        if second.replayed >= first.received {
            let late = Millis(between.elapsed().as_secs_f64() * 1000.0);
            second.seen.lag = second.seen.lag.map(|lag| if lag > late { late } else { lag });
        }
        Ok(second.seen)
    })
    .await
}

#[derive(Deserialize)]
struct Row {
    /// Position in the WAL, as a number; none on a primary.
    received: Option<i64>,
    replayed: Option<i64>,
    #[serde(flatten)]
    seen: Replication,
}
