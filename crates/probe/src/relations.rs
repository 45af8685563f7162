//! Tables and what the planner knows of their columns.

use dataset::Value;
use model::{Reading, Relation};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("relations", include_str!("relations.sql"));

/// The tables of these names, in whatever user schema, with their columns' statistics (`pg_class`, `pg_stats`).
pub async fn read(target: &Target, names: &[String]) -> Reading<Vec<Relation>> {
    reading(async {
        if names.is_empty() {
            return Ok(vec![]);
        }
        target.ask(&QUESTION, vec![Value::TextArray(names.to_vec())]).await
    })
    .await
}
