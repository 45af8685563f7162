//! The host under a managed server, as its cloud measures it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Millis, Missing, Timestamp};

/// What a cloud measures of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostMetric {
    /// Use of the processors, 0 to 1.
    Cpu,
    /// Connections to the server.
    Connections,
    /// How far a replica is behind, in milliseconds.
    ReplicationLag,
    /// Reads from disk.
    Reads,
    /// Writes to disk.
    Writes,
    /// Free space on disk, in bytes.
    FreeSpace,
}

impl HostMetric {
    /// Every metric.
    pub const ALL: [Self; 6] =
        [Self::Cpu, Self::Connections, Self::ReplicationLag, Self::Reads, Self::Writes, Self::FreeSpace];
}

/// Who measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// Amazon RDS and Aurora, by CloudWatch.
    Aws,
    /// Google Cloud SQL, by Cloud Monitoring.
    Google,
    /// Azure Database for PostgreSQL, by Azure Monitor.
    Azure,
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => "Amazon CloudWatch",
            Self::Google => "Google Cloud Monitoring",
            Self::Azure => "Azure Monitor",
        })
    }
}

/// A value for every moment, none where the cloud has none; or why there are no values at all.
pub type HostValues = Result<Vec<Option<f64>>, Missing>;

/// A host over a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostSeries {
    /// Who measured.
    pub cloud: Cloud,
    /// The distance between two moments, over which values are averaged.
    pub period: Millis,
    /// The beginnings of all periods, ascending.
    pub at: Vec<Timestamp>,
    /// What was asked for, in the order it was asked.
    pub metrics: Vec<(HostMetric, HostValues)>,
}

impl HostSeries {
    /// A metric's values; none if it could not be read or has no value in the whole span.
    pub fn values(&self, metric: HostMetric) -> Option<&[Option<f64>]> {
        let (_, values) = self.metrics.iter().find(|(known, _)| *known == metric)?;
        values.as_deref().ok().filter(|values| values.iter().any(Option::is_some))
    }

    /// Why metrics could not be read; each reason once.
    pub fn missing(&self) -> Vec<&Missing> {
        let mut reasons: Vec<&Missing> = Vec::new();
        for missing in self.metrics.iter().filter_map(|(_, values)| values.as_ref().err()) {
            if !reasons.contains(&missing) {
                reasons.push(missing);
            }
        }
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Why;

    #[test]
    fn a_reason_is_said_once() {
        let denied = || Err(Missing::new(Why::Privilege, "not allowed"));
        let series = HostSeries {
            cloud: Cloud::Aws,
            period: Millis::from_secs(60),
            at: vec![Timestamp(0)],
            metrics: vec![
                (HostMetric::Cpu, denied()),
                (HostMetric::Reads, denied()),
                (HostMetric::Writes, Ok(vec![Some(1.0)])),
                (HostMetric::ReplicationLag, Ok(vec![None])),
            ],
        };
        assert_eq!(series.missing().len(), 1);
        assert_eq!(series.values(HostMetric::Writes), Some(&[Some(1.0)][..]));
        assert_eq!((series.values(HostMetric::Cpu), series.values(HostMetric::ReplicationLag)), (None, None));
    }
}
