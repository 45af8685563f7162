//! O11. A statement is slow and frequent.

use std::collections::BTreeMap;

use model::{Check, Count, Evidence, Severity, StatementCounters, StatementTotal, Timestamp};

use super::sessions::shown;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::SlowQuery;

/// More than these nobody reads; how many more there are is said.
const SHOWN: usize = 100;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let workload = readings.statements.answer.as_ref()?;
    let mut slow: Vec<Slow> = by_statement(&workload.statements)
        .into_iter()
        .filter(|statement| {
            statement.counters.calls >= thresholds.slow_query_calls
                && statement.counters.mean().0 >= thresholds.slow_query_ms
        })
        .collect();
    slow.sort_by(|a, b| b.counters.total_ms.0.total_cmp(&a.counters.total_ms.0));
    let (count, worst) = (slow.len(), slow.iter().map(|statement| statement.counters.mean().0).fold(0.0, f64::max));

    let since = workload.since.map(Timestamp::iso);
    let findings = slow
        .into_iter()
        .take(SHOWN)
        .map(|statement| {
            let (mean, calls) = (statement.counters.mean(), statement.counters.calls);
            let text = shown(statement.text.as_ref());
            let line = text.as_ref().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
            let line =
                line.map_or_else(|| format!("statement {}", statement.queryid), |line| model::sql::shorten(&line, 100));
            finding(CHECK, Severity::Warning, &statement.queryid)
                .title(format!("{mean} on average, {}: {line}", Count(calls).of("call", "calls")))
                .detail(detail(&statement.counters, workload.since))
                .fact("mean_ms", mean.0)
                .fact("calls", calls)
                .fact("total_ms", statement.counters.total_ms.0)
                .fact("blocks_per_call", Evidence::Float(blocks(&statement.counters)))
                .fact("roles", statement.roles.join(", "))
                .maybe("query", text)
                .maybe("since", since.clone())
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No slow queries", |_| Count(count as i64).of("slow query", "slow queries"));
    let answer = answer.number((count > 0).then_some(model::Millis(worst)));
    Ok(answer.note((count > SHOWN).then(|| {
        format!("Only the {SHOWN} that took most time are listed; {} more are slow.", Count((count - SHOWN) as i64))
    })))
}

/// So much time for each block is more than any disk takes: the statement waited for something else.
const WAITED_MS: f64 = 50.0;

/// Blocks of one call, found in shared buffers or not.
fn blocks(counters: &StatementCounters) -> f64 {
    (counters.shared_hit + counters.shared_read) as f64 / counters.calls.max(1) as f64
}

/// What the counters tell of a slow statement: the span they cover, its share of work, and whether work explains the time.
fn detail(counters: &StatementCounters, since: Option<Timestamp>) -> String {
    let span = since.map_or_else(|| "an unknown time".to_owned(), |since| format!("the time since {since}"));
    let calls = counters.calls.max(1) as f64;
    let per_call = |total: i64| Count((total as f64 / calls).round() as i64);
    let read = Count(blocks(counters).round() as i64).of("block", "blocks");
    let spilled = match counters.temp_written {
        0 => String::new(),
        written => format!(", and {} written to temporary files", per_call(written).of("block", "blocks")),
    };
    let cause = match () {
        () if counters.temp_written > 0 => "A sort or a hash table did not fit into work_mem. EXPLAIN shows which.",
        () if counters.mean().0 > WAITED_MS * blocks(counters).max(1.0) => {
            "So few blocks do not explain the time, which includes waits: for locks, for a function such as pg_sleep, or for \
             the client. Locks and Live show what it waits for while it runs."
        }
        () => {
            "The time includes waits, such as those for locks. EXPLAIN shows how the rest is spent; the statement's page \
             shows how its mean has changed."
        }
    };
    format!(
        "It took {} in all. The mean is over {span}. A call takes {read} for {}{spilled}. {cause}",
        counters.total_ms,
        per_call(counters.rows).of("row", "rows"),
    )
}

struct Slow {
    queryid: String,
    roles: Vec<String>,
    text: Option<String>,
    counters: StatementCounters,
}

/// The same statement run by several roles is one thing to mend.
fn by_statement(totals: &[StatementTotal]) -> Vec<Slow> {
    let mut statements: BTreeMap<&str, Slow> = BTreeMap::new();
    for total in totals {
        let statement = statements.entry(&total.key.queryid).or_insert_with(|| Slow {
            queryid: total.key.queryid.clone(),
            roles: vec![],
            text: None,
            counters: StatementCounters::default(),
        });
        let (sum, one) = (&mut statement.counters, &total.counters);
        sum.calls += one.calls;
        sum.total_ms = sum.total_ms + one.total_ms;
        sum.rows += one.rows;
        sum.shared_hit += one.shared_hit;
        sum.shared_read += one.shared_read;
        sum.temp_written += one.temp_written;
        if statement.text.is_none() {
            statement.text.clone_from(&total.query);
        }
        if !statement.roles.contains(&total.key.role) {
            statement.roles.push(total.key.role.clone());
        }
    }
    statements.into_values().collect()
}

#[cfg(test)]
mod tests {
    use model::Outcome;

    use super::*;
    use crate::{
        Rule, Workload,
        fixture::{NOW, readings, statement},
    };

    fn verdict(statements: Vec<StatementTotal>) -> model::Verdict {
        let mut readings = readings();
        readings.statements.answer = Ok(Workload { since: None, statements });
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    /// O11, §7 `query_stats` (slow_queries).
    #[test]
    fn slow_and_frequent_both_o11() {
        for (calls, mean, found) in [(100, 20.0, 1), (99, 20.0, 0), (100, 19.9, 0), (1_000_000, 0.1, 0)] {
            let verdict = verdict(vec![statement("1", "app", calls, mean, Some("select 1"))]);
            assert_eq!(verdict.findings().len(), found, "{calls} calls of {mean} ms");
        }
    }

    #[test]
    fn roles_add_up_and_the_costliest_comes_first() {
        let verdict = verdict(vec![
            statement("1", "app", 60, 30.0, None),
            statement("2", "app", 1_000, 30.0, Some("select *\n  from t where a = 'secret'")),
            statement("1", "job", 60, 30.0, Some("select 1")),
        ]);
        let objects: Vec<&str> = verdict.findings().iter().map(|found| found.object.as_str()).collect();
        assert_eq!(objects, ["2", "1"]);
        assert_eq!(verdict.findings()[0].title, "30.0 ms on average, 1,000 calls: select * from t where a = ?");
        assert_eq!(verdict.findings()[1].evidence["roles"].to_string(), "app, job");
    }

    #[test]
    fn cause_is_named_only_where_the_counters_show_it() {
        let detail = |mean: f64, blocks: i64, temp_written: i64, since| {
            let mut slow = statement("1", "app", 100, mean, None);
            slow.counters.rows = 200;
            (slow.counters.shared_hit, slow.counters.temp_written) = (blocks * 100, temp_written * 100);
            super::detail(&slow.counters, since)
        };
        let waited = detail(178_000.0, 12, 0, Some(NOW));
        assert!(waited.contains(&format!("The mean is over the time since {NOW}. A call takes 12 blocks for 2 rows.")));
        assert!(waited.contains("So few blocks do not explain the time"), "{waited}");
        let scanned = detail(30.0, 5_000, 0, None);
        assert!(
            scanned.contains("over an unknown time. A call takes 5,000 blocks for 2 rows. The time includes waits")
        );
        let spilled = detail(30.0, 5_000, 70, None);
        assert!(spilled.contains("70 blocks written to temporary files. A sort or a hash table"), "{spilled}");
        for text in [waited, scanned] {
            assert!(!text.contains("scan") && !text.contains("sort"), "{text}");
        }
    }

    #[test]
    fn what_is_cut_is_said() {
        let many = (0..150).map(|n| statement(&n.to_string(), "app", 100, 50.0, None)).collect();
        let verdict = verdict(many);
        assert_eq!((verdict.findings().len(), verdict.sentence.as_str()), (SHOWN, "150 slow queries"));
        assert_eq!(verdict.notes.len(), 1);
        assert!(matches!(verdict.outcome, Outcome::Found(_)));
    }
}
