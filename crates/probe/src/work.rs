//! What the server did, for its settings to be measured by.

use model::{Reading, Work};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("work", include_str!("work.sql"));

/// Hits, temporary files, checkpoints and WAL since the statistics began.
pub async fn read(target: &Target) -> Reading<Work> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
