//! What breaks parts: long names, hostile text, many of everything, nothing at all.

use app::chart::ChartData;
use model::{Check, Finding, Gap, Mark, Millis, Outcome, Remedy, Series, Severity, Timestamp, Verdict};

pub(crate) const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";
pub(crate) const LONG: &str = "this_schema_has_a_name_of_sixty_three_characters_which_is_allowed.and_so_has_this_table_which_nobody_dares_to_rename_any_more_ok";

pub(crate) fn now() -> Timestamp {
    Timestamp(1_795_316_645_000_000)
}

pub(crate) fn ago(seconds: i64) -> Timestamp {
    now() - Millis::from_secs(seconds)
}

pub(crate) fn wave(count: usize, seed: usize) -> Vec<Option<f64>> {
    (0..count)
        .map(|n| {
            let value = ((n * seed) % 13) as f64 + 10.0 + (n as f64 / 5.0).sin() * 6.0;
            (!(count / 2..count / 2 + count / 12).contains(&n)).then_some(value)
        })
        .collect()
}

/// A day, a value every five minutes, two hours dark.
pub(crate) fn day() -> ChartData {
    let from = now() - Millis::from_secs(86_400);
    let at: Vec<_> = (0..=288).map(|n| from + Millis::from_secs(n * 300)).collect();
    let dark = 180..204;
    let value = |n: usize, height: f64| {
        (!dark.contains(&n)).then(|| height * (1.2 + (n as f64 / 23.0).sin() + ((n * 37) % 11) as f64 / 14.0))
    };
    let late = |n: usize| if n > 240 { 4.0 } else { 1.0 };
    let series = Series {
        load: (0..at.len()).map(|n| value(n, 300.0 * late(n)).map(Millis)).collect(),
        calls: (0..at.len()).map(|n| value(n, 410.0)).collect(),
        marks: vec![
            (at[60], Mark::Reset),
            (at[63], Mark::Eviction),
            (at[66], Mark::Eviction),
            (at[204], Mark::Restart),
            (at[280], Mark::Eviction),
        ],
        gaps: vec![Gap { from: at[180], to: at[204] }],
        at,
    };
    ChartData::load(&series, from, now())
}

pub(crate) fn finding(check: Check, severity: Severity, object: &str, title: &str, detail: &str) -> Finding {
    Finding {
        check,
        severity,
        object: object.into(),
        scope: model::Scope::Database,
        title: title.into(),
        detail: detail.into(),
        remedy: None,
        evidence: [].into(),
    }
}

pub(crate) fn verdict(check: Check, sentence: &str, number: Option<&str>, outcome: Outcome, age: i64) -> Verdict {
    Verdict {
        check,
        sentence: sentence.into(),
        number: number.map(Into::into),
        outcome,
        notes: Vec::new(),
        taken_at: ago(age),
    }
}

