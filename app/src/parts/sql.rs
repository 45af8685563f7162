//! SQL for people: coloured, three lines until opened, never wider than its column.

use leptos::{either::Either, prelude::*};
use model::sql::{Token, is_keyword, shorten, tokens};

/// No page carries more characters of one statement.
const LONGEST: usize = 10_000;

/// More than this, and the text is folded: three lines of a column of ordinary width.
const FOLDED: usize = 200;

/// A statement, highlighted; long ones are folded, very long ones cut.
#[component]
pub fn Sql(
    /// The statement.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let text = text.trim().to_owned();
    let length = text.chars().count();
    let lines = text.lines().count();
    let shown = shorten(&text, LONGEST);
    let foldable = length > FOLDED || lines > 3;
    let what = match lines {
        0..=3 => format!("Show all {} characters", model::Count(length as i64)),
        _ => format!("Show all {} lines", model::Count(lines as i64)),
    };
    view! {
        <div class="sql" class:sql-long=foldable>
            <Copy/>
            <pre><code>{stretches(&shown).into_iter().map(paint).collect_view()}</code></pre>
            {foldable.then(|| view! {
                <label class="sql-more">
                    <input type="checkbox" class="visually-hidden"/>
                    <span class="sql-unfold">{what}</span>
                    <span class="sql-fold">"Show three lines"</span>
                </label>
            })}
            {(length > LONGEST).then(|| view! {
                <p class="note">
                    {format!("The first {} of {} characters.", model::Count(LONGEST as i64), model::Count(length as i64))}
                </p>
            })}
        </div>
    }
    .into_any()
}

/// A text that a program wrote, as it stands; its lines are not broken.
#[component]
pub fn Verbatim(
    /// The text.
    #[prop(into)]
    text: String,
    /// No more characters are shown.
    limit: usize,
    /// What it is.
    what: &'static str,
) -> impl IntoView {
    let length = text.chars().count();
    view! {
        <div class="sql verbatim">
            <Copy/>
            <pre tabindex="0" role="region" aria-label=what><code>{shorten(&text, limit)}</code></pre>
            {(length > limit).then(|| view! {
                <p class="note">
                    {format!("The first {} of {} characters.", model::Count(limit as i64), model::Count(length as i64))}
                </p>
            })}
        </div>
    }
    .into_any()
}

/// The text in stretches of one colour; neighbours without a colour are one.
fn stretches(sql: &str) -> Vec<(Option<&'static str>, String)> {
    let mut all: Vec<(Option<&'static str>, String)> = Vec::new();
    for (token, text) in tokens(sql) {
        let class = match token {
            Token::Word if is_keyword(text) => Some("sql-keyword"),
            Token::Quoted => Some("sql-quoted"),
            Token::String => Some("sql-string"),
            Token::Number => Some("sql-number"),
            Token::Parameter => Some("sql-parameter"),
            Token::Comment => Some("sql-comment"),
            Token::Word | Token::Other => None,
        };
        match all.last_mut() {
            Some((None, plain)) if class.is_none() => plain.push_str(text),
            _ => all.push((class, text.to_owned())),
        }
    }
    all
}

fn paint((class, text): (Option<&'static str>, String)) -> impl IntoView {
    match class {
        Some(class) => Either::Left(view! { <span class=class>{text}</span> }),
        None => Either::Right(text),
    }
}

/// Copies the text; hidden where no script runs.
#[component]
fn Copy() -> impl IntoView {
    view! {
        <span class="copy needs-js">
            <span role="status" class="copied"></span>
            <button type="button" title="Copy" aria-label="Copy this SQL">
                <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                    <path class="icon-line" d="M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3"></path>
                </svg>
            </button>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        Owner::new().with(|| view! { <Sql text/> }.to_html())
    }

    #[test]
    fn text_cannot_become_markup() {
        let html = html("select '</script><img src=x onerror=alert(1)>' -- <b>&amp;");
        assert!(!html.contains("<img") && !html.contains("</script>") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;/script&gt;&lt;img"), "{html}");
        assert!(html.contains("<span class=\"sql-keyword\">select</span>"), "{html}");
    }

    #[test]
    fn a_long_statement_is_folded_and_a_short_one_is_not() {
        assert!(!html("select 1").contains("checkbox"));
        assert!(html("select\n1,\n2,\n3").contains("Show all 4 lines"));
        assert!(html(&format!("select {}", "a, ".repeat(100))).contains("characters"));
    }

    #[test]
    fn what_is_cut_says_so() {
        let html = html(&"x".repeat(12_345));
        assert!(html.contains("The first 10,000 of 12,345 characters."));
        assert!(html.len() < 12_345 + 1_000);
        assert!(html.contains('…'));
    }

    #[test]
    fn every_kind_of_token_has_its_colour() {
        let html = html("select \"A\", 'b', 3, $1 /* c */");
        for class in ["keyword", "quoted", "string", "number", "parameter", "comment"] {
            assert!(html.contains(&format!("sql-{class}")), "{class}: {html}");
        }
    }
}
