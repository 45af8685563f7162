//! O2. A slot keeps WAL that nobody reads. Temporary slots end with their session, and a standby's copies of the
//! primary's slots idle on purpose (§10.14).

use std::cmp::Reverse;

use model::{Bytes, Check, Count, Severity, Slot, Timestamp};

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
    let critical = Bytes(thresholds.slot_retained_critical_megabytes * 1024 * 1024);
    let mut idle: Vec<&Slot> = slots.iter().filter(|slot| slot.is_abandoned()).collect();
    idle.sort_by_key(|slot| Reverse(slot.retained));
    let retained: i64 = idle.iter().filter_map(|slot| slot.retained).map(|bytes| bytes.0).sum();
    let any = !idle.is_empty();

    let findings = idle
        .into_iter()
        .map(|slot| {
            let status = slot.wal_status.as_deref();
            let endangered = status == Some("unreserved") || slot.retained.is_some_and(|retained| retained >= critical);
            let severity = if endangered { Severity::Critical } else { Severity::Warning };
            let detail = match status {
                Some("lost") => "The WAL it needs is gone: its reader cannot go on and has to be built anew. The slot itself is of no use any more.",
                Some("unreserved") => "The server is about to remove the WAL it needs (max_slot_wal_keep_size); then its reader has to be built anew.",
                _ => "The server keeps every WAL file since its reader left until the disk is full, and vacuum may be held back too.",
            };
            let retained = slot.retained.map(|retained| format!(" and retains {retained} of WAL"));
            finding(CHECK, severity, &slot.name)
                .title(format!("Nobody reads from slot {}{}", slot.name, retained.unwrap_or_default()))
                .detail(detail)
                .remedy(
                    format!("SELECT pg_drop_replication_slot('{}');", slot.name.replace('\'', "''")),
                    "Its reader loses its place. Bring the reader back instead if it is only away for a while.",
                )
                .fact("kind", slot.kind.as_str())
                .maybe("database", slot.database.clone())
                .maybe("wal_status", slot.wal_status.clone())
                .maybe("retained_bytes", slot.retained.map(|bytes| bytes.0))
                .maybe("safe_wal_bytes", slot.safe.map(|bytes| bytes.0))
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
            (status("lost"), Some(Severity::Warning)),
        ];
        for (slot, severity) in cases {
            let mut readings = readings();
            readings.replication.answer.as_mut().unwrap().slots = vec![slot.clone()];
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{slot:?}");
        }
    }

    #[test]
    fn without_slots_the_question_does_not_arise() {
        let verdict = Rule::of(CHECK).unwrap().judge(&readings(), &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::NotApplicable);
    }
}
