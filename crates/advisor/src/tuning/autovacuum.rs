//! Autovacuum.

use model::{Bytes, Count, Millis, Setting, Storage};

use super::{Facts, Said, cannot_tell, keep, set};

pub(super) fn autovacuum(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.setting.as_str() {
        "off" => set("on", "Without it tables grow, statistics age, and in the end transaction ids run out."),
        _ => keep("On."),
    }
}

pub(super) fn autovacuum_max_workers(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn autovacuum_vacuum_cost_limit(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn vacuum_cost_limit(_: &Setting, facts: &Facts<'_>) -> Said {
    let used = facts.number("autovacuum_vacuum_cost_limit").is_none_or(|own| own < 0.0);
    keep(if used { "What autovacuum goes by." } else { "Only for VACUUM by hand; autovacuum has its own." })
}

pub(super) fn autovacuum_vacuum_cost_delay(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.millis() {
        Some(delay) if delay > Millis(2.0) => {
            set("2ms", "The default before PostgreSQL 12 was ten times slower than today's disks.")
        }
        _ => keep("The default, or faster."),
    }
}

pub(super) fn autovacuum_vacuum_scale_factor(setting: &Setting, facts: &Facts<'_>) -> Said {
    scale_factor(setting, facts, 10e6, "dead rows before it is vacuumed", "autovacuum_vacuum_scale_factor")
}

pub(super) fn autovacuum_analyze_scale_factor(setting: &Setting, facts: &Facts<'_>) -> Said {
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
