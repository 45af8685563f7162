//! What tables and indexes take on disk.

use model::{Reading, RelationSize};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("space", include_str!("space.sql"));

/// The size of every user table and index; of the largest by their files, of the others as of the last VACUUM or ANALYZE.
pub async fn read(target: &Target) -> Reading<Vec<RelationSize>> {
    reading(async { target.ask_opening(&QUESTION).await }).await
}
