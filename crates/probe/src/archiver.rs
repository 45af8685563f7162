//! WAL archiving.

use model::{Archiver, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("archiver", include_str!("archiver.sql"));

/// The state of WAL archiving (`pg_stat_archiver`, `pg_ls_archive_statusdir()`).
pub async fn read(target: &Target) -> Reading<Archiver> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
