//! History over time, cut into as many points as a chart can show.

use dataset::{Dataset, Expr, col, lit};
use model::{DatabaseId, Gap, Mark, Millis, Series, Timestamp};
use serde::Deserialize;

use crate::{Result, Store};

/// A chart of more points than this says no more.
const POINTS: i64 = 240;

#[derive(Deserialize)]
struct Bucket {
    bucket: i64,
    calls: f64,
    total_ms: f64,
}

#[derive(Deserialize)]
struct Span {
    bucket: i64,
    span_ms: f64,
}

/// A row of a table of growth that says something happened.
#[derive(Deserialize)]
pub(crate) struct Marked {
    taken_at: Timestamp,
    span_ms: Option<f64>,
    marks: String,
}

impl Store {
    /// Statement time and calls between `from` and `to`: of the whole database, or of one statement.
    ///
    /// A statement is meant by its queryid and, if given, its role; without a role, all roles together.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn series(
        &self,
        id: &DatabaseId,
        from: Timestamp,
        to: Timestamp,
        statement: Option<(&str, Option<&str>)>,
    ) -> Result<Series> {
        let watched = self.watched_id(id).await?;
        let width = width(from, to);
        let marked = self.marked("capture", watched, from, to).await?;
        let unlocated = unlocated(&marked);
        let within = |dataset: Dataset| {
            dataset
                .filter(col("taken_at").gt(from.0) & col("taken_at").lte(to.0))
                .exclude(col("taken_at").is_in(unlocated.iter().copied()))
        };

        let captures =
            within(self.db.from("capture").filter(col("watched_id").eq(watched) & col("span_ms").is_not_null()));
        let spans: Vec<Span> = bucketed(captures.clone(), from, width, &["span_ms"]).all().await?;
        let buckets: Vec<Bucket> = match statement {
            None => bucketed(captures, from, width, &["calls", "total_ms"]).all().await?,
            Some((queryid, role)) => {
                let statements =
                    self.db.from("statement").filter(col("watched_id").eq(watched) & col("queryid").eq(queryid));
                let statements = match role {
                    Some(role) => statements.filter(col("role").eq(role)),
                    None => statements,
                };
                let ids: Vec<i64> = statements.select_map("id").await?;
                let growth = self.db.from("statement_growth").filter(col("statement_id").is_in(ids));
                bucketed(within(growth), from, width, &["calls", "total_ms"]).all().await?
            }
        };
        Ok(series(&spans, &buckets, &marked, from, width))
    }

    /// The stretches between `from` and `to` of which nothing is known.
    pub(crate) async fn gaps(&self, watched: i64, from: Timestamp, to: Timestamp) -> Result<Vec<Gap>> {
        Ok(gaps(&self.marked("capture", watched, from, to).await?))
    }

    /// The same, by the database's id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn gaps_of(&self, id: &DatabaseId, from: Timestamp, to: Timestamp) -> Result<Vec<Gap>> {
        self.gaps(self.watched_id(id).await?, from, to).await
    }

    /// The rows of a table between `from` and `to` that say something happened.
    pub(crate) async fn marked(
        &self,
        table: &'static str,
        watched: i64,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Marked>> {
        Ok(self
            .db
            .from(table)
            .filter(col("watched_id").eq(watched) & col("taken_at").gt(from.0) & col("taken_at").lte(to.0))
            .filter(col("marks").ne(""))
            .select(["taken_at", "span_ms", "marks"])
            .order([col("taken_at").asc()])
            .limit(1000)
            .all()
            .await?)
    }
}

/// The stretch of `width` microseconds, counted from `from`, that a row belongs to.
pub(crate) fn bucket(from: Timestamp, width: i64) -> Expr {
    lit("(taken_at - ?) - (taken_at - ?) % ?", [from.0.into(), from.0.into(), width.into()])
}

/// How long a stretch is so that a window has as many as a chart can show.
pub(crate) fn width(from: Timestamp, to: Timestamp) -> i64 {
    ((to.0 - from.0) / POINTS).max(1)
}

