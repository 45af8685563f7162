//! Which of a cluster's nodes answers.

use model::{Node, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("node", include_str!("node.sql"));

/// The node behind the address at this moment (`pg_control_system()`, `pg_control_checkpoint()`).
pub async fn read(target: &Target) -> Reading<Node> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
