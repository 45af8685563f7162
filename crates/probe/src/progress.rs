//! Long maintenance while it runs.

use model::{Progress, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("progress", include_str!("progress.sql"));

/// Every command on the server that reports its progress (`pg_stat_progress_*`), longest running first.
pub async fn read(target: &Target) -> Reading<Vec<Progress>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
