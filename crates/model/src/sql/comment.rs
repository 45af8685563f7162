//! Comments without data: tags that say where a statement comes from stay, the rest is cut where data may begin.

/// Tags whose values name code, not data: of sqlcommenter, marginalia and their kin.
const TAGS: &[&str] = &[
    "action",
    "app",
    "application",
    "class",
    "component",
    "controller",
    "controller_with_namespace",
    "db_driver",
    "driver",
    "env",
    "environment",
    "file",
    "framework",
    "function",
    "job",
    "line",
    "method",
    "module",
    "namespaced_controller",
    "queue",
    "release",
    "route",
    "service",
    "service_name",
    "source_location",
    "task",
    "team",
    "traceparent",
    "tracestate",
    "version",
    "worker",
];

/// Longer values are not names.
const LONGEST_VALUE: usize = 200;

/// The comment without what may be data. It is a comment still, and redacting it again changes nothing.
pub(super) fn redact(comment: &str) -> String {
    let (open, inner, close) = match comment.strip_prefix("/*") {
        Some(rest) => rest.strip_suffix("*/").map_or(("/*", rest, ""), |inner| ("/*", inner, "*/")),
        None => ("--", comment.strip_prefix("--").unwrap_or(comment), ""),
    };
    // To cut within a nested comment would unbalance it.
    if inner.contains("/*") {
        return format!("{open} ? {close}");
    }
    let inner = redact_tags(inner).unwrap_or_else(|| {
        let prose = redact_prose(inner);
        // What is left may read as a tag.
        redact_tags(&prose).unwrap_or(prose)
    });
    format!("{open}{inner}{close}")
}

/// `key='value',key:value`: values of known keys stay where they are well-formed. None if the text is anything else.
fn redact_tags(text: &str) -> Option<String> {
    let tags: Option<Vec<String>> = text.split(',').map(redact_tag).collect();
    tags.map(|tags| tags.join(","))
}

fn redact_tag(tag: &str) -> Option<String> {
    let at = tag.find(['=', ':'])?;
    let (key, rest) = tag.split_at(at);
    let (separator, value) = rest.split_at(1);
    let name = key.trim();
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if !is_name {
        return None;
    }
    let trimmed = value.trim();
    let (before, after) = value.split_at(value.len() - value.trim_start().len());
    let after = &after[trimmed.len()..];
    let quoted = trimmed.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    let bare = quoted.unwrap_or(trimmed);
    let known = TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name)) && is_code(bare);
    let shown = match known {
        true if name.eq_ignore_ascii_case("route") => redact_route(bare),
        true => bare.to_owned(),
        false => "?".to_owned(),
    };
    let quote = if quoted.is_some() { "'" } else { "" };
    Some(format!("{key}{separator}{before}{quote}{shown}{quote}{after}"))
}

/// Whether a value looks like the name of a piece of code, a route or a trace, URL-encoded or not.
fn is_code(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-~%+*/:#$()[]{}?".contains(c);
    !value.is_empty() && value.len() <= LONGEST_VALUE && value.chars().all(plain) && !value.contains("%40")
}

/// A route is a pattern; where an application writes the path itself, the ids in it go.
fn redact_route(route: &str) -> String {
    let slash = ["%2F", "%2f", "/"].into_iter().find(|slash| route.contains(slash)).unwrap_or("/");
    let segments: Vec<&str> = route.split(slash).map(|segment| if is_id(segment) { "?" } else { segment }).collect();
    segments.join(slash)
}

fn is_id(segment: &str) -> bool {
    let digits = segment.chars().filter(char::is_ascii_digit).count();
    let hex = segment.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    digits > 0 && (digits == segment.len() || (hex && segment.len() >= 8))
}

/// Words stay. What has a digit, `@` or `%` in it goes, and everything behind the first quote or comparison.
fn redact_prose(text: &str) -> String {
    let end = text.find(['\'', '"', '`', '=', '<', '>']);
    let (prose, cut) = end.map_or((text, false), |end| (&text[..end], true));
    let mut clean = String::with_capacity(text.len());
    let mut rest = prose;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '@' | '%' | '_' | '-' | '.');
        let length = if is_part(first) { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (part, after) = rest.split_at(length);
        clean.push_str(if part.contains(|c: char| c.is_numeric() || matches!(c, '@' | '%')) { "?" } else { part });
        rest = after;
    }
    if cut {
        clean.push('?');
        // `*/?*/` and the like cannot come about, but white space before the end reads better.
        clean.push_str(&text[text.trim_end().len()..]);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_known_keys_keep_their_values() {
        for comment in [
            "/*controller='products',action='show',route='%2Fproducts%2F%3Aid',framework='rails%3A7.1'*/",
            "/*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01',tracestate='congo%3Dt61rcWkgMzE'*/",
            "/* application:Shop2,controller:orders,action:index,job:Invoice::SendJob */",
            "-- app:shop, file:app/models/order.rb:42",
            "/*, ... */",
            "-- nightly job",
        ] {
            assert_eq!(redact(comment), comment);
        }
    }

    #[test]
    fn data_in_comments_is_taken_out() {
        for (comment, clean) in [
            ("/*app:web,id:7*/", "/*app:web,id:?*/"),
            ("/*user='bob%40example.org',app='x y'*/", "/*user='?',app='?'*/"),
            ("/*route='/users/4711/orders'*/", "/*route='/users/?/orders'*/"),
            ("/*route='%2Fusers%2F9f1c2d3e-0a1b'*/", "/*route='%2Fusers%2F?'*/"),
            ("-- card 4111", "-- card ?"),
            ("-- and name = 'Miller' or Smith", "-- and name ?"),
            ("/* where a > Miller */", "/* where a ? */"),
            ("/* for bob@example.org */", "/* for ? */"),
            ("/* don't Miller */", "/* don? */"),
            ("/* a /* nested 'x' */ b */", "/* ? */"),
            ("/* cut 'x", "/* cut ?"),
            ("--", "--"),
            ("/**/", "/**/"),
        ] {
            assert_eq!(redact(comment), clean);
        }
    }

    proptest::proptest! {
        #[test]
        fn redacted_comment_stays_one_comment(inner in "[a-z0-9'=:,@ */%-]{0,40}") {
            let comment = format!("/*{}*/", inner.replace("*/", ""));
            let clean = redact(&comment);
            proptest::prop_assert_eq!(redact(&clean), clean.clone());
            let all: Vec<_> = crate::sql::tokens(&clean).collect();
            if crate::sql::tokens(&comment).count() == 1 {
                proptest::prop_assert_eq!(all, vec![(crate::sql::Token::Comment, clean.as_str())]);
            }
        }
    }
}
