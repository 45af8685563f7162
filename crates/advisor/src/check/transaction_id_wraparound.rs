//! O6. Transaction ids run out before vacuum freezes the old ones.
//!
//! A table's age is compared with the server's own promise (§10.13): at `autovacuum_freeze_max_age` autovacuum starts to
//! freeze it whatever else is set, so a table that is a good deal older waits for a vacuum that does not come, does not
//! finish or cannot freeze. How many ids are left is judged besides, for servers that set that promise very late.

use model::{Check, Count, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::TransactionIdWraparound;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let server = readings.server.answer.as_ref()?;
    let tables = readings.vacuum.answer.as_ref()?;
    let overdue = (server.freeze_max_age as f64 * thresholds.freeze_age_ratio) as i64;
    let cause = cause(readings, now);

    let findings = tables
        .iter()
        .filter_map(|table| {
            let severity = match () {
                () if table.left < thresholds.transactions_left_critical => Severity::Critical,
                () if table.left < thresholds.transactions_left || table.age > overdue => Severity::Warning,
                () => return None,
            };
            let name = table.on();
            let found = finding(CHECK, severity, format!("{}.{}", table.schema, table.table))
                .title(format!("{name} has not been frozen for {} transactions", Count(table.age)))
                .detail(format!(
                    "{} transactions are left until the server refuses to write. Autovacuum should have frozen it at an \
                     age of {}.{cause}",
                    Count(table.left),
                    Count(server.freeze_max_age)
                ))
                .remedy(
                    format!("VACUUM (FREEZE, VERBOSE) {name};"),
                    "It reads the whole table and what it changes goes to WAL. It freezes nothing younger than the \
                     oldest open transaction, prepared transaction or replication slot: end those first.",
                )
                .fact("age", table.age)
                .fact("transactions_left", table.left)
                .fact("autovacuum_freeze_max_age", server.freeze_max_age)
                .build();
            Some(found)
        })
        .collect();
    let answer = Answer::found(findings, "Vacuuming healthy", |n| {
        Count(n).of("table is not vacuumed in time", "tables are not vacuumed in time")
    });
    let oldest = tables.iter().map(|table| table.age).max();
    Ok(answer.number(oldest.map(|oldest| Count(oldest).of("transaction", "transactions"))))
}

/// What may be holding vacuum back, where the sessions were read too: a transaction open for more than an hour.
fn cause(readings: &Readings, now: Timestamp) -> String {
    let oldest = readings
        .activity
        .value()
        .and_then(|sessions| sessions.iter().filter_map(|session| Some((session.xact_start?, session.pid))).min());
    match oldest {
        Some((start, pid)) if now.since(start).0 > 3_600_000.0 => {
            format!(" Session {pid} has kept a transaction open for {}, which holds vacuum back.", now.since(start))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, freeze_age, readings, session},
    };

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
            readings.server.answer.as_mut().unwrap().freeze_max_age = freeze_max_age;
            readings.vacuum.answer = Ok(vec![freeze_age("t", age)]);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), severity, "{age} at {freeze_max_age}");
        }
    }

    #[test]
    fn an_old_transaction_is_named_as_the_cause() {
        let mut readings = readings();
        readings.vacuum.answer = Ok(vec![freeze_age("t", 300_000_000)]);
        readings.activity.answer =
            Ok(vec![model::Session { xact_start: Some(ago(7_200)), ..session(42, "idle in transaction") }]);
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert!(verdict.findings()[0].detail.contains("Session 42"), "{}", verdict.findings()[0].detail);
    }
}
