//! PostgreSQL's binary formats, by type oid (`src/include/catalog/pg_type.dat`).
//! Read here rather than by sqlx because arrays, numeric, xid and friends come at the same price.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use sqlx::{
    Row, TypeInfo, ValueRef,
    postgres::{PgRow, PgTypeKind, PgValueFormat},
};

use super::{Native, numeric};
use crate::Value;

/// What becomes of text that is not valid UTF-8 ([`Options::replace_invalid_text`](crate::Options::replace_invalid_text)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidText {
    Refuse,
    Replace,
}

impl InvalidText {
    fn text(self, bytes: &[u8]) -> Result<Native<'_>, String> {
        self.decode(bytes, Native::Text, Native::Made)
    }

    fn json(self, bytes: &[u8]) -> Result<Native<'_>, String> {
        self.decode(bytes, Native::Json, Native::MadeJson)
    }

    fn decode<'r>(
        self,
        bytes: &'r [u8],
        valid: impl FnOnce(&'r str) -> Native<'r>,
        replaced: impl FnOnce(String) -> Native<'r>,
    ) -> Result<Native<'r>, String> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(valid(text)),
            Err(_) if self == Self::Replace => Ok(replaced(String::from_utf8_lossy(bytes).into_owned())),
            Err(error) => Err(error.to_string()),
        }
    }
}

pub(super) fn cell(row: &PgRow, index: usize, invalid: InvalidText) -> Result<Native<'_>, String> {
    let value = row.try_get_raw(index).map_err(|e| e.to_string())?;
    if value.is_null() {
        return Ok(Native::Null);
    }
    let bytes = value.as_bytes().map_err(|e| e.to_string())?;
    if value.format() == PgValueFormat::Text {
        return invalid.text(bytes);
    }
    let info = value.type_info();
    let oid = info.oid().map_or(0, |oid| oid.0);
    match scalar(oid, bytes, invalid) {
        Some(cell) => cell,
        None => match info.kind() {
            PgTypeKind::Enum(_) => invalid.text(bytes),
            PgTypeKind::Array(_) | PgTypeKind::Pseudo => Array::parse(bytes, invalid).map(Native::Array),
            _ if matches!(oid, 22 | 30) => Array::parse(bytes, invalid).map(Native::Array),
            _ if matches!(info.name(), "citext" | "CITEXT") => invalid.text(bytes),
            _ => Err("has a type that cannot be read; cast it to text in the statement".to_owned()),
        },
    }
}

/// The built-in types; `None` for all others.
fn scalar(oid: u32, bytes: &[u8], invalid: InvalidText) -> Option<Result<Native<'_>, String>> {
    let cell = match oid {
        16 => fixed(bytes, |[b]: [u8; 1]| Native::Bool(b != 0)),
        17 => Ok(Native::Bytes(bytes)),
        // "char": one byte.
        18 => fixed(bytes, |[b]: [u8; 1]| Native::Made(char::from(b).to_string())),
        19 | 25 | 142 | 194 | 705 | 1042 | 1043 => invalid.text(bytes),
        20 => fixed(bytes, |b| Native::Int(i64::from_be_bytes(b))),
        21 => fixed(bytes, |b| Native::Int(i16::from_be_bytes(b).into())),
        23 => fixed(bytes, |b| Native::Int(i32::from_be_bytes(b).into())),
        // oid, xid, cid
        26 | 28 | 29 => fixed(bytes, |b| Native::Int(u32::from_be_bytes(b).into())),
        114 => invalid.json(bytes),
        // jsonb: a version byte, then the text.
        3802 => invalid.json(bytes.get(1..).unwrap_or_default()),
        700 => fixed(bytes, |b| Native::Float(f32::from_be_bytes(b).into())),
        701 => fixed(bytes, |b| Native::Float(f64::from_be_bytes(b))),
        1082 => fixed(bytes, |b| date(i32::from_be_bytes(b))),
        1083 => fixed(bytes, |b| time(i64::from_be_bytes(b))),
        1114 => fixed(bytes, |b| timestamp(i64::from_be_bytes(b), Native::DateTime)),
        1184 => fixed(bytes, |b| timestamp(i64::from_be_bytes(b), |t| Native::Timestamp(t.and_utc()))),
        1700 => numeric::to_text(bytes).map(Native::Decimal).ok_or_else(|| "is a malformed numeric".to_owned()),
        2278 => Ok(Native::Null),
        2950 => fixed(bytes, |b| Native::Made(uuid(u128::from_be_bytes(b)))),
        // pg_lsn
        3220 => fixed(bytes, |b: [u8; 8]| {
            let lsn = u64::from_be_bytes(b);
            Native::Made(format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF))
        }),
        // xid8
        5069 => fixed(bytes, |b| Native::UInt(u64::from_be_bytes(b))),
        _ => return None,
    };
    Some(cell)
}

