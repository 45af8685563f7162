//! How far tables are from transaction id wraparound.

use model::{FreezeAge, Reading};

use crate::{Question, Target, target::reading};

pub(crate) const QUESTION: Question = Question::new("vacuum", include_str!("vacuum.sql"));

/// The twenty tables with the oldest unfrozen transaction ids (`pg_class.relfrozenxid`), oldest first.
pub async fn read(target: &Target) -> Reading<Vec<FreezeAge>> {
    reading(async { target.ask(&QUESTION, vec![]).await }).await
}
