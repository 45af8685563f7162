//! O2. A slot keeps WAL that nobody reads. Temporary slots end with their session, and a standby's copies of the
//! primary's slots idle on purpose (§10.14).

use std::cmp::Reverse;

use model::{Bytes, Check, Count, Severity, Slot, Timestamp, quote_literal};

use super::replication_slot_lag::limit;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::InactiveReplicationSlot;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let slots = &readings.replication.answer.as_ref()?.slots;
    if slots.is_empty() {
        return Ok(Answer::not_applicable("No replication slots"));
    }
    let critical = Bytes(thresholds.slot_retained_critical_megabytes.saturating_mul(1024 * 1024));
    let mut idle: Vec<&Slot> = slots.iter().filter(|slot| slot.is_abandoned()).collect();
    idle.sort_by_key(|slot| Reverse(slot.retained));
    let retained: i64 = idle.iter().filter_map(|slot| slot.retained).map(|bytes| bytes.0).sum();
    let any = !idle.is_empty();

    let findings = idle
        .into_iter()
        .map(|slot| {
            let status = slot.wal_status.as_deref();
            let endangered = status == Some("unreserved") || slot.retained.is_some_and(|retained| retained >= critical);
            let severity = match () {
                () if endangered => Severity::Critical,
                () if slot.is_unused() => Severity::Info,
                () => Severity::Warning,
            };
            finding(CHECK, severity, &slot.name)
                .title(title(slot))
                .detail(detail(slot))
                .remedy(
                    format!("SELECT pg_drop_replication_slot({});", quote_literal(&slot.name)),
                    "Its reader loses its place. Bring the reader back instead if it is only away for a while.",
                )
                .fact("kind", slot.kind.as_str())
                .maybe("database", slot.database.clone())
                .maybe("wal_status", slot.wal_status.clone())
                .maybe("retained_bytes", slot.retained.map(|bytes| bytes.0))
                .maybe("safe_wal_bytes", slot.safe.map(|bytes| bytes.0))
                .maybe("xmin_age", slot.xmin_age)
                .maybe("inactive_seconds", slot.inactive_since.map(|since| (now.since(since).0 / 1000.0) as i64))
                .maybe("invalidation_reason", slot.invalidation_reason.clone())
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No inactive replication slots", |n| {
        Count(n).of("inactive replication slot", "inactive replication slots")
    });
    Ok(answer.number(any.then_some(Bytes(retained))))
}

fn title(slot: &Slot) -> String {
    let name = &slot.name;
    match slot.retained {
        Some(retained) => format!("Replication slot {name} is inactive and retains {retained} of WAL"),
        None if slot.is_unused() => format!("Replication slot {name} has never been used"),
        None => format!("Replication slot {name} is inactive and invalid"),
    }
}

fn detail(slot: &Slot) -> String {
    let mut detail = match slot.wal_status.as_deref() {
        _ if slot.is_unused() => {
            "It was created without reserving WAL and its reader has not connected yet, so the server keeps no WAL for it."
                .to_owned()
        }
        Some("lost") => {
            let reason = slot.invalidation_reason.as_deref().unwrap_or("max_slot_wal_keep_size");
            format!(
                "The server has invalidated it ({reason}) and keeps nothing for it any more. Its reader cannot go on and \
                 has to be set up again; the slot is of no use."
            )
        }
        _ => limit(slot),
    };
    if let Some(age) = slot.xmin_age.filter(|age| *age > 0) {
        let age = Count(age).of("transaction", "transactions");
        detail += &format!(" It also keeps rows that the last {age} replaced from VACUUM.");
    }
    detail
}

#[cfg(test)]
mod tests {
    use model::Outcome;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    /// O2; defect 14.
    #[test]
    fn a_slot_nobody_reads_is_found_unless_it_idles_on_purpose_10_14() {
        let idle = Slot {
            name: "s".into(),
            kind: "physical".into(),
            wal_status: Some("reserved".into()),
            retained: Some(Bytes(1 << 20)),
            ..Slot::default()
        };
        let status = |status: &str| Slot { wal_status: Some(status.into()), ..idle.clone() };
        let cases = [
            (idle.clone(), Some(Severity::Warning)),
            (Slot { active: true, ..idle.clone() }, None),
            (Slot { temporary: true, ..idle.clone() }, None),
            (Slot { synced: true, ..idle.clone() }, None),
            (Slot { retained: Some(Bytes(20 << 30)), ..idle.clone() }, Some(Severity::Critical)),
            (status("unreserved"), Some(Severity::Critical)),
            (Slot { retained: None, ..status("lost") }, Some(Severity::Warning)),
            (Slot { retained: None, wal_status: None, ..idle.clone() }, Some(Severity::Info)),
        ];
        for (slot, severity) in cases {
            let mut readings = readings();
            readings.replication.answer.as_mut().unwrap().slots = vec![slot.clone()];
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{slot:?}");
        }
    }

    #[test]
    fn only_a_slot_that_retains_wal_or_rows_is_blamed_for_it() {
        let detail = |slot: Slot| {
            let mut readings = readings();
            readings.replication.answer.as_mut().unwrap().slots = vec![Slot { name: "s".into(), ..slot }];
            Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW).findings()[0].detail.clone()
        };
        let status = |status: &str| Some(status.to_owned());
        let unused = detail(Slot::default());
        assert!(unused.contains("keeps no WAL") && !unused.contains("disk") && !unused.contains("VACUUM"), "{unused}");
        let lost = detail(Slot { wal_status: status("lost"), ..Slot::default() });
        assert!(lost.contains("keeps nothing"), "{lost}");
        let kept = Slot { wal_status: status("reserved"), retained: Some(Bytes(1)), ..Slot::default() };
        let held = detail(Slot { xmin_age: Some(1_000), ..kept.clone() });
        assert!(detail(kept).contains("until the disk is full") && held.contains("1,000 transactions"), "{held}");
    }

    #[test]
    fn without_slots_the_question_does_not_arise() {
        let verdict = Rule::of(CHECK).unwrap().judge(&readings(), &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::NotApplicable);
    }
}