fn fixed<'r, const N: usize>(bytes: &'r [u8], read: impl FnOnce([u8; N]) -> Native<'r>) -> Result<Native<'r>, String> {
    bytes.try_into().map(read).map_err(|_| format!("has {} bytes where {N} were expected", bytes.len()))
}

/// Days and microseconds count from here.
fn epoch() -> NaiveDateTime {
    DateTime::<Utc>::from_timestamp(946_684_800, 0).unwrap_or_default().naive_utc()
}

fn timestamp<'r>(micros: i64, read: impl FnOnce(NaiveDateTime) -> Native<'r>) -> Native<'r> {
    match epoch().checked_add_signed(TimeDelta::microseconds(micros)) {
        Some(time) => read(time),
        None => infinity(micros < 0),
    }
}

fn date<'r>(days: i32) -> Native<'r> {
    let date: Option<NaiveDate> = epoch().date().checked_add_signed(TimeDelta::days(days.into()));
    date.map_or_else(|| infinity(days < 0), Native::Date)
}

fn time<'r>(micros: i64) -> Native<'r> {
    // 24:00:00 is a time in PostgreSQL and none in chrono.
    let seconds = u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX);
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).map_or(Native::Text("24:00:00"), Native::Time)
}

fn infinity<'r>(negative: bool) -> Native<'r> {
    Native::Text(if negative { "-infinity" } else { "infinity" })
}

fn uuid(n: u128) -> String {
    let hex = format!("{n:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// An array of one dimension; its elements are read one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Array<'r> {
    element: u32,
    left: usize,
    bytes: &'r [u8],
    invalid: InvalidText,
}

impl<'r> Array<'r> {
    fn parse(bytes: &'r [u8], invalid: InvalidText) -> Result<Self, String> {
        let field = |at: usize| {
            let raw = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
            raw.map(u32::from_be_bytes).ok_or_else(|| "has a type that cannot be read; cast it to text".to_owned())
        };
        let element = field(8)?;
        match field(0)? {
            0 => Ok(Self { element, left: 0, bytes: &[], invalid }),
            1 => {
                let bytes = bytes.get(20..).unwrap_or_default();
                Ok(Self { element, left: field(12)? as usize, bytes, invalid })
            }
            _ => Err("is an array of several dimensions; cast it to text".to_owned()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.left
    }

    /// The next element.
    pub(crate) fn next(&mut self) -> Option<Result<Native<'r>, String>> {
        self.left = self.left.checked_sub(1)?;
        let (head, rest) = self.bytes.split_at_checked(4)?;
        let length = i32::from_be_bytes(head.try_into().ok()?);
        let Ok(length) = usize::try_from(length) else {
            self.bytes = rest;
            return Some(Ok(Native::Null));
        };
        let (element, rest) = rest.split_at_checked(length)?;
        self.bytes = rest;
        // An oid that is not built in is an enum or a domain over text, or is refused as text.
        Some(scalar(self.element, element, self.invalid).unwrap_or_else(|| self.invalid.text(element)))
    }

    pub(crate) fn into_value(mut self) -> Result<Value, String> {
        let (mut ints, mut texts) = (Vec::new(), Vec::new());
        while let Some(element) = self.next() {
            match element?.into_value()? {
                Value::Int(n) => ints.push(n),
                Value::Text(s) => texts.push(s),
                other => texts.push(plain(&other)),
            }
        }
        Ok(if texts.is_empty() && matches!(self.element, 20 | 21 | 23 | 26) {
            Value::IntArray(ints)
        } else {
            texts.extend(ints.iter().map(i64::to_string));
            Value::TextArray(texts)
        })
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Float(x) => x.to_string(),
        Value::Timestamp(t) => t.to_rfc3339(),
        Value::Json(j) => j.to_string(),
        other => format!("{other:?}"),
    }
}
