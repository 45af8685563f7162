//! The span of time a page speaks about, as it stands in the URL.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Millis, Timestamp};

/// A span that ends now, or a fixed one.
///
/// Written as `15m`, `24h`, `7d`, or `2026-11-22T03:00:00Z/2026-11-22T04:00:00Z`; reads back what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Window {
    /// The last so many minutes.
    Last(u32),
    /// From one moment to a later one.
    Between(Timestamp, Timestamp),
}

impl Window {
    /// The spans the window picker offers.
    pub const CHOICES: [Self; 5] =
        [Self::Last(60), Self::Last(6 * 60), Self::Last(24 * 60), Self::Last(7 * 24 * 60), Self::Last(30 * 24 * 60)];

    /// No window is longer: two years.
    const LONGEST: u32 = 2 * 366 * 24 * 60;

    /// Its two ends, for a clock that says `now`.
    pub fn bounds(self, now: Timestamp) -> (Timestamp, Timestamp) {
        match self {
            Self::Last(minutes) => (now - Millis::from_secs(i64::from(minutes) * 60), now),
            Self::Between(from, to) => (from, to),
        }
    }

    /// How people say it, as `last 24 hours`.
    pub fn label(self) -> String {
        let (number, unit) = match self {
            Self::Last(minutes) if minutes % (24 * 60) == 0 && minutes > 24 * 60 => (minutes / (24 * 60), "day"),
            Self::Last(minutes) if minutes % 60 == 0 => (minutes / 60, "hour"),
            Self::Last(minutes) => (minutes, "minute"),
            Self::Between(from, to) => return format!("{from} to {to}"),
        };
        if number == 1 { format!("last {unit}") } else { format!("last {number} {unit}s") }
    }
}

impl Default for Window {
    fn default() -> Self {
        Self::Last(60)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(minutes) if minutes % (24 * 60) == 0 && *minutes > 24 * 60 => {
                write!(f, "{}d", minutes / (24 * 60))
            }
            Self::Last(minutes) if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            Self::Last(minutes) => write!(f, "{minutes}m"),
            Self::Between(from, to) => write!(f, "{}/{}", from.iso(), to.iso()),
        }
    }
}

/// A window that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowError(String);

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the window {:?}: use 30m, 24h, 7d or two RFC 3339 times with a slash between", self.0)
    }
}

impl std::error::Error for WindowError {}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| WindowError(text.chars().take(80).collect()))
    }
}

fn read(text: &str) -> Option<Window> {
    if let Some((from, to)) = text.split_once('/') {
        let (from, to) = (Timestamp::parse(from)?, Timestamp::parse(to)?);
        return (from < to).then_some(Window::Between(from, to));
    }
    let unit = match text.chars().last()? {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let number: u32 = text[..text.len() - 1].parse().ok()?;
    let minutes = number.checked_mul(unit)?;
    (1..=Window::LONGEST).contains(&minutes).then_some(Window::Last(minutes))
}

impl TryFrom<String> for Window {
    type Error = WindowError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_what_it_writes() {
        for text in ["15m", "1h", "24h", "7d", "2026-11-22T03:00:00Z/2026-11-22T04:00:00Z"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        assert_eq!("1440m".parse::<Window>().unwrap().to_string(), "24h");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "h", "0m", "-5m", "9999999d", "5y", "2026-11-22T04:00:00Z/2026-11-22T03:00:00Z", "ü"] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }
}
