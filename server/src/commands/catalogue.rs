//! `heron catalogue`: every statement Heron may send.

use probe::{Action, Question};
use serde_json::json;

use super::print;
use crate::{
    cli::{Catalogue, CatalogueFormat},
    exit::{Exit, Result},
};

/// What stands over the actions.
const ACTIONS: &str = "Actions: sent only when an operator asked for it and confirmed it, never to read something";

/// The heading of the questions that are sent on request.
const TEMPLATES: &str = "On request: sent only when a person asks, with their statement in its place";

/// Prints the catalogue: the questions, and under headings what is sent only when somebody asks for it.
///
/// JSON has no headings, so there it is one or the other. In SQL what is asked for are comments: whoever pipes it into psql means
/// to ask, not to act.
///
/// # Errors
/// Never; it returns what every command returns.
pub fn run(catalogue: &Catalogue) -> Result {
    if catalogue.checks {
        print(&advisor::check::documentation());
        return Ok(Exit::Fine);
    }
    let (questions, actions) = (probe::catalogue(), probe::actions());
    let questions = if catalogue.actions { &[] } else { questions };
    let templates = probe::templates();
    match catalogue.format {
        CatalogueFormat::Text => {
            let questions = questions.iter().map(question).chain([format!("{TEMPLATES}\n")]);
            let questions = questions.chain(templates.iter().map(question)).chain([format!("{ACTIONS}\n")]);
            print(&joined(questions.chain(actions.iter().map(action))));
        }
        CatalogueFormat::Sql => {
            let questions = questions.iter().map(|question| format!("{}\n", question.sql.trim()));
            let questions = questions.chain([format!("-- {TEMPLATES}\n")]);
            let questions = questions.chain(templates.iter().map(|template| commented(template.sql)));
            let questions = questions.chain([format!("-- {ACTIONS}\n")]);
            print(&joined(questions.chain(actions.iter().map(|action| commented(action.sql)))));
        }
        CatalogueFormat::Json if catalogue.actions => {
            let asked = templates.iter().map(template_json).chain(actions.iter().map(action_json));
            print(&asked.collect::<serde_json::Value>().to_string());
        }
        CatalogueFormat::Json => print(&questions.iter().map(question_json).collect::<serde_json::Value>().to_string()),
    }
    Ok(Exit::Fine)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("\n")
}

fn question(question: &Question) -> String {
    let Question { name, about, versions, privileges, cost, .. } = question;
    format!(
        "{name}\n  answers     {about}\n  versions    {versions}\n  privileges  {privileges}\n  cost        {cost}\n"
    )
}

fn action(action: &Action) -> String {
    let Action { name, about, changes, versions, privileges, cost, .. } = action;
    format!(
        "{name}\n  changes     {changes}\n  answers     {about}\n  versions    {versions}\n  privileges  {privileges}\n  \
         cost        {cost}\n"
    )
}

fn commented(sql: &str) -> String {
    sql.trim().lines().map(|line| format!("-- {line}\n")).collect()
}

fn question_json(question: &Question) -> serde_json::Value {
    json!({
        "name": question.name, "answers": question.about, "versions": question.versions,
        "privileges": question.privileges, "cost": question.cost, "sql": question.sql,
    })
}

fn template_json(template: &Question) -> serde_json::Value {
    let mut json = question_json(template);
    json["changes"] = "nothing".into();
    json
}

fn action_json(action: &Action) -> serde_json::Value {
    json!({
        "name": action.name, "answers": action.about, "changes": action.changes, "versions": action.versions,
        "privileges": action.privileges, "cost": action.cost, "sql": action.sql,
    })
}
