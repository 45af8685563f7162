//! What a server as a whole has done: counters that only grow, until somebody resets them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Gap, Mark, Millis, Timestamp};

/// Counters by name; one that the server does not have is not there.
pub type Counters = BTreeMap<Counter, f64>;

/// What is counted together and reset together: one of PostgreSQL's statistics views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// This database's row of `pg_stat_database`.
    Database,
    /// `pg_stat_wal`.
    Wal,
    /// `pg_last_wal_replay_lsn()`, which nobody can reset.
    Replay,
    /// `pg_stat_checkpointer`; before PostgreSQL 17 a part of `pg_stat_bgwriter`.
    Checkpointer,
    /// `pg_stat_bgwriter`.
    Bgwriter,
    /// `pg_stat_archiver`.
    Archiver,
    /// `pg_stat_io`, from PostgreSQL 16 on.
    Io,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 7] =
        [Self::Database, Self::Wal, Self::Replay, Self::Checkpointer, Self::Bgwriter, Self::Archiver, Self::Io];
}

macro_rules! counters {
    ($($source:ident { $($(#[$doc:meta])* $counter:ident = $name:literal,)* })*) => {
        /// A number that grows with everything the server does. Blocks and events are counted, times are milliseconds,
        /// volumes are bytes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Counter {
            $($($(#[$doc])* #[serde(rename = $name)] $counter,)*)*
        }

        impl Counter {
            /// Every counter, source by source.
            pub const ALL: &'static [Self] = &[$($(Self::$counter,)*)*];

            /// The name questions and the store use for it.
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$counter => $name,)*)* }
            }

            /// Where it is counted.
            pub const fn source(self) -> Source {
                match self { $($(Self::$counter => Source::$source,)*)* }
            }
        }
    };
}

counters! {
    Database {
        /// `xact_commit`.
        Commits = "commits",
        /// `xact_rollback`.
        Rollbacks = "rollbacks",
        /// `blks_hit`: blocks found in shared buffers.
        BlocksHit = "blocks_hit",
        /// `blks_read`: blocks asked of the operating system.
        BlocksRead = "blocks_read",
        /// `blk_read_time`; stays nought without `track_io_timing`.
        BlockReadMs = "block_read_ms",
        /// `blk_write_time`; likewise.
        BlockWriteMs = "block_write_ms",
        /// `tup_returned`.
        RowsReturned = "rows_returned",
        /// `tup_fetched`.
        RowsFetched = "rows_fetched",
        /// `tup_inserted`.
        RowsInserted = "rows_inserted",
        /// `tup_updated`.
        RowsUpdated = "rows_updated",
        /// `tup_deleted`.
        RowsDeleted = "rows_deleted",
        /// `temp_files`: sorts and hashes that did not fit into `work_mem`.
        TempFiles = "temp_files",
        /// `temp_bytes`.
        TempBytes = "temp_bytes",
        /// `deadlocks`.
        Deadlocks = "deadlocks",
        /// `conflicts`: statements cancelled by recovery; only on standbys.
        Conflicts = "conflicts",
        /// `checksum_failures`; unknown without data checksums.
        ChecksumFailures = "checksum_failures",
        /// `sessions` begun.
        Sessions = "sessions",
        /// `session_time`.
        SessionMs = "session_ms",
        /// `active_time`: sessions at work.
        ActiveMs = "active_ms",
        /// `idle_in_transaction_time`.
        IdleInTransactionMs = "idle_in_transaction_ms",
        /// `sessions_abandoned`: whose client vanished.
        SessionsAbandoned = "sessions_abandoned",
        /// `sessions_fatal`: ended by an error.
        SessionsFatal = "sessions_fatal",
        /// `sessions_killed`: ended by an operator.
        SessionsKilled = "sessions_killed",
    }
    Wal {
        /// `wal_records`.
        WalRecords = "wal_records",
        /// `wal_fpi`: full page images.
        WalPageImages = "wal_page_images",
        /// `wal_bytes`.
        WalBytes = "wal_bytes",
        /// `wal_buffers_full`: writes that could not wait.
        WalBuffersFull = "wal_buffers_full",
    }
    Replay {
        /// The position a standby has replayed up to, in bytes.
        WalReplayed = "wal_replayed",
    }
    Checkpointer {
        /// Checkpoints because `checkpoint_timeout` was over.
        CheckpointsTimed = "checkpoints_timed",
        /// Checkpoints because `max_wal_size` was reached, or somebody asked.
        CheckpointsRequested = "checkpoints_requested",
        /// Time checkpoints spent writing.
        CheckpointWriteMs = "checkpoint_write_ms",
        /// Time checkpoints spent in fsync.
        CheckpointSyncMs = "checkpoint_sync_ms",
        /// Blocks written by checkpoints.
        CheckpointBlocks = "checkpoint_blocks",
    }
    Bgwriter {
        /// `buffers_clean`: blocks written by the background writer.
        CleanedBlocks = "cleaned_blocks",
        /// `maxwritten_clean`: rounds it stopped because it had written enough.
        CleaningStopped = "cleaning_stopped",
        /// `buffers_alloc`.
        BuffersAllocated = "buffers_allocated",
    }
    Archiver {
        /// `archived_count`.
        Archived = "archived",
        /// `failed_count`: attempts that failed.
        ArchiveFailures = "archive_failures",
    }
    Io {
        /// Read by clients' backends and their workers.
        ClientReadBytes = "client_read_bytes",
        /// Written and extended by them: what the background processes did not get to.
        ClientWriteBytes = "client_write_bytes",
        /// Time they spent in it; stays nought without `track_io_timing`.
        ClientIoMs = "client_io_ms",
        /// Read by autovacuum.
        AutovacuumReadBytes = "autovacuum_read_bytes",
        /// Written by autovacuum.
        AutovacuumWriteBytes = "autovacuum_write_bytes",
        /// Time autovacuum spent in it.
        AutovacuumIoMs = "autovacuum_io_ms",
        /// Read by the server's other processes: startup, checkpointer, background writer.
        BackgroundReadBytes = "background_read_bytes",
        /// Written by them.
        BackgroundWriteBytes = "background_write_bytes",
        /// Time they spent in it.
        BackgroundIoMs = "background_io_ms",
        /// Read in context `bulkread`, past the cache: large sequential scans.
        BulkReadBytes = "bulk_read_bytes",
        /// Read and written in context `vacuum`, whoever vacuums.
        VacuumBytes = "vacuum_bytes",
        /// Read and written for temporary tables.
        TempTableBytes = "temp_table_bytes",
        /// Blocks found in shared buffers, by whomever.
        IoHits = "io_hits",
        /// Blocks thrown out of shared buffers to make room.
        Evictions = "evictions",
        /// Calls of fsync.
        Fsyncs = "fsyncs",
    }
}

/// All counters at one moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemSample {
    /// The moment, on the server's own clock, by which it says when it was started and reset.
    pub clock: Timestamp,
    /// `pg_postmaster_start_time()`.
    pub started_at: Timestamp,
    /// When each source was last reset, if it ever was.
    pub resets: BTreeMap<Source, Timestamp>,
    /// The counters.
    pub counters: Counters,
}

/// What grew between two samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SystemGrowth {
    /// When the later one was taken, on Heron's clock.
    pub taken_at: Timestamp,
    /// The time between the two; none if there was no earlier one that compares.
    pub span: Option<Millis>,
    /// What a reader of the numbers has to know.
    pub marks: Vec<Mark>,
    /// By how much; what cannot be known is not there.
    pub counters: Counters,
}

