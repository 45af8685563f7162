//! A slot that is in use retains much WAL, or is about to lose WAL its reader needs.
//!
//! A slot that is not in use is [`inactive_replication_slot`](super::inactive_replication_slot)'s, whatever it retains.

use model::{Bytes, Check, Count, Finding, Ratio, Replication, Severity, Slot, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::ReplicationSlotLag;

/// Share of `max_slot_wal_keep_size` above which a slot is a warning.
const NEAR_LIMIT: f64 = 0.8;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let replication = readings.replication.answer.as_ref()?;
    if replication.slots.is_empty() {
        return Ok(Answer::not_applicable("No replication slots"));
    }
    let used: Vec<&Slot> = replication.slots.iter().filter(|slot| !slot.is_abandoned()).collect();
    let findings: Vec<Finding> =
        used.iter().filter_map(|slot| Some(render_finding(replication, slot, severity(slot, thresholds)?))).collect();
    let most = used.iter().filter_map(|slot| slot.retained).max();
    let answer = Answer::found(findings, "Replication slots in use keep up", |n| {
        format!("{} behind", Count(n).of("replication slot is", "replication slots are"))
    });
    Ok(answer.number(most))
}

fn severity(slot: &Slot, thresholds: &Thresholds) -> Option<Severity> {
    let megabytes = |number: i64| Bytes(number.saturating_mul(1024 * 1024));
    let retained = slot.retained.unwrap_or_default();
    if slot.is_lost() {
        // The reader cannot go on, and nothing gets worse by waiting.
        return Some(Severity::Warning);
    }
    if slot.wal_status.as_deref() == Some("unreserved")
        || retained >= megabytes(thresholds.slot_retained_critical_megabytes)
    {
        return Some(Severity::Critical);
    }
    let near = share_of_limit(slot).is_some_and(|share| share.0 >= NEAR_LIMIT);
    let much = retained >= megabytes(thresholds.slot_retained_megabytes);
    (near || much).then_some(Severity::Warning)
}

/// Share of what `max_slot_wal_keep_size` allows that the slot retains.
fn share_of_limit(slot: &Slot) -> Option<Ratio> {
    let (retained, safe) = (slot.retained?.0, slot.safe?.0);
    Ratio::of(retained as f64, (retained + safe.max(0)) as f64)
}

fn render_finding(replication: &Replication, slot: &Slot, severity: Severity) -> Finding {
    let name = &slot.name;
    let retained = slot.retained.unwrap_or_default();
    let reader = replication.standbys.iter().find(|standby| standby.slot.as_ref() == Some(name));
    let title = match slot.wal_status.as_deref() {
        Some("lost") => format!("Replication slot {name} has lost what its reader needs"),
        Some("unreserved") => format!("Replication slot {name} is about to lose WAL, {retained} behind"),
        _ => format!("Replication slot {name} retains {retained} of WAL"),
    };
    let mut detail = if slot.is_lost() {
        let reason = slot.invalidation_reason.as_deref().unwrap_or("max_slot_wal_keep_size");
        vec![format!("The server has invalidated it ({reason}). Its reader has to be set up again.")]
    } else {
        let reader = match reader {
            Some(reader) => {
                format!("Its reader {} (pid {}) is connected and does not keep up.", reader.name, reader.pid)
            }
            None if slot.synced => {
                "It follows the slot of that name on the primary, whose reader does not keep up.".into()
            }
            None => "Its reader does not keep up.".into(),
        };
        vec![reader, limit(slot)]
    };
    if !slot.is_lost() && slot.unconfirmed.is_some_and(|unconfirmed| unconfirmed.0 < retained.0 / 2) {
        let unconfirmed = slot.unconfirmed.unwrap_or_default();
        detail.push(format!(
            "The reader has confirmed all but {unconfirmed}: a transaction that began before and has not ended keeps the \
             rest."
        ));
    }
    if let Some(age) = slot.xmin_age.filter(|age| *age > 0) {
        let age = Count(age).of("transaction", "transactions");
        detail.push(format!("It also keeps rows that the last {age} replaced from VACUUM."));
    }
    finding(CHECK, severity, name)
        .title(title)
        .detail(detail.join(" "))
        .fact("kind", slot.kind.as_str())
        .fact("active", slot.active)
        .maybe("database", slot.database.clone())
        .maybe("reader", reader.map(|reader| reader.name.clone()))
        .maybe("reader_pid", reader.map(|reader| i64::from(reader.pid)))
        .maybe("wal_status", slot.wal_status.clone())
        .maybe("retained_bytes", slot.retained.map(|bytes| bytes.0))
        .maybe("unconfirmed_bytes", slot.unconfirmed.map(|bytes| bytes.0))
        .maybe("safe_wal_bytes", slot.safe.map(|bytes| bytes.0))
        .maybe("xmin_age", slot.xmin_age)
        .maybe("invalidation_reason", slot.invalidation_reason.clone())
        .build()
}

