//! A configuration file as a tree that knows its lines, whichever language it was written in.

use std::{fmt, net::SocketAddr, time::Duration};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong, and where. Never repeats what may be a secret.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    line: Option<usize>,
    what: String,
}

impl Fault {
    pub(super) fn at(line: usize, what: impl Into<String>) -> Self {
        Self { line: Some(line), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

pub(super) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A value and the line it stands on, from 1.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    value: Value,
}

#[derive(Debug)]
enum Value {
    Nothing,
    Yes(bool),
    Number(f64),
    Text(String),
    List,
    Map(Vec<(Key, Node)>),
}

/// The name of an entry and the line it stands on.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) line: usize,
    pub(super) name: String,
}

impl Key {
    /// The fault of a name that means nothing here.
    pub(super) fn unknown(&self, known: &[&str]) -> Fault {
        Fault::at(self.line, format!("unknown setting {:?}; known here: {}", self.name, known.join(", ")))
    }
}

impl Node {
    /// The tree of a TOML file.
    pub(super) fn toml(text: &str) -> Result<Self> {
        let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| Fault {
            line: error.span().map(|span| line(span.start)),
            what: error.message().to_owned(),
        })?;
        Ok(Self { line: 1, value: of_table(table.into_inner(), &line) })
    }

    /// The tree of a YAML file, its aliases and merge keys resolved; aliases that multiply beyond reason are a fault.
    pub(super) fn yaml(text: &str) -> Result<Self> {
        let value = serde_saphyr::from_str(text).map_err(|error| {
            let what = error.without_snippet().to_string();
            let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
            Fault { line: error.location().map(|location| location.line() as usize), what }
        })?;
        Ok(Self { line: 1, value })
    }

    /// The fault of a value that was expected to be something else.
    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::at(self.line, what)
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(&self.value, Value::Nothing) || matches!(&self.value, Value::Text(text) if text.is_empty())
    }

    /// Whether it is a map that has an entry of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        matches!(&self.value, Value::Map(entries) if entries.iter().any(|(key, _)| key.name == name))
    }

    /// The entries of a map; none where nothing is said.
    pub(super) fn entries(self) -> Result<Vec<(Key, Node)>> {
        match self.value {
            Value::Map(entries) => Ok(entries),
            Value::Nothing => Ok(vec![]),
            _ => Err(self.fault("expected names and values here")),
        }
    }

    pub(super) fn text(&self) -> Result<String> {
        match &self.value {
            Value::Text(text) => Ok(text.clone()),
            Value::Yes(_) | Value::Number(_) => Err(self.fault("expected a text: put it in quotes")),
            _ => Err(self.fault("expected a text")),
        }
    }

    /// A truth value. YAML in Ruby knows more words for it than YAML elsewhere.
    pub(super) fn yes(&self) -> Result<bool> {
        match &self.value {
            Value::Yes(yes) => Ok(*yes),
            Value::Text(text) => truth(text).ok_or_else(|| self.fault("expected true or false")),
            _ => Err(self.fault("expected true or false")),
        }
    }

    /// A number that is not negative, also one in quotes: what comes from the environment is a text.
    pub(super) fn number(&self) -> Result<f64> {
        let number = match &self.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.trim().replace('_', "").parse().ok(),
            _ => None,
        };
        number
            .filter(|number| number.is_finite() && *number >= 0.0)
            .ok_or_else(|| self.fault("expected a number, 0 or more"))
    }

    /// A span of time with its unit, at least so long.
    pub(super) fn span(&self, least: Duration) -> Result<Duration> {
        let least_said = humantime::format_duration(least);
        let expected =
            || self.fault(format!("expected a span of time of at least {least_said}, as \"60s\", \"5m\" or \"14d\""));
        let Value::Text(text) = &self.value else { return Err(expected()) };
        humantime::parse_duration(text).ok().filter(|span| *span >= least).ok_or_else(expected)
    }

    pub(super) fn address(&self) -> Result<SocketAddr> {
        let expected = || self.fault("expected an address and a port, as \"127.0.0.1:3100\"");
        self.text().ok().and_then(|text| text.parse().ok()).ok_or_else(expected)
    }
}

/// A word for yes or no.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn of_table(table: DeTable<'_>, line: &impl Fn(usize) -> usize) -> Value {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<DeValue<'_>>)| {
        let (at, starts) = (line(key.span().start), line(value.span().start));
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        (Key { line: at, name: key.into_owned() }, Node { line: starts, value: of_toml(value.into_inner(), line) })
    };
    Value::Map(table.into_iter().map(entry).collect())
}

fn of_toml(value: DeValue<'_>, line: &impl Fn(usize) -> usize) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            number.map_or(Value::Number(f64::NAN), |number| Value::Number(number as f64))
        }
        DeValue::Float(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(yes) => Value::Yes(yes),
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(_) => Value::List,
        DeValue::Table(table) => of_table(table, line),
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(OfYaml)
    }
}

struct OfYaml;

impl<'de> Visitor<'de> for OfYaml {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a setting")
    }

    fn visit_bool<E>(self, yes: bool) -> std::result::Result<Value, E> {
        Ok(Value::Yes(yes))
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> std::result::Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> std::result::Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::List)
    }

    /// Where something was written counts, not where it was merged in.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> std::result::Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Spanned<String>, Spanned<Value>>()? {
            let line = |at: serde_saphyr::Location| at.line() as usize;
            let key = Key { line: line(key.defined), name: key.value };
            map.push((key, Node { line: line(value.defined), value: value.value }));
        }
        Ok(Value::Map(map))
    }
}
