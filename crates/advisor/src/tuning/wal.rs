//! WAL and checkpoints.

use model::{Bytes, Count, Ratio, Setting};

use super::{Facts, MB, Said, cannot_tell, keep, set, size};

pub(super) fn checkpoint_completion_target(setting: &Setting, _: &Facts<'_>) -> Said {
    match setting.number() {
        Some(target) if target < 0.85 => {
            set("0.9", "Checkpoints write in bursts below 0.9; spread out, they disturb less.")
        }
        _ => keep("Checkpoints are spread over most of the time between them."),
    }
}

pub(super) fn wal_buffers(setting: &Setting, facts: &Facts<'_>) -> Said {
    let automatic = facts.bytes("shared_buffers").map(|buffers| (buffers / 32).clamp(64 << 10, 16 * MB));
    match (setting.bytes(), automatic) {
        (Some(current), Some(automatic)) if current.0 < automatic / 100 * 99 => {
            set("-1", format!("PostgreSQL itself would take {} for its shared_buffers.", Bytes(automatic)))
        }
        _ => keep("As PostgreSQL chooses it by shared_buffers, or more."),
    }
}

pub(super) fn wal_compression(setting: &Setting, _: &Facts<'_>) -> Said {
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

pub(super) fn min_wal_size(setting: &Setting, facts: &Facts<'_>) -> Said {
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

pub(super) fn max_wal_size(setting: &Setting, facts: &Facts<'_>) -> Said {
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
