//! Taking the data out of a statement.

use std::borrow::Cow;

use super::{Token, comment, tokens};

/// `sql` with every literal replaced by `?`: what may be stored and shown to everybody.
///
/// The value of a SET is a literal whether it is quoted or not. Numbers of result columns (`ORDER BY 1`) stay, and of comments
/// what names code.
pub fn redact(sql: &str) -> String {
    let sql = quote_bare_values(sql);
    let all: Vec<(Token, &str)> = tokens(&sql).collect();
    let ordinals = ordinals(&all);
    let mut clean = String::with_capacity(sql.len());
    for (place, (token, text)) in all.into_iter().enumerate() {
        match token {
            Token::Number if ordinals.contains(&place) => clean.push_str(text),
            Token::String | Token::Number => clean.push('?'),
            Token::Comment => clean.push_str(&comment::redact(text)),
            _ => clean.push_str(text),
        }
    }
    clean
}

/// Values of settings that cannot be data.
const HARMLESS: [&str; 6] = ["on", "off", "true", "false", "default", "none"];

/// Where in a statement the walk for unquoted values is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before the first word.
    Start,
    /// In a statement that sets nothing.
    Plain,
    /// In ALTER or CREATE, either of which may have a SET or a PASSWORD.
    Definition,
    /// Behind SET: in the setting's name, of which so many words were read.
    Name { words: u8, definition: bool },
    /// Behind PASSWORD.
    Password,
    /// Behind `=` or TO.
    Value,
}

/// `sql` with a string in the place of every value of a setting, and of a password, that is written without quotes.
pub fn quote_bare_values(sql: &str) -> Cow<'_, str> {
    let mut clean = String::new();
    let (mut place, mut kept, mut at) = (Place::Start, 0, 0);
    // Where the value began, and whether all of it so far are literals.
    let mut value: Option<Value> = None;
    for (token, text) in tokens(sql).chain([(Token::Other, ";")]) {
        let ends = token == Token::Other && text == ";";
        if place == Place::Value {
            if ends || token == Token::Comment {
                if let Some(Value { start, end, .. }) = value.take().filter(Value::is_bare) {
                    clean.push_str(&sql[kept..start]);
                    clean.push_str("''");
                    kept = end;
                }
            } else if token != Token::Other || !text.trim().is_empty() {
                value.get_or_insert(Value::new(at)).add(token, text, at);
            }
        }
        if ends {
            place = Place::Start;
        } else if token != Token::Comment && !(token == Token::Other && text.trim().is_empty()) {
            if place == Place::Password && token == Token::Word && !text.eq_ignore_ascii_case("null") {
                clean.push_str(&sql[kept..at]);
                clean.push_str("''");
                kept = at + text.len();
            }
            place = next(place, token, text);
        }
        at += text.len();
    }
    if kept == 0 {
        return Cow::Borrowed(sql);
    }
    clean.push_str(&sql[kept..]);
    Cow::Owned(clean)
}

fn next(place: Place, token: Token, text: &str) -> Place {
    let is = |word: &str| token == Token::Word && text.eq_ignore_ascii_case(word);
    match place {
        Place::Start if is("set") => Place::Name { words: 0, definition: false },
        Place::Start if is("alter") || is("create") => Place::Definition,
        Place::Start | Place::Plain => Place::Plain,
        Place::Definition if is("set") => Place::Name { words: 0, definition: true },
        Place::Definition if is("password") => Place::Password,
        Place::Definition | Place::Password => Place::Definition,
        Place::Value => Place::Value,
        Place::Name { words, definition } => match token {
            _ if is("to") || text == "=" => Place::Value,
            // `SET SESSION name`: a third word is of another statement, as `SET DEFAULT a = b`.
            Token::Word | Token::Quoted if words < 2 => Place::Name { words: words + 1, definition },
            Token::Other if text == "." => Place::Name { words: words.saturating_sub(1), definition },
            _ if definition => Place::Definition,
            _ => Place::Plain,
        },
    }
}

/// The value of a setting.
struct Value {
    start: usize,
    end: usize,
    /// Whether it has anything but literals and commas.
    bare: bool,
    /// Whether it is one word that is always harmless.
    harmless: bool,
}

