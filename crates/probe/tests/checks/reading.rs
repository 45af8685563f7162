//! What a check finds on a real server.

use std::sync::Arc;

use advisor::{Readings, Rule, Subject, Thresholds, Workload, advice};
use model::{Check, Finding, Millis, Reading, StatementCounters, StatementKey, StatementTotal, Timestamp, Verdict};
use probe::Target;

/// Statements that are slow, whatever was executed.
const SLOW: &[&str] = &[
    r#"SELECT * FROM "slow table" WHERE "A b" = 5"#,
    "SELECT * FROM slow_parts WHERE a = 5 ORDER BY b",
    "SELECT * FROM slow_view WHERE a = 5",
];

/// The verdict of a check with the thresholds as they are set by default.
pub async fn verdict(target: &Target, check: Check, thresholds: &Thresholds) -> Verdict {
    let rule = Rule::of(check).unwrap();
    rule.judge(&read(target, rule.needs, thresholds).await, thresholds, now())
}

/// What a check finds.
pub async fn findings(target: &Target, rule: &Rule, thresholds: &Thresholds) -> Vec<Finding> {
    verdict(target, rule.check, thresholds).await.findings().to_vec()
}

async fn read(target: &Target, needs: &[Subject], thresholds: &Thresholds) -> Readings {
    let mut readings = Readings::unasked(now());
    for subject in needs {
        match subject {
            Subject::Server => readings.server = probe::server::read(target).await,
            Subject::Activity => readings.activity = probe::activity::read(target).await,
            Subject::Replication => readings.replication = probe::replication::read(target).await,
            Subject::Archiver => readings.archiver = probe::archiver::read(target).await,
            Subject::Connections => readings.connections = probe::connections::read(target).await,
            Subject::Prepared => readings.prepared = probe::prepared::read(target).await,
            Subject::Vacuum => readings.vacuum = probe::vacuum::read(target).await,
            Subject::Sequences => readings.sequences = shared(probe::sequences::read(target).await),
            Subject::Indexes => readings.indexes = shared(probe::indexes::read(target).await),
            Subject::Constraints => readings.constraints = probe::constraints::read(target).await,
            Subject::Tables => readings.tables = shared(probe::tables::read(target).await),
            Subject::Settings => readings.settings = probe::settings::read(target).await,
            Subject::Extensions => readings.extensions = probe::extensions::read(target).await,
            Subject::ForeignKeys => readings.foreign_keys = shared(probe::foreign_keys::read(target).await),
            Subject::Bloat => readings.bloat = shared(probe::bloat::read(target).await),
            Subject::Statements => {
                let Reading { taken_at, took, answer } = probe::statements::read(target).await;
                readings.statements = Reading { taken_at, took, answer: answer.map(|_| slow_statements()) };
            }
            Subject::Relations => {
                let names = advice::tables(&slow_statements(), thresholds);
                readings.relations = probe::relations::read(target, &names).await;
            }
            Subject::Caches => readings.caches = probe::caches::read(target).await,
        }
    }
    readings
}

fn shared<T>(reading: Reading<Vec<T>>) -> Reading<Arc<Vec<T>>> {
    Reading { taken_at: reading.taken_at, took: reading.took, answer: reading.answer.map(Into::into) }
}

fn slow_statements() -> Workload {
    let statement = |(number, text): (usize, &&str)| StatementTotal {
        key: StatementKey { queryid: number.to_string(), role: "app".into(), toplevel: true },
        query: Some((*text).into()),
        counters: StatementCounters { calls: 10_000, total_ms: Millis(1e6), ..Default::default() },
    };
    Workload { since: None, statements: SLOW.iter().enumerate().map(statement).collect() }
}

fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since_1970.as_micros()).unwrap())
}
