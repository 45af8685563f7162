//! The statements of a database, unless its configuration says to leave them alone.

use std::{collections::HashSet, time::SystemTime};

use model::{DatabaseId, Millis, Missing, Reading, Statements, Why};
use probe::Target;

use crate::Collector;

impl Collector {
    /// Captures no statements of these databases, only their own figures.
    #[must_use]
    pub fn without_statements_of(self, databases: HashSet<DatabaseId>) -> Self {
        Self { without_statements: databases.into(), ..self }
    }

    pub(crate) async fn statements(&self, target: &Target, id: &DatabaseId) -> Reading<Statements> {
        if !self.without_statements.contains(id) {
            return probe::statements::read(target).await;
        }
        let why = Missing::new(Why::Failed, "the configuration says not to capture statements");
        Reading { taken_at: SystemTime::now().into(), took: Millis(0.0), answer: Err(why) }
    }
}
