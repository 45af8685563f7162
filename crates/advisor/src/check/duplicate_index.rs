//! O9. An index is covered by another: whatever it can do, the other does. Compared by structure, never by text (§10.7).

use std::collections::{BTreeMap, BTreeSet};

use model::{Bytes, Check, Count, Index, Severity, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::DuplicateIndex;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let indexes = readings.indexes.answer.as_ref()?;
    let mut tables: BTreeMap<(&str, &str), Vec<&Index>> = BTreeMap::new();
    // What a lock kept hidden cannot be compared: a predicate may be among it.
    for index in indexes.iter().filter(|index| index.valid && !index.locked) {
        tables.entry((&index.schema, &index.table)).or_default().push(index);
    }
    let pairs: Vec<(&Index, &Index)> = tables
        .values()
        .flat_map(|table| table.iter().filter_map(|index| Some((*index, cover(index, table)?))))
        .collect();

    let wasted = Bytes(pairs.iter().map(|(index, _)| index.size.0).sum());
    let any = !pairs.is_empty();
    let findings = pairs.into_iter().map(|(index, by)| found(index, by)).collect();
    let answer =
        Answer::found(findings, "No duplicate indexes", |n| Count(n).of("duplicate index", "duplicate indexes"));
    let answer = answer.number(any.then_some(wasted));
    let locked = indexes.iter().filter(|index| index.locked).count() as i64;
    Ok(answer.note((locked > 0).then(|| {
        format!(
            "{} not compared, because somebody alters its table or waits to.",
            Count(locked).of("index was", "indexes were")
        )
    })))
}

fn found(index: &Index, by: &Index) -> model::Finding {
    let concurrently = if index.partitioned { "" } else { "CONCURRENTLY " };
    let twin = is_same(index, by);
    finding(CHECK, Severity::Warning, format!("{}.{}.{}", index.schema, index.table, index.name))
        .title(format!(
            "{} ({}) is {} {} ({})",
            index.name,
            index.columns(),
            if twin { "the same as" } else { "covered by" },
            by.name,
            by.columns()
        ))
        .detail(format!(
            "Every write to {} maintains both; {} can answer whatever {} can.{}",
            index.on(),
            by.name,
            index.name,
            if twin { "" } else { " The wider one is a little slower to scan." }
        ))
        .remedy(
            format!("DROP INDEX {concurrently}{};", index.qualified()),
            if index.partitioned {
                "It locks the table and all its partitions for a moment."
            } else {
                "Not inside a transaction. Look for hints or tests that name it."
            },
        )
        .fact("covered_by", format!("{}.{}", by.schema, by.name))
        .fact("columns", index.columns())
        .fact("covering_columns", by.columns())
        .fact("size_bytes", index.size.0)
        .fact("scans", index.scans)
        .build()
}

/// An index of the same table that makes `index` unneeded; rather one that is needed itself.
fn cover<'a>(index: &Index, table: &[&'a Index]) -> Option<&'a Index> {
    // A unique index or a constraint's says what may be in the table; it is never only there to be read.
    if index.unique || index.primary || index.constraint || index.attached {
        return None;
    }
    let covers: Vec<&&Index> = table.iter().filter(|other| covers(other, index)).collect();
    let needed = covers.iter().find(|other| !table.iter().any(|third| covers_needless(third, other)));
    needed.or(covers.first()).map(|other| **other)
}

fn covers_needless(third: &Index, other: &Index) -> bool {
    !(other.unique || other.primary || other.constraint) && covers(third, other)
}

/// The rule: same method and predicate, `index`'s key a prefix of the other's in every respect that orders it, and
/// whatever it carries along in the other too. Of two that are the same, the one that is unique or comes first stays.
fn covers(other: &Index, index: &Index) -> bool {
    let carried = |column: &String| {
        other.include.contains(column) || other.keys.iter().any(|key| key.column().as_ref() == Some(column))
    };
    other.name != index.name
        && other.method == index.method
        && other.predicate == index.predicate
        && other.keys.starts_with(&index.keys)
        && index.include.iter().all(carried)
        && (!is_same(other, index) || other.unique || other.constraint || other.name < index.name)
}

fn is_same(a: &Index, b: &Index) -> bool {
    // PostgreSQL lets a column stand in the key and in INCLUDE as well, where it adds nothing.
    let carried = |index: &Index| -> BTreeSet<String> {
        let in_key = |column: &String| index.keys.iter().any(|key| key.column().as_ref() == Some(column));
        index.include.iter().filter(|column| !in_key(column)).cloned().collect()
    };
    a.keys == b.keys && carried(a) == carried(b)
}