/// How a server has been over a window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemHistory {
    /// The window's beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Moments, ascending.
    pub at: Vec<Timestamp>,
    /// Growth per second of the clock; none where it is not known.
    pub rates: BTreeMap<Counter, Vec<Option<f64>>>,
    /// Client connections at work, at most.
    pub active: Vec<Option<f64>>,
    /// Those that wait for their client, at most.
    pub idle: Vec<Option<f64>>,
    /// Those that wait for their client in a transaction, at most.
    pub idle_in_transaction: Vec<Option<f64>>,
    /// Events worth a mark.
    pub marks: Vec<(Timestamp, Mark)>,
    /// Where nothing is known.
    pub gaps: Vec<Gap>,
}

impl SystemHistory {
    /// A counter's growth per second at each moment.
    pub fn rate(&self, counter: Counter) -> Vec<Option<f64>> {
        self.rates.get(&counter).cloned().unwrap_or_else(|| vec![None; self.at.len()])
    }

    /// One counter's share of it and another; none where neither grew.
    pub fn share(&self, part: Counter, rest: Counter) -> Vec<Option<f64>> {
        let (parts, rests) = (self.rate(part), self.rate(rest));
        let share = |(part, rest): (Option<f64>, Option<f64>)| {
            let whole = part? + rest?;
            (whole > 0.0).then(|| part.map(|part| part / whole)).flatten()
        };
        parts.into_iter().zip(rests).map(share).collect()
    }

    /// Whether any of these was ever counted in the window.
    pub fn knows(&self, counters: &[Counter]) -> bool {
        counters.iter().any(|counter| self.rates.get(counter).is_some_and(|rates| rates.iter().any(Option::is_some)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_called_the_same_everywhere() {
        for counter in Counter::ALL {
            assert_eq!(serde_json::to_value(counter).unwrap(), counter.name());
        }
        let mut names: Vec<_> = Counter::ALL.iter().map(|counter| counter.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Counter::ALL.len());
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        let rates = [
            (Counter::BlocksHit, vec![Some(3.0), Some(0.0), None]),
            (Counter::BlocksRead, vec![Some(1.0), Some(0.0), Some(1.0)]),
        ];
        let history = SystemHistory { at: vec![Timestamp(0); 3], rates: rates.into(), ..Default::default() };
        assert_eq!(history.share(Counter::BlocksHit, Counter::BlocksRead), [Some(0.75), None, None]);
        assert_eq!(history.rate(Counter::Fsyncs), [None; 3]);
        assert!(history.knows(&[Counter::Fsyncs, Counter::BlocksHit]) && !history.knows(&[Counter::Fsyncs]));
    }
}
