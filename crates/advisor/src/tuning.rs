//! What the server's settings should be: PgHero's list (§1.10), each with a recommendation that is computed, and its reason.
//!
//! What it rests on is what the server did (hits, temporary files, checkpoints, WAL) and, for what SQL cannot know, what a
//! person says of the machine. Where neither says enough, it cannot tell, and says what it would need.

use std::collections::HashMap;

use model::{Bytes, Count, Machine, Millis, Missing, Ratio, Setting, Storage, Tuned, Tuning, TuningAdvice, Work};

const MB: i64 = 1 << 20;
const GB: i64 = 1 << 30;
const DAY: f64 = 86_400.0;

/// Statistics of less than this many seconds say nothing of a day.
const ENOUGH: f64 = 3_600.0;

/// The settings of the first table, in its order, each with its rule.
const SETTINGS: [(&str, Rule); 18] = [
    ("max_connections", max_connections),
    ("shared_buffers", shared_buffers),
    ("effective_cache_size", effective_cache_size),
    ("maintenance_work_mem", maintenance_work_mem),
    ("checkpoint_completion_target", checkpoint_completion_target),
    ("wal_buffers", wal_buffers),
    ("default_statistics_target", default_statistics_target),
    ("random_page_cost", random_page_cost),
    ("effective_io_concurrency", effective_io_concurrency),
    ("work_mem", work_mem),
    ("huge_pages", huge_pages),
    ("jit", jit),
    ("wal_compression", wal_compression),
    // From 18 on; before, nobody has it.
    ("io_method", io_method),
    ("min_wal_size", min_wal_size),
    ("max_wal_size", max_wal_size),
    ("max_parallel_workers_per_gather", max_parallel_workers_per_gather),
    ("track_io_timing", track_io_timing),
];

/// The settings of the second.
const AUTOVACUUM: [(&str, Rule); 7] = [
    ("autovacuum", autovacuum),
    ("autovacuum_max_workers", autovacuum_max_workers),
    ("autovacuum_vacuum_cost_limit", autovacuum_vacuum_cost_limit),
    ("vacuum_cost_limit", vacuum_cost_limit),
    ("autovacuum_vacuum_cost_delay", autovacuum_vacuum_cost_delay),
    ("autovacuum_vacuum_scale_factor", autovacuum_vacuum_scale_factor),
    ("autovacuum_analyze_scale_factor", autovacuum_analyze_scale_factor),
];

