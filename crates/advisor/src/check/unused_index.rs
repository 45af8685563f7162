//! O12. An index is never scanned. How sure that is depends on how long the statistics have counted (§10.16).

use std::cmp::Reverse;

use model::{Bytes, Check, Count, Index, Millis, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::UnusedIndex;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, now: Timestamp) -> Said {
    let indexes = readings.indexes.answer.as_ref()?;
    // Without the age of the statistics "never" has no meaning: that is a hint at most.
    let since = readings.counted_since();
    let counted = since.map(|since| now.since(since));
    let long = counted.is_some_and(|counted| counted >= Millis(thresholds.unused_index_days * 86_400_000.0));
    let severity = if long { Severity::Warning } else { Severity::Info };
    let (span, begun) = match (counted, since) {
        (Some(counted), Some(since)) => (format!("in the last {counted}"), format!("since {since}")),
        _ => (
            "since the statistics began".to_owned(),
            "since the statistics began; when that was is not known".to_owned(),
        ),
    };
    let least = Bytes(thresholds.unused_index_megabytes * 1024 * 1024);

    let unused = indexes.iter().filter(|index| index.is_unused() && index.size >= least);
    let (kept, mut unused): (Vec<&Index>, Vec<&Index>) = unused.partition(|index| index.foreign_key);
    unused.sort_by_key(|index| Reverse(index.size));
    let wasted = Bytes(unused.iter().map(|index| index.size.0).sum());
    let any = !unused.is_empty();

    let findings = unused
        .into_iter()
        .map(|index| {
            finding(CHECK, severity, format!("{}.{}.{}", index.schema, index.table, index.name))
                .title(format!("{} ({}) was not scanned {span}", index.qualified(), index.size))
                .detail(format!("Every write to {} maintains it, and nothing has read it {begun}.", index.on()))
                .remedy(
                    index.drop_sql(),
                    "Statistics are each server's own: look at the standbys too. Work that comes once a month or a \
                     year may still need it, and an index that was created since is younger than the statistics.",
                )
                .fact("size_bytes", index.size.0)
                .fact("scans", index.scans)
                .maybe("since", since.map(Timestamp::iso))
                .fact("columns", index.columns())
                .fact("method", index.method.as_str())
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "No unused indexes", |n| {
        format!("{} {span}", Count(n).of("index was never scanned", "indexes were never scanned"))
    });
    let answer = answer.number(any.then_some(wasted));
    let kept = kept.len() as i64;
    Ok(answer.note((kept > 0).then(|| {
        format!(
            "{} left out, because {} a foreign key: deleting a row of the table it refers to looks there.",
            Count(kept).of("unused index was", "unused indexes were"),
            if kept == 1 { "it supports" } else { "each supports" }
        )
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, ago, index, readings},
    };

    /// O12, §7 `indexes` (unused_indexes); defect 16.
    #[test]
    fn an_index_is_unused_only_if_nothing_rests_on_it_o12() {
        let unused = || Index { scans: 0, size: Bytes(10 << 20), ..index("orders", "i", &["a"]) };
        let cases = [
            ("unused", unused(), 1),
            ("scanned", Index { scans: 1, ..unused() }, 0),
            ("scanned before a reset", Index { last_scan: Some(NOW), ..unused() }, 0),
            ("small", Index { size: Bytes((10 << 20) - 1), ..unused() }, 0),
            ("unique", Index { unique: true, ..unused() }, 0),
            ("a constraint's", Index { constraint: true, ..unused() }, 0),
            ("a foreign key's", Index { foreign_key: true, ..unused() }, 0),
            ("a partition's", Index { attached: true, ..unused() }, 0),
            ("invalid", Index { valid: false, ..unused() }, 0),
        ];
        for (name, index, found) in cases {
            let mut readings = readings();
            readings.indexes.answer = Ok(vec![index].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.findings().len(), found, "{name}");
            assert_eq!(verdict.notes.len(), usize::from(name == "a foreign key's"), "{name}");
        }
    }

    #[test]
    fn young_statistics_only_hint_and_their_age_is_said_10_16() {
        let day = 86_400;
        let cases = [
            (Some(2 * day), Some(30 * day), Severity::Info, "in the last 2 d"),
            (Some(8 * day), Some(30 * day), Severity::Warning, "in the last 8 d"),
            (None, Some(3 * day), Severity::Info, "in the last 3 d"),
            (None, Some(30 * day), Severity::Warning, "in the last 30 d"),
            // The start of the server, ninety days ago, says nothing.
            (None, None, Severity::Info, "since the statistics began"),
        ];
        for (reset, began, severity, age) in cases {
            let mut readings = readings();
            let server = readings.server.answer.as_mut().unwrap();
            (server.stats_reset, server.stats_began) = (reset.map(ago), began.map(ago));
            readings.indexes.answer =
                Ok(vec![Index { size: Bytes(20 << 20), scans: 0, ..index("t", "i", &["a"]) }].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.severity(), Some(severity));
            assert!(verdict.sentence.ends_with(age), "{}", verdict.sentence);
        }
    }

    #[test]
    fn a_partitioned_index_cannot_be_dropped_concurrently() {
        let mut readings = readings();
        let partitioned = Index { partitioned: true, size: Bytes(20 << 20), scans: 0, ..index("p", "pk", &["a"]) };
        readings.indexes.answer = Ok(vec![partitioned].into());
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        assert_eq!(verdict.findings()[0].remedy.as_ref().unwrap().sql, "DROP INDEX public.pk;");
    }
}
