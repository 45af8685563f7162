//! The server's settings, and what they are measured by.

use model::{Reading, Setting};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("settings", include_str!("settings.sql"));

/// Every setting (`pg_settings`).
pub async fn read(target: &Target) -> Reading<Vec<Setting>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