type Rule = fn(&Setting, &Facts<'_>) -> Said;

/// Advice and its reason.
type Said = (TuningAdvice, String);

/// The settings that matter and what they should be.
pub fn tune(settings: &[Setting], work: Result<&Work, &Missing>, machine: Machine) -> Tuning {
    let facts =
        Facts { settings: settings.iter().map(|it| (it.name.as_str(), it)).collect(), work: work.ok(), machine };
    let judged = |rules: &[(&str, Rule)]| -> Vec<Tuned> {
        let known = rules.iter().filter_map(|(name, rule)| Some((*facts.settings.get(name)?, rule)));
        known
            .map(|(setting, rule)| {
                let (advice, reason) = rule(setting, &facts);
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
    fn number(&self, name: &str) -> Option<f64> {
        self.settings.get(name)?.number()
    }

    fn bytes(&self, name: &str) -> Option<i64> {
        self.settings.get(name)?.bytes().map(|bytes| bytes.0)
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

fn max_connections(setting: &Setting, facts: &Facts<'_>) -> Said {
    let (Some(limit), Some(work)) = (setting.number(), facts.work) else {
        return cannot_tell("It cannot be told without knowing how many connections are in use.");
    };
    let used = format!("{} of {} are in use now.", Count(work.connections), setting.shown());
    match work.connections as f64 / limit {
        share if share >= 0.8 => set(
            format!("{}", ((limit * 1.5) as i64 + 9) / 10 * 10),
            format!("{used} A pooler such as PgBouncer costs less than more connections do."),
        ),
        share if share < 0.1 && limit > 300.0 => set(
            format!("{}", (work.connections * 4).max(100)),
            format!(
                "{used} Each that could be costs shared memory and longer snapshots, and work_mem has to be shared out."
            ),
        ),
        _ => keep(used),
    }
}

fn shared_buffers(setting: &Setting, facts: &Facts<'_>) -> Said {
    let current = setting.bytes().map(|bytes| bytes.0);
    let hits = facts.hit_rate().map(|rate| format!(" {rate} of the blocks asked for are found in it."));
    let hits = hits.unwrap_or_default();
    let database = facts.work.map(|work| work.database_size);
    if let (Some(current), Some(database)) = (current, database)
        && current >= database.0
        && facts.machine.memory.is_none_or(|memory| current <= memory.0 / 2)
    {
        return keep(format!("The whole database, {database}, fits into it.{hits}"));
    }
    match facts.machine.memory {
        Some(memory) => sized(
            current,
            memory.0 / 4,
            || format!("About a quarter of {memory} of memory.{hits}"),
            || format!("A quarter of {memory} of memory; the operating system's cache uses the rest.{hits}"),
        ),
        None if facts.hit_rate().is_some_and(|rate| rate.0 >= 0.99) => keep(hits.trim().to_owned()),
        None => cannot_tell(format!("It cannot be told without the server's memory: a quarter of it is usual.{hits}")),
    }
}

fn effective_cache_size(setting: &Setting, facts: &Facts<'_>) -> Said {
    let Some(memory) = facts.machine.memory else {
        return cannot_tell("It cannot be told without the server's memory: three quarters of it are usual.");
    };
    sized(
        setting.bytes().map(|bytes| bytes.0),
        memory.0 / 4 * 3,
        || format!("About three quarters of {memory} of memory."),
        || {
            format!(
                "Three quarters of {memory} of memory: what the planner may expect to be cached, by anybody. It takes none."
            )
        },
    )
}

fn maintenance_work_mem(setting: &Setting, facts: &Facts<'_>) -> Said {
    let Some(memory) = facts.machine.memory else {
        return cannot_tell(
            "It cannot be told without the server's memory: a sixteenth of it, at most 2 GB, is usual. VACUUM, CREATE INDEX and \
             ADD FOREIGN KEY use it.",
        );
    };
    let target = (memory.0 / 16).min(2 * GB);
    if setting.bytes().is_some_and(|current| current.0 >= target && current.0 <= memory.0 / 8) {
        return keep(format!("Enough for VACUUM and CREATE INDEX, out of {memory}."));
    }
    sized(
        setting.bytes().map(|bytes| bytes.0),
        target,
        || format!("About a sixteenth of {memory} of memory."),
        || {
            format!(
                "A sixteenth of {memory} of memory, at most 2 GB: VACUUM and CREATE INDEX use it, each autovacuum worker once."
            )
        },
    )
}

fn checkpoint_completion_target(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.number() {
        Some(target) if target < 0.85 => {
            set("0.9", "Checkpoints write in bursts below 0.9; spread out, they disturb less.")
        }
        _ => keep("Checkpoints are spread over most of the time between them."),
    }
}

fn wal_buffers(setting: &Setting, facts: &Facts<'_>) -> Said {
    let automatic = facts.bytes("shared_buffers").map(|buffers| (buffers / 32).clamp(64 << 10, 16 * MB));
    match (setting.bytes(), automatic) {
        (Some(current), Some(automatic)) if current.0 < automatic / 100 * 99 => {
            set("-1", format!("PostgreSQL itself would take {} for its shared_buffers.", Bytes(automatic)))
        }
        _ => keep("As PostgreSQL chooses it by shared_buffers, or more."),
    }
}

fn default_statistics_target(setting: &Setting, _: &Facts<'_>) -> Said {
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

fn random_page_cost(setting: &Setting, facts: &Facts<'_>) -> Said {
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

fn effective_io_concurrency(setting: &Setting, facts: &Facts<'_>) -> Said {
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

fn work_mem(setting: &Setting, facts: &Facts<'_>) -> Said {
    let temp = facts.temp_a_day();
    let spills = temp.is_some_and(|temp| temp.0 >= GB);
    let spilled = match temp {
        Some(Bytes(0)) => " No temporary files were written.".into(),
        Some(temp) => format!(" About {temp} of temporary files are written a day."),
        None => String::new(),
    };
    let (Some(memory), Some(connections)) = (facts.machine.memory, facts.number("max_connections")) else {
        return match temp {
            Some(_) if !spills => keep(spilled.trim().to_owned()),
            _ => cannot_tell(format!(
                "It cannot be told without the server's memory: each sort and hash of each connection may take it.{spilled}"
            )),
        };
    };
    let buffers = facts.bytes("shared_buffers").unwrap_or(memory.0 / 4);
    let share = ((memory.0 - buffers) as f64 / (connections.max(1.0) * 3.0)) as i64;
    let target = (share / MB).max(4) * MB;
    let current = setting.bytes().map_or(0, |bytes| bytes.0);
    let why = format!(
        "A third of a connection's share of {memory}: what is left by shared_buffers, over {} connections.",
        Count(connections as i64)
    );
    match () {
        () if current > 4 * target => {
            set(size(target), format!("{why} If all connections sort at once, memory runs out.{spilled}"))
        }
        () if spills && 2 * current < target => set(size(target), format!("{why}{spilled}")),
        () => keep(format!("There is room for it in {memory}.{spilled}")),
    }
}

fn huge_pages(setting: &Setting, facts: &Facts<'_>) -> Said {
    let large = facts.bytes("shared_buffers").is_some_and(|buffers| buffers >= 8 * GB);
    match setting.setting.as_str() {
        "off" if large => {
            set("try", "With this much in shared_buffers each connection's page table is large; huge pages shrink it.")
        }
        "off" => keep("With so little in shared_buffers it makes no difference."),
        _ => keep("They are used where the system has them (vm.nr_hugepages)."),
    }
}

fn jit(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => keep("Statements that run for seconds lose a little by that, short ones nothing."),
        _ => keep(
            "Explain says where compiling a statement took longer than it saved. From PostgreSQL 19 on it is off by default.",
        ),
    }
}

fn wal_compression(setting: &Setting, _: &Facts<'_>) -> Said {
    if setting.setting != "off" {
        return keep("Full pages are compressed before they go into the WAL.");
    }
    let lz4 = setting.enumvals.iter().any(|method| method == "lz4");
    set(
        if lz4 { "lz4" } else { "on" },
        "After each checkpoint a page goes into the WAL whole when it is first changed. Compressed it is half as large, for \
         little time.",
    )
}

fn io_method(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "sync" => set("worker", "Reads are made one by one, as before PostgreSQL 18."),
        method => keep(format!("Reads are made ahead, by {method}.")),
    }
}

fn min_wal_size(setting: &Setting, facts: &Facts<'_>) -> Said {
    let (Some(current), Some(between)) = (setting.bytes(), facts.wal_between_checkpoints()) else {
        return cannot_tell("It cannot be told before WAL was counted for an hour.");
    };
    let written = format!("About {} of WAL are written between two checkpoints.", Bytes(between as i64));
    if between > current.0 as f64 {
        set(size((between * 1.5) as i64), format!("{written} Files that are kept need not be made again."))
    } else {
        keep(written)
    }
}

fn max_wal_size(setting: &Setting, facts: &Facts<'_>) -> Said {
    let Some((work, current)) = facts.work.zip(setting.bytes()) else {
        return cannot_tell("It cannot be told without the server's statistics.");
    };
    let all = work.checkpoints_timed + work.checkpoints_requested;
    let requested = Ratio::of(work.checkpoints_requested as f64, all as f64).filter(|_| all >= 10);
    let between = facts.wal_between_checkpoints();
    let said = requested.map(|requested| {
        format!("{requested} of {} did not wait for their time.", Count(all).of("checkpoint", "checkpoints"))
    });
    // WAL is kept from the checkpoint before the last, and a checkpoint begins half-way.
    let needed = between.unwrap_or_default() * 2.5;
    match requested {
        None => cannot_tell("It cannot be told before there were ten checkpoints."),
        Some(requested) if requested.0 > 0.2 => set(
            size((needed as i64).max(2 * current.0)),
            format!(
                "{} With more room for WAL fewer are forced, and fewer whole pages written.",
                said.unwrap_or_default()
            ),
        ),
        Some(_) => keep(said.unwrap_or_default()),
    }
}

fn max_parallel_workers_per_gather(setting: &Setting, facts: &Facts<'_>) -> Said {
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

fn track_io_timing(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => set(
            "on",
            "Then statements, plans and the system page say how long they waited for reads. pg_test_timing says what it costs.",
        ),
        _ => keep("Waits for reads are measured."),
    }
}

fn autovacuum(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => set("on", "Without it tables grow, statistics age, and in the end transaction ids run out."),
        _ => keep("On."),
    }
}

fn autovacuum_max_workers(setting: &Setting, facts: &Facts<'_>) -> Said {
    let target = facts.machine.cpus.map_or(3, |cpus| (cpus / 4).clamp(3, 8));
    match setting.number() {
        Some(workers) if workers < 3.0 => set("3", "One large table keeps a worker for long, and the others wait."),
        Some(workers) if workers > 3.0 * f64::from(target) => {
            set(target.to_string(), "All workers share one cost limit: more of them only make each slower.")
        }
        _ => keep("All workers together keep to the cost limit below."),
    }
}

/// What the cost limit lets all workers write, in bytes a second.
fn dirtied_a_second(facts: &Facts<'_>) -> Option<Bytes> {
    let own = facts.number("autovacuum_vacuum_cost_limit").filter(|limit| *limit > 0.0);
    let limit = own.or_else(|| facts.number("vacuum_cost_limit"))?;
    let delay = facts.settings.get("autovacuum_vacuum_cost_delay")?.millis()?.0;
    let page = facts.number("vacuum_cost_page_dirty").unwrap_or(20.0);
    (delay > 0.0 && page > 0.0).then(|| Bytes((limit / page * 8192.0 * 1000.0 / delay) as i64))
}

fn autovacuum_vacuum_cost_limit(setting: &Setting, facts: &Facts<'_>) -> Said {
    let own = setting.number().filter(|limit| *limit > 0.0);
    let limit = own.or_else(|| facts.number("vacuum_cost_limit")).unwrap_or(200.0);
    let source = if own.is_none() { format!("It is vacuum_cost_limit, {limit}. ") } else { String::new() };
    let pace = dirtied_a_second(facts).map(|pace| format!("All workers together may dirty {pace} a second."));
    let pace = pace.unwrap_or_else(|| "Nothing holds the workers back.".into());
    let large = facts.work.and_then(|work| work.largest_rows).is_some_and(|rows| rows >= 50e6);
    if limit <= 200.0 && large && facts.machine.storage.is_some_and(|storage| storage != Storage::Hdd) {
        return set("1000", format!("{source}{pace} This storage takes more, and the largest table is large."));
    }
    keep(format!("{source}{pace}"))
}

fn vacuum_cost_limit(_: &Setting, facts: &Facts<'_>) -> Said {
    let used = facts.number("autovacuum_vacuum_cost_limit").is_none_or(|own| own < 0.0);
    keep(if used { "What autovacuum goes by." } else { "Only for VACUUM by hand; autovacuum has its own." })
}

fn autovacuum_vacuum_cost_delay(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.millis() {
        Some(delay) if delay > Millis(2.0) => {
            set("2ms", "The default before PostgreSQL 12 was ten times slower than today's disks.")
        }
        _ => keep("The default, or faster."),
    }
}

fn autovacuum_vacuum_scale_factor(setting: &Setting, facts: &Facts<'_>) -> Said {
    scale_factor(setting, facts, 10e6, "dead rows before it is vacuumed", "autovacuum_vacuum_scale_factor")
}

fn autovacuum_analyze_scale_factor(setting: &Setting, facts: &Facts<'_>) -> Said {
    scale_factor(setting, facts, 10e6, "changed rows before it is analyzed", "autovacuum_analyze_scale_factor")
}

/// A share of a table's rows is much where the table is large.
fn scale_factor(setting: &Setting, facts: &Facts<'_>, most: f64, what: &str, name: &str) -> Said {
    let Some((factor, rows)) = setting.number().zip(facts.work.and_then(|work| work.largest_rows)) else {
        return cannot_tell("It cannot be told before a table was analyzed.");
    };
    let waits = format!("The largest table waits for {} {what}.", Count((rows * factor) as i64));
    if rows * factor <= most {
        return keep(waits);
    }
    let target = [0.1, 0.05, 0.02, 0.01].into_iter().find(|target| rows * target <= most).unwrap_or(0.01);
    set(target.to_string(), format!("{waits} Or set it for that table alone: ALTER TABLE … SET ({name} = {target})."))
}

#[cfg(test)]
mod tests;
