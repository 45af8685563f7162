//! What the planner expects of the machine.

use model::{Setting, Storage};

use super::{Facts, Said, cannot_tell, keep, set};

pub(super) fn default_statistics_target(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.number() {
        Some(target) if target < 100.0 => set(
            "100",
            "Below the default the planner guesses more. Raise it for single columns (ALTER TABLE … SET STATISTICS).",
        ),
        Some(target) if target > 1_000.0 => {
            set("500", "Above a thousand planning and ANALYZE take long. Raise it for single columns instead.")
        }
        _ => keep("Fine for most tables. Columns of uneven values may want more (ALTER TABLE … SET STATISTICS)."),
    }
}

pub(super) fn random_page_cost(setting: &Setting, facts: &Facts<'_>) -> Said {
    let Some(current) = setting.number() else { return cannot_tell("It is no number.") };
    match facts.machine.storage {
        Some(Storage::Ssd | Storage::San) if current > 2.0 => {
            set("1.1", "A page at random costs little more than the next one here; at 4 the planner avoids indexes.")
        }
        Some(Storage::Hdd) if current < 2.0 => {
            set("4", "A page at random costs a disk's seek; at less the planner uses indexes where a scan is faster.")
        }
        Some(storage) => keep(format!("Fits {storage}.")),
        None if current >= 4.0 => cannot_tell(
            "It cannot be told without the storage: 4 fits spinning disks, 1.1 fits SSDs and cloud volumes.",
        ),
        None => keep("Somebody chose it for the storage."),
    }
}

pub(super) fn effective_io_concurrency(setting: &Setting, facts: &Facts<'_>) -> Said {
    if setting.max_val.as_deref() == Some("0") {
        return keep("This system cannot read ahead.");
    }
    let current = setting.number().unwrap_or_default();
    let asynchronous = facts.settings.contains_key("io_method");
    match facts.machine.storage {
        // From 18 on the reads are real ones, and its default of 16 serves.
        _ if asynchronous && current >= 16.0 => keep("As many reads at once as PostgreSQL 18 chooses, or more."),
        Some(Storage::Ssd) if current < 100.0 => {
            set("200", "SSDs answer many reads at once; bitmap scans can then ask ahead.")
        }
        Some(Storage::San) if current < 100.0 => {
            set("300", "Many disks answer at once; bitmap scans can then ask ahead.")
        }
        Some(Storage::Hdd) if current > 8.0 => set("2", "A spinning disk answers few reads at once."),
        Some(storage) => keep(format!("Fits {storage}.")),
        None if current <= 1.0 => {
            cannot_tell("It cannot be told without the storage: 200 fits SSDs and cloud volumes, 2 a spinning disk.")
        }
        None => keep("Somebody chose it for the storage."),
    }
}

pub(super) fn max_parallel_workers_per_gather(setting: &Setting, facts: &Facts<'_>) -> Said {
    let Some(cpus) = facts.machine.cpus else {
        return cannot_tell("It cannot be told without the number of processors: half of them, at most 4, is usual.");
    };
    let target = f64::from((cpus / 2).clamp(1, 4));
    match setting.number() {
        Some(current) if current > target.max(2.0) * 2.0 || (current < target && current < 2.0) => set(
            target.to_string(),
            format!("Half of {cpus} processors, at most 4: more seldom makes one statement faster."),
        ),
        _ => keep(format!("Fits {cpus} processors.")),
    }
}

pub(super) fn jit(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => keep("Statements that run for seconds lose a little by that, short ones nothing."),
        _ => keep(
            "Explain says where compiling a statement took longer than it saved. From PostgreSQL 19 on it is off by default.",
        ),
    }
}

pub(super) fn track_io_timing(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => set(
            "on",
            "Then statements, plans and the system page say how long they waited for reads. pg_test_timing says what it costs.",
        ),
        _ => keep("Waits for reads are measured."),
    }
}

pub(super) fn io_method(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "sync" => set("worker", "Reads are made one by one, as before PostgreSQL 18."),
        method => keep(format!("Reads are made ahead, by {method}.")),
    }
}
