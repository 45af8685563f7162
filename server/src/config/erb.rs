//! What PgHero's users write between `<%=` and `%>` in pghero.yml: variables of the environment, and nothing else.

use super::{
    Variables,
    node::{Fault, Result},
};

const EXPECTED: &str = "only <%= ENV[\"NAME\"] %>, <%= ENV.fetch(\"NAME\") %> and <%= ENV.fetch(\"NAME\", \"default\") %> are \
                        understood between <% and %>";

/// The text with each expression replaced by what it stands for; lines stay what they are.
pub(super) fn expand(text: &str, variable: &Variables<'_>) -> Result<String> {
    let mut expanded = String::with_capacity(text.len());
    for (n, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('#') {
            expanded.push_str(line);
        } else {
            expand_line(line, variable, &mut expanded).map_err(|what| Fault::at(n + 1, what))?;
        }
        expanded.push('\n');
    }
    Ok(expanded)
}

fn expand_line(line: &str, variable: &Variables<'_>, expanded: &mut String) -> Result<(), String> {
    let mut rest = line;
    while let Some((before, tag)) = rest.split_once("<%") {
        let (expression, after) = tag.split_once("%>").ok_or(EXPECTED)?;
        let expression = expression.strip_prefix('=').ok_or(EXPECTED)?;
        let value = evaluate(expression.trim().trim_end_matches('-').trim(), variable)?;
        if value.contains(['\n', '\r']) {
            return Err("the environment variable named here has more than one line".into());
        }
        expanded.push_str(before);
        expanded.push_str(&value);
        rest = after;
    }
    expanded.push_str(rest);
    Ok(())
}

fn evaluate(expression: &str, variable: &Variables<'_>) -> Result<String, String> {
    if let Some(name) = expression.strip_prefix("ENV[").and_then(|rest| rest.strip_suffix(']')) {
        return Ok(variable(quoted(name)?).unwrap_or_default());
    }
    let arguments = expression.strip_prefix("ENV.fetch(").and_then(|rest| rest.strip_suffix(')')).ok_or(EXPECTED)?;
    let (name, otherwise) = match arguments.split_once(',') {
        Some((name, otherwise)) => (quoted(name)?, Some(quoted(otherwise)?)),
        None => (quoted(arguments)?, None),
    };
    let value = variable(name).or_else(|| otherwise.map(str::to_owned));
    value.ok_or_else(|| format!("the environment variable {name} is not set"))
}

/// What stands between quotes of either kind.
fn quoted(text: &str) -> Result<&str, String> {
    let text = text.trim();
    let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.filter(|inner| !inner.contains(['"', '\'', '#', '\\'])).ok_or_else(|| EXPECTED.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let variable = |name: &str| match name {
            "URL" => Some("postgres://u:p@h/x".to_owned()),
            "LINES" => Some("a\nb".into()),
            _ => None,
        };
        expand(text, &variable).map_err(|fault| fault.to_string())
    }

    #[test]
    fn c2_variables_of_the_environment_are_put_in() {
        for (text, expected) in [
            ("url: <%= ENV[\"URL\"] %>", "url: postgres://u:p@h/x\n"),
            ("url: <%=ENV['URL']%> # why", "url: postgres://u:p@h/x # why\n"),
            ("url: \"<%= ENV.fetch('URL') -%>\"", "url: \"postgres://u:p@h/x\"\n"),
            ("a: <%= ENV.fetch(\"NO\", \"5\") %><%= ENV[\"NO\"] %>", "a: 5\n"),
            ("a: <%= ENV.fetch(\"NO\", \"\") %>", "a: \n"),
            ("# <% whatever %>\na: 1", "# <% whatever %>\na: 1\n"),
        ] {
            assert_eq!(expanded(text).unwrap(), expected);
        }
    }

    #[test]
    fn c2_everything_else_is_refused_with_its_line() {
        for text in [
            "a: <%= `rm -rf /` %>",
            "a: <%= ENV[\"X\"].to_i %>",
            "a: <%= ENV[\"X\"] || ENV[\"Y\"] %>",
            "a: <%= ENV[X] %>",
            "<% if true %>",
            "a: <%= ENV[\"X\"]",
            "a: <%= ENV.fetch(\"X\", \"#{1}\") %>",
            "a: <%= ENV[\"X\"] + ENV[\"Y\"] %>",
        ] {
            let said = expanded(&format!("ok: 1\n{text}")).unwrap_err();
            assert_eq!(said, format!("line 2: {EXPECTED}"), "{text}");
        }
        assert_eq!(
            expanded("a: <%= ENV.fetch('NO') %>").unwrap_err(),
            "line 1: the environment variable NO is not set"
        );
        assert!(expanded("a: <%= ENV['LINES'] %>").unwrap_err().contains("more than one line"));
    }
}
