//! O8. An index is invalid: it costs every write and helps no read. One that is being built is not meant (§10.15).

use model::{Check, Count, Index, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Draft, Said, finding},
};

const CHECK: Check = Check::InvalidIndex;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let indexes = readings.indexes.answer.as_ref()?;
    let (building, broken): (Vec<_>, Vec<_>) =
        indexes.iter().filter(|index| !index.valid).partition(|index| index.building);
    let findings = broken
        .into_iter()
        .map(|index| {
            let draft = finding(CHECK, Severity::Warning, format!("{}.{}.{}", index.schema, index.table, index.name))
                .title(match &index.toast_of {
                    Some(table) => format!("{} on the TOAST table of {table} is invalid", index.qualified()),
                    None => format!("{} on {} is invalid", index.qualified(), index.on()),
                })
                .fact("columns", index.columns())
                .fact("size_bytes", index.size.0)
                .fact("unique", index.unique)
                .maybe("definition", index.definition.clone());
            mend(index, draft).build()
        })
        .collect();
    let building = building.len() as i64;
    let note = (building > 0).then(|| format!("{} being built.", Count(building).of("index is", "indexes are")));
    Ok(Answer::found(findings, "No invalid indexes", |n| Count(n).of("invalid index", "invalid indexes")).note(note))
}

fn mend(index: &Index, draft: Draft) -> Draft {
    if index.partitioned {
        return draft.detail(
            "It stays invalid until every partition has an index attached to it: create the missing ones \
             CONCURRENTLY, then ALTER INDEX … ATTACH PARTITION.",
        );
    }
    if is_leftover(&index.name) && index.constraint_name.is_none() {
        return draft
            .detail("A REINDEX CONCURRENTLY that was interrupted left this copy behind. It costs every write and helps no read.")
            .remedy(
                format!("DROP INDEX CONCURRENTLY {};", index.qualified()),
                "Not inside a transaction. The original index is untouched.",
            );
    }
    if index.toast_of.is_some() {
        return draft.detail(
            "PostgreSQL rebuilds no invalid index of a TOAST table. Copy the table to a new one, and check the server's log \
             and disks for damage.",
        );
    }
    if index.exclusion {
        return draft
            .detail("It costs every write and helps no read. PostgreSQL cannot rebuild the index of an exclusion constraint CONCURRENTLY.")
            .remedy(format!("REINDEX INDEX {};", index.qualified()), "It keeps writers out of the table while it runs.");
    }
    let caution = if index.unique {
        "Not inside a transaction. It fails again while there are duplicate values: find and remove them first."
    } else {
        "Not inside a transaction. It waits for transactions that are open now."
    };
    draft
        .detail("Building it CONCURRENTLY failed or was interrupted. It costs every write and helps no read.")
        .remedy(format!("REINDEX INDEX CONCURRENTLY {};", index.qualified()), caution)
}

/// The names REINDEX CONCURRENTLY gives its copies: `…_ccnew`, `…_ccold`, and with a number from the second on.
fn is_leftover(name: &str) -> bool {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    stem.ends_with("_ccnew") || stem.ends_with("_ccold")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, index, readings},
    };

    /// O8, §7 `indexes` (invalid_indexes); defects 8, 15.
    #[test]
    fn an_invalid_index_is_made_again_a_leftover_dropped_and_one_under_way_left_alone_10_15() {
        let invalid = |name: &str| Index { valid: false, ..index("Orders", name, &["a"]) };
        let cases = [
            (index("Orders", "fine", &["a"]), None),
            (Index { building: true, ..invalid("young") }, None),
            (invalid("By Date"), Some("REINDEX INDEX CONCURRENTLY public.\"By Date\";")),
            (invalid("x_ccnew"), Some("DROP INDEX CONCURRENTLY public.x_ccnew;")),
            (invalid("x_ccold12"), Some("DROP INDEX CONCURRENTLY public.x_ccold12;")),
            (Index { partitioned: true, ..invalid("p") }, Some("")),
            (
                Index { constraint_name: Some("c_ccnew".into()), ..invalid("c_ccnew") },
                Some("REINDEX INDEX CONCURRENTLY public.c_ccnew;"),
            ),
            (Index { exclusion: true, ..invalid("x") }, Some("REINDEX INDEX public.x;")),
            (
                Index { toast_of: Some("public.t".into()), ..invalid("t_ccnew") },
                Some("DROP INDEX CONCURRENTLY public.t_ccnew;"),
            ),
            (Index { toast_of: Some("public.t".into()), ..invalid("toast") }, Some("")),
        ];
        for (index, remedy) in cases {
            let mut readings = readings();
            readings.indexes.answer = Ok(vec![index.clone()].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            let found = verdict.findings().first();
            let sql = found.map(|found| found.remedy.as_ref().map_or("", |remedy| remedy.sql.as_str()));
            assert_eq!(sql, remedy, "{}", index.name);
            if let Some(found) = found {
                assert_eq!(found.object, format!("public.Orders.{}", index.name));
            }
        }
    }
}
