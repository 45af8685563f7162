//! Finds the `?` of a statement, and nothing that merely looks like one inside quotes or comments.

use std::borrow::Cow;

use crate::{Dialect, Error, Kind, Result};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'s> {
    Text(&'s str),
    Slot,
}

/// The statement cut at its placeholders; `??` stands for a question mark.
pub(crate) fn split(sql: &str) -> Vec<Piece<'_>> {
    let bytes = sql.as_bytes();
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        if bytes[at] != b'?' {
            at = skip(sql, at);
            continue;
        }
        let doubled = bytes.get(at + 1) == Some(&b'?');
        // Of a doubled mark the first is kept as text.
        let end = if doubled { at + 1 } else { at };
        if start < end {
            pieces.push(Piece::Text(&sql[start..end]));
        }
        if doubled {
            at += 2;
        } else {
            pieces.push(Piece::Slot);
            at += 1;
        }
        start = at;
    }
    if start < bytes.len() {
        pieces.push(Piece::Text(&sql[start..]));
    }
    pieces
}

/// A raw statement as its database wants it: `?` becomes `$1, $2 …` on PostgreSQL unless `$1` is used already.
pub(crate) fn native(sql: &'static str, binds: usize, dialect: Dialect) -> Result<Cow<'static, str>> {
    if dialect == Dialect::Sqlite && sql.contains(';') && !is_single(sql) {
        let error = Error::new(Kind::Syntax, "one statement at a time; execute_script takes several");
        return Err(error.in_statement(sql));
    }
    if binds == 0 || is_numbered(sql) {
        return Ok(Cow::Borrowed(sql));
    }
    let pieces = split(sql);
    let slots = pieces.iter().filter(|p| **p == Piece::Slot).count();
    if slots != binds {
        return Err(
            Error::invalid(format!("the statement has {slots} placeholders and {binds} values")).in_statement(sql)
        );
    }
    if dialect != Dialect::Postgres && !sql.contains("??") {
        return Ok(Cow::Borrowed(sql));
    }
    let (mut text, mut number) = (String::with_capacity(sql.len() + slots), 0);
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Slot if dialect == Dialect::Postgres => {
                number += 1;
                text.push_str(&format!("${number}"));
            }
            Piece::Slot => text.push('?'),
        }
    }
    Ok(Cow::Owned(text))
}

/// The statement with its double-quoted names in backticks.
pub(crate) fn backticked(sql: &str) -> String {
    let (mut text, mut at) = (String::with_capacity(sql.len() + 8), 0);
    let special = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'-' | b'/' | b'$');
    while let Some(plain) = sql.as_bytes()[at..].iter().position(special) {
        let begin = at + plain;
        text.push_str(&sql[at..begin]);
        at = if sql.as_bytes()[begin] == b'"' { name_end(sql, begin) } else { skip(sql, begin) };
        match sql[begin..at].strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(name) if name.contains(['"', '`']) => {
                text.extend(["`", &name.replace("\"\"", "\"").replace('`', "``"), "`"]);
            }
            Some(name) => text.extend(["`", name, "`"]),
            None => text.push_str(&sql[begin..at]),
        }
    }
    text.push_str(&sql[at..]);
    text
}

/// Whether there is nothing behind the statement's end. The others' servers see to that themselves; SQLite's driver runs
/// what comes next too. A trigger holds statements of its own.
fn is_single(sql: &str) -> bool {
    let (mut at, mut ended) = (0, false);
    while at < sql.len() {
        let end = skip(sql, at);
        match &sql[at..end] {
            ";" => ended = true,
            piece if ended && !piece.starts_with("--") && !piece.starts_with("/*") && !piece.trim().is_empty() => {
                return sql.to_ascii_lowercase().contains("trigger");
            }
            _ => {}
        }
        at = end;
    }
    true
}

/// The names of a statement that stand in these quotes.
pub(crate) fn names(sql: &str, quote: char) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), 0);
    let (one, two) = (quote.to_string(), [quote, quote].iter().collect::<String>());
    while at < sql.len() {
        let quoted = sql[at..].starts_with(quote);
        let end = if quoted { name_end(sql, at) } else { skip(sql, at) };
        if quoted {
            let name = sql.get(at + 1..end - 1).unwrap_or_default();
            names.push(name.replace(&two, &one));
        }
        at = end;
    }
    names
}

/// The position after a quoted name, in which a doubled quote stands for one.
fn name_end(sql: &str, at: usize) -> usize {
    let (bytes, mut end) = (sql.as_bytes(), at + 1);
    let quote = bytes[at];
    while let Some(found) = bytes[end..].iter().position(|byte| *byte == quote) {
        end += found + 1;
        if bytes.get(end) != Some(&quote) {
            return end;
        }
        end += 1;
    }
    bytes.len()
}

