//! How far tables and databases are from wraparound, and what holds vacuum back.

use model::{Reading, Vacuum};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("vacuum", include_str!("vacuum.sql"));

/// The ages of unfrozen ids (`pg_class`, `pg_database`), who needs old rows (`pg_stat_activity`, `pg_prepared_xacts`,
/// `pg_replication_slots`, `pg_stat_replication`), and autovacuum's settings.
pub async fn read(target: &Target) -> Reading<Vacuum> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
