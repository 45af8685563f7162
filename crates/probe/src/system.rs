//! What a server as a whole has done.

use model::{Reading, SystemSample};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("system", include_str!("system.sql"));

/// The counters of the database and of its server (`pg_stat_database`, `pg_stat_wal`, `pg_stat_bgwriter`,
/// `pg_stat_archiver`; where there are such views, `pg_stat_checkpointer` and `pg_stat_io`).
pub async fn read(target: &Target) -> Reading<SystemSample> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
