//! O6. Transaction ids run out before vacuum freezes the old ones.

use model::{Check, Timestamp};

use super::wraparound::{self, Counter};
use crate::{Readings, Thresholds, answer::Said};

const COUNTER: Counter = Counter {
    check: Check::TransactionIdWraparound,
    noun: ("transaction", "transactions"),
    setting: "autovacuum_freeze_max_age",
    forced_at: |vacuum| vacuum.settings.freeze_max_age,
    table: |table| (table.age, table.left),
    database: |database| (database.age, database.left),
    // Whoever needs rows half as old as the table is keeps it from becoming even half as young.
    to_blame: |_, age| age / 2,
};

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    wraparound::judge(&COUNTER, readings, thresholds)
}

#[cfg(test)]
mod tests {
    use model::{Evidence, FreezeAge, Holder, HolderKind, Severity, Verdict};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, freeze_age, holder, readings, vacuum},
    };

    fn judged(readings: &Readings) -> Verdict {
        Rule::of(Check::TransactionIdWraparound).unwrap().judge(readings, &Thresholds::default(), NOW)
    }

    /// O6, §7 `maintenance` (transaction_id_danger, autovacuum_danger); defect 13.
    #[test]
    fn age_is_judged_by_the_servers_own_promise_10_13() {
        let (million, default, late) = (1_000_000, 200_000_000, 2_000_000_000);
        let cases = [
            (200 * million, default, None),
            (239 * million, default, None),
            (241 * million, default, Some(Severity::Warning)),
            (1_944 * million, default, Some(Severity::Warning)),
            (1_945 * million, default, Some(Severity::Critical)),
            // A server that promises late is not nagged early, and not spared for ever.
            (1_600 * million, late, None),
            (1_645 * million, late, Some(Severity::Warning)),
            (1_945 * million, late, Some(Severity::Critical)),
        ];
        for (age, freeze_max_age, severity) in cases {
            let mut readings = readings();
            let mut vacuum = vacuum(vec![freeze_age("t", age)]);
            vacuum.settings.freeze_max_age = freeze_max_age;
            readings.vacuum.answer = Ok(vacuum);
            let verdict = judged(&readings);
            assert_eq!(verdict.severity(), severity, "{age} at {freeze_max_age}");
            assert!(verdict.findings().len() <= 1, "the database is not said besides its table");
        }
    }

    #[test]
    fn the_cause_is_named_and_ended_first_10_13() {
        let old = 290_000_000;
        let cases = [
            (holder(HolderKind::Transaction, "42", old), "session 42", "SELECT pg_terminate_backend(42);"),
            (
                holder(HolderKind::PreparedTransaction, "it's", old),
                "prepared transaction \"it's\"",
                "ROLLBACK PREPARED 'it''s';",
            ),
            (
                Holder { state: Some("inactive".into()), ..holder(HolderKind::ReplicationSlot, "gone", old) },
                "replication slot gone",
                "SELECT pg_drop_replication_slot('gone');",
            ),
            (
                Holder { state: Some("active".into()), ..holder(HolderKind::ReplicationSlot, "there", old) },
                "replication slot there",
                "on the standby",
            ),
            (holder(HolderKind::Standby, "reporting", old), "standby reporting", "on the standby"),
        ];
        for (holder, name, sql) in cases {
            let mut readings = readings();
            let mut vacuum = vacuum(vec![freeze_age("t", 300_000_000)]);
            vacuum.holders = vec![holder];
            readings.vacuum.answer = Ok(vacuum);
            let verdict = judged(&readings);
            let found = &verdict.findings()[0];
            assert!(found.detail.contains(name), "{}", found.detail);
            let remedy = &found.remedy.as_ref().unwrap().sql;
            assert!(remedy.contains(sql) && remedy.ends_with("VACUUM (FREEZE, VERBOSE) public.t;"), "{remedy}");
            assert_eq!(found.evidence["held_back_to_age"], Evidence::Int(old));
        }
    }

    #[test]
    fn who_holds_nothing_old_is_not_blamed() {
        let young = holder(HolderKind::Transaction, "42", 7_000_000);
        let elsewhere = Holder { here: false, ..holder(HolderKind::Transaction, "43", 299_000_000) };
        let catalog = Holder { catalog: true, ..holder(HolderKind::ReplicationSlot, "s", 299_000_000) };
        for innocent in [young, elsewhere, catalog.clone()] {
            let mut readings = readings();
            let mut vacuum = vacuum(vec![freeze_age("t", 300_000_000)]);
            vacuum.holders = vec![innocent];
            readings.vacuum.answer = Ok(vacuum);
            let detail = judged(&readings).findings()[0].detail.clone();
            assert!(detail.contains("Nothing holds vacuum back"), "{detail}");
        }
        let mut readings = readings();
        let table = FreezeAge { schema: "pg_catalog".into(), ..freeze_age("pg_class", 300_000_000) };
        let mut vacuum = vacuum(vec![table]);
        vacuum.holders = vec![catalog];
        readings.vacuum.answer = Ok(vacuum);
        assert!(judged(&readings).findings()[0].detail.contains("slot s"), "catalog_xmin keeps catalogs");
    }

    #[test]
    fn another_database_stops_this_one_too_10_13() {
        let mut readings = readings();
        let mut vacuum = vacuum(vec![freeze_age("t", 10)]);
        let mut other = vacuum.databases[0].clone();
        (other.name, other.here, other.age, other.left) = ("Legacy".into(), false, 2_000_000_000, 144_483_647);
        vacuum.databases.push(other);
        readings.vacuum.answer = Ok(vacuum);
        let verdict = judged(&readings);
        assert_eq!(verdict.severity(), Some(Severity::Critical));
        assert_eq!(verdict.findings()[0].object, "database Legacy");
        assert!(verdict.findings()[0].remedy.as_ref().unwrap().sql.contains("-- connected to \"Legacy\"\n"));
    }

    /// L1 `autovacuum_danger`.
    #[test]
    fn a_table_near_its_forced_vacuum_is_mentioned() {
        let mut readings = readings();
        readings.vacuum.answer = Ok(vacuum(vec![freeze_age("t", 199_000_000), freeze_age("u", 100_000_000)]));
        let verdict = judged(&readings);
        assert_eq!(verdict.severity(), None);
        assert!(verdict.notes[0].starts_with("1 table is within 2,000,000 transactions"), "{:?}", verdict.notes);
    }
}
