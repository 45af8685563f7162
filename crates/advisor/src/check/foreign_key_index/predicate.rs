//! Which partial indexes contain every row that refers to another.

/// Whether every row that refers to another satisfies the predicate. A row with a NULL among its columns refers to none, so
/// this is so if the predicate consists of `column IS NOT NULL` alone.
pub(super) fn is_implied(predicate: &str, columns: &[String]) -> bool {
    let mut rest = predicate.trim();
    loop {
        rest = rest.trim_start_matches('(');
        let (negated, tail) = match rest.strip_prefix("NOT ") {
            Some(tail) => (true, tail.trim_start_matches('(')),
            None => (false, rest),
        };
        let Some((name, tail)) = identifier(tail) else { return rest == "true" };
        let test = if negated { " IS NULL" } else { " IS NOT NULL" };
        let (true, Some(tail)) = (columns.contains(&name), tail.strip_prefix(test)) else { return rest == "true" };
        let tail = tail.trim_start_matches(')');
        match tail.strip_prefix(" AND ").or_else(|| tail.strip_prefix(" OR ")) {
            Some(tail) => rest = tail,
            None => return tail.is_empty(),
        }
    }
}

/// The identifier that SQL begins with, unquoted, and what follows it.
fn identifier(sql: &str) -> Option<(String, &str)> {
    let Some(quoted) = sql.strip_prefix('"') else {
        let end = sql.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(sql.len());
        return (end > 0).then(|| (sql[..end].to_owned(), &sql[end..]));
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', Some((_, '"'))) => {
                chars.next();
                name.push('"');
            }
            ('"', _) => return Some((name, &quoted[at + 1..])),
            _ => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_index_serves_if_its_predicate_holds_for_every_reference() {
        let columns = ["a".to_owned(), "B \" b".to_owned(), "order".to_owned()];
        let cases = [
            ("a IS NOT NULL", true),
            ("(a IS NOT NULL)", true),
            ("a IS NOT NULL AND \"B \"\" b\" IS NOT NULL", true),
            ("(a IS NOT NULL) AND (\"order\" IS NOT NULL)", true),
            ("a IS NOT NULL OR \"order\" IS NOT NULL", true),
            ("NOT a IS NULL", true),
            ("true", true),
            ("a IS NULL", false),
            ("NOT a IS NOT NULL", false),
            ("a IS NOT NULL AND active", false),
            ("c IS NOT NULL", false),
            ("a > 0", false),
            ("a IS NOT NULL AND a > 0", false),
            ("\"a IS NOT NULL", false),
            ("", false),
        ];
        for (predicate, implied) in cases {
            assert_eq!(is_implied(predicate, &columns), implied, "{predicate}");
        }
    }
}
