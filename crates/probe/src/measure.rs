//! Bloat measured page by page.

use dataset::Value;
use model::{BloatMeasure, QualifiedName, Reading, Why};

use crate::{
    Question, Target,
    extension::{self, Installed},
    obstacle::Obstacle,
    target::reading,
};

pub(crate) const QUESTION: Question = Question::new("measure", include_str!("measure.sql"));

/// How much of one table or btree index is empty (`pgstattuple_approx`, `pgstatindex`).
pub async fn read(target: &Target, relation: &QualifiedName) -> Reading<BloatMeasure> {
    reading(async {
        let schema = match extension::installed(target, "pgstattuple").await? {
            Some(Installed { extension, usable: true }) => extension.schema,
            Some(Installed { extension, .. }) => {
                return Err(extension::hidden(target, "pgstattuple", &extension));
            }
            None => {
                let detail = "pgstattuple is not created in this database: CREATE EXTENSION pgstattuple;";
                return Err(Obstacle::new(Why::Extension, detail));
            }
        };
        let binds = vec![Value::from(relation.schema.as_str()), Value::from(relation.name.as_str())];
        let rows: Vec<BloatMeasure> = target.ask_of(&QUESTION, binds, Some(schema)).await?;
        rows.into_iter().next().ok_or_else(|| {
            let detail = format!(
                "{relation} cannot be measured: it is locked exclusively, or it is no table or valid btree index."
            );
            Obstacle::new(Why::Locked, detail)
        })
    })
    .await
}
