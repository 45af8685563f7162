//! A statement without its data, or nothing: for people who may not see any (PgHero's `filter_data`, §5.6).
//!
//! `model::sql::redact` replaces literals without understanding a text and so never fails. Here a parser has to agree that
//! the text is a statement; what it does not understand is not shown at all.

use model::sql;
use sqlparser::{
    dialect::PostgreSqlDialect,
    parser::Parser,
    tokenizer::{Token, Tokenizer, Whitespace},
};

/// Shown in the place of a text whose data cannot be told from the rest.
pub const UNFILTERED: &str = "<unable to filter data>";

/// No statement that is longer is worth parsing for a page.
const LONGEST: usize = 100_000;

/// The statement with a parameter in the place of every literal; [`UNFILTERED`] where no parser can read it.
pub fn filter(text: &str) -> String {
    filtered(text).unwrap_or_else(|| UNFILTERED.to_owned())
}

fn filtered(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let text = sql::quote_bare_values(text);
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize().ok()?;
    if !(is_understood(tokens.clone()) || is_understood(without_parameters(&tokens))) {
        return None;
    }
    let parameter = |token: &Token| match token {
        Token::Placeholder(name) => name.strip_prefix('$')?.parse::<u32>().ok(),
        _ => None,
    };
    let mut last = tokens.iter().filter_map(parameter).max().unwrap_or(0);
    let shown = tokens.into_iter().map(|token| match token {
        token if is_literal(&token) => {
            last += 1;
            format!("${last}")
        }
        // Comments name the code a statement comes from.
        Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => {
            sql::redact(&token.to_string())
        }
        token => token.to_string(),
    });
    // The tokenizer ends a comment with a line feed, there or not.
    Some(shown.collect::<String>().trim_end().to_owned())
}

fn is_understood(tokens: Vec<Token>) -> bool {
    let parsed = Parser::new(&PostgreSqlDialect {}).with_recursion_limit(50).with_tokens(tokens).parse_statements();
    parsed.is_ok_and(|statements| !statements.is_empty())
}

/// With a number for every parameter: for those that stand where only a literal may, as in `interval $1` of a normalised
/// text, and for the `?` that `redact` leaves.
fn without_parameters(tokens: &[Token]) -> Vec<Token> {
    let stands_for_one = |token: &Token| matches!(token, Token::Placeholder(_) | Token::Question);
    let literal = |token: &Token| {
        if stands_for_one(token) { Token::SingleQuotedString("1".into()) } else { token.clone() }
    };
    tokens.iter().map(literal).collect()
}

fn is_literal(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::TripleSingleQuotedString(_)
            | Token::TripleDoubleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::DoubleQuotedByteStringLiteral(_)
            | Token::TripleSingleQuotedByteStringLiteral(_)
            | Token::TripleDoubleQuotedByteStringLiteral(_)
            | Token::SingleQuotedRawStringLiteral(_)
            | Token::DoubleQuotedRawStringLiteral(_)
            | Token::TripleSingleQuotedRawStringLiteral(_)
            | Token::TripleDoubleQuotedRawStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::QuoteDelimitedStringLiteral(_)
            | Token::NationalQuoteDelimitedStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// C9, and the test of §7: `SELECT pg_sleep(0.1)` is shown as `SELECT pg_sleep($1)`.
    #[test]
    fn literals_become_parameters() {
        for (text, shown) in [
            ("SELECT pg_sleep(0.1)", "SELECT pg_sleep($1)"),
            (
                "SELECT * FROM \"Users\" WHERE email = 'geheim' AND id IN (1, 2)",
                "SELECT * FROM \"Users\" WHERE email = $1 AND id IN ($2, $3)",
            ),
            ("SELECT $2, E'geh\\'eim', $$geheim$$, U&'geheim', B'101', X'1F'", "SELECT $2, $3, $4, $5, $6, $7"),
            ("SELECT now() - interval $1, date $2 FROM t", "SELECT now() - interval $1, date $2 FROM t"),
            ("SELECT a - interval '1 day' FROM t -- by app 42", "SELECT a - interval $1 FROM t -- by app ?"),
            (
                "/*app:web,id:7*/ UPDATE t SET a = 'geheim' WHERE b -> 'geheim' IS NOT NULL",
                "/*app:web,id:?*/ UPDATE t SET a = $1 WHERE b -> $2 IS NOT NULL",
            ),
            ("SELECT ?, $1", "SELECT ?, $1"),
            ("SET work_mem = '64MB'", "SET work_mem = $1"),
            ("SET app.token = geheim", "SET app.token = $1"),
            ("SET app.token TO geheim, mehr", "SET app.token TO $1"),
            ("ALTER ROLE bob SET app.token = geheim", "ALTER ROLE bob SET app.token = $1"),
        ] {
            assert_eq!(filter(text), shown, "{text}");
        }
    }

    #[test]
    fn what_no_parser_reads_is_not_shown() {
        for text in [
            "",
            "SELECT 'geheim",
            "geheim",
            "SELECT * FROM t WHERE name = 'geh",
            "DO $$ geheim $$",
            "<insufficient privilege>",
            "SELECT 1 FROM geheim WHERE (",
        ] {
            assert_eq!(filter(text), UNFILTERED, "{text}");
        }
        assert_eq!(filter(&format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000))), UNFILTERED, "deep");
        assert_eq!(filter(&format!("SELECT '{}'", "x".repeat(LONGEST))), UNFILTERED, "long");
    }

    proptest! {
        /// Whatever is between quotes is gone, whatever else the text is.
        #[test]
        fn a_secret_never_comes_through(secret in "[a-z]{8}secret[a-z]{8}", quote in 0_usize..4, before in "[ a-z0-9'\"$();,=-]{0,20}", after in "[ a-z0-9'\"$();,=-]{0,20}") {
            let quoted = [format!("'{secret}'"), format!("E'{secret}'"), format!("$q${secret}$q$"), format!("N'{secret}'")][quote].clone();
            // With a balanced beginning it is a literal; what else stands there may make anything of it.
            let text = format!("SELECT {quoted}, {after}");
            prop_assert!(!filter(&text).contains(&secret), "{}", filter(&text));
            prop_assert!(!sql::redact(&text).contains(&secret), "{}", sql::redact(&text));
            let _ = filter(&format!("{before}{quoted}{after}"));
        }
    }
}
