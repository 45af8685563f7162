//! One capture of one database.

use model::{Capture, DatabaseId, Mark, Millis, Reading, RelationKind, SystemGrowth, SystemSample, Timestamp};
use probe::Target;
use store::{Lease, NewCapture, Snapshot};

use crate::{Collector, Difference, Error, Moment, difference, growth};

/// Sizes change slowly, and looking at files is dear.
const SIZES_EVERY: Millis = Millis::from_secs(3600);

impl Collector {
    /// Captures a database now, unless another process does; returns what was written.
    ///
    /// # Errors
    /// When the database does not answer or the store does not take it; nothing is kept then.
    pub async fn capture(&self, id: &DatabaseId) -> Result<Option<Capture>, Error> {
        let target = self.fleet.get(id).ok_or_else(|| Error::Unknown(id.clone()))?;
        // Renewed by every capture; half an interval of grace, so that a process that was killed is soon replaced.
        let lease = Millis(self.interval.as_secs_f64() * 1500.0);
        if self.store.lease(id, &self.holder, lease).await? == Lease::Elsewhere {
            return Ok(None);
        }
        let server = probe::server::read(target).await.answer.map_err(Error::Missing)?;
        let node = probe::node::read(target).await.answer.ok();
        let sample = probe::database::read(target).await;
        let statements = self.statements(target, id).await;
        let taken_at = statements.taken_at;
        let sample = sample.answer.map_err(Error::Missing)?;
        let system = self.system(target, id).await?;

        let baseline = self.store.baseline(id).await?;
        let new = match statements {
            Reading { answer: Ok(statements), .. } => {
                let snapshot = Snapshot {
                    taken_at,
                    started_at: server.started_at,
                    stats_reset: statements.info.stats_reset,
                    dealloc: statements.info.dealloc,
                    sees_all: server.reads_all_stats,
                    node,
                };
                let interval = Millis(self.interval.as_secs_f64() * 1000.0);
                let Difference { span, marks, changed, gone } =
                    difference(baseline.as_ref(), Moment { snapshot, statements: &statements, interval });
                NewCapture {
                    capture: Capture { taken_at, span, marks },
                    snapshot: Some(snapshot),
                    sample: Some(sample),
                    changed,
                    gone,
                    system,
                }
            }
            // The database's own figures are worth keeping even where its statements cannot be read.
            Reading { answer: Err(missing), .. } => {
                tracing::debug!(database = %id, %missing, "statements were not captured");
                NewCapture {
                    capture: Capture { taken_at, span: None, marks: vec![] },
                    snapshot: None,
                    sample: Some(sample),
                    changed: vec![],
                    gone: vec![],
                    system,
                }
            }
        };
        let capture = new.capture.clone();
        self.store.record(id, new).await?;
        self.fetch_texts(target, id).await?;
        self.keep_sizes(target, id).await?;
        // Last: sums can be made at any time, and what is read now is gone later.
        self.store.roll_up(id).await?;
        Ok(Some(capture))
    }

    /// The server's counters and what they grew by. A capture is worth keeping without them.
    async fn system(&self, target: &Target, id: &DatabaseId) -> Result<Option<(SystemSample, SystemGrowth)>, Error> {
        let Reading { taken_at, answer, .. } = probe::system::read(target).await;
        let now = match answer {
            Ok(now) => now,
            Err(missing) => {
                tracing::debug!(database = %id, %missing, "the server's counters were not captured");
                return Ok(None);
            }
        };
        let before = self.store.system_baseline(id).await?;
        let growth = growth(before.as_ref(), &now, taken_at, Millis(self.interval.as_secs_f64() * 1000.0));
        Ok(Some((now, growth)))
    }

    /// Writes down how large every relation is, if that was not done for a while. What nobody has counted yet is left out.
    async fn keep_sizes(&self, target: &Target, id: &DatabaseId) -> Result<(), Error> {
        let now: Timestamp = std::time::SystemTime::now().into();
        if self.store.last_sizes(id).await?.is_some_and(|last| now.since(last).0 < SIZES_EVERY.0) {
            return Ok(());
        }
        let Reading { taken_at, answer, .. } = probe::space::read(target).await;
        match answer {
            Ok(relations) => {
                let sizes = relations.iter().filter(|relation| relation.kind != RelationKind::Partitioned);
                let sizes = sizes.filter_map(|relation| Some((relation.qualified(), relation.size()?))).collect();
                self.store.record_sizes(id, taken_at, sizes).await?;
            }
            // They are asked for again after the next capture.
            Err(missing) => tracing::debug!(database = %id, %missing, "sizes were not captured"),
        }
        Ok(())
    }

    /// Fetches the texts of statements that were never seen before; the others are not read again.
    async fn fetch_texts(&self, target: &Target, id: &DatabaseId) -> Result<(), Error> {
        let unknown = self.store.textless(id).await?;
        if unknown.is_empty() {
            return Ok(());
        }
        match probe::statements::texts(target, &unknown).await.answer {
            Ok(texts) => self.store.keep_texts(id, &texts).await?,
            // They are asked for again after the next capture.
            Err(missing) => tracing::debug!(database = %id, %missing, "texts were not read"),
        }
        Ok(())
    }
}

/// What a log line says of a capture.
pub(crate) fn describe(capture: &Capture) -> String {
    let marks: Vec<_> = capture.marks.iter().map(Mark::to_string).collect();
    match (capture.span, marks.is_empty()) {
        (Some(span), true) => format!("over {span}"),
        (Some(span), false) => format!("over {span}: {}", marks.join(", ")),
        (None, _) => marks.join(", "),
    }
}
