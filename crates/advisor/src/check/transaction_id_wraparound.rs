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
    // A snapshot older than half the table's age keeps VACUUM from reducing that age below half.
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
                "on a standby",
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

    #[test]
    fn holder_in_another_database_is_blamed_for_shared_catalogs() {
        let elsewhere = Holder {
            here: false,
            database: Some("Billing".into()),
            ..holder(HolderKind::PreparedTransaction, "forgotten", 290_000_000)
        };
        let mut readings = readings();
        let shared = FreezeAge { schema: "pg_catalog".into(), shared: true, ..freeze_age("pg_database", 300_000_000) };
        let mut vacuum = vacuum(vec![shared, freeze_age("t", 300_000_000)]);
        vacuum.holders = vec![elsewhere];
        readings.vacuum.answer = Ok(vacuum);
        let verdict = judged(&readings);
        let found = |object: &str| verdict.findings().iter().find(|found| found.object == object).unwrap();
        let catalog = found("pg_catalog.pg_database");
        assert!(catalog.detail.contains("\"forgotten\" (role app, database \"Billing\""), "{}", catalog.detail);
        assert_eq!(catalog.evidence["held_back_in"], Evidence::Text("Billing".into()));
        let remedy = catalog.remedy.clone().unwrap();
        let steps: Vec<&str> = remedy.sql.lines().collect();
        assert!(
            steps[0].starts_with("-- Run it in database \"Billing\", as role app or a superuser"),
            "{}",
            remedy.sql
        );
        assert_eq!(
            steps[1..],
            [
                "ROLLBACK PREPARED 'forgotten';",
                "-- connected to app",
                "VACUUM (FREEZE, VERBOSE) pg_catalog.pg_database;"
            ]
        );
        assert!(remedy.caution.unwrap().contains("only a superuser"));
        assert!(found("public.t").detail.contains("Nothing holds vacuum back"), "{}", found("public.t").detail);
    }

    fn judge_database(name: &str, allows_connections: bool, holders: Vec<Holder>) -> Verdict {
        let mut readings = readings();
        let mut vacuum = vacuum(vec![freeze_age("t", 10)]);
        let mut other = vacuum.databases[0].clone();
        (other.name, other.here, other.allows_connections) = (name.into(), false, allows_connections);
        (other.age, other.left) = (300_000_000, 1_844_483_647);
        vacuum.databases.push(other);
        vacuum.holders = holders;
        readings.vacuum.answer = Ok(vacuum);
        judged(&readings)
    }

    #[test]
    fn holder_of_another_database_is_named_with_it() {
        let there = Holder {
            here: false,
            database: Some("legacy".into()),
            ..holder(HolderKind::Transaction, "42", 290_000_000)
        };
        let cases = [
            (there.clone(), "session 42 (role app, database legacy", false),
            (Holder { here: true, database: Some("app".into()), ..there }, "session 42 (role app, database app", true),
            (holder(HolderKind::ReplicationSlot, "feed", 290_000_000), "slot feed", false),
            (Holder { database: None, ..holder(HolderKind::Standby, "copy", 290_000_000) }, "standby copy", false),
        ];
        for (holder, named, shared) in cases {
            let verdict = judge_database("legacy", true, vec![holder]);
            let found = &verdict.findings()[0];
            assert!(found.detail.contains(named), "{}", found.detail);
            assert_eq!(found.detail.contains("catalogs that all databases share"), shared, "{}", found.detail);
            assert!(found.remedy.as_ref().unwrap().sql.ends_with("-- connected to legacy\nVACUUM (FREEZE, VERBOSE);"));
        }
    }

    #[test]
    fn closed_database_is_opened_and_closed_again() {
        let verdict = judge_database("template0", false, vec![]);
        let found = &verdict.findings()[0];
        assert!(found.detail.contains("Autovacuum works in it all the same"), "{}", found.detail);
        let remedy = found.remedy.clone().unwrap();
        let steps: Vec<&str> = remedy.sql.lines().filter(|line| !line.starts_with("--")).collect();
        assert_eq!(
            steps,
            [
                "ALTER DATABASE template0 ALLOW_CONNECTIONS true;",
                "VACUUM (FREEZE, VERBOSE);",
                "ALTER DATABASE template0 ALLOW_CONNECTIONS false;"
            ]
        );
        assert!(remedy.caution.unwrap().contains("superuser"));
    }

    #[test]
    fn temporary_table_is_ended_with_its_session() {
        let judge_temporary = |major: i32, pid| {
            let temporary = Some(model::TemporaryTable { owner: Some("app".into()), pid });
            let table = FreezeAge { schema: "pg_temp_3".into(), temporary, ..freeze_age("scratch", 300_000_000) };
            let mut readings = readings();
            readings.server.answer.as_mut().unwrap().version_num = major * 10_000;
            readings.vacuum.answer = Ok(vacuum(vec![table]));
            let verdict = judged(&readings);
            (verdict.findings()[0].detail.clone(), verdict.findings()[0].remedy.clone().unwrap().sql)
        };
        let (detail, sql) = judge_temporary(16, Some(42));
        assert!(detail.contains("session 42"), "{detail}");
        assert_eq!(sql, "SELECT pg_terminate_backend(42);");
        let (detail, sql) = judge_temporary(16, None);
        assert!(detail.contains("whose session has ended"), "{detail}");
        assert_eq!(sql, "DROP TABLE pg_temp_3.scratch;");
        let (detail, _) = judge_temporary(14, None);
        assert!(detail.contains("does not show which session"), "{detail}");
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
