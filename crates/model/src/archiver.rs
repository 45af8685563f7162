//! WAL archiving as the server reports it.

use serde::{Deserialize, Serialize};

use crate::{Bytes, Millis, Timestamp};

/// The state of WAL archiving (`pg_stat_archiver`, `pg_ls_archive_statusdir()`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Archiver {
    /// Whether the server is a standby; it then archives only with `archive_mode = always`.
    pub in_recovery: bool,
    /// `archive_mode`: `off`, `on` or `always`.
    pub mode: String,
    /// Whether `archive_command` or `archive_library` is set.
    pub configured: bool,
    /// Size of a WAL file (`wal_segment_size`).
    pub segment: Bytes,
    /// WAL files archived since the counters began.
    pub archived_count: i64,
    /// The last WAL file that was archived.
    pub last_archived: Option<String>,
    /// When it was archived.
    pub last_archived_at: Option<Timestamp>,
    /// Failed attempts since the counters began.
    pub failed_count: i64,
    /// The WAL file of the last failed attempt.
    pub last_failed: Option<String>,
    /// When that attempt failed.
    pub last_failed_at: Option<Timestamp>,
    /// When the counters were last reset.
    pub stats_reset: Option<Timestamp>,
    /// Whole WAL files after the last archived one; none if nothing was archived, and on a standby.
    pub behind: Option<i64>,
    /// The files that wait to be archived; none without the privilege to list them.
    pub waiting: Option<WaitingFiles>,
    /// Free space on the server's disk, as its cloud measured it last; PostgreSQL does not show it.
    pub free_disk: Option<Bytes>,
}

/// Files that are ready to be archived (`archive_status/*.ready`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingFiles {
    /// How many.
    pub files: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Since when the newest waits.
    pub newest: Option<Timestamp>,
}

/// What archiving is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchivingState {
    /// It is off, or off on a standby.
    Off,
    /// It is on, and no command or library is set.
    NotConfigured,
    /// The last attempt failed.
    Failing,
    /// It is on and the last attempt succeeded, or there was none.
    On,
}

impl Archiver {
    /// What archiving is doing.
    pub fn state(&self) -> ArchivingState {
        let archives = if self.in_recovery { self.mode == "always" } else { self.mode != "off" };
        if !archives {
            ArchivingState::Off
        } else if !self.configured {
            ArchivingState::NotConfigured
        } else if self.last_failed_at.is_some() && self.last_failed_at > self.last_archived_at {
            ArchivingState::Failing
        } else {
            ArchivingState::On
        }
    }

    /// Number of WAL files that wait, as far as it is known.
    pub fn waiting_files(&self) -> Option<i64> {
        self.waiting.map(|waiting| waiting.files).or(self.behind)
    }

    /// Size of the WAL files that wait.
    pub fn backlog(&self) -> Option<Bytes> {
        self.waiting_files().map(|files| Bytes(files * self.segment.0))
    }

    /// WAL written per hour while the files that wait were written; none for fewer than two files or less than a minute.
    pub fn bytes_per_hour(&self) -> Option<Bytes> {
        let waiting = self.waiting.filter(|waiting| waiting.files > 1)?;
        let Millis(span) = waiting.newest?.since(waiting.oldest?);
        let written = ((waiting.files - 1) * self.segment.0) as f64;
        (span >= 60_000.0).then(|| Bytes((written / span * 3_600_000.0) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_follows_mode_configuration_and_last_attempt() {
        let archiver = |mode: &str, in_recovery, configured, failed: Option<i64>, archived: Option<i64>| Archiver {
            in_recovery,
            mode: mode.into(),
            configured,
            last_failed_at: failed.map(Timestamp),
            last_archived_at: archived.map(Timestamp),
            ..Archiver::default()
        };
        let cases = [
            (archiver("off", false, true, None, None), ArchivingState::Off),
            (archiver("on", true, true, Some(2), None), ArchivingState::Off),
            (archiver("always", true, true, Some(2), None), ArchivingState::Failing),
            (archiver("on", false, false, None, Some(1)), ArchivingState::NotConfigured),
            (archiver("on", false, true, Some(2), Some(1)), ArchivingState::Failing),
            (archiver("on", false, true, Some(1), Some(2)), ArchivingState::On),
            (archiver("on", false, true, None, None), ArchivingState::On),
        ];
        for (archiver, state) in cases {
            assert_eq!(archiver.state(), state, "{archiver:?}");
        }
    }

    #[test]
    fn rate_needs_two_files_and_a_minute() {
        let archiver = |files: i64, minutes: i64| Archiver {
            segment: Bytes(16 << 20),
            waiting: Some(WaitingFiles {
                files,
                oldest: Some(Timestamp(0)),
                newest: Some(Timestamp(minutes * 60_000_000)),
            }),
            ..Archiver::default()
        };
        assert_eq!(archiver(11, 60).bytes_per_hour(), Some(Bytes(160 << 20)));
        assert_eq!(archiver(1, 60).bytes_per_hour(), None);
        assert_eq!(archiver(11, 0).bytes_per_hour(), None);
    }
}
