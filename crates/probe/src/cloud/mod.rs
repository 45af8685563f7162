//! The host under a managed PostgreSQL, as its cloud measures it: processor, disk, connections, lag.
//!
//! A cloud is a [`Monitor`]: it finds credentials when it is opened, and then answers about one metric at a time. What it
//! is asked is the same for all: means by period over a [`Span`].

mod aws;
mod azure;
mod google;
mod http;
mod settings;
mod signature;
mod span;

use std::time::Instant;

use model::{Cloud, HostMetric, HostSeries, Millis, Missing, Reading, Timestamp, Why};

pub use self::{
    settings::CloudSettings,
    span::{Span, SpanError},
};

use self::{aws::Aws, azure::Azure, google::Google, http::Trouble};
use crate::target::now;

/// Moments (the beginnings of periods) and means.
type Points = Vec<(Timestamp, f64)>;

/// A cloud that can be asked. It blocks.
trait Monitor {
    /// Which one it is.
    fn cloud(&self) -> Cloud;

    /// A metric in the unit [`HostMetric`] names; nothing if the cloud knows nothing.
    fn points(&self, metric: HostMetric, span: &Span) -> Result<Points, Trouble>;
}

/// Every metric of a host over a span. A metric that cannot be read is missing by itself; a cloud that does not answer or
/// does not let Heron in is one missing answer.
pub async fn read(settings: &CloudSettings, span: Span) -> Reading<HostSeries> {
    let begun = Instant::now();
    let settings = settings.clone();
    let answer = tokio::task::spawn_blocking(move || ask(&settings, &span)).await;
    let answer = match answer {
        Ok(answer) => answer.map_err(Missing::from),
        Err(panic) => Err(Missing::new(Why::Failed, format!("The question did not come back: {panic}"))),
    };
    Reading { taken_at: now(), took: Millis(begun.elapsed().as_secs_f64() * 1000.0), answer }
}

fn ask(settings: &CloudSettings, span: &Span) -> Result<HostSeries, Trouble> {
    let monitor = open(settings)?;
    let mut metrics = Vec::new();
    for metric in HostMetric::ALL {
        let values = match monitor.points(metric, span) {
            Ok(points) => Ok(span.filled(&points)),
            // The next would wait as long.
            Err(trouble @ Trouble::Unreachable(..)) => return Err(trouble),
            Err(trouble) => Err(trouble.into()),
        };
        metrics.push((metric, values));
    }
    Ok(HostSeries { cloud: monitor.cloud(), period: span.period_millis(), at: span.moments(), metrics })
}

fn open(settings: &CloudSettings) -> Result<Box<dyn Monitor>, Trouble> {
    let CloudSettings { aws_db_instance_identifier, gcp_database_id, azure_resource_id, .. } = settings;
    match (aws_db_instance_identifier, gcp_database_id, azure_resource_id) {
        (Some(instance), ..) => Ok(Box::new(Aws::open(settings, instance)?)),
        (_, Some(id), _) => Ok(Box::new(Google::open(settings, id)?)),
        (.., Some(resource)) => Ok(Box::new(Azure::open(settings, resource)?)),
        _ => Err(Trouble::Settings("No cloud is configured for this database.".into())),
    }
}