/// What becomes of a slot that retains more and more WAL.
pub(super) fn limit(slot: &Slot) -> String {
    match slot.safe {
        Some(safe) if safe.0 > 0 => format!(
            "After {safe} more the server removes WAL it needs (max_slot_wal_keep_size), and its reader has to be set up \
             again."
        ),
        Some(_) => {
            "The next checkpoint removes WAL it needs (max_slot_wal_keep_size); then its reader has to be set up \
                    again."
                .into()
        }
        None => "The server keeps WAL for it until the disk is full: max_slot_wal_keep_size sets no limit.".into(),
    }
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Standby, Verdict};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    fn slot(megabytes: i64) -> Slot {
        Slot {
            name: "feed".into(),
            kind: "logical".into(),
            active: true,
            wal_status: Some("reserved".into()),
            retained: Some(Bytes(megabytes << 20)),
            unconfirmed: Some(Bytes(megabytes << 20)),
            ..Slot::default()
        }
    }

    fn judged(check: Check, slot: Slot) -> Verdict {
        let mut readings = readings();
        let reader = Standby { pid: 7, name: "debezium".into(), slot: Some("feed".into()), ..Standby::default() };
        let replication = readings.replication.answer.as_mut().unwrap();
        (replication.slots, replication.standbys) = (vec![slot], vec![reader]);
        let thresholds = Thresholds { slot_retained_critical_megabytes: 20, ..Thresholds::default() };
        let thresholds = Thresholds { slot_retained_megabytes: 10, ..thresholds };
        Rule::of(check).unwrap().judge(&readings, &thresholds, NOW)
    }

    #[test]
    fn slot_in_use_is_judged_by_what_it_retains() {
        let status = |status: &str| Slot { wal_status: Some(status.into()), ..slot(1) };
        let limited = |retained, safe: i64| Slot { safe: Some(Bytes(safe << 20)), ..slot(retained) };
        let cases = [
            (slot(9), None),
            (slot(10), Some(Severity::Warning)),
            (slot(20), Some(Severity::Critical)),
            (status("extended"), None),
            (status("unreserved"), Some(Severity::Critical)),
            (Slot { retained: None, ..status("lost") }, Some(Severity::Warning)),
            (limited(3, 1), None),
            (limited(4, 1), Some(Severity::Warning)),
            (Slot { active: false, temporary: true, ..slot(20) }, Some(Severity::Critical)),
            (Slot { active: false, synced: true, ..slot(20) }, Some(Severity::Critical)),
        ];
        for (slot, severity) in cases {
            assert_eq!(judged(CHECK, slot.clone()).severity(), severity, "{slot:?}");
        }
    }

    #[test]
    fn slot_is_reported_by_one_check() {
        let status = |active, status: &str| Slot { active, wal_status: Some(status.into()), ..slot(30) };
        for active in [true, false] {
            for slot in [status(active, "reserved"), status(active, "unreserved"), status(active, "lost")] {
                let lag = judged(CHECK, slot.clone()).severity().is_some();
                let inactive = judged(Check::InactiveReplicationSlot, slot.clone()).severity().is_some();
                assert_eq!((lag, inactive), (active, !active), "{slot:?}");
            }
        }
    }

    #[test]
    fn detail_names_reader_limit_and_open_transaction() {
        let detail = |slot: Slot| judged(CHECK, slot).findings()[0].detail.clone();
        let plain = detail(slot(30));
        assert!(plain.contains("debezium (pid 7)") && plain.contains("sets no limit"), "{plain}");
        assert!(!plain.contains("transaction"), "{plain}");
        let held = detail(Slot { unconfirmed: Some(Bytes(1 << 20)), xmin_age: Some(900), ..slot(30) });
        assert!(held.contains("all but 1.00 MB") && held.contains("last 900 transactions"), "{held}");
        let limited = detail(Slot { safe: Some(Bytes(5 << 20)), ..slot(30) });
        assert!(limited.contains("After 5.00 MB more"), "{limited}");
    }

    #[test]
    fn server_without_slots_is_not_applicable() {
        let verdict = Rule::of(CHECK).unwrap().judge(&readings(), &Thresholds::default(), NOW);
        assert_eq!(verdict.outcome, Outcome::NotApplicable);
    }
}