pub(crate) fn verdicts() -> Vec<Verdict> {
    let mut blocked = finding(
        Check::BlockedQuery,
        Severity::Critical,
        "pid 4711",
        "Session 4711 has waited 12 min 4 s for a lock that session 4690 holds",
        "4690 is idle in transaction since 02:31; whatever it began keeps the lock until it ends. Seven more sessions wait behind 4711.",
    );
    blocked.remedy = Some(Remedy {
        sql: "SELECT pg_terminate_backend(4690) -- idle in transaction since 2026-11-22 02:31:17 UTC".into(),
        caution: Some("The transaction of 4690 is rolled back. Its application sees a broken connection.".into()),
    });
    blocked.evidence = [
        ("waiting_seconds".to_owned(), 724_i64.into()),
        ("blocked_sessions".to_owned(), 8_i64.into()),
        ("lock".to_owned(), "AccessExclusiveLock on billing.invoices".into()),
        ("application".to_owned(), HOSTILE.into()),
    ]
    .into();
    let duplicate = |n: i64| {
        let name = if n == 3 { format!("{LONG}_idx") } else { format!("billing.invoices.invoices_account_id_idx{n}") };
        let mut one = finding(
            Check::DuplicateIndex,
            if n < 2 { Severity::Warning } else { Severity::Info },
            &name,
            &format!("Index {name} is covered by invoices_account_id_created_at_idx"),
            "Every write maintains both; every query that uses the first can use the second.",
        );
        one.remedy = Some(Remedy {
            sql: format!("DROP INDEX CONCURRENTLY {name};"),
            caution: (n == 0).then(|| "Cannot run inside a transaction.".into()),
        });
        one.evidence = [("size_bytes".to_owned(), (n * 123_456_789).into()), ("scans".to_owned(), 0_i64.into())].into();
        one
    };
    let mut partial =
        verdict(Check::LongRunningQuery, "No statement has run for long", Some("4.1 s"), Outcome::Healthy, 3);
    partial.notes.push(
        "Statements of 12 sessions of other roles are hidden: heron is not a member of pg_read_all_stats.".into(),
    );
    let mut slow = finding(
        Check::SlowQuery,
        Severity::Warning,
        "8123",
        "One statement takes 61 % of the time",
        "It reads 2.1 million rows a call to return 20.",
    );
    slow.remedy = Some(Remedy { sql: hostile_sql(), caution: None });
    vec![
        verdict(
            Check::BlockedQuery,
            "8 sessions wait for a lock, the first for 12 minutes",
            Some("12 min 4 s"),
            Outcome::Found(vec![blocked]),
            3,
        ),
        verdict(
            Check::Connections,
            "92 of 100 connections are in use",
            Some("92 %"),
            Outcome::Found(vec![finding(
                Check::Connections,
                Severity::Critical,
                "",
                "8 connections are left",
                "61 of them are idle in transaction.",
            )]),
            3,
        ),
        verdict(Check::SlowQuery, "1 statement takes most of the time", Some("61 %"), Outcome::Found(vec![slow]), 60),
        verdict(
            Check::DuplicateIndex,
            "145 indexes are covered by others, most of them small, some in schemas with very long names that nobody reads to the end",
            Some("12.4 GB"),
            Outcome::Found((0..145).map(duplicate).collect()),
            3600,
        ),
        verdict(
            Check::UnusedIndex,
            "3 indexes were never scanned",
            Some("310 MB"),
            Outcome::Found(vec![finding(
                Check::UnusedIndex,
                Severity::Info,
                "a.b",
                "a.b was never scanned",
                "Since 41 days.",
            )]),
            3600,
        ),
        verdict(
            Check::SuggestedIndex,
            "Indexes could not be suggested",
            None,
            Outcome::NotRun(
                "pg_stat_statements is not created in this database, so nobody knows which queries run.".into(),
            ),
            3600,
        ),
        partial,
        verdict(Check::InvalidIndex, "No invalid indexes", None, Outcome::Healthy, 3600),
        verdict(Check::CacheHitRate, "Reads are found in memory", Some("99.96 %"), Outcome::Healthy, 3),
        verdict(
            Check::TransactionIdWraparound,
            "Transaction ids last",
            Some("1,840,000,000 left"),
            Outcome::Healthy,
            3600,
        ),
        verdict(Check::ReplicationLag, "This server replays nothing", None, Outcome::NotApplicable, 3),
    ]
}

pub(crate) fn hostile_sql() -> String {
    format!(
        "-- {HOSTILE}\nSELECT o.\"Größe\", count(*) AS zahl, '{HOSTILE}' AS x\n  FROM billing.orders o\n  JOIN billing.order_lines l ON l.order_id = o.id AND l.amount > 12.5\n \
         WHERE o.created_at > now() - interval '7 days' AND o.state = ANY ($1)\n GROUP BY 1\n ORDER BY 2 DESC\n LIMIT $2"
    )
}

pub(crate) fn seven_kilobytes() -> String {
    let ids: Vec<_> = (1..900).map(|n| format!("${n}")).collect();
    format!("SELECT * FROM t WHERE id IN ({}) AND state <> 'cancelled'", ids.join(", "))
}
