//! Everything Heron can ask.

use crate::{
    activity, caches, constraints, database, indexes, relations, replication, sequences, server, session, statements,
    vacuum,
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

/// Every statement Heron can send to a watched server, in the order in which people want to read about them.
pub fn catalogue() -> &'static [Question] {
    static ALL: [Question; 14] = [
        session::QUESTION,
        server::QUESTION,
        database::QUESTION,
        activity::QUESTION,
        replication::QUESTION,
        caches::QUESTION,
        vacuum::QUESTION,
        sequences::QUESTION,
        indexes::QUESTION,
        constraints::QUESTION,
        relations::QUESTION,
        statements::INFO,
        statements::COUNTERS,
        statements::TEXTS,
    ];
    &ALL
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
        for question in catalogue() {
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
    fn every_sql_file_is_in_the_catalogue_or_a_template() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().unwrap().strip_suffix(".sql").map(Into::into))
            .filter(|name| name != "grants")
            .collect();
        let mut names: Vec<String> = catalogue().iter().map(|question| question.name.to_owned()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
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
