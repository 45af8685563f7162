//! How often PostgreSQL found in its buffers what it looked for.

use model::{Caches, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("caches", include_str!("caches.sql"));

/// Block hits and reads of the user tables and their indexes (`pg_stat_get_blocks_fetched`).
pub async fn read(target: &Target) -> Reading<Caches> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
