//! Numbers with units. Each has one human format, its `Display`; no other crate formats a number by hand.

use std::{
    fmt,
    ops::{Add, Sub},
};

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Serialize};

/// A span of time in milliseconds, PostgreSQL's unit for statement times.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub f64);

impl Millis {
    /// That many whole seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds as f64 * 1000.0)
    }
}

impl fmt::Display for Millis {
    /// Three significant digits below a minute (`0.12 ms`, `48.1 ms`, `3.4 s`), two units above (`2 h 5 min`).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0;
        if !ms.is_finite() {
            return f.write_str("unknown");
        }
        if ms < 0.0 {
            return write!(f, "-{}", Self(-ms));
        }
        match ms {
            0.0 => f.write_str("0 ms"),
            _ if ms < 9.995 => write!(f, "{ms:.2} ms"),
            _ if ms < 99.95 => write!(f, "{ms:.1} ms"),
            _ if ms < 999.5 => write!(f, "{ms:.0} ms"),
            _ if ms < 59_950.0 => write!(f, "{:.1} s", ms / 1000.0),
            _ => {
                let seconds = (ms / 1000.0).round() as i64;
                let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
                match () {
                    () if minutes < 60 => two(f, minutes, "min", seconds % 60, "s"),
                    () if hours < 24 => two(f, hours, "h", minutes % 60, "min"),
                    () => two(f, days, "d", hours % 24, "h"),
                }
            }
        }
    }
}

/// The larger unit, and the smaller one unless it is nought.
fn two(f: &mut fmt::Formatter<'_>, large: i64, unit: &str, small: i64, smaller: &str) -> fmt::Result {
    match small {
        0 => write!(f, "{} {unit}", Count(large)),
        _ => write!(f, "{} {unit} {small} {smaller}", Count(large)),
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// A size in bytes; written in multiples of 1024 as PostgreSQL's `pg_size_pretty` does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub i64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        if magnitude < 1024 {
            return write!(f, "{sign}{magnitude} B");
        }
        let (mut value, mut unit) = (magnitude as f64 / 1024.0, 0);
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        write!(f, "{sign}{value:.digits$} {}", UNITS[unit])
    }
}

/// A number of things, written in groups of three.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub i64);

impl Count {
    /// The count with its noun: `1 index`, `1,204 indexes`.
    pub fn of(self, one: &str, many: &str) -> String {
        format!("{self} {}", if self.0 == 1 { one } else { many })
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A share of a whole, 0 to 1; written as a percentage.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ratio(pub f64);

impl Ratio {
    /// `part / whole`, or nothing when there is no whole to take a part of.
    pub fn of(part: f64, whole: f64) -> Option<Self> {
        (whole > 0.0).then(|| Self(part / whole))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        match percent {
            _ if !percent.is_finite() => f.write_str("unknown"),
            _ if percent > 0.0 && percent < 0.1 => f.write_str("< 0.1 %"),
            // 99.96 % is not 100 %: the difference is what people look for.
            _ if percent > 99.9 && percent < 100.0 => write!(f, "{percent:.2} %"),
            _ => write!(f, "{percent:.1} %"),
        }
    }
}

/// A moment: microseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time that passed from `earlier` to this moment; negative if it came later.
    pub fn since(self, earlier: Self) -> Millis {
        Millis((self.0 - earlier.0) as f64 / 1000.0)
    }

    /// RFC 3339 in UTC, as the `datetime` attribute of HTML and the JSON of the command line want it.
    pub fn iso(self) -> String {
        self.utc().map_or_else(|| "unknown".into(), |at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// Hour and minute, for the axis of a chart that spans less than two days.
    pub fn hour_minute(self) -> String {
        self.utc().map_or_else(String::new, |at| at.format("%H:%M").to_string())
    }

    /// Month, day, hour and minute, for the axis of a longer chart.
    pub fn day_hour_minute(self) -> String {
        self.utc().map_or_else(String::new, |at| at.format("%m-%d %H:%M").to_string())
    }

    /// Reads RFC 3339 (`2026-11-22T03:00:00Z`), as flags and URLs carry it.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_micros()))
    }

    fn utc(self) -> Option<DateTime<chrono::Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(at: std::time::SystemTime) -> Self {
        Self(DateTime::<chrono::Utc>::from(at).timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.utc() {
            Some(at) => write!(f, "{}", at.format("%Y-%m-%d %H:%M:%S UTC")),
            None => f.write_str("unknown"),
        }
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0 - (span.0 * 1000.0) as i64)
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0 + (span.0 * 1000.0) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_one_format() {
        let cases = [
            (Millis(0.0).to_string(), "0 ms"),
            (Millis(0.034).to_string(), "0.03 ms"),
            (Millis(48.123).to_string(), "48.1 ms"),
            (Millis(999.6).to_string(), "1.0 s"),
            (Millis(3_400.0).to_string(), "3.4 s"),
            (Millis(59_960.0).to_string(), "1 min"),
            (Millis(192_000.0).to_string(), "3 min 12 s"),
            (Millis(7_500_000.0).to_string(), "2 h 5 min"),
            (Millis(273_600_000.0).to_string(), "3 d 4 h"),
            (Millis(-5.0).to_string(), "-5.00 ms"),
            (Millis(f64::NAN).to_string(), "unknown"),
            (Bytes(0).to_string(), "0 B"),
            (Bytes(1023).to_string(), "1023 B"),
            (Bytes(1024).to_string(), "1.00 kB"),
            (Bytes(10 << 20).to_string(), "10.0 MB"),
            (Bytes(-(5 << 30)).to_string(), "-5.00 GB"),
            (Bytes(i64::MIN).to_string(), "-8.00 EB"),
            (Count(1_234_567).to_string(), "1,234,567"),
            (Count(-1000).to_string(), "-1,000"),
            (Count(1).of("index", "indexes"), "1 index"),
            (Ratio(0.0).to_string(), "0.0 %"),
            (Ratio(0.0004).to_string(), "< 0.1 %"),
            (Ratio(0.9996).to_string(), "99.96 %"),
            (Ratio(1.0).to_string(), "100.0 %"),
            (Timestamp(0).to_string(), "1970-01-01 00:00:00 UTC"),
            (Timestamp(i64::MAX).to_string(), "unknown"),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }

    #[test]
    fn a_timestamp_reads_what_it_writes() {
        let at = Timestamp(1_795_316_645_000_000);
        assert_eq!(Timestamp::parse(&at.iso()), Some(at));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_number_breaks_a_format(ms: f64, bytes: i64, count: i64, ratio: f64, at: i64) {
            let said = format!("{} {} {} {} {}", Millis(ms), Bytes(bytes), Count(count), Ratio(ratio), Timestamp(at));
            proptest::prop_assert!(!said.is_empty());
        }
    }
}
