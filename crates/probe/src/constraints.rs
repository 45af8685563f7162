//! Constraints that were never checked.

use model::{Constraint, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("constraints", include_str!("constraints.sql"));

/// The constraints added NOT VALID and not validated since (`pg_constraint.convalidated`).
pub async fn read(target: &Target) -> Reading<Vec<Constraint>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
