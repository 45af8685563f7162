//! What bloat can be estimated from.

use model::{Packing, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("bloat", include_str!("bloat.sql"));

/// The rows, pages and column widths of the largest tables and btree indexes (`pg_class`, `pg_stats`).
pub async fn read(target: &Target) -> Reading<Vec<Packing>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