impl Value {
    fn new(start: usize) -> Self {
        Self { start, end: start, bare: false, harmless: false }
    }

    fn add(&mut self, token: Token, text: &str, at: usize) {
        let first = self.end == self.start;
        self.harmless = first && HARMLESS.iter().any(|word| text.eq_ignore_ascii_case(word));
        self.bare |=
            !(matches!(token, Token::String | Token::Number | Token::Parameter) || matches!(text, "," | "-" | "?"));
        self.end = at + text.len();
    }

    fn is_bare(&self) -> bool {
        self.bare && !self.harmless
    }
}

/// PostgreSQL has no longer lists of columns.
const MOST_COLUMNS: u16 = 1664;

/// Words that may follow an item of GROUP BY and ORDER BY.
const AFTER_AN_ITEM: [&str; 14] = [
    "asc",
    "desc",
    "except",
    "fetch",
    "for",
    "having",
    "intersect",
    "limit",
    "nulls",
    "offset",
    "order",
    "union",
    "window",
    "with",
];

/// Where in `all` a number is that of a result column: alone as an item of GROUP BY or ORDER BY.
fn ordinals(all: &[(Token, &str)]) -> Vec<usize> {
    let significant: Vec<usize> = (0..all.len())
        .filter(|place| {
            let (token, text) = all[*place];
            token != Token::Comment && !(token == Token::Other && text.trim().is_empty())
        })
        .collect();
    let word = |place: Option<&usize>| match place.map(|place| all[*place]) {
        Some((Token::Word, text)) => text.to_ascii_lowercase(),
        _ => String::new(),
    };
    let mut found = vec![];
    // For each open bracket: whether a list of items is being read, and whether the next token begins one.
    let mut open = vec![(false, false)];
    for (n, place) in significant.iter().enumerate() {
        let (token, text) = all[*place];
        let before = word(n.checked_sub(1).and_then(|before| significant.get(before)));
        let depth = open.len();
        let Some((in_list, begins)) = open.last_mut() else { break };
        let began = std::mem::replace(begins, false);
        match (token, text) {
            (Token::Other, "(") => open.push((false, false)),
            (Token::Other, ")") if depth > 1 => {
                open.pop();
            }
            (Token::Other, ";") => open = vec![(false, false)],
            (Token::Other, ",") => *begins = *in_list,
            (Token::Word, _) => {
                if text.eq_ignore_ascii_case("by") && matches!(before.as_str(), "group" | "order") {
                    (*in_list, *begins) = (true, true);
                } else if !matches!(text.to_ascii_lowercase().as_str(), "asc" | "desc" | "nulls" | "first" | "last") {
                    *in_list &= !AFTER_AN_ITEM.iter().any(|word| text.eq_ignore_ascii_case(word));
                }
            }
            (Token::Number, _) if began => {
                let after = significant.get(n + 1);
                let ends = match after.map(|after| all[*after]) {
                    None | Some((Token::Other, "," | ")" | ";")) => true,
                    _ => AFTER_AN_ITEM.contains(&word(after).as_str()),
                };
                if ends && text.parse::<u16>().is_ok_and(|number| (1..=MOST_COLUMNS).contains(&number)) {
                    found.push(*place);
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_taken_out() {
        let cases = [
            ("select * from t where a = 'x''y' and b = 1.5e-3", "select * from t where a = ? and b = ?"),
            ("select E'it\\'s', $$a $1 b$$, $t$x$t$, $1", "select ?, ?, ?, $1"),
            ("alter role x password 'secret'", "alter role x password ?"),
            (
                "select \"it's\".a2 from t1 -- card 4111\nwhere x'ff' = b'1'",
                "select \"it's\".a2 from t1 -- card ?\nwhere ? = ?",
            ),
            ("select 'unfinished", "select ?"),
            ("/* a /* nested 7 */ 'b' */ select U&'d\\0061t'", "/* ? */ select ?"),
            ("select 0x1F, 1_000, .5", "select ?, ?, ?"),
        ];
        for (sql, clean) in cases {
            assert_eq!(redact(sql), clean);
        }
    }

    #[test]
    fn set_value_without_quotes_is_taken_out() {
        for (sql, clean) in [
            ("SET app.token = geheim", "SET app.token = ?"),
            ("set local app.token to geheim ; select a", "set local app.token to ? ; select a"),
            ("SET SESSION x.y = geheim, mehr /* job:a */", "SET SESSION x.y = ? /* job:a */"),
            ("SET x =geheim", "SET x =?"),
            ("begin; SET x = \"geheim\"; commit", "begin; SET x = ?; commit"),
            ("SET work_mem = '64MB'", "SET work_mem = ?"),
            ("SET x TO 'a', 'b'", "SET x TO ?, ?"),
            ("SET enable_seqscan = off", "SET enable_seqscan = off"),
            ("SET x = off geheim", "SET x = ?"),
            ("SET x = ?", "SET x = ?"),
            ("SET ROLE app", "SET ROLE app"),
            ("SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"),
            ("ALTER ROLE bob SET app.token TO geheim", "ALTER ROLE bob SET app.token TO ?"),
            ("ALTER SYSTEM SET x = geheim", "ALTER SYSTEM SET x = ?"),
            ("ALTER ROLE bob IN DATABASE shop SET x = geheim", "ALTER ROLE bob IN DATABASE shop SET x = ?"),
            ("ALTER ROLE bob PASSWORD geheim VALID UNTIL 'x'", "ALTER ROLE bob PASSWORD ? VALID UNTIL ?"),
            ("CREATE USER bob PASSWORD NULL", "CREATE USER bob PASSWORD NULL"),
            (
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (password 'geheim')",
                "CREATE USER MAPPING FOR a SERVER s OPTIONS (password ?)",
            ),
            ("COPY t FROM PROGRAM 'geheim'", "COPY t FROM PROGRAM ?"),
            ("select set_config('x', 'geheim', false)", "select set_config(?, ?, false)"),
            ("UPDATE t SET a = b", "UPDATE t SET a = b"),
            (
                "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
                "INSERT INTO t VALUES (?) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
            ),
            (
                "CREATE TABLE t (a int REFERENCES o ON DELETE SET NULL, CHECK (a = b))",
                "CREATE TABLE t (a int REFERENCES o ON DELETE SET NULL, CHECK (a = b))",
            ),
            ("ALTER TABLE t SET (fillfactor = 70)", "ALTER TABLE t SET (fillfactor = ?)"),
        ] {
            assert_eq!(redact(sql), clean, "{sql}");
            assert_eq!(redact(clean), clean);
        }
    }

    #[test]
    fn numbers_of_result_columns_stay() {
        for (sql, clean) in [
            (
                "select a, count(*) from t group by 1 order by 2 desc, 1 limit 5",
                "select a, count(*) from t group by 1 order by 2 desc, 1 limit ?",
            ),
            ("select a from t GROUP BY a, 1 HAVING count(*) > 7", "select a from t GROUP BY a, 1 HAVING count(*) > ?"),
            (
                "select (select a from t order by 1) from u where x in (1, 2)",
                "select (select a from t order by 1) from u where x in (?, ?)",
            ),
            (
                "select a from t order by a + 1, coalesce(a, 2), 3 + a, 4711",
                "select a from t order by a + ?, coalesce(a, ?), ? + a, ?",
            ),
            ("select a from t order by 1.5, '2'", "select a from t order by ?, ?"),
            ("select a, 1 from t", "select a, ? from t"),
            ("values (1), (2) order by 1; values (1)", "values (?), (?) order by 1; values (?)"),
        ] {
            assert_eq!(redact(sql), clean, "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn redacted_text_redacts_to_itself(sql in "[a-z0-9'\"$(); ,=.*/-]{0,80}") {
            let clean = redact(&sql);
            proptest::prop_assert_eq!(redact(&clean), clean);
        }

        #[test]
        fn set_value_never_comes_through(secret in "[a-z]{6}geheim", before in "(select a; |begin; |/\\* x \\*/ )?", local in "(local |session )?", name in "[a-z]{1,5}(\\.[a-z]{1,5})?", to in "( = |=| to )", after in "(|, b|;|; select 1| -- x)") {
            let sql = format!("{before}set {local}{name}{to}{secret}{after}");
            proptest::prop_assert!(!redact(&sql).contains(&secret), "{}", redact(&sql));
        }
    }
}