/// Sums of `columns` by stretch of `width` microseconds, counted from `from`.
fn bucketed(dataset: Dataset, from: Timestamp, width: i64, columns: &[&'static str]) -> Dataset {
    let bucket = bucket(from, width);
    let cut = dataset.select(columns.iter().copied()).select_as(bucket, "bucket").from_self();
    columns
        .iter()
        .fold(cut.select(["bucket"]), |dataset, column| dataset.select_as(col(*column).sum(), *column))
        .group(["bucket"])
        .order([col("bucket").asc()])
}

fn has(marked: &Marked, mark: Mark) -> bool {
    marked.marks.split(',').any(|name| name == mark.name())
}

/// When what ended gaps was captured: nobody knows when in the gap it happened.
pub(crate) fn unlocated(marked: &[Marked]) -> Vec<i64> {
    marked.iter().filter(|marked| has(marked, Mark::Gap)).map(|marked| marked.taken_at.0).collect()
}

/// What happened, moment by moment.
pub(crate) fn marks(marked: &[Marked]) -> Vec<(Timestamp, Mark)> {
    let of = |marked: &Marked| {
        let at = marked.taken_at;
        marked.marks.split(',').filter_map(Mark::from_name).map(|mark| (at, mark)).collect::<Vec<_>>()
    };
    marked.iter().flat_map(of).collect()
}

/// The stretches that nothing is known of.
pub(crate) fn gaps(marked: &[Marked]) -> Vec<Gap> {
    marked
        .iter()
        .filter(|marked| has(marked, Mark::Gap))
        .filter_map(|marked| Some(Gap { from: marked.taken_at - Millis(marked.span_ms?), to: marked.taken_at }))
        .collect()
}

/// Sums divided by the time they were summed over; a stretch with no capture at all is a hole in the line.
fn series(spans: &[Span], buckets: &[Bucket], marked: &[Marked], from: Timestamp, width: i64) -> Series {
    let gaps = gaps(marked);
    let mut series = Series { gaps: gaps.clone(), ..Series::default() };
    let mut sums = buckets.iter().peekable();
    let mut before: Option<Timestamp> = None;
    for span in spans.iter().filter(|span| span.span_ms > 0.0) {
        let at = Timestamp(from.0 + span.bucket + width / 2);
        let broken = before.and_then(|before| {
            gaps.iter().find(|gap| gap.to > before && gap.from < at && gap.to.0 - gap.from.0 > width)
        });
        if let Some(gap) = broken {
            series.at.push(Timestamp(gap.from.0.midpoint(gap.to.0)));
            series.load.push(None);
            series.calls.push(None);
        }
        while sums.next_if(|sum| sum.bucket < span.bucket).is_some() {}
        let sum = sums.next_if(|sum| sum.bucket == span.bucket);
        let seconds = span.span_ms / 1000.0;
        series.at.push(at);
        series.load.push(Some(Millis(sum.map_or(0.0, |sum| sum.total_ms) / seconds)));
        series.calls.push(Some(sum.map_or(0.0, |sum| sum.calls) / seconds));
        before = Some(at);
    }
    series.marks = marks(marked);
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_a_hole_in_the_line() {
        let spans = [0, 10, 50].map(|bucket| Span { bucket, span_ms: 1000.0 });
        let buckets =
            [Bucket { bucket: 10, calls: 4.0, total_ms: 8.0 }, Bucket { bucket: 50, calls: 2.0, total_ms: 1.0 }];
        let marked = [Marked { taken_at: Timestamp(49), span_ms: Some(0.030), marks: "gap,restart".into() }];
        let series = series(&spans, &buckets, &marked, Timestamp(0), 10);
        assert_eq!(series.calls, [Some(0.0), Some(4.0), None, Some(2.0)]);
        assert_eq!(series.at.len(), series.load.len());
        assert_eq!(series.gaps, [Gap { from: Timestamp(19), to: Timestamp(49) }]);
        assert_eq!(series.marks, [(Timestamp(49), Mark::Gap), (Timestamp(49), Mark::Restart)]);
    }
}
