//! What the server's settings should be, as far as anybody can tell from here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Bytes, Setting};

/// What SQL cannot know of a server's machine; a person says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The memory that is PostgreSQL's to use.
    pub memory: Option<Bytes>,
    /// Processors.
    pub cpus: Option<u32>,
    /// What the data lies on.
    pub storage: Option<Storage>,
}

impl Machine {
    /// Reads a size as people write it (`16GB`, `512 MB`, `16`, which means GB); none if it is none, or nobody has that much.
    pub fn read_memory(text: &str) -> Option<Bytes> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = match unit.trim().to_ascii_lowercase().as_str() {
            "mb" | "m" | "mib" => 1_u64 << 20,
            "" | "gb" | "g" | "gib" => 1 << 30,
            "tb" | "t" | "tib" => 1 << 40,
            _ => return None,
        };
        let bytes = number.parse::<f64>().ok()? * unit as f64;
        (bytes >= f64::from(1 << 26) && bytes <= (1_u64 << 50) as f64).then_some(Bytes(bytes as i64))
    }
}

/// What the data lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Storage {
    /// Flash, or a cloud's volume.
    Ssd,
    /// Spinning disks.
    Hdd,
    /// Many disks behind a network.
    San,
}

impl Storage {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Ssd, Self::Hdd, Self::San];

    /// The name in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssd => "ssd",
            Self::Hdd => "hdd",
            Self::San => "san",
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssd => "SSD or cloud volume",
            Self::Hdd => "spinning disks",
            Self::San => "SAN",
        })
    }
}

impl FromStr for Storage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|storage| storage.name() == text);
        known.ok_or_else(|| format!("there is no storage {text:?}: use ssd, hdd or san"))
    }
}

/// A setting and what it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The setting as it is.
    pub setting: Setting,
    /// What to do about it.
    pub advice: TuningAdvice,
    /// Why, as a sentence.
    pub reason: String,
}

/// What to do about a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TuningAdvice {
    /// It is fine as it is.
    Keep,
    /// Set it to this, written as `ALTER SYSTEM` takes it.
    Set(String),
    /// It cannot be told from what is known.
    CannotTell,
}

impl Tuned {
    /// The statement that follows the advice.
    pub fn sql(&self) -> Option<String> {
        match &self.advice {
            TuningAdvice::Set(value) => {
                Some(format!("ALTER SYSTEM SET {} = '{}';", self.setting.name, value.replace('\'', "''")))
            }
            TuningAdvice::Keep | TuningAdvice::CannotTell => None,
        }
    }
}

/// The settings that matter, and what they should be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tuning {
    /// `server_version`.
    pub version: String,
    /// Memory, planner, WAL and I/O.
    pub settings: Vec<Tuned>,
    /// Autovacuum.
    pub autovacuum: Vec<Tuned>,
    /// Settings whose change waits for a restart, whichever they are.
    pub pending: Vec<Setting>,
    /// Why nothing could be measured, if so.
    pub unmeasured: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_people_write_it() {
        let cases = [
            ("16GB", Some(16 << 30)),
            ("16", Some(16 << 30)),
            (" 1.5 tb ", Some(3 << 39)),
            ("512 MiB", Some(512 << 20)),
            ("0", None),
            ("-1GB", None),
            ("1e300GB", None),
            ("9999999999999999TB", None),
            ("much", None),
            ("", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(Machine::read_memory(text), bytes.map(Bytes), "{text}");
        }
    }
}
