//! `heron catalogue`: every statement Heron may send.

use probe::Question;
use serde_json::json;

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
        CatalogueFormat::Text => questions.iter().for_each(|question| println!("{}", text(question))),
        CatalogueFormat::Sql => questions.iter().for_each(|question| println!("{}\n", question.sql.trim())),
        CatalogueFormat::Json => println!("{}", json(questions)),
    }
    Ok(Exit::Fine)
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
