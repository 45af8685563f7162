//! Everything Heron can ask.

use crate::{
    activity, archiver, bloat, caches, connections, constraints, database, definitions, explain, extension, extensions,
    foreign_keys, indexes, measure, node, prepared, progress, relations, replication, sequences, server, session,
    settings, space, statements, system, tables, vacuum, work,
};

/// A statement Heron may send, with what a database administrator wants to know of it first.
///
/// All of it is read from the head of the `.sql` file when Heron is compiled; a file without it does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The subject, as the file is called.
    pub name: &'static str,
    /// The statement, its head included: who finds it in `pg_stat_activity` reads what it is.
    pub sql: &'static str,
    /// What it answers.
    pub about: &'static str,
    /// The versions of PostgreSQL, and of an extension, that it is for.
    pub versions: &'static str,
    /// What the role needs, and what for.
    pub privileges: &'static str,
    /// What it costs the server.
    pub cost: &'static str,
}

impl Question {
    pub(crate) const fn new(name: &'static str, sql: &'static str) -> Self {
        Self {
            name,
            sql,
            about: headline(sql, "-- answers: "),
            versions: headline(sql, "-- versions: "),
            privileges: headline(sql, "-- privileges: "),
            cost: headline(sql, "-- cost: "),
        }
    }
}

/// A statement that changes something. Heron sends it only because a person who may act asked for it; no reading does.
///
/// Headed as a question is, and by what it changes. The text is a constant: values are bound, and names, as of the table to
/// analyze, are handed over by a statement that binds them and are quoted by PostgreSQL. Where that cannot be, because the
/// action is about a statement of somebody's own (`EXPLAIN ANALYZE`), the place for it is written `{statement}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// What it does, as the file is called.
    pub name: &'static str,
    /// The statement, its head included.
    pub sql: &'static str,
    /// What it answers.
    pub about: &'static str,
    /// What is different afterwards.
    pub changes: &'static str,
    /// The versions of PostgreSQL, and of an extension, that it is for.
    pub versions: &'static str,
    /// What the role needs.
    pub privileges: &'static str,
    /// What it costs the server.
    pub cost: &'static str,
}

impl Action {
    pub(crate) const fn new(name: &'static str, sql: &'static str) -> Self {
        let Question { name, sql, about, versions, privileges, cost } = Question::new(name, sql);
        Self { name, sql, about, changes: headline(sql, "-- changes: "), versions, privileges, cost }
    }
}

/// Every action a person can ask Heron for, in the order in which people want to read about them.
pub fn actions() -> &'static [Action] {
    static ALL: &[Action] = &[
        crate::actions::WRITE,
        crate::actions::SIGNAL,
        crate::actions::TERMINATE_ALL,
        crate::actions::ENABLE_STATISTICS,
        crate::actions::RESET_STATISTICS,
        crate::actions::ANALYZE_OF,
        crate::actions::ANALYZE,
        explain::ANALYZE,
    ];
    ALL
}

/// The questions that Heron sends only when a person asks: about a relation, or about a statement of theirs, which takes the
/// place of `{statement}`.
pub fn templates() -> &'static [Question] {
    static ALL: &[Question] = &[measure::QUESTION, explain::PLAN, explain::PREPARE, explain::PREPARED];
    ALL
}

/// Every question Heron can ask of a watched server, in the order in which people want to read about them.
pub fn catalogue() -> &'static [Question] {
    static ALL: &[Question] = &[
        session::OWN,
        session::SETTINGS,
        server::QUESTION,
        node::QUESTION,
        database::QUESTION,
        activity::QUESTION,
        connections::QUESTION,
        replication::QUESTION,
        archiver::QUESTION,
        caches::QUESTION,
        system::QUESTION,
        vacuum::QUESTION,
        prepared::QUESTION,
        progress::QUESTION,
        definitions::QUESTION,
        sequences::QUESTION,
        indexes::QUESTION,
        constraints::QUESTION,
        foreign_keys::QUESTION,
        tables::QUESTION,
        space::QUESTION,
        bloat::QUESTION,
        relations::QUESTION,
        extension::QUESTION,
        statements::INFO,
        statements::COUNTERS,
        statements::TEXTS,
        settings::QUESTION,
        work::QUESTION,
        extensions::QUESTION,
        explain::PARAMETERS,
    ];
    ALL
}

/// The rest of the line that begins with `label`.
const fn headline(sql: &'static str, label: &str) -> &'static str {
    let (text, label) = (sql.as_bytes(), label.as_bytes());
    let mut start = 0;
    while start < text.len() {
        let mut matched = 0;
        while matched < label.len() && start + matched < text.len() && text[start + matched] == label[matched] {
            matched += 1;
        }
        let mut end = start;
        while end < text.len() && text[end] != b'\n' {
            end += 1;
        }
        if matched == label.len() {
            return sql.split_at(end).0.split_at(start + matched).1;
        }
        start = end + 1;
    }
    panic!("an .sql file begins with lines for: answers, versions, privileges, cost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_says_what_it_is() {
        for question in catalogue().iter().chain(templates()) {
            assert!(
                question
                    .sql
                    .starts_with(&format!("-- answers: {}\n-- versions: {}\n", question.about, question.versions))
            );
            for said in [question.about, question.versions, question.privileges, question.cost] {
                assert!(!said.is_empty(), "{}", question.name);
            }
        }
    }

    #[test]
    fn every_action_says_what_it_changes() {
        for action in actions() {
            let head = format!("-- answers: {}\n-- changes: {}\n-- versions: ", action.about, action.changes);
            assert!(action.sql.starts_with(&head) && !action.changes.is_empty(), "{}", action.name);
            for said in [action.about, action.versions, action.privileges, action.cost] {
                assert!(!said.is_empty(), "{}", action.name);
            }
        }
    }

    #[test]
    fn every_sql_file_is_in_the_catalogue_or_a_template() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".sql").map(Into::into))
            .filter(|name: &String| !name.starts_with("grants"))
            .collect();
        let questions = catalogue().iter().chain(templates());
        let names = questions.map(|question| question.name).chain(actions().iter().map(|action| action.name));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
    }

    /// A server whose encoding is not UTF-8 has to convert a statement, and refuses one with a character it does not have.
    #[test]
    fn sql_is_ascii() {
        let questions = catalogue().iter().chain(templates()).map(|question| (question.name, question.sql));
        for (name, sql) in questions.chain(actions().iter().map(|action| (action.name, action.sql))) {
            assert!(sql.is_ascii(), "{name}");
        }
    }

    #[test]
    fn every_question_is_one_statement_that_selects() {
        for question in catalogue() {
            let code: Vec<&str> = question.sql.lines().map(|line| line.split("--").next().unwrap_or("")).collect();
            let code = code.join("\n");
            assert!(!code.contains(';'), "{}", question.name);
            assert!(code.trim().starts_with("SELECT") || code.trim().starts_with("WITH"), "{}", question.name);
        }
    }
}
