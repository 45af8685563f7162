//! Foreign keys.

use model::{ForeignKey, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("foreign_keys", include_str!("foreign_keys.sql"));

/// Every foreign key of the user tables (`pg_constraint`).
pub async fn read(target: &Target) -> Reading<Vec<ForeignKey>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
