//! What the server's settings should be: PgHero's list (§1.10), each with a recommendation that is computed, and its reason.
//!
//! What it rests on is what the server did (hits, temporary files, checkpoints, WAL) and, for what SQL cannot know, what a
//! person says of the machine. Where neither says enough, it cannot tell, and says what it would need.

mod autovacuum;
mod memory;
mod planner;
mod wal;

use std::collections::HashMap;

use model::{Bytes, Machine, Missing, Ratio, Setting, Tuned, Tuning, TuningAdvice, Work};

const MB: i64 = 1 << 20;
const GB: i64 = 1 << 30;
const DAY: f64 = 86_400.0;

/// Statistics of less than this many seconds say nothing of a day.
const ENOUGH: f64 = 3_600.0;

/// The settings of the first table, in its order, each with its rule.
const SETTINGS: [(&str, Rule); 18] = [
    ("max_connections", memory::max_connections),
    ("shared_buffers", memory::shared_buffers),
    ("effective_cache_size", memory::effective_cache_size),
    ("maintenance_work_mem", memory::maintenance_work_mem),
    ("checkpoint_completion_target", wal::checkpoint_completion_target),
    ("wal_buffers", wal::wal_buffers),
    ("default_statistics_target", planner::default_statistics_target),
    ("random_page_cost", planner::random_page_cost),
    ("effective_io_concurrency", planner::effective_io_concurrency),
    ("work_mem", memory::work_mem),
    ("huge_pages", memory::huge_pages),
    ("jit", planner::jit),
    ("wal_compression", wal::wal_compression),
    // From 18 on; before, nobody has it.
    ("io_method", planner::io_method),
    ("min_wal_size", wal::min_wal_size),
    ("max_wal_size", wal::max_wal_size),
    ("max_parallel_workers_per_gather", planner::max_parallel_workers_per_gather),
    ("track_io_timing", planner::track_io_timing),
];

/// The settings of the second.
const AUTOVACUUM: [(&str, Rule); 7] = [
    ("autovacuum", autovacuum::autovacuum),
    ("autovacuum_max_workers", autovacuum::autovacuum_max_workers),
    ("autovacuum_vacuum_cost_limit", autovacuum::autovacuum_vacuum_cost_limit),
    ("vacuum_cost_limit", autovacuum::vacuum_cost_limit),
    ("autovacuum_vacuum_cost_delay", autovacuum::autovacuum_vacuum_cost_delay),
    ("autovacuum_vacuum_scale_factor", autovacuum::autovacuum_vacuum_scale_factor),
    ("autovacuum_analyze_scale_factor", autovacuum::autovacuum_analyze_scale_factor),
];

type Rule = fn(&Setting, &Facts<'_>) -> Said;

/// Advice and its reason.
type Said = (TuningAdvice, String);

/// The settings that matter and what they should be.
pub fn tune(settings: &[Setting], work: Result<&Work, &Missing>, machine: Machine) -> Tuning {
    let settings_by_name = settings.iter().map(|it| (it.name.as_str(), it)).collect();
    let facts = Facts { settings: settings_by_name, work: work.ok(), machine };
    let judged = |rules: &[(&str, Rule)]| -> Vec<Tuned> {
        let known = rules.iter().filter_map(|(name, rule)| Some((*facts.settings.get(name)?, rule)));
        known
            .map(|(setting, rule)| {
                let (advice, reason) = if setting.own { out_of_sight(setting) } else { rule(setting, &facts) };
                Tuned { setting: setting.clone(), advice, reason }
            })
            .collect()
    };
    Tuning {
        version: facts.settings.get("server_version").map(|it| it.setting.clone()).unwrap_or_default(),
        settings: judged(&SETTINGS),
        autovacuum: judged(&AUTOVACUUM),
        pending: settings.iter().filter(|setting| setting.pending_restart).cloned().collect(),
        unmeasured: work.err().map(|missing| missing.detail.clone()),
    }
}

/// What the rules look at.
struct Facts<'a> {
    settings: HashMap<&'a str, &'a Setting>,
    work: Option<&'a Work>,
    machine: Machine,
}

impl Facts<'_> {
    /// The server's setting, where it can be seen.
    fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name).copied().filter(|setting| !setting.own)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.setting(name)?.number()
    }

    fn bytes(&self, name: &str) -> Option<i64> {
        self.setting(name)?.bytes().map(|bytes| bytes.0)
    }

    /// Blocks found in shared buffers, if enough were asked for.
    fn hit_rate(&self) -> Option<Ratio> {
        let work = self.work?;
        let asked = work.blocks_hit + work.blocks_read;
        Ratio::of(work.blocks_hit as f64, asked as f64).filter(|_| asked >= 100_000)
    }

    /// Temporary files, in bytes a day.
    fn temp_a_day(&self) -> Option<Bytes> {
        let work = self.work?;
        let seconds = work.now.since(work.counted_since?).0 / 1000.0;
        (seconds >= ENOUGH).then(|| Bytes((work.temp_bytes.0 as f64 / seconds * DAY) as i64))
    }

    /// WAL between two checkpoints, in bytes, on average.
    fn wal_between_checkpoints(&self) -> Option<f64> {
        let work = self.work?;
        let seconds = work.now.since(work.wal_since?).0 / 1000.0;
        let timeout = self.settings.get("checkpoint_timeout")?.millis()?.0 / 1000.0;
        (seconds >= ENOUGH).then(|| work.wal_bytes.0 as f64 / seconds * timeout)
    }
}

fn keep(reason: impl Into<String>) -> Said {
    (TuningAdvice::Keep, reason.into())
}

fn set(value: impl Into<String>, reason: impl Into<String>) -> Said {
    (TuningAdvice::Set(value.into()), reason.into())
}

/// No advice on a value that is not the server's.
fn out_of_sight(setting: &Setting) -> Said {
    cannot_tell(format!(
        "Heron's role has a value of its own, so the server's cannot be seen; shown is the built-in default. \
         ALTER ROLE … RESET {} makes it visible.",
        setting.name
    ))
}

fn cannot_tell(reason: impl Into<String>) -> Said {
    (TuningAdvice::CannotTell, reason.into())
}

/// A size as a configuration takes it, in whole megabytes, and whole gigabytes from ten on.
fn size(bytes: i64) -> String {
    match bytes / MB {
        mb if mb >= 10 * 1024 || mb % 1024 == 0 && mb > 0 => format!("{}GB", (mb + 512) / 1024),
        mb => format!("{}MB", mb.max(1)),
    }
}

/// Advice for a size: near enough is good enough.
fn sized(current: Option<i64>, target: i64, fine: impl FnOnce() -> String, change: impl FnOnce() -> String) -> Said {
    let near = current.is_some_and(|current| (2 * target..=6 * target).contains(&(4 * current)));
    if near { keep(fine()) } else { set(size(target), change()) }
}

#[cfg(test)]
mod tests;
