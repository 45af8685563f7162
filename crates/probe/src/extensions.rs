//! The extensions of a database.

use model::{InstalledExtension, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("extensions", include_str!("extensions.sql"));

/// Each extension with its version here and on the server (`pg_available_extensions`).
pub async fn read(target: &Target) -> Reading<Vec<InstalledExtension>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
