//! An index is mostly holes (PgHero's `index_bloat`, §1.11). An estimate; where it would be a guess, the reason.

use model::{Bytes, Check, Count, Severity, Timestamp};

use super::table_bloat::{Bloated, bloated};
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::IndexBloat;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let indexes = readings.bloat.answer.as_ref()?.iter().filter(|packing| packing.index.is_some());
    let Bloated { found, wasted, unsure } = bloated(indexes, Bytes(thresholds.index_bloat_bytes), thresholds)?;
    let findings = found
        .into_iter()
        .map(|(bloat, wasted, share)| {
            let (index, on) = (bloat.qualified(), &bloat.table);
            finding(CHECK, Severity::Warning, format!("{}.{on}.{}", index.schema, index.name))
                .title(format!("About {share} of {index} ({}) is empty", bloat.size))
                .detail(format!(
                    "A fresh copy would save about {wasted}. Pages that deletes and updates emptied are read and cached \
                     with the rest."
                ))
                .remedy(
                    format!("REINDEX INDEX CONCURRENTLY {index};"),
                    "Not inside a transaction. It needs room for the copy and waits for transactions that are open now; \
                     interrupted, it leaves an invalid index behind whose name ends in _ccnew: drop that.",
                )
                .fact("size_bytes", bloat.size.0)
                .fact("wasted_bytes", wasted.0)
                .fact("wasted_percent", share.0 * 100.0)
                .fact("primary", bloat.primary)
                .build()
        })
        .collect();
    let answer =
        Answer::found(findings, "No index is bloated", |n| Count(n).of("index is bloated", "indexes are bloated"));
    Ok(answer.number(wasted).note(unsure))
}

#[cfg(test)]
mod tests {
    use model::{Outcome, Packing, Verdict};

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, packing, readings},
    };

    fn verdict(bloat: Vec<Packing>) -> Verdict {
        let mut readings = readings();
        readings.bloat.answer = Ok(bloat.into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    /// §10.8: made again concurrently, quoted, with its schema (P7).
    #[test]
    fn a_bloated_index_is_made_again_concurrently_10_8() {
        // A million integers take 2 755 pages.
        let index = |pages| Packing { pages, ..packing("Order", Some("By Id")) };
        let cases = [("dense", 2_755, false), ("100 MB and less", 15_500, false), ("bloated", 15_600, true)];
        for (name, pages, bloated) in cases {
            let verdict = verdict(vec![index(pages)]);
            assert_eq!(verdict.findings().len(), usize::from(bloated), "{name}");
            if let [found] = verdict.findings() {
                assert_eq!(found.object, "public.Order.By Id");
                assert_eq!(found.remedy.as_ref().unwrap().sql, "REINDEX INDEX CONCURRENTLY public.\"By Id\";");
            }
        }
    }

    #[test]
    fn a_large_index_is_not_bloated_by_a_small_share_of_it() {
        let large = Packing { rows: Some(100e6), pages: 300_000, ..packing("t", Some("i")) };
        assert_eq!(verdict(vec![large]).outcome, Outcome::Healthy);
    }

    #[test]
    fn a_table_is_another_checks() {
        assert_eq!(verdict(vec![Packing { pages: 1_000_000, ..packing("t", None) }]).outcome, Outcome::Healthy);
    }
}