#[cfg(test)]
mod tests {
    use model::IndexKey;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, index, readings},
    };

    fn unneeded(indexes: Vec<Index>) -> Vec<(String, String)> {
        let mut readings = readings();
        readings.indexes.answer = Ok(indexes.into());
        let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
        let pair = |found: &model::Finding| {
            let name = found.object.rsplit('.').next().unwrap().to_owned();
            (name, found.evidence["covered_by"].to_string().rsplit('.').next().unwrap().to_owned())
        };
        verdict.findings().iter().map(pair).collect()
    }

    fn i(name: &str, keys: &[&str]) -> Index {
        index("t", name, keys)
    }

    /// O9, §7 `indexes` (duplicate_indexes); defect 7.
    #[test]
    fn an_index_is_unneeded_only_if_another_covers_it_in_every_respect_o9() {
        let unique = |index: Index| Index { unique: true, ..index };
        let with = |index: Index, include: &[&str]| Index {
            include: include.iter().map(ToString::to_string).collect(),
            ..index
        };
        let partial = |index: Index, predicate: &str| Index { predicate: Some(predicate.into()), ..index };
        let keyed = |mut index: Index, change: fn(&mut IndexKey)| {
            change(&mut index.keys[0]);
            index
        };
        type Case<'a> = (&'a str, Vec<Index>, &'a [(&'a str, &'a str)]);
        let cases: Vec<Case> = vec![
            ("prefix", vec![i("a", &["x"]), i("b", &["x", "y"])], &[("a", "b")]),
            ("no prefix", vec![i("a", &["y"]), i("b", &["x", "y"])], &[]),
            ("twins: the later goes", vec![i("b", &["x"]), i("a", &["x"])], &[("b", "a")]),
            ("a twin that is unique stays", vec![i("a", &["x"]), unique(i("b", &["x"]))], &[("a", "b")]),
            ("unique is never unneeded", vec![unique(i("a", &["x"])), i("b", &["x", "y"])], &[]),
            (
                "a constraint's is never unneeded",
                vec![Index { constraint: true, ..i("b", &["x"]) }, i("a", &["x"])],
                &[("a", "b")],
            ),
            ("another method", vec![i("a", &["x"]), Index { method: "hash".into(), ..i("b", &["x"]) }], &[]),
            ("another predicate", vec![i("a", &["x"]), partial(i("b", &["x", "y"]), "y > 0")], &[]),
            (
                "the same predicate",
                vec![partial(i("a", &["x"]), "p"), partial(i("b", &["x", "y"]), "p")],
                &[("a", "b")],
            ),
            ("another opclass", vec![keyed(i("a", &["x"]), |key| key.opclass = 9), i("b", &["x", "y"])], &[]),
            ("another collation", vec![keyed(i("a", &["x"]), |key| key.collation = 9), i("b", &["x", "y"])], &[]),
            ("another direction", vec![keyed(i("a", &["x"]), |key| key.option = 3), i("b", &["x", "y"])], &[]),
            ("invalid never covers", vec![i("a", &["x"]), Index { valid: false, ..i("b", &["x", "y"]) }], &[]),
            ("locked is not compared", vec![i("a", &["x"]), Index { locked: true, ..i("b", &["x", "y"]) }], &[]),
            ("a partition's share stays", vec![Index { attached: true, ..i("a", &["x"]) }, i("b", &["x", "y"])], &[]),
            ("INCLUDE goes along", vec![i("a", &["x"]), with(i("b", &["x"]), &["y"])], &[("a", "b")]),
            ("INCLUDE is missed", vec![with(i("a", &["x"]), &["y"]), i("b", &["x"])], &[("b", "a")]),
            ("INCLUDE as key", vec![with(i("a", &["x"]), &["y"]), i("b", &["x", "y"])], &[("a", "b")]),
            (
                "INCLUDE in any order",
                vec![with(i("a", &["x"]), &["y", "z"]), with(i("b", &["x"]), &["z", "y"])],
                &[("b", "a")],
            ),
            ("expressions", vec![i("a", &["lower(x)"]), i("b", &["lower(x)", "y"])], &[("a", "b")]),
            (
                "a chain points at what stays",
                vec![i("a", &["x"]), i("b", &["x", "y"]), i("c", &["x", "y", "z"])],
                &[("a", "c"), ("b", "c")],
            ),
        ];
        for (name, indexes, pairs) in cases {
            let expected: Vec<_> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            assert_eq!(unneeded(indexes), expected, "{name}");
        }
    }

    #[test]
    fn tables_of_the_same_name_are_not_mixed_up_10_9() {
        let elsewhere = Index { schema: "other".into(), ..i("b", &["x", "y"]) };
        assert_eq!(unneeded(vec![i("a", &["x"]), elsewhere]), []);
    }

    proptest::proptest! {
        #[test]
        fn dropping_all_that_is_unneeded_leaves_a_cover_for_each(
            shapes in proptest::collection::vec(
                (proptest::collection::vec(0..3_usize, 1..3), proptest::bool::ANY, proptest::option::of(0..3_usize)), 1..8)
        ) {
            let columns = ["x", "y", "z"];
            let indexes: Vec<Index> = shapes.iter().enumerate().map(|(n, (keys, unique, include))| Index {
                unique: *unique,
                include: include.iter().map(|n| columns[*n].to_owned()).collect(),
                ..i(&format!("i{n}"), &keys.iter().map(|n| columns[*n]).collect::<Vec<_>>())
            }).collect();
            let gone: Vec<String> = unneeded(indexes.clone()).into_iter().map(|(name, _)| name).collect();
            let (dropped, left): (Vec<&Index>, Vec<&Index>) = indexes.iter().partition(|index| gone.contains(&index.name));
            for index in dropped {
                proptest::prop_assert!(left.iter().any(|other| covers(other, index)), "{index:?}");
            }
        }
    }
}
