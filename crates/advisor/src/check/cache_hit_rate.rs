//! O4. Too many reads miss the shared buffers. A hint more than a fault: the operating system caches too.

use model::{Check, Count, Ratio, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
};

const CHECK: Check = Check::CacheHitRate;

/// Fewer block accesses than this (80 MB) say how the server warmed up, not how it works.
const ENOUGH: i64 = 10_000;

/// Percent below which it is more than a hint.
const POOR: f64 = 90.0;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let caches = readings.caches.answer.as_ref()?;
    let since = readings.counted_since();
    let enough = |hit: i64, read: i64| hit + read >= ENOUGH;
    let tables = caches.tables().filter(|_| enough(caches.table_hit, caches.table_read));
    let indexes = caches.indexes().filter(|_| enough(caches.index_hit, caches.index_read));
    let Some(worst) = [tables, indexes].into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0)) else {
        let blocks = caches.table_hit + caches.table_read + caches.index_hit + caches.index_read;
        return Err(CannotTell(format!(
            "Only {} read since {}: too few to mean anything.",
            Count(blocks).of("block was", "blocks were"),
            since.map_or_else(|| "the statistics began".into(), |at| at.to_string()),
        )));
    };
    let percent = worst.0 * 100.0;
    if percent >= thresholds.cache_hit_rate {
        return Ok(Answer::healthy("Cache hit rate healthy").number(Some(worst)));
    }
    let severity = if percent < POOR { Severity::Warning } else { Severity::Info };
    let say = |rate: Option<Ratio>| rate.map_or_else(|| "too little used to say".into(), |rate| rate.to_string());
    let found = finding(CHECK, severity, readings.database())
        .title(format!("{worst} of the blocks asked for were in shared buffers"))
        .detail(format!(
            "Tables: {}, indexes: {}. The rest came from the operating system, out of its cache or off the disk. More \
             shared_buffers or memory helps when the data in daily use does not fit; a missing index that makes whole \
             tables be read looks the same.",
            say(tables),
            say(indexes)
        ))
        .maybe("table_hit_percent", tables.map(|rate| rate.0 * 100.0))
        .maybe("index_hit_percent", indexes.map(|rate| rate.0 * 100.0))
        .maybe("since", since.map(Timestamp::iso))
        .build();
    Ok(Answer::found(vec![found], "", |_| "Low cache hit rate".into()).number(Some(worst)))
}

#[cfg(test)]
mod tests {
    use model::{Caches, Outcome};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings},
    };

    /// O4, §7 `indexes` (index_hit_rate), `tables` (hit rate).
    #[test]
    fn a_rate_of_too_few_blocks_is_withheld_o4() {
        let blocks =
            |table_hit, table_read, index_hit, index_read| Caches { table_hit, table_read, index_hit, index_read };
        let cases = [
            (blocks(99_000, 1_000, 99_000, 1_000), Ok(None)),
            (blocks(98_000, 2_000, 99_000, 1_000), Ok(Some(Severity::Info))),
            (blocks(99_000, 1_000, 80_000, 20_000), Ok(Some(Severity::Warning))),
            // Ten blocks of an index nobody uses are no reason to worry.
            (blocks(99_900, 100, 0, 10), Ok(None)),
            (blocks(10, 90, 10, 90), Err(())),
            (blocks(0, 0, 0, 0), Err(())),
        ];
        for (caches, expected) in cases {
            let mut readings = readings();
            readings.caches.answer = Ok(caches);
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let said = if matches!(verdict.outcome, Outcome::NotRun(_)) { Err(()) } else { Ok(verdict.severity()) };
            assert_eq!(said, expected, "{caches:?}");
        }
    }
}
