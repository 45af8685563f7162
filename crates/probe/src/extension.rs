//! Where an extension is.

use dataset::Value;
use model::{Extension, Why, quote_identifier};
use serde::Deserialize;

use crate::{Question, Target, obstacle::Obstacle};

pub(crate) const QUESTION: Question = Question::new("extension", include_str!("extension.sql"));

/// An extension of this database, and whether the role may use its schema.
#[derive(Deserialize)]
pub(crate) struct Installed {
    #[serde(flatten)]
    pub(crate) extension: Extension,
    pub(crate) usable: bool,
}

/// The extension of this name, if it is in this database.
///
/// Looked up each time: a schema remembered from before the extension moved could hold a function of the same name by now.
pub(crate) async fn installed(target: &Target, name: &str) -> Result<Option<Installed>, Obstacle> {
    let found: Vec<Installed> = target.ask(&QUESTION, vec![Value::from(name)]).await?;
    Ok(found.into_iter().next())
}

/// The extension is in a schema the role may not use.
pub(crate) fn hidden(target: &Target, name: &str, extension: &Extension) -> Obstacle {
    let (role, schema) = (quote_identifier(target.role()), quote_identifier(&extension.schema));
    let detail = format!(
        "{name} is in schema {schema}, which role {role} may not use: GRANT USAGE ON SCHEMA {schema} TO {role};"
    );
    Obstacle::new(Why::Privilege, detail)
}
