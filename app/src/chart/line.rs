//! A line: what its values are, where its axis is, whose colour it has.

use model::{Bytes, Count, Millis, Ratio};

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is, as `Calls per second`.
    pub name: String,
    /// What its values are.
    pub measure: Measure,
    /// Which axis it belongs to; the lines of one axis have one measure.
    pub side: Side,
    /// Its colour.
    pub hue: Hue,
    /// A value for each moment; none where it is not known.
    pub values: Vec<Option<f64>>,
}

/// The kind of number a line is made of, which gives its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Milliseconds spent per second of the clock.
    TimePerSecond,
    /// Events per second of the clock.
    PerSecond,
    /// Milliseconds.
    Time,
    /// Bytes.
    Bytes,
    /// Things.
    Count,
    /// A share of a whole, 0 to 1.
    Share,
}

impl Measure {
    /// A value with its unit; what is per second says so in the line's name.
    pub fn write(self, value: f64) -> String {
        match self {
            Self::TimePerSecond | Self::Time => Millis(value).to_string(),
            Self::PerSecond if value < 99.95 => format!("{value:.1}"),
            Self::PerSecond | Self::Count => Count(value.round() as i64).to_string(),
            Self::Bytes => Bytes(value.round() as i64).to_string(),
            Self::Share => Ratio(value).to_string(),
        }
    }
}

/// An axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first, at the left.
    Left,
    /// The second, at the right.
    Right,
}

/// A colour with a meaning, the same on every page: the custom property of its name in `tokens.css`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hue {
    /// Time spent in statements.
    Load,
    /// Executions.
    Calls,
    /// Rows, tuples.
    Rows,
    /// Blocks read, I/O.
    Reads,
    /// Sessions.
    Connections,
    /// Space on disk.
    Size,
    /// Write-ahead log, replication.
    Wal,
}

impl Hue {
    /// The CSS class that sets `--hue`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Load => "hue-load",
            Self::Calls => "hue-calls",
            Self::Rows => "hue-rows",
            Self::Reads => "hue-reads",
            Self::Connections => "hue-connections",
            Self::Size => "hue-size",
            Self::Wal => "hue-wal",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_writes_its_unit() {
        let cases = [
            (Measure::TimePerSecond, 48.12, "48.1 ms"),
            (Measure::PerSecond, 1.25, "1.2"),
            (Measure::PerSecond, 1234.4, "1,234"),
            (Measure::Bytes, 1024.0, "1.00 kB"),
            (Measure::Count, 7.0, "7"),
            (Measure::Share, 0.5, "50.0 %"),
        ];
        for (measure, value, said) in cases {
            assert_eq!(measure.write(value), said);
        }
    }
}
