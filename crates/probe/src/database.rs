//! A database's size, and the instance's connections.

use model::{DatabaseSample, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("database", include_str!("database.sql"));

/// The database's size and the instance's client connections, Heron's own left out.
pub async fn read(target: &Target) -> Reading<DatabaseSample> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
