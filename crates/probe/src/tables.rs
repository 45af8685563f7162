//! What PostgreSQL counts of every table.

use model::{Reading, Table};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("tables", include_str!("tables.sql"));

/// Every user table with its counters (`pg_stat_user_tables`, `pg_statio_user_tables`).
pub async fn read(target: &Target) -> Reading<Vec<Table>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
