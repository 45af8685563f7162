//! Multixact ids run out before vacuum freezes the old ones: rows that several transactions lock at once use them up.

use model::{Check, Timestamp};

use super::wraparound::{self, Counter};
use crate::{Readings, Thresholds, answer::Said};

const COUNTER: Counter = Counter {
    check: Check::MultixactWraparound,
    noun: ("multixact", "multixacts"),
    setting: "autovacuum_multixact_freeze_max_age",
    forced_at: |vacuum| vacuum.settings.multixact_freeze_max_age,
    table: |table| (table.multixact_age, table.multixact_left),
    database: |database| (database.multixact_age, database.multixact_left),
    // Ages of the two kinds do not compare: only holders of very old rows are named.
    to_blame: |vacuum, _| vacuum.settings.freeze_max_age / 2,
};

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    wraparound::judge(&COUNTER, readings, thresholds)
}

#[cfg(test)]
mod tests {
    use model::{FreezeAge, HolderKind, Severity};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, freeze_age, holder, readings, vacuum},
    };

    #[test]
    fn multixacts_are_judged_by_their_own_setting_10_13() {
        let million = 1_000_000;
        let cases = [
            (400 * million, 1_700 * million, None),
            (479 * million, 1_600 * million, None),
            (481 * million, 1_600 * million, Some(Severity::Warning)),
            (100 * million, 499 * million, Some(Severity::Warning)),
            (481 * million, 199 * million, Some(Severity::Critical)),
        ];
        for (multixact_age, multixact_left, severity) in cases {
            let mut readings = readings();
            readings.vacuum.answer =
                Ok(vacuum(vec![FreezeAge { multixact_age, multixact_left, ..freeze_age("t", 10) }]));
            let verdict = Rule::of(Check::MultixactWraparound).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{multixact_age}, {multixact_left} left");
        }
    }

    #[test]
    fn who_needs_very_old_rows_is_named() {
        for (age, named) in [(90_000_000, false), (110_000_000, true)] {
            let mut readings = readings();
            let table = FreezeAge { multixact_age: 900_000_000, ..freeze_age("t", 10) };
            let mut vacuum = vacuum(vec![table]);
            vacuum.holders = vec![holder(HolderKind::Transaction, "42", age)];
            readings.vacuum.answer = Ok(vacuum);
            let verdict = Rule::of(Check::MultixactWraparound).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.findings()[0].detail.contains("session 42"), named, "{}", verdict.findings()[0].detail);
        }
    }
}
