//! The role Heron should have.

use model::quote_identifier;

/// SQL that makes a role which can see what Heron shows and change nothing; for a superuser to read and run.
pub fn grants(role: &str) -> String {
    include_str!("grants.sql").replace("{role}", &quote_identifier(role))
}

/// SQL that lets the role also do what people ask Heron for; for a superuser to read and run.
pub fn grants_for_actions(role: &str) -> String {
    include_str!("grants_actions.sql").replace("{role}", &quote_identifier(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_actions_need_is_asked_for_by_itself() {
        assert!(!grants("heron").contains("pg_signal_backend"));
        let sql = grants_for_actions("A b");
        assert!(sql.contains("GRANT pg_signal_backend TO \"A b\";") && !sql.contains("{role}"), "{sql}");
    }

    #[test]
    fn the_role_is_quoted_and_cannot_write() {
        let sql = grants("Heron \"x\"");
        assert!(sql.contains("CREATE ROLE \"Heron \"\"x\"\"\" LOGIN;"));
        assert!(sql.contains("SET default_transaction_read_only = on;"));
        assert!(!sql.contains("{role}"));
    }
}
