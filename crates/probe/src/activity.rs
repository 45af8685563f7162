//! Sessions.

use model::{ActiveStatement, Millis, QualifiedName, Reading, Session, SessionKey, Timestamp, WantedLock};
use serde::Deserialize;

use crate::{
    Question, Target,
    target::{now, reading},
    text::ForeignText,
};

pub(crate) const QUESTION: Question = Question::new("activity", include_str!("activity.sql"));

/// Below this the two clocks agree as well as the way between them allows to tell.
const AGREE: Millis = Millis(1_000.0);

/// Characters kept of a query's text.
const QUERY: usize = 2_000;

/// Every session of the instance but Heron's own (`pg_stat_activity`), and who blocks whom (`pg_blocking_pids`).
///
/// Moments are on Heron's clock: where the server's goes differently they are shifted, because what people and checks
/// want to know is how long something has lasted.
pub async fn read(target: &Target) -> Reading<Vec<Session>> {
    reading(async {
        let rows: Vec<Row> = target.ask(&QUESTION, vec![]).await?;
        let ahead = rows.first().map_or(Millis(0.0), |row| row.clock.since(now()));
        let ahead = if ahead.0.abs() > AGREE.0 { ahead } else { Millis(0.0) };
        Ok(rows.into_iter().map(|row| row.shifted(ahead)).collect())
    })
    .await
}

#[derive(Deserialize)]
struct Row {
    /// The server's clock.
    clock: Timestamp,
    began: Option<Timestamp>,
    text_hash: Option<i64>,
    lock_kind: Option<String>,
    lock_mode: Option<String>,
    lock_since: Option<Timestamp>,
    lock_schema: Option<String>,
    lock_relation: Option<String>,
    query_bytes: Option<ForeignText>,
    #[serde(flatten)]
    session: Session,
}

impl Row {
    fn shifted(self, ahead: Millis) -> Session {
        let shift = |at: Option<Timestamp>| at.map(|at| at - ahead);
        let (session, relation) = (self.session, self.lock_schema.zip(self.lock_relation));
        // A key is for the server, so its moments stay on the server's clock.
        let statement = self.text_hash.zip(session.query_start).map(|(text_hash, began)| ActiveStatement {
            began,
            transaction_began: session.xact_start,
            text_hash,
        });
        Session {
            key: self.began.map(|began| SessionKey { pid: session.pid, began, statement }),
            wanted: self.lock_kind.zip(self.lock_mode).map(|(kind, mode)| WantedLock {
                kind,
                mode,
                relation: relation.map(|(schema, name)| QualifiedName { schema, name }),
                since: shift(self.lock_since),
            }),
            query: self.query_bytes.map(|text| text.truncate(QUERY)),
            xact_start: shift(session.xact_start),
            query_start: shift(session.query_start),
            state_change: shift(session.state_change),
            ..session
        }
    }
}
