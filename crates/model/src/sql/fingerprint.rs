//! Recognizing a statement again, however PostgreSQL or Heron wrote its literals.

use super::{Token, tokens};

/// The statement without comments, white space, letter case, literals and signs: equal for a text as it was sent, as
/// `pg_stat_statements` normalized it (PostgreSQL 18 also shortens lists and cuts comments before it), and as [`redact`]
/// left it.
///
/// [`redact`]: super::redact
pub fn fingerprint(sql: &str) -> String {
    let end_with = |parts: &[String], last: &[&str]| {
        parts.len() >= last.len() && parts[parts.len() - last.len()..].iter().eq(last.iter())
    };
    let mut parts: Vec<String> = vec![];
    for (token, text) in tokens(sql) {
        let part = match token {
            Token::Comment => continue,
            Token::Other if text.trim().is_empty() || matches!(text, "-" | "+") => continue,
            Token::String | Token::Number | Token::Parameter => "?".to_owned(),
            Token::Word if ["true", "false", "null"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
                "?".to_owned()
            }
            // PostgreSQL counts the field of `extract(epoch FROM …)` as a literal.
            Token::Word if end_with(&parts, &["extract", "("]) => "?".to_owned(),
            // PostgreSQL 18 leaves the casts of a list of literals out with the literals.
            Token::Word | Token::Quoted if end_with(&parts, &["?", ":", ":"]) => {
                parts.truncate(parts.len() - 2);
                continue;
            }
            Token::Word => text.to_lowercase(),
            Token::Quoted | Token::Other => text.to_owned(),
        };
        // A list of literals counts as one.
        if part == "?" && end_with(&parts, &["?", ","]) {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_one_statement_have_one_fingerprint() {
        let sent = "-- answers: x\nSELECT a, nullif(b, -1) -- why\n  FROM t WHERE k IN ('r', 'm') AND NOT c = true
            AND extract(epoch FROM d) > 1 AND y IN ('a'::regtype, 'b'::regtype)";
        for text in [
            sent,
            "SELECT a, nullif(b, $1) -- why\n  FROM t WHERE k IN ($2, $3) AND NOT c = $4 AND extract($5 FROM d) > $6
                AND y IN ($7::regtype, $8::regtype)",
            "select a, nullif(b, $1) FROM t WHERE k IN ($2 /*, ... */) AND NOT c = $3 AND extract($4 FROM d) > $5
                AND y IN ($6 /*, ... */)",
            &super::super::redact(sent),
        ] {
            assert_eq!(fingerprint(text), fingerprint(sent), "{text}");
        }
        assert_ne!(fingerprint("select a from t"), fingerprint("select b from t"));
    }
}
