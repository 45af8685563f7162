//! Reading SQL text without understanding it: enough to colour it and to take literals out.

mod comment;
mod fingerprint;
mod keywords;
mod redact;

pub use self::{
    fingerprint::fingerprint,
    keywords::is_keyword,
    redact::{quote_bare_values, redact},
};

/// What a stretch of SQL text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A word that may be a keyword or a plain identifier.
    Word,
    /// An identifier in double quotes.
    Quoted,
    /// A string of any form, dollar quotes included.
    String,
    /// A number.
    Number,
    /// A parameter, as `$1`.
    Parameter,
    /// A comment of either form.
    Comment,
    /// Anything else: operators, brackets, white space.
    Other,
}

/// Cuts `sql` into tokens; put together again they are `sql`.
pub fn tokens(sql: &str) -> impl Iterator<Item = (Token, &str)> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (token, length) = token_at(rest, first);
        let (text, after) = rest.split_at(length);
        rest = after;
        Some((token, text))
    })
}

/// The statements of `sql`: cut at each semicolon outside literals, names and comments, those with nothing but comments left
/// out.
pub fn statements(sql: &str) -> Vec<&str> {
    let (mut all, mut start, mut at, mut empty) = (vec![], 0, 0, true);
    for (token, text) in tokens(sql).chain([(Token::Other, ";")]) {
        let ends = token == Token::Other && text == ";";
        if ends && !empty {
            all.push(sql[start..at].trim());
        }
        at += text.len();
        empty = ends || (empty && (token == Token::Comment || text.trim().is_empty()));
        if ends {
            start = at.min(sql.len());
        }
    }
    all
}

/// What the comments of a statement say: where it comes from, as ORMs write it (`/* app:shop */`). PostgreSQL's own, which
/// stands for what was left out of a list, is none of them.
pub fn comments(sql: &str) -> Vec<&str> {
    let comments = tokens(sql).filter(|(token, _)| *token == Token::Comment).map(|(_, text)| text);
    let inner = comments.map(|text| match text.strip_prefix("/*") {
        Some(rest) => rest.strip_suffix("*/").unwrap_or(rest).trim(),
        None => text.trim_start_matches('-').trim(),
    });
    inner.filter(|said| !said.is_empty() && !said.starts_with(", ...")).collect()
}

/// At most `limit` characters of `text`, marked where it was cut.
pub fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn token_at(text: &str, first: char) -> (Token, usize) {
    let bytes = text.as_bytes();
    match first {
        '\'' => (Token::String, quoted(text, 1, false)),
        'e' | 'E' if bytes.get(1) == Some(&b'\'') => (Token::String, quoted(text, 2, true)),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if bytes.get(1) == Some(&b'\'') => (Token::String, quoted(text, 2, false)),
        'u' | 'U' if text[1..].starts_with("&'") => (Token::String, quoted(text, 3, false)),
        '"' => (Token::Quoted, end_of(text, 1, '"')),
        '-' if text.starts_with("--") => (Token::Comment, text.find('\n').unwrap_or(text.len())),
        '/' if text.starts_with("/*") => (Token::Comment, block_comment(text)),
        '$' => dollar(text),
        '0'..='9' => (Token::Number, number(text)),
        '.' if bytes.get(1).is_some_and(u8::is_ascii_digit) => (Token::Number, number(text)),
        c if c.is_alphabetic() || c == '_' => {
            (Token::Word, while_matching(text, |c| c.is_alphanumeric() || c == '_' || c == '$'))
        }
        c => (Token::Other, c.len_utf8()),
    }
}

fn while_matching(text: &str, matches: impl Fn(char) -> bool) -> usize {
    text.find(|c| !matches(c)).unwrap_or(text.len())
}

/// The end of a string that began `start` bytes ago; a doubled quote, and with `escapes` a backslash, goes on.
fn quoted(text: &str, start: usize, escapes: bool) -> usize {
    if !escapes {
        return end_of(text, start, '\'');
    }
    let mut chars = text[start..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '\'' if text[start + at + 1..].starts_with('\'') => {
                chars.next();
            }
            '\'' => return start + at + 1,
            _ => {}
        }
    }
    text.len()
}

fn end_of(text: &str, start: usize, quote: char) -> usize {
    let mut at = start;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// PostgreSQL's block comments nest.
fn block_comment(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            match rest.chars().next() {
                Some(c) => at += c.len_utf8(),
                None => return at,
            }
        }
    }
}

/// `$1` is a parameter, `$tag$…$tag$` a string, a lone `$` neither.
fn dollar(text: &str) -> (Token, usize) {
    let digits = while_matching(&text[1..], |c| c.is_ascii_digit());
    if digits > 0 {
        return (Token::Parameter, 1 + digits);
    }
    let tag = while_matching(&text[1..], |c| c.is_alphanumeric() || c == '_');
    if !text[1 + tag..].starts_with('$') {
        return (Token::Other, 1);
    }
    let (delimiter, body) = text.split_at(tag + 2);
    let end = body.find(delimiter).map_or(text.len(), |found| 2 * delimiter.len() + found);
    (Token::String, end)
}

fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let exponent_sign =
            matches!(byte, b'+' | b'-') && matches!(bytes[at - 1], b'e' | b'E') && !text.starts_with("0x");
        if !(byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_' || exponent_sign) {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P4 (§1.4); defect 20.
    #[test]
    fn comments_say_where_a_statement_comes_from() {
        assert_eq!(comments("/* app:shop */ select 1 in ($1 /*, ... */) -- job"), ["app:shop", "job"]);
        assert_eq!(comments("select '/* no */' /**/ --"), [""; 0]);
        assert_eq!(comments("select 1 /* cut"), ["cut"]);
    }

    #[test]
    fn a_text_is_cut_into_its_statements() {
        let cases: [(&str, &[&str]); 7] = [
            ("", &[]),
            (" ; -- nothing; at all\n;", &[]),
            ("select 1", &["select 1"]),
            (" select 1 ; \n", &["select 1"]),
            ("select ';', \"a;b\", $$;$$ /* ; */ -- ;", &["select ';', \"a;b\", $$;$$ /* ; */ -- ;"]),
            ("select 1; delete from t; commit", &["select 1", "delete from t", "commit"]),
            ("-- why\nselect 1;/* done */", &["-- why\nselect 1"]),
        ];
        for (sql, expected) in cases {
            assert_eq!(statements(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(shorten("größe", 3), "grö…");
        assert_eq!(shorten("abc", 3), "abc");
    }

    proptest::proptest! {
        #[test]
        fn tokens_lose_nothing(sql in ".{0,200}") {
            proptest::prop_assert_eq!(tokens(&sql).map(|(_, text)| text).collect::<String>(), sql);
        }

        #[test]
        fn quotes_and_dollars_lose_nothing(sql in "[$'\"/*\\-eEuU&x0-9a. +\n]{0,60}") {
            proptest::prop_assert_eq!(tokens(&sql).map(|(_, text)| text).collect::<String>(), sql);
        }
    }
}
