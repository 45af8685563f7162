//! A table is mostly holes. An estimate; where it would be a guess, the reason.

use std::cmp::Reverse;

use model::{Bloat, Bytes, Check, Count, Packing, Ratio, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, CannotTell, Said, finding},
    bloat,
};

const CHECK: Check = Check::TableBloat;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let tables = readings.bloat.answer.as_ref()?.iter().filter(|packing| packing.index.is_none());
    let Bloated { found, wasted, unsure } = bloated(tables, Bytes(thresholds.table_bloat_bytes), thresholds)?;
    let findings = found
        .into_iter()
        .map(|(bloat, wasted, share)| {
            let table = bloat.qualified();
            finding(CHECK, Severity::Warning, format!("{}.{}", table.schema, table.name))
                .title(format!("About {share} of {table} ({}) is empty", bloat.size))
                .detail(format!(
                    "A fresh copy would save about {wasted}. New rows fill the holes in time; until then sequential \
                     scans read them. Find out what made them: a large DELETE, or vacuum that could not keep up."
                ))
                .remedy(
                    format!("VACUUM (FULL, ANALYZE) {table};"),
                    "It locks the table, for readers too, as long as it copies, and needs room for the copy. pg_repack or \
                     pg_squeeze do the same with a short lock.",
                )
                .fact("size_bytes", bloat.size.0)
                .fact("wasted_bytes", wasted.0)
                .fact("wasted_percent", share.0 * 100.0)
                .build()
        })
        .collect();
    let answer =
        Answer::found(findings, "No table is bloated", |n| Count(n).of("table is bloated", "tables are bloated"));
    Ok(answer.number(wasted).note(unsure))
}

/// What a check of bloat has to say.
pub(super) struct Bloated {
    /// The worst first, with what a fresh copy would save and the share of it.
    pub(super) found: Vec<(Bloat, Bytes, Ratio)>,
    /// What all of them together would save, if there are any.
    pub(super) wasted: Option<Bytes>,
    /// What could not be estimated.
    pub(super) unsure: Option<String>,
}

pub(super) fn bloated<'a>(
    packings: impl Iterator<Item = &'a Packing>,
    least: Bytes,
    thresholds: &Thresholds,
) -> Result<Bloated, CannotTell> {
    let (mut found, mut reasons, mut sure) = (Vec::new(), Vec::new(), false);
    let reaches = |wasted: Bytes, size: Bytes| {
        let share = Ratio::of(wasted.0 as f64, size.0 as f64);
        wasted >= least && share.is_some_and(|share| share.0 * 100.0 >= thresholds.bloat_percent)
    };
    // What cannot have so much to spare need not be estimated, and its missing statistics are no matter.
    for bloat in packings.filter(|packing| packing.size() >= least).map(bloat) {
        let share = bloat.share();
        match (&bloat.wasted, share) {
            (Ok(wasted), Some(share)) => {
                sure = true;
                if reaches(*wasted, bloat.size) {
                    found.push((bloat.clone(), *wasted, share));
                }
            }
            (Err(reason), _) if reaches(bloat.at_most, bloat.size) => reasons.push(reason.clone()),
            (Err(_), _) => sure = true,
            (Ok(_), None) => {}
        }
    }
    let unsure = reasons.first().map(|reason| match reasons.len() as i64 - 1 {
        0 => format!("1 could not be estimated: {reason}."),
        more => format!("{} could not be estimated: {reason}; and {} more.", Count(more + 1), Count(more)),
    });
    if let (false, Some(reason)) = (sure, &unsure) {
        return Err(CannotTell(reason.clone()));
    }
    found.sort_by_key(|(_, wasted, _)| Reverse(*wasted));
    let wasted = Bytes(found.iter().map(|(_, wasted, _)| wasted.0).sum());
    Ok(Bloated { wasted: (!found.is_empty()).then_some(wasted), found, unsure })
}

#[cfg(test)]
mod tests {
    use model::{Outcome, PackedColumn, Verdict};

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

    #[test]
    fn a_table_is_bloated_if_a_fresh_copy_saves_much_of_it() {
        // A million integers take 4 425 pages.
        let cases = [("dense", 4_425, false), ("100 MB and less", 17_200, false), ("bloated", 17_300, true)];
        for (name, pages, bloated) in cases {
            let verdict = verdict(vec![Packing { pages, ..packing("Order", None) }]);
            assert_eq!(verdict.findings().len(), usize::from(bloated), "{name}");
            if let [found] = verdict.findings() {
                assert_eq!(found.remedy.as_ref().unwrap().sql, "VACUUM (FULL, ANALYZE) public.\"Order\";");
            }
        }
    }

    #[test]
    fn what_could_not_be_estimated_is_said_and_alone_is_no_answer() {
        let unknown = |name| Packing { rows: None, pages: 50_000, ..packing(name, None) };
        assert!(matches!(verdict(vec![unknown("a"), unknown("b")]).outcome, Outcome::NotRun(_)));
        let some = verdict(vec![unknown("a"), packing("b", None), Packing { pages: 20_000, ..packing("c", None) }]);
        assert_eq!((some.findings().len(), some.notes.len()), (1, 1));
        assert!(some.notes[0].contains("ANALYZE public.a;"), "{:?}", some.notes);
        let text = |columns: &[PackedColumn]| {
            let varying = PackedColumn { length: -1, width: Some(9.0), dropped: true, ..columns[0].clone() };
            [columns, &[varying]].concat()
        };
        let dropped = |pages| {
            let packing = packing("d", None);
            Packing { pages, columns: text(&packing.columns), ..packing }
        };
        assert!(matches!(verdict(vec![dropped(30_000)]).outcome, Outcome::NotRun(_)), "mostly empty, or not");
        assert_eq!(verdict(vec![dropped(15_000)]).outcome, Outcome::Healthy, "at most 100 MB");
        let small = Packing { pages: 200, ..unknown("a") };
        assert_eq!(verdict(vec![small]).outcome, Outcome::Healthy, "too small to matter");
    }
}
