//! Connections and the memory they share.

use model::{Bytes, Count, Setting};

use super::{Facts, GB, MB, Said, cannot_tell, keep, set, size, sized};

pub(super) fn max_connections(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn shared_buffers(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn effective_cache_size(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn maintenance_work_mem(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn work_mem(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn huge_pages(setting: &Setting, facts: &Facts<'_>) -> Said {
    let large = facts.bytes("shared_buffers").is_some_and(|buffers| buffers >= 8 * GB);
    match setting.setting.as_str() {
        "off" if large => {
            set("try", "With this much in shared_buffers each connection's page table is large; huge pages shrink it.")
        }
        "off" => keep("With so little in shared_buffers it makes no difference."),
        _ => keep("They are used where the system has them (vm.nr_hugepages)."),
    }
}
