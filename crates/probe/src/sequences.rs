//! Columns fed by sequences, and how far they have come.

use model::{Reading, Sequence};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("sequences", include_str!("sequences.sql"));

/// Every column fed by a sequence (`pg_sequence`, `pg_depend`); locked ones without their last value.
pub async fn read(target: &Target) -> Reading<Vec<Sequence>> {
    reading(async { target.ask_opening(&QUESTION).await }).await
}
