//! Standby and slots.

use model::{Reading, Replication};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("replication", include_str!("replication.sql"));

/// Whether the server is a standby and how far behind, and its slots (`pg_replication_slots`).
pub async fn read(target: &Target) -> Reading<Replication> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
