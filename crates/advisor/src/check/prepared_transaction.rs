//! A prepared transaction was neither committed nor rolled back. It outlives its session and a restart, keeps its locks, and
//! holds VACUUM back.

use model::{Check, Count, Finding, Millis, PreparedTransaction, Severity, Timestamp, quote_identifier};

use super::level;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
    release::{connected_to, end_prepared},
};

const CHECK: Check = Check::PreparedTransaction;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let prepared = readings.prepared.answer.as_ref()?;
    if prepared.in_recovery {
        return Ok(Answer::not_applicable("Prepared transactions are ended on the primary"));
    }
    if prepared.max == 0 && prepared.transactions.is_empty() {
        return Ok(Answer::not_applicable("Prepared transactions are off"));
    }
    let findings = prepared
        .transactions
        .iter()
        .filter_map(|transaction| {
            let age = now.since(transaction.prepared_at);
            let severity = level(
                age.0 / 1000.0,
                thresholds.prepared_transaction_sec,
                thresholds.prepared_transaction_critical_sec,
            )?;
            // Only a person can end it, and until then the others wait.
            let severity = if transaction.waiting > 0 { Severity::Critical } else { severity };
            Some(render_finding(transaction, age, severity))
        })
        .collect();
    let oldest = prepared.transactions.first().map(|transaction| now.since(transaction.prepared_at));
    let answer = Answer::found(findings, "No forgotten prepared transaction", |n| {
        format!("{} not ended", Count(n).of("prepared transaction is", "prepared transactions are"))
    });
    Ok(answer.number(oldest))
}

fn render_finding(transaction: &PreparedTransaction, age: Millis, severity: Severity) -> Finding {
    let PreparedTransaction { gid, owner, database, here, locks, tables, waiting, .. } = transaction;
    let on = if tables.is_empty() { String::new() } else { format!(", on {}", tables.join(", ")) };
    let mut detail = vec![format!(
        "It keeps {}{on}, and VACUUM cannot remove rows replaced by the last {}. It stays until it is committed or rolled \
         back, also after a restart.",
        Count(*locks).of("lock", "locks"),
        Count(transaction.age).of("transaction", "transactions"),
    )];
    if *waiting > 0 {
        detail.push(format!("{} for it or behind it.", Count(*waiting).of("session waits", "sessions wait")));
    }
    let remedy = end_prepared(gid, Some(database), Some(owner));
    let place = if *here { String::new() } else { connected_to(database) };
    finding(CHECK, severity, gid)
        .title(format!(
            "Prepared transaction {gid:?} of database {} has not ended for {age}",
            quote_identifier(database)
        ))
        .detail(detail.join(" "))
        .remedy(place + &remedy.sql, remedy.caution.unwrap_or_default())
        .fact("database", database.as_str())
        .fact("owner", owner.as_str())
        .fact("prepared_at", transaction.prepared_at.iso())
        .fact("prepared_seconds", (age.0 / 1000.0).round() as i64)
        .fact("xmin_age", transaction.age)
        .fact("locks", *locks)
        .fact("waiting", *waiting)
        .maybe("tables", (!tables.is_empty()).then(|| tables.join(", ")))
        .build()
}

#[cfg(test)]
mod tests {
    use model::{Outcome, PreparedTransactions, Verdict};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, readings},
    };

    fn prepared(seconds: i64) -> PreparedTransaction {
        PreparedTransaction {
            gid: "it's".into(),
            owner: "App owner".into(),
            database: "app".into(),
            here: true,
            prepared_at: ago(seconds),
            age: 1_200,
            locks: 3,
            tables: vec!["public.orders".into()],
            waiting: 0,
        }
    }

    fn judged(prepared: PreparedTransactions) -> Verdict {
        let mut readings = readings();
        readings.prepared.answer = Ok(prepared);
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    fn judge_one(transaction: PreparedTransaction) -> Verdict {
        judged(PreparedTransactions { max: 5, in_recovery: false, transactions: vec![transaction] })
    }

    #[test]
    fn transaction_is_judged_by_age_and_by_waiting_sessions() {
        let cases = [
            (prepared(59), None),
            (prepared(60), Some(Severity::Warning)),
            (prepared(3_600), Some(Severity::Critical)),
            (PreparedTransaction { waiting: 2, ..prepared(5) }, None),
            (PreparedTransaction { waiting: 2, ..prepared(60) }, Some(Severity::Critical)),
        ];
        for (transaction, severity) in cases {
            assert_eq!(judge_one(transaction.clone()).severity(), severity, "{transaction:?}");
        }
    }

    #[test]
    fn remedy_names_statement_database_and_role() {
        let verdict = judge_one(prepared(90));
        let found = &verdict.findings()[0];
        let remedy = found.remedy.clone().unwrap();
        assert_eq!((found.object.as_str(), remedy.sql.as_str()), ("it's", "ROLLBACK PREPARED 'it''s';"));
        let caution = remedy.caution.unwrap();
        for part in ["database app", "role \"App owner\" or a superuser", "COMMIT PREPARED 'it''s'"] {
            assert!(caution.contains(part), "{caution}");
        }
        for part in ["3 locks, on public.orders", "1,200 transactions"] {
            assert!(found.detail.contains(part), "{}", found.detail);
        }
        let elsewhere = PreparedTransaction { here: false, database: "Other".into(), tables: vec![], ..prepared(90) };
        let remedy = judge_one(elsewhere).findings()[0].remedy.clone().unwrap();
        assert_eq!(remedy.sql, "-- connected to \"Other\"\nROLLBACK PREPARED 'it''s';");
    }

    #[test]
    fn server_that_has_none_is_not_applicable() {
        let off = PreparedTransactions::default();
        let standby = PreparedTransactions { max: 5, in_recovery: true, transactions: vec![] };
        for prepared in [off, standby] {
            assert_eq!(judged(prepared).outcome, Outcome::NotApplicable);
        }
        let none = PreparedTransactions { max: 5, ..PreparedTransactions::default() };
        assert_eq!(judged(none).outcome, Outcome::Healthy);
    }
}
