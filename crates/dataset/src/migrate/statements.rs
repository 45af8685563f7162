//! Cuts a script into its statements.

use crate::{Dialect, placeholder::dollar_tag};

/// The statements of a script, without the semicolons and without what is only a comment. The body of a routine, trigger
/// or event holds semicolons of its own, so from the first of them on the rest is one piece.
pub(super) fn statements(sql: &'static str, dialect: Dialect) -> Vec<&'static str> {
    let mut statements = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < sql.len() {
        if sql.as_bytes()[at] == b';' && !has_body(&sql[start..], dialect) {
            statements.push(&sql[start..at]);
            start = at + 1;
            at = start;
        } else {
            at = token_end(sql, at, dialect);
        }
    }
    statements.push(&sql[start..]);
    statements.retain(|statement| words(statement, dialect).next().is_some());
    statements.into_iter().map(str::trim).collect()
}

/// Whether the first statement changes the definition of something, which MySQL does in one step or not at all.
pub(super) fn is_definition(sql: &str, dialect: Dialect) -> bool {
    let first = words(sql, dialect).next().unwrap_or_default();
    ["create", "alter", "drop", "rename"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether the first statement may hold statements itself.
fn has_body(sql: &str, dialect: Dialect) -> bool {
    const PLAIN: [&str; 10] =
        ["table", "index", "view", "database", "schema", "sequence", "type", "user", "role", "extension"];
    const BODIED: [&str; 5] = ["function", "procedure", "trigger", "event", "package"];
    let mut words = words(sql, dialect);
    let first = words.next().unwrap_or_default();
    if dialect.is_mysql() && first.eq_ignore_ascii_case("begin") {
        return words.next().is_some_and(|word| word.eq_ignore_ascii_case("not"));
    }
    let is_one_of = |word: &str, list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let kind = words.find(|word| is_one_of(word, &PLAIN) || is_one_of(word, &BODIED));
    first.eq_ignore_ascii_case("create") && kind.is_some_and(|kind| is_one_of(kind, &BODIED))
}

/// The words before the first semicolon; anything else that is no comment counts as one too.
fn words(sql: &str, dialect: Dialect) -> impl Iterator<Item = &str> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < sql.len() {
            let rest = &sql[at..];
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            if length > 0 {
                at += length;
                return Some(&rest[..length]);
            }
            let begin = at;
            at = token_end(sql, at, dialect);
            let token = &sql[begin..at];
            match token {
                ";" => {
                    at = sql.len();
                    return None;
                }
                // MySQL runs what stands in such a comment.
                _ if is_comment(token, dialect) && !(dialect.is_mysql() && token.starts_with("/*!")) => {}
                _ if token.trim().is_empty() => {}
                _ => return Some(token),
            }
        }
        None
    })
}

fn is_comment(token: &str, dialect: Dialect) -> bool {
    token.starts_with("--") || token.starts_with("/*") || dialect.is_mysql() && token.starts_with('#')
}

/// The position after whatever begins here: a quoted text or name, a comment, or one character.
fn token_end(sql: &str, at: usize, dialect: Dialect) -> usize {
    let rest = &sql[at..];
    let bytes = rest.as_bytes();
    let after =
        |mark: &str, from: usize| rest[from..].find(mark).map_or(sql.len(), |found| at + from + found + mark.len());
    match bytes {
        [b'\'', ..] => {
            let escapes = dialect.is_mysql() || dialect == Dialect::Postgres && ends_with_e(&sql[..at]);
            at + quoted(bytes, escapes)
        }
        [b'"', ..] => at + quoted(bytes, dialect.is_mysql()),
        [b'`', ..] => at + quoted(bytes, false),
        [b'-', b'-', ..] => after("\n", 2),
        [b'#', ..] if dialect.is_mysql() => after("\n", 1),
        [b'/', b'*', ..] if dialect == Dialect::Postgres => at + nested_comment(bytes),
        [b'/', b'*', ..] => after("*/", 2),
        [b'$', ..] if dialect == Dialect::Postgres => match dollar_tag(rest) {
            Some(tag) => after(tag, tag.len()),
            None => at + 1,
        },
        _ => at + rest.chars().next().map_or(1, char::len_utf8),
    }
}

/// Whether a text that comes next is PostgreSQL's `E'…'`, where a backslash hides a quote.
fn ends_with_e(before: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("e"))
}

/// The length of a quoted text. A doubled quote ends one text and begins the next, which comes to the same.
fn quoted(bytes: &[u8], escapes: bool) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes => at += 2,
            byte if byte == bytes[0] => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn nested_comment(bytes: &[u8]) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_is_cut_at_semicolons_outside_of_texts_and_comments() {
        let cases: [(Dialect, &'static str, &[&str]); 15] = [
            (Dialect::MariaDb, "a; b ;\n-- c;\n ; # d;\n", &["a", "b"]),
            (Dialect::MariaDb, r"a '\';' b; c", &[r"a '\';' b", "c"]),
            (Dialect::MariaDb, r#"a ";" `;` ''';'; c"#, &[r#"a ";" `;` ''';'"#, "c"]),
            (Dialect::MariaDb, "/* ; */ a; /*! b */;", &["/* ; */ a", "/*! b */"]),
            (Dialect::MariaDb, "create table event (a int); b", &["create table event (a int)", "b"]),
            (
                Dialect::MariaDb,
                "a; create or replace definer = `x`@`y` trigger t before insert on u for each row begin b; c; end; d",
                &[
                    "a",
                    "create or replace definer = `x`@`y` trigger t before insert on u for each row begin b; c; end; d",
                ],
            ),
            (Dialect::MariaDb, "begin not atomic a; b; end", &["begin not atomic a; b; end"]),
            (Dialect::MariaDb, "begin; a; commit", &["begin", "a", "commit"]),
            (Dialect::Postgres, "/* /* ; */ ; */ a; b", &["/* /* ; */ ; */ a", "b"]),
            (Dialect::Postgres, "do $x$ ; $$ ; $x$; b", &["do $x$ ; $$ ; $x$", "b"]),
            (Dialect::Postgres, r"a '\'; b E'\';'", &[r"a '\'", r"b E'\';'"]),
            (Dialect::Postgres, r"case when a then 'a' else'\' end; b", &[r"case when a then 'a' else'\' end", "b"]),
            (
                Dialect::Postgres,
                "create index concurrently trigger on t (a); b",
                &["create index concurrently trigger on t (a)", "b"],
            ),
            (
                Dialect::Postgres,
                "create function f() returns int begin atomic select 1; end; b",
                &["create function f() returns int begin atomic select 1; end; b"],
            ),
            (Dialect::Postgres, "é; 'ü", &["é", "'ü"]),
        ];
        for (dialect, sql, want) in cases {
            assert_eq!(statements(sql, dialect), want, "{sql}");
        }
        assert!(statements(" -- nothing\n", Dialect::MariaDb).is_empty());
    }

    #[test]
    fn definitions_are_told_by_their_first_word() {
        assert!(is_definition("-- why\nALTER TABLE t ADD a int", Dialect::MariaDb));
        assert!(!is_definition("insert into t values ('create')", Dialect::MariaDb));
    }
}
