//! What a cell says: one value gives the order, the words on the page, and what a program reads from a download.

use std::{cmp::Ordering, fmt};

use model::{Bytes, Count, Millis, Ratio, Timestamp};
use serde_json::{Value, json};

/// A value with its unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    /// Words.
    Text(String),
    /// A number of things.
    Count(i64),
    /// A number of another kind.
    Number(f64),
    /// A size.
    Bytes(Bytes),
    /// A span of time.
    Millis(Millis),
    /// A share of a whole.
    Ratio(Ratio),
    /// A moment.
    At(Timestamp),
    /// Whether something is so.
    Yes(bool),
    /// PostgreSQL did not say.
    Unknown,
}

impl Fact {
    /// Whether digits should stand under digits.
    pub(crate) fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Yes(_) | Self::At(_) | Self::Unknown)
    }

    /// The order of two facts of a column; texts regardless of case, the later moment after the earlier.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.to_lowercase().cmp(&b.to_lowercase()).then_with(|| a.cmp(b)),
            (Self::At(a), Self::At(b)) => a.cmp(b),
            (Self::Count(a), Self::Count(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Yes(a), Self::Yes(b)) => a.cmp(b),
            _ => self.number().total_cmp(&other.number()),
        }
    }

    fn number(&self) -> f64 {
        match *self {
            Self::Count(n) | Self::Bytes(Bytes(n)) => n as f64,
            Self::Number(n) | Self::Millis(Millis(n)) | Self::Ratio(Ratio(n)) => n,
            _ => f64::NAN,
        }
    }

    /// As a program reads it: bytes, milliseconds, shares of 1 and counts as plain numbers, moments in RFC 3339.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(n) | Self::Bytes(Bytes(n)) => json!(n),
            Self::Number(n) | Self::Millis(Millis(n)) | Self::Ratio(Ratio(n)) => json!(n),
            Self::At(at) => json!(at.iso()),
            Self::Yes(yes) => json!(yes),
            Self::Unknown => Value::Null,
        }
    }

    /// As a line of CSV has it. A text that a spreadsheet would take for a formula is kept a text by an apostrophe: the
    /// texts come from people's databases.
    pub(crate) fn csv(&self) -> String {
        match (self, self.json()) {
            (Self::Text(text), _) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
            (_, Value::String(text)) => text,
            (_, Value::Null) => String::new(),
            (_, value) => value.to_string(),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(n) => Count(*n).fmt(f),
            Self::Number(n) => write!(f, "{n:.2}"),
            Self::Bytes(bytes) => bytes.fmt(f),
            Self::Millis(millis) => millis.fmt(f),
            Self::Ratio(ratio) => ratio.fmt(f),
            Self::At(at) => at.fmt(f),
            Self::Yes(yes) => f.write_str(if *yes { "yes" } else { "no" }),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

macro_rules! facts {
    ($($from:ty => |$value:ident| $fact:expr;)*) => {
        $(impl From<$from> for Fact {
            fn from($value: $from) -> Self {
                $fact
            }
        })*
    };
}

facts! {
    String => |text| Self::Text(text);
    &str => |text| Self::Text(text.to_owned());
    i64 => |n| Self::Count(n);
    i32 => |n| Self::Count(n.into());
    f64 => |n| Self::Number(n);
    Count => |count| Self::Count(count.0);
    Bytes => |bytes| Self::Bytes(bytes);
    Millis => |millis| Self::Millis(millis);
    Ratio => |ratio| Self::Ratio(ratio);
    Timestamp => |at| Self::At(at);
    bool => |yes| Self::Yes(yes);
}

impl<T: Into<Self>> From<Option<T>> for Fact {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Unknown, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_read_by_people_and_by_programs() {
        let cases: [(Fact, &str, &str); 8] = [
            (Bytes(10 << 20).into(), "10.0 MB", "10485760"),
            (Ratio(0.25).into(), "25.0 %", "0.25"),
            (Millis(1500.0).into(), "1.5 s", "1500.0"),
            (1_234_567_i64.into(), "1,234,567", "1234567"),
            (Timestamp(0).into(), "1970-01-01 00:00:00 UTC", "1970-01-01T00:00:00Z"),
            ("a, \"b\"".into(), "a, \"b\"", "a, \"b\""),
            (true.into(), "yes", "true"),
            (Option::<i64>::None.into(), "unknown", ""),
        ];
        for (fact, people, program) in cases {
            assert_eq!((fact.to_string().as_str(), fact.csv().as_str()), (people, program));
        }
    }

    #[test]
    fn a_text_is_no_formula() {
        for hostile in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(Fact::from(hostile).csv(), format!("'{hostile}"));
        }
        assert_eq!(Fact::from(-1_i64).csv(), "-1");
    }
}
