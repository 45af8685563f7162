//! What servers as a whole did over time.

use std::collections::BTreeMap;

use dataset::{Tx, Values, case, col, row};
use model::{Counter, DatabaseId, Mark, Source, SystemGrowth, SystemHistory, SystemSample, Timestamp};
use serde::Deserialize;

use crate::{Result, Store, series};

/// What is known of one stretch of time.
#[derive(Default)]
struct Stretch {
    sums: BTreeMap<String, Option<f64>>,
    connections: [Option<f64>; 3],
}

#[derive(Deserialize)]
struct Sums {
    bucket: i64,
    #[serde(flatten)]
    sums: BTreeMap<String, Option<f64>>,
}

#[derive(Deserialize)]
struct Most {
    bucket: i64,
    active: Option<f64>,
    idle: Option<f64>,
    idle_in_transaction: Option<f64>,
}

impl Store {
    /// The counters that the next capture of this database will be compared with; nothing before the first one, or if
    /// another version of Heron wrote them and they mean nothing to this one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn system_baseline(&self, id: &DatabaseId) -> Result<Option<SystemSample>> {
        let watched = self.watched_id(id).await?;
        let sample: Option<String> =
            self.db.from("system_snapshot").filter(col("watched_id").eq(watched)).get(col("sample")).await?;
        Ok(sample.and_then(|sample| serde_json::from_str(&sample).ok()))
    }

    /// How a server has been between `from` and `to`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn system(&self, id: &DatabaseId, from: Timestamp, to: Timestamp) -> Result<SystemHistory> {
        let watched = self.watched_id(id).await?;
        let width = series::width(from, to);
        let within = |table: &'static str| {
            let rows = self.db.from(table).filter(col("watched_id").eq(watched));
            rows.filter(col("taken_at").gt(from.0) & col("taken_at").lte(to.0))
        };
        let marked = self.marked("system_growth", watched, from, to).await?;

        let known = within("system_growth")
            .filter(col("span_ms").is_not_null())
            .exclude(col("taken_at").is_in(series::unlocated(&marked)));
        let names = Counter::ALL.iter().map(|counter| counter.name());
        let cut = known.select(names.chain(["span_ms"])).select_as(series::bucket(from, width), "bucket").from_self();
        let sums = Counter::ALL
            .iter()
            .fold(cut.select(["bucket"]), |rows, counter| rows.select_as(col(counter.name()).sum(), counter.name()));
        // What a source did is divided by the time it was known.
        let sums = SOURCES.iter().fold(sums, |rows, (_, witness, span)| {
            rows.select_as(case([(col(witness.name()).is_not_null(), col("span_ms"))], None).sum(), *span)
        });
        let sums: Vec<Sums> = sums.group(["bucket"]).all().await?;

        let cut = within("capture")
            .filter(col("connections").is_not_null())
            .select(["active", "idle", "idle_in_transaction"])
            .select_as(series::bucket(from, width), "bucket")
            .from_self();
        let most = ["active", "idle", "idle_in_transaction"]
            .into_iter()
            .fold(cut.select(["bucket"]), |rows, column| rows.select_as(col(column).max(), column));
        let most: Vec<Most> = most.group(["bucket"]).all().await?;

        let mut stretches: BTreeMap<i64, Stretch> = BTreeMap::new();
        for Sums { bucket, sums } in sums {
            stretches.entry(bucket).or_default().sums = sums;
        }
        for Most { bucket, active, idle, idle_in_transaction } in most {
            stretches.entry(bucket).or_default().connections = [active, idle, idle_in_transaction];
        }
        let (marks, gaps) = (series::marks(&marked), series::gaps(&marked));
        Ok(SystemHistory { from, to, marks, gaps, ..history(&stretches, from, width) })
    }
}

/// Each source, a counter that is known whenever anything of it is, and what its time is called in a sum.
const SOURCES: [(Source, Counter, &str); 7] = [
    (Source::Database, Counter::Commits, "database_span"),
    (Source::Wal, Counter::WalRecords, "wal_span"),
    (Source::Replay, Counter::WalReplayed, "replay_span"),
    (Source::Checkpointer, Counter::CheckpointsTimed, "checkpointer_span"),
    (Source::Bgwriter, Counter::CleanedBlocks, "bgwriter_span"),
    (Source::Archiver, Counter::Archived, "archiver_span"),
    (Source::Io, Counter::ClientReadBytes, "io_span"),
];

/// Sums divided by the time they were summed over.
fn history(stretches: &BTreeMap<i64, Stretch>, from: Timestamp, width: i64) -> SystemHistory {
    let rate = |stretch: &Stretch, counter: Counter| {
        let (.., span) = SOURCES.iter().find(|(source, ..)| *source == counter.source())?;
        let sum = |name: &str| stretch.sums.get(name).copied().flatten();
        let span = sum(span).filter(|span| *span > 0.0)?;
        Some(sum(counter.name())? / (span / 1000.0))
    };
    let rates = |counter: &Counter| {
        let rates: Vec<Option<f64>> = stretches.values().map(|stretch| rate(stretch, *counter)).collect();
        rates.iter().any(Option::is_some).then_some((*counter, rates))
    };
    let connections = |n: usize| stretches.values().map(|stretch| stretch.connections[n]).collect();
    SystemHistory {
        at: stretches.keys().map(|bucket| Timestamp(from.0 + bucket + width / 2)).collect(),
        rates: Counter::ALL.iter().filter_map(rates).collect(),
        active: connections(0),
        idle: connections(1),
        idle_in_transaction: connections(2),
        ..SystemHistory::default()
    }
}

/// Writes what grew, and the sample to compare the next one with.
pub(crate) async fn write(tx: &Tx, watched: i64, sample: &SystemSample, growth: &SystemGrowth) -> dataset::Result<()> {
    let values = row! {
        watched_id: watched,
        taken_at: growth.taken_at.0,
        span_ms: growth.span.map(|span| span.0),
        marks: growth.marks.iter().map(|mark: &Mark| mark.name()).collect::<Vec<_>>().join(","),
    };
    let grown = |values: Values, (counter, grown): (&Counter, &f64)| values.set(counter.name(), *grown);
    tx.from("system_growth").insert_only(growth.counters.iter().fold(values, grown)).await?;
    // Numbers and names: nothing in it can fail to be written.
    let sample = serde_json::to_string(sample).unwrap_or_default();
    tx.from("system_snapshot").upsert(&["watched_id"], row! { watched_id: watched, sample: sample }).await?;
    Ok(())
}
