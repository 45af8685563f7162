//! Prepared transactions.

use model::{PreparedTransactions, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("prepared", include_str!("prepared.sql"));

/// The prepared transactions of the server and what they lock (`pg_prepared_xacts`, `pg_locks`).
pub async fn read(target: &Target) -> Reading<PreparedTransactions> {
    reading(async { target.ask_one(&QUESTION).await }).await
}
