//! `heron catalogue`: every statement Heron may send.

use probe::Question;
use serde_json::json;

use super::print;
use crate::{
    cli::{Catalogue, CatalogueFormat},
    exit::{Exit, Result},
};

/// Prints the catalogue.
///
/// # Errors
/// Never; it returns what every command returns.
pub fn run(catalogue: &Catalogue) -> Result {
    let questions = probe::catalogue();
    match catalogue.format {
        CatalogueFormat::Text => print(&joined(questions, text)),
        CatalogueFormat::Sql => print(&joined(questions, |question| format!("{}\n", question.sql.trim()))),
        CatalogueFormat::Json => print(&json(questions).to_string()),
    }
    Ok(Exit::Fine)
}

fn joined(questions: &[Question], one: impl Fn(&Question) -> String) -> String {
    questions.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn text(question: &Question) -> String {
    format!(
        "{}\n  answers     {}\n  versions    {}\n  privileges  {}\n  cost        {}\n",
        question.name, question.about, question.versions, question.privileges, question.cost
    )
}

fn json(questions: &[Question]) -> serde_json::Value {
    questions
        .iter()
        .map(|question| {
            json!({
                "name": question.name, "answers": question.about, "versions": question.versions,
                "privileges": question.privileges, "cost": question.cost, "sql": question.sql,
            })
        })
        .collect()
}
