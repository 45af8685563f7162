//! Heron's own statements, recognized among those of others.

use std::sync::LazyLock;

use model::sql::{Token, fingerprint, tokens};

use crate::{actions, catalogue, templates};

/// Whether a text of `pg_stat_statements`, normalized and with literals removed or not, is one that Heron sends.
///
/// The text decides, for the role may be the application's too. So `BEGIN` and its kin, which both may send, are not Heron's.
pub fn is_own(text: &str) -> bool {
    static OWN: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
        let questions = catalogue().iter().chain(templates()).map(|question| question.sql);
        let all = questions.chain(actions().iter().map(|action| action.sql)).map(Pattern::new);
        all.filter(Pattern::is_telling).collect()
    });
    let text = fingerprint(text);
    OWN.iter().any(|pattern| pattern.matches(&text))
}

/// A statement's fingerprint, in pieces around what is filled in before it is sent.
struct Pattern(Vec<String>);

impl Pattern {
    fn new(sql: &str) -> Self {
        let (mut pieces, mut piece, mut in_hole) = (vec![], String::new(), false);
        for (token, text) in tokens(sql) {
            match (token, text) {
                (Token::Other, "{") => {
                    pieces.push(std::mem::take(&mut piece));
                    in_hole = true;
                }
                (Token::Other, "}") => in_hole = false,
                _ if in_hole => {}
                _ => piece.push_str(text),
            }
        }
        pieces.push(piece);
        Self(pieces.iter().map(|piece| fingerprint(piece)).collect())
    }

    /// Whether it identifies Heron: `DO ?` could be sent by any client.
    fn is_telling(&self) -> bool {
        self.0.len() > 1 || self.0.iter().any(|piece| piece.split(' ').count() >= 8)
    }

    fn matches(&self, fingerprint: &str) -> bool {
        let Some((first, others)) = self.0.split_first() else { return false };
        let Some((last, middle)) = others.split_last() else {
            return fingerprint == first || is_cut_from(fingerprint, first);
        };
        let Some(mut rest) = fingerprint.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            let Some(at) = rest.find(piece.as_str()) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

/// Whether a fingerprint is that of the beginning of a long statement: texts are cut when they are read. Its last token may
/// be cut, too.
fn is_cut_from(fingerprint: &str, whole: &str) -> bool {
    const TELLING: usize = 2_000;
    let beginning = fingerprint.rsplit_once(' ').map_or("", |(beginning, _)| beginning);
    beginning.len() >= TELLING && whole.starts_with(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statement_of_catalogue_is_own_as_it_is_stored() {
        for question in catalogue() {
            for text in [question.sql.to_owned(), model::sql::redact(question.sql)] {
                assert!(is_own(&text), "{}", question.name);
            }
        }
        let longest = catalogue().iter().max_by_key(|question| question.sql.len()).unwrap().sql;
        assert!(longest.len() > 10_000);
        for end in 9_900..10_000 {
            assert!(is_own(&model::sql::redact(&longest[..end])), "{end}");
        }
        assert!(!is_own(&longest[..500]));
        assert!(is_own("EXPLAIN (FORMAT JSON) SELECT a FROM t"));
        assert!(is_own("PREPARE heron AS SELECT a FROM t WHERE b = $1"));
    }

    #[test]
    fn statement_of_application_is_not_own() {
        for text in [
            "",
            "BEGIN",
            "DO $$ BEGIN END $$",
            "SELECT $1",
            "SELECT a FROM t WHERE b = $1",
            "SELECT count(*) FROM pg_stat_activity",
            "-- answers: everything\nSELECT a FROM t",
            "EXPLAIN SELECT a FROM t",
            "SELECT * FROM pg_stat_statements(false)",
        ] {
            assert!(!is_own(text), "{text}");
        }
    }

    #[test]
    fn placeholder_stands_for_anything() {
        let pattern = Pattern::new("-- answers: x\nSELECT a FROM {schema}.pg_stat_statements(false) WHERE b = '{c}'");
        let of = |sql: &str| pattern.matches(&fingerprint(sql));
        assert!(of("SELECT a FROM public.pg_stat_statements($1) WHERE b = $2"));
        assert!(of("select a from \"Odd Schema\".pg_stat_statements($1) where b = $2"));
        assert!(!of("SELECT a FROM public.pg_stat_statements($1) WHERE c = $2"));
    }
}
