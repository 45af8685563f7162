//! Replication as seen from one server.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Archiver, Bytes, Millis, Reading, Timestamp, Verdict};

/// A server's place in replication.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Replication {
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// On a standby: whether it receives WAL (a walreceiver runs).
    pub streaming: bool,
    /// On a standby, how far replay is behind what was received; nought when nothing waits to be replayed, none when
    /// nothing is received: then it cannot know.
    pub lag: Option<Millis>,
    /// On a standby: WAL that was received and has not been replayed.
    pub behind: Bytes,
    /// Where it is in the WAL: what a primary wrote, what a standby replayed (`pg_lsn`).
    pub position: Option<String>,
    /// On a standby: whether somebody paused replay (`pg_is_wal_replay_paused()`).
    pub paused: bool,
    /// On a standby: how long it waits on purpose before it replays a commit (`recovery_min_apply_delay`).
    pub apply_delay: Millis,
    /// On a standby: whether replay waits for that delay to pass and is therefore on time; none without the privilege to
    /// see it.
    pub delaying: Option<bool>,
    /// On a standby: when the primary committed the last transaction that was replayed.
    pub replayed_at: Option<Timestamp>,
    /// On a standby: the process that receives WAL, as far as the role may see it.
    pub receiver: Option<Receiver>,
    /// On a standby: queries of this database that replay had to cancel, by cause (`pg_stat_database_conflicts`).
    pub conflicts: BTreeMap<String, i64>,
    /// Who receives WAL from here (`pg_stat_replication`).
    pub standbys: Vec<Standby>,
    /// The replication slots.
    pub slots: Vec<Slot>,
    /// `wal_level`
    pub wal_level: String,
    /// `max_wal_senders`
    pub max_wal_senders: i64,
    /// `max_replication_slots`
    pub max_slots: i64,
}

/// A standby's end of the stream (`pg_stat_wal_receiver`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// `streaming`, `waiting`, …; none without the privilege to see it.
    pub status: Option<String>,
    /// The server it receives from.
    pub host: Option<String>,
    /// Its port.
    pub port: Option<i32>,
    /// The slot it uses there.
    pub slot: Option<String>,
    /// The timeline it is on.
    pub timeline: Option<i64>,
    /// When it last heard from it.
    pub heard_at: Option<Timestamp>,
}

/// A receiver of WAL, as its sender sees it (`pg_stat_replication`). Without pg_read_all_stats only the first three are known.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Standby {
    /// The walsender's process id.
    pub pid: i32,
    /// Its `application_name`, else its address, else the pid.
    pub name: String,
    /// The role it signed in as.
    pub user: Option<String>,
    /// Its address; none for a socket.
    pub client: Option<String>,
    /// The slot it reads from.
    pub slot: Option<String>,
    /// Whether it decodes the WAL into rows instead of replaying it.
    pub logical: bool,
    /// `startup`, `catchup`, `streaming`, `backup`, `stopping`.
    pub state: Option<String>,
    /// `async`, `potential`, `sync`, `quorum`.
    pub sync_state: Option<String>,
    /// When it connected.
    pub since: Option<Timestamp>,
    /// What was sent to it (`pg_lsn`).
    pub sent: Option<String>,
    /// What it replayed (`pg_lsn`).
    pub replayed: Option<String>,
    /// WAL not yet sent to it.
    pub sent_behind: Option<Bytes>,
    /// WAL it has not yet handed to its operating system.
    pub write_behind: Option<Bytes>,
    /// WAL it has not yet on its disk.
    pub flush_behind: Option<Bytes>,
    /// WAL it has not yet replayed.
    pub replay_behind: Option<Bytes>,
    /// How late it wrote; nought when it has everything, none when that was not measured yet.
    pub write_lag: Option<Millis>,
    /// How late it flushed.
    pub flush_lag: Option<Millis>,
    /// How late it replayed.
    pub replay_lag: Option<Millis>,
}

/// A replication slot (`pg_replication_slots`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// `physical` or `logical`.
    pub kind: String,
    /// The output plugin of a logical slot.
    pub plugin: Option<String>,
    /// The database of a logical slot.
    pub database: Option<String>,
    /// Whether somebody reads from it.
    pub active: bool,
    /// Whether it ends with its session.
    pub temporary: bool,
    /// On a standby: whether it is kept in step with the primary's slot of that name, idle on purpose (from 17 on).
    pub synced: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub wal_status: Option<String>,
    /// WAL the server keeps because of it; none for a slot that has reserved none, or has lost it.
    pub retained: Option<Bytes>,
    /// Age of the oldest rows it keeps from VACUUM, in transactions (`xmin`, `catalog_xmin`).
    pub xmin_age: Option<i64>,
    /// WAL that may still be written before the slot is in danger; none where `max_slot_wal_keep_size` is not set.
    pub safe: Option<Bytes>,
    /// WAL the reader of a logical slot has not confirmed.
    pub unconfirmed: Option<Bytes>,
    /// What the reader of a logical slot has confirmed (`pg_lsn`).
    pub confirmed: Option<String>,
    /// Since when nobody reads from it (from 17 on).
    pub inactive_since: Option<Timestamp>,
    /// Why it cannot be used any more (from 17 on; conflicts with recovery from 16 on).
    pub invalidation_reason: Option<String>,
}

impl Slot {
    /// Whether nobody reads from it although somebody should.
    pub fn is_abandoned(&self) -> bool {
        !self.active && !self.temporary && !self.synced
    }

    /// Whether the server has removed WAL or rows that its reader needs.
    pub fn is_lost(&self) -> bool {
        self.wal_status.as_deref() == Some("lost")
    }

    /// Whether it was created without reserving WAL and no reader has connected yet: it keeps no WAL.
    pub fn is_unused(&self) -> bool {
        self.retained.is_none() && self.wal_status.is_none()
    }
}

/// A server's place in replication, and what the checks on it say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedReplication {
    /// Worst first.
    pub verdicts: Vec<Verdict>,
    /// What was read.
    pub reading: Reading<Replication>,
    /// WAL archiving, whose backlog fills the same disk as that of slots.
    pub archiver: Reading<Archiver>,
}
