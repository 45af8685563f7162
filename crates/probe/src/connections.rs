//! Limits of connections.

use model::{ConnectionUse, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("connections", include_str!("connections.sql"));

/// Connections in use beside the limits of the server, its databases and its roles.
pub async fn read(target: &Target) -> Reading<ConnectionUse> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