/// Whether the statement numbers its placeholders (`$1`), PostgreSQL's and SQLite's own way.
fn is_numbered(sql: &str) -> bool {
    let bytes = sql.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'$' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            return true;
        }
        at = skip(sql, at);
    }
    false
}

/// The position after whatever begins here: a quoted text, a comment, or one byte.
fn skip(sql: &str, at: usize) -> usize {
    let rest = &sql[at..];
    let ends = |offset: usize, mark: &str| {
        rest.get(offset..).and_then(|r| r.find(mark)).map_or(sql.len(), |found| at + offset + found + mark.len())
    };
    match rest.as_bytes() {
        [b'\'', ..] if at > 0 && matches!(sql.as_bytes()[at - 1], b'e' | b'E') => escaped_string(sql, at),
        [b'\'', ..] => ends(1, "'"),
        [b'"', ..] => ends(1, "\""),
        [b'`', ..] => ends(1, "`"),
        [b'-', b'-', ..] => ends(2, "\n"),
        [b'/', b'*', ..] => ends(2, "*/"),
        [b'$', ..] => match dollar_tag(rest) {
            Some(tag) => ends(tag.len(), tag),
            None => at + 1,
        },
        _ => at + rest.chars().next().map_or(1, char::len_utf8),
    }
}

/// PostgreSQL's `E'…'`, where a backslash hides a quote.
fn escaped_string(sql: &str, at: usize) -> usize {
    let mut hidden = false;
    for (offset, byte) in sql.as_bytes()[at + 1..].iter().enumerate() {
        match byte {
            b'\\' if !hidden => hidden = true,
            b'\'' if !hidden => return at + offset + 2,
            _ => hidden = false,
        }
    }
    sql.len()
}

/// `$$` or `$tag$` at the beginning.
pub(crate) fn dollar_tag(rest: &str) -> Option<&str> {
    let end = rest[1..].find('$')? + 2;
    let name = &rest[1..end - 1];
    let fits = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    fits.then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b14_names_in_backticks() {
        assert_eq!(
            backticked(r#"SELECT "a""b", "c`d" FROM "t" WHERE x = 'say "x"' -- "y""#),
            r#"SELECT `a"b`, `c``d` FROM `t` WHERE x = 'say "x"' -- "y""#
        );
        assert_eq!(backticked("\"open"), "\"open");
        assert_eq!(backticked(r#""" "é""#), "`` `é`");
    }

    #[test]
    fn b14_names_are_found_and_nothing_else() {
        let sql = r#"SELECT "a""b", "", "é" FROM "t" WHERE x = '"no"' AND y = $1 /* "no" */ AND `z` = 1"#;
        assert_eq!(names(sql, '"'), ["a\"b", "", "é", "t"]);
        assert_eq!(names(sql, '`'), ["z"]);
        assert_eq!(names("\"", '"'), [""]);
    }

    #[test]
    fn b24_one_statement_at_a_time() {
        for one in
            ["select 1", "select 1;", "select ';' -- ; x\n ;; /* ; x */ \n", "create trigger t begin select 1; end"]
        {
            assert!(native(one, 0, Dialect::Sqlite).is_ok(), "{one}");
        }
        for two in ["select 1; select 2", "select ';';x"] {
            assert_eq!(native(two, 0, Dialect::Sqlite).expect_err(two).kind(), Kind::Syntax);
        }
    }

    #[test]
    fn b24_placeholders_become_the_databases_own() {
        let sql = "select ? -- why?\n where a = '?' and \"b?\" = ? and $$ ? $$ /* ? */ <> E'\\'?' and é = ?";
        let text = native(sql, 3, Dialect::Postgres).expect("three placeholders");
        assert_eq!(text, "select $1 -- why?\n where a = '?' and \"b?\" = $2 and $$ ? $$ /* ? */ <> E'\\'?' and é = $3");
        assert_eq!(native(sql, 3, Dialect::Sqlite).expect("three"), sql);
        assert_eq!(native(sql, 2, Dialect::Sqlite).expect_err("two values").kind(), Kind::InvalidOperation);
        assert_eq!(native("a ?? b and c = ?", 1, Dialect::Postgres).expect("one"), "a ? b and c = $1");
        assert_eq!(native("a ? 'b' and c = $1", 1, Dialect::Postgres).expect("numbered"), "a ? 'b' and c = $1");
        assert_eq!(native("select x ? 'y'", 0, Dialect::Postgres).expect("verbatim"), "select x ? 'y'");
    }
}
