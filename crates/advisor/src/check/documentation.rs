//! What each check needs, as the documentation and `heron grants` say it.

use model::Scope;

use super::{Need, RULES, Requirement, Rule};

/// The table of `docs/checks.md`.
pub fn documentation() -> String {
    let mut text = String::from(HEAD);
    for rule in RULES {
        let scope = match (rule.scope, rule.also_of_server) {
            (Scope::Server, _) => "server",
            (Scope::Database, None) => "database",
            (Scope::Database, Some(_)) => "database, some findings the server",
        };
        let (name, title) = (rule.check.name(), rule.check.title());
        text += &format!("| `{name}` | {title} | {scope} | {} |\n", needs(rule));
    }
    text += "\n## What a requirement is for\n\n| requirement | checks |\n|---|---|\n";
    for requirement in Requirement::ALL {
        let checks: Vec<String> = requirement.checks().iter().map(|check| format!("`{check}`")).collect();
        text += &format!("| {} | {} |\n", requirement.name(), checks.join(", "));
    }
    text
}

/// What each privilege is for, as comments of SQL.
pub fn privileges() -> String {
    let mut text = String::from(
        "\n-- What the checks need. Without a privilege a check says so and is not run, or names what it could not see.\n",
    );
    for requirement in Requirement::ALL {
        let checks: Vec<&str> = requirement.checks().iter().map(|check| check.name()).collect();
        let kind = if requirement.is_privilege() { "" } else { "the server: " };
        text += &format!("--   {kind}{}: {}\n", requirement.name(), checks.join(", "));
    }
    text
}

const HEAD: &str = "\
# Checks and what they need

All checks work on PostgreSQL 14 to 18. Before a check runs, Heron looks whether the server records what the check rests on and
whether its role may see it. If not, the check says what is missing and how to fix it; it is never green on what it did not see.
The settings page shows the state of each requirement for each database.

A requirement is needed *to run at all*; *to see everything* (what is found is reported, \"nothing found\" is not); *to name the
cause of a finding*; or it is granted *for each object*, and the check names the objects it could not read. `track_activities` and
`track_counts` can also be set for a role, a database or a session. Heron sees the first two, and of `track_activities` also
sessions that have it off for themselves.

This file is what `heron catalogue --checks` prints.

| check | about | concerns the | needs |
|---|---|---|---|
";

fn needs(rule: &Rule) -> String {
    let needs: Vec<String> =
        rule.requires.iter().map(|need: &Need| format!("{} {}", need.requirement().name(), need.purpose())).collect();
    if needs.is_empty() { "nothing but to connect".into() } else { needs.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_is_current() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/checks.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(file, documentation()).unwrap();
        }
        let written = std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            written == documentation(),
            "docs/checks.md is not what `heron catalogue --checks` prints; UPDATE_DOCS=1 writes it"
        );
    }

    #[test]
    fn privileges_are_comments_that_name_checks() {
        let text = privileges();
        assert!(text.lines().all(|line| line.is_empty() || line.starts_with("--")), "{text}");
        assert!(text.contains("pg_read_all_stats (in pg_monitor): blocked_query, "), "{text}");
    }
}
