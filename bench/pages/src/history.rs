//! Two weeks of history, as a busy database leaves it.

use model::{Capture, DatabaseId, Millis, Statement, StatementCounters, StatementKey, Timestamp};
use store::{Change, NewCapture, Store};

use crate::Result;

const CAPTURES: i64 = 4032;
const EVERY: Millis = Millis::from_secs(300);
/// Statements that did something between two captures, out of how many.
const ACTIVE: i64 = 100;
const KNOWN: i64 = 400;

/// Writes it into a store; says how many rows of statements it has.
pub(crate) async fn write(store: &str, database: &str) -> Result<i64> {
    let (store, id) = (Store::open(store).await?, DatabaseId(database.into()));
    let now: Timestamp = std::time::SystemTime::now().into();
    for n in (1..=CAPTURES).rev() {
        let changed = (0..ACTIVE).map(|place| Change {
            id: None,
            statement: statement((n * 7 + place * 4) % KNOWN),
            growth: Some(StatementCounters {
                calls: 5,
                total_ms: Millis(3.5),
                rows: 10,
                ..StatementCounters::default()
            }),
        });
        let taken_at = now - Millis(EVERY.0 * n as f64);
        let capture = NewCapture {
            capture: Capture { taken_at, span: Some(EVERY), marks: vec![] },
            snapshot: None,
            sample: None,
            changed: changed.collect(),
            gone: vec![],
            system: None,
        };
        store.record(&id, capture).await?;
    }
    store.roll_up(&id).await?;
    store.close().await;
    Ok(CAPTURES * ACTIVE)
}

fn statement(n: i64) -> Statement {
    let key = StatementKey { queryid: n.to_string(), role: "app".into(), toplevel: true };
    Statement { key, counters: StatementCounters::default(), stats_since: None }
}
