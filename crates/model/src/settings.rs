//! The server's settings: rows of `pg_settings`.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Count, Millis, Timestamp};

/// A setting as it is in force for a new session of Heron's role (`pg_settings`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value, in `unit`.
    pub setting: String,
    /// What a number of it counts: `8kB`, `ms`; none for words and plain numbers.
    pub unit: Option<String>,
    /// The value it has when nobody sets it.
    pub boot_val: Option<String>,
    /// Who set it: `default`, `configuration file`, `command line`, `database`, …
    pub source: String,
    /// When it can be changed: `postmaster` (a restart), `sighup` (a reload), `user`, …
    pub context: String,
    /// The least it can be.
    pub min_val: Option<String>,
    /// The most it can be.
    pub max_val: Option<String>,
    /// The words it can be.
    #[serde(default)]
    pub enumvals: Vec<String>,
    /// Whether the configuration has another value that waits for a restart.
    pub pending_restart: bool,
    /// Whether Heron's role has a value of its own (`ALTER ROLE … SET`). `setting` is the built-in default then: the
    /// server's value cannot be seen.
    #[serde(default)]
    pub own: bool,
}

impl Setting {
    /// The value as a number, in its unit.
    pub fn number(&self) -> Option<f64> {
        self.setting.parse().ok()
    }

    /// The value as a size; none if it is none, or −1.
    pub fn bytes(&self) -> Option<Bytes> {
        let unit = match self.unit.as_deref()? {
            "B" => 1,
            "kB" => 1 << 10,
            "8kB" => 8 << 10,
            "16kB" => 16 << 10,
            "32kB" => 32 << 10,
            "MB" => 1 << 20,
            "16MB" => 16 << 20,
            _ => return None,
        };
        self.setting.parse::<i64>().ok().filter(|number| *number >= 0)?.checked_mul(unit).map(Bytes)
    }

    /// The value as a span of time; none if it is none, or −1.
    pub fn millis(&self) -> Option<Millis> {
        let unit = match self.unit.as_deref()? {
            "us" => 0.001,
            "ms" => 1.0,
            "s" => 1000.0,
            "min" => 60_000.0,
            _ => return None,
        };
        self.number().filter(|number| *number >= 0.0).map(|number| Millis(number * unit))
    }

    /// The value as people read it.
    pub fn shown(&self) -> String {
        let number = || Some(Count(self.setting.parse().ok()?).to_string());
        self.bytes()
            .map(|bytes| bytes.to_string())
            .or_else(|| self.millis().map(|span| span.to_string()))
            .or_else(number)
            .unwrap_or_else(|| if self.setting.is_empty() { "(empty)".into() } else { self.setting.clone() })
    }

    /// Whether it is as it is when nobody sets it.
    pub fn is_default(&self) -> bool {
        self.boot_val.as_deref() == Some(&self.setting)
    }

    /// Whether a change waits for a restart.
    pub fn needs_restart(&self) -> bool {
        self.context == "postmaster"
    }
}

/// What the server did, for its settings to be measured by (`pg_stat_database`, `pg_stat_checkpointer`, `pg_stat_wal`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// The clock of the server.
    pub now: Timestamp,
    /// The size of all databases' tables and indexes as far as this one is concerned: its own (`pg_class.relpages`).
    pub database_size: Bytes,
    /// The rows of its largest table (`pg_class.reltuples`).
    pub largest_rows: Option<f64>,
    /// Client connections of the server.
    pub connections: i64,
    /// Blocks of all databases found in shared buffers.
    pub blocks_hit: i64,
    /// Blocks of all databases asked of the operating system.
    pub blocks_read: i64,
    /// Bytes all databases wrote to temporary files.
    pub temp_bytes: Bytes,
    /// Since when that is counted, at the latest of all databases.
    pub counted_since: Option<Timestamp>,
    /// Checkpoints because it was time.
    pub checkpoints_timed: i64,
    /// Checkpoints because there was much WAL, or because somebody asked.
    pub checkpoints_requested: i64,
    /// WAL written.
    pub wal_bytes: Bytes,
    /// Since when that is counted.
    pub wal_since: Option<Timestamp>,
}

/// An extension of a database and what stands ready to take its place (`pg_extension`, `pg_available_extensions`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstalledExtension {
    /// Its name.
    pub name: String,
    /// The version of its objects in this database.
    pub installed: String,
    /// The version that is installed on the server; none when its files are gone.
    pub available: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_shown_with_its_unit() {
        let setting = |setting: &str, unit: Option<&str>| Setting {
            setting: setting.into(),
            unit: unit.map(Into::into),
            ..Setting::default()
        };
        let cases = [
            (setting("16384", Some("8kB")), "128 MB"),
            (setting("1024", Some("MB")), "1.00 GB"),
            (setting("64", Some("16MB")), "1.00 GB"),
            (setting("300", Some("s")), "5 min"),
            (setting("-1", Some("ms")), "-1"),
            (setting("0", Some("ms")), "0 ms"),
            (setting("100", None), "100"),
            (setting("0.9", None), "0.9"),
            (setting("lz4", None), "lz4"),
            (setting("", None), "(empty)"),
            (setting("9223372036854775807", Some("16MB")), "9,223,372,036,854,775,807"),
        ];
        for (setting, shown) in cases {
            assert_eq!(setting.shown(), shown, "{setting:?}");
        }
    }
}
