//! Whether anybody changed a definition.

use model::Reading;
use serde::Deserialize;

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("definitions", include_str!("definitions.sql"));

/// A number that is another one after DDL (`pg_stat_get_tuples_*` of the catalogs); none where nobody counts.
pub async fn read(target: &Target) -> Reading<Option<i64>> {
    reading(async { Ok(target.ask_one::<Row>(&QUESTION).await?.written) }).await
}

#[derive(Deserialize)]
struct Row {
    written: Option<i64>,
}
