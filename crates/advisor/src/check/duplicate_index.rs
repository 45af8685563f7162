//! O9. An index is covered by another: whatever it can do, the other does. Compared by structure, never by text (§10.7).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use model::{Bytes, Check, Count, Finding, Index, Severity, Timestamp, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding, names},
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
    let findings = pairs.into_iter().map(|(index, by)| report(index, by)).collect();
    let answer =
        Answer::found(findings, "No duplicate indexes", |n| Count(n).of("duplicate index", "duplicate indexes"));
    let answer = answer.number(any.then_some(wasted));
    let locked = names(indexes.iter().filter(|index| index.locked).map(|index| index.on().to_string()));
    Ok(answer.note(locked.map(|names| {
        format!("Indexes of these tables were not compared, because DDL holds or waits for a lock: {names}.")
    })))
}

fn report(index: &Index, by: &Index) -> Finding {
    let twin = is_same(index, by);
    let wider = if twin { "" } else { " The wider one is a little slower to scan." };
    let storage = if index.storage == by.storage { String::new() } else { storage(index, by) };
    let caution = match &index.constraint_name {
        Some(name) => format!(
            "It locks the table for a moment. Check for ON CONFLICT ON CONSTRAINT clauses that name {}.",
            quote_identifier(name)
        ),
        None if index.partitioned => "It locks the table and all its partitions for a moment.".into(),
        None => "Not inside a transaction. Check for code or hints that refer to it by name.".into(),
    };
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
            "Every write to {} maintains both; {} can answer whatever {} can{}.{wider}{storage}",
            index.on(),
            by.name,
            index.name,
            if index.unique { ", and enforces the same uniqueness" } else { "" },
        ))
        .remedy(index.drop_sql(), caution)
        .fact("covered_by", format!("{}.{}", by.schema, by.name))
        .fact("columns", index.columns())
        .fact("covering_columns", by.columns())
        .fact("size_bytes", index.size.0)
        .fact("scans", index.scans)
        .build()
}

fn storage(index: &Index, by: &Index) -> String {
    let parameters = |index: &Index| match index.storage.as_slice() {
        [] => format!("{} has none", index.name),
        storage => format!("{} has {}", index.name, storage.join(", ")),
    };
    format!(" They differ in storage parameters: {}, {}.", parameters(index), parameters(by))
}

/// An index of the same table that makes `index` unneeded; rather one that is needed itself.
fn cover<'a>(index: &Index, table: &[&'a Index]) -> Option<&'a Index> {
    let covers = || table.iter().filter(|other| covers(other, index));
    let needed = covers().find(|other| !table.iter().any(|third| self::covers(third, other)));
    needed.or(covers().next()).copied()
}

/// Whether `index` can go because `other` is there. Of two that can replace each other, one stays.
fn covers(other: &Index, index: &Index) -> bool {
    is_droppable(index) && serves(other, index) && (!serves(index, other) || rank(other) > rank(index))
}

/// Whether nothing but queries and uniqueness rests on it.
fn is_droppable(index: &Index) -> bool {
    let constrains_otherwise = index.exclusion || (index.constraint && !index.unique);
    let relied_on = index.primary || index.referenced || index.replica_identity || index.clustered || index.attached;
    !constrains_otherwise && !relied_on
}

/// Which of two equal indexes stays: what cannot go, then a constraint's, then one with parameters of its own, then one that
/// is used, then the first by name.
fn rank(index: &Index) -> impl Ord {
    let kept = (index.primary, index.referenced || index.replica_identity, index.attached, index.clustered);
    let tuned = !index.storage.is_empty();
    (kept, index.constraint, index.unique, tuned, index.scans > 0, Reverse(index.name.clone()))
}

/// Whether `other` does all that `index` does: same method and predicate, `index`'s key a prefix of the other's in every
/// respect that orders it, whatever it includes in the other too, and the same rows kept apart.
fn serves(other: &Index, index: &Index) -> bool {
    let includes = |column: &String| {
        other.include.contains(column) || other.keys.iter().any(|key| key.column().as_ref() == Some(column))
    };
    let keeps_apart = || {
        other.unique
            && other.keys.len() == index.keys.len()
            && (other.nulls_not_distinct || !index.nulls_not_distinct)
            // What is checked at the end of the transaction is checked too late for the other.
            && (!other.deferrable || index.deferrable)
    };
    // How coarse a BRIN is stands in its storage parameters.
    let as_fine = index.method != "brin" || other.storage == index.storage;
    other.name != index.name
        && other.method == index.method
        && other.predicate == index.predicate
        && other.keys.starts_with(&index.keys)
        && index.include.iter().all(includes)
        && (!index.unique || keeps_apart())
        && as_fine
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
            ("unique twins: the later goes", vec![unique(i("b", &["x"])), unique(i("a", &["x"]))], &[("b", "a")]),
            (
                "unique beside the primary key",
                vec![unique(i("a", &["x"])), Index { primary: true, constraint: true, ..unique(i("b", &["x"])) }],
                &[("a", "b")],
            ),
            (
                "unique beside a constraint",
                vec![unique(i("a", &["x"])), Index { constraint: true, ..unique(i("b", &["x"])) }],
                &[("a", "b")],
            ),
            (
                "of two constraints one goes",
                vec![
                    Index { constraint: true, ..unique(i("a", &["x"])) },
                    Index { constraint: true, ..unique(i("b", &["x"])) },
                ],
                &[("b", "a")],
            ),
            (
                "what a foreign key refers to stays",
                vec![unique(i("a", &["x"])), Index { referenced: true, constraint: true, ..unique(i("b", &["x"])) }],
                &[("a", "b")],
            ),
            (
                "both are needed",
                vec![
                    Index { referenced: true, constraint: true, ..unique(i("a", &["x"])) },
                    Index { replica_identity: true, ..unique(i("b", &["x"])) },
                ],
                &[],
            ),
            ("unique on more is another thing", vec![unique(i("a", &["x"])), unique(i("b", &["x", "y"]))], &[]),
            (
                "unique that carries more",
                vec![unique(i("a", &["x"])), unique(with(i("b", &["x"]), &["y"]))],
                &[("a", "b")],
            ),
            (
                "NULLS NOT DISTINCT is the stricter one",
                vec![unique(i("a", &["x"])), Index { nulls_not_distinct: true, ..unique(i("b", &["x"])) }],
                &[("a", "b")],
            ),
            (
                "a deferrable one is checked later",
                vec![unique(i("b", &["x"])), Index { deferrable: true, constraint: true, ..unique(i("a", &["x"])) }],
                &[("a", "b")],
            ),
            ("clustered stays", vec![Index { clustered: true, ..i("b", &["x"]) }, i("a", &["x"])], &[("a", "b")]),
            ("clustered and a wider one", vec![Index { clustered: true, ..i("a", &["x"]) }, i("b", &["x", "y"])], &[]),
            (
                "exclusion stays",
                vec![Index { exclusion: true, constraint: true, ..i("a", &["x"]) }, i("b", &["x"])],
                &[("b", "a")],
            ),
            (
                "another operator class parameter",
                vec![keyed(i("a", &["x"]), |key| key.parameters = "{siglen=32}".into()), i("b", &["x"])],
                &[],
            ),
            (
                "storage parameters are kept",
                vec![i("a", &["x"]), Index { storage: vec!["fillfactor=70".into()], ..i("b", &["x"]) }],
                &[("a", "b")],
            ),
            ("the one that is used is kept", vec![Index { scans: 0, ..i("a", &["x"]) }, i("b", &["x"])], &[("a", "b")]),
            (
                "brin of another coarseness",
                vec![
                    Index { method: "brin".into(), ..i("a", &["x"]) },
                    Index { method: "brin".into(), storage: vec!["pages_per_range=4".into()], ..i("b", &["x"]) },
                ],
                &[],
            ),
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
    fn remedy_drops_the_index_or_the_constraint_that_owns_it() {
        let again =
            Index { unique: true, constraint: true, constraint_name: Some("Again".into()), ..i("Again", &["x"]) };
        let cases = [
            (i("b", &["x"]), "DROP INDEX CONCURRENTLY public.b;"),
            (Index { partitioned: true, ..i("b", &["x"]) }, "DROP INDEX public.b;"),
            (again, "ALTER TABLE public.t DROP CONSTRAINT \"Again\";"),
        ];
        for (index, sql) in cases {
            let primary = Index { unique: true, primary: true, constraint: true, ..i("a", &["x"]) };
            assert_eq!(report(&index, &primary).remedy.unwrap().sql, sql);
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
                (proptest::collection::vec(0..3_usize, 1..3), proptest::bool::ANY, proptest::option::of(0..3_usize), 0..16_u8), 1..8)
        ) {
            let columns = ["x", "y", "z"];
            let indexes: Vec<Index> = shapes.iter().enumerate().map(|(n, (keys, unique, include, flags))| Index {
                unique: *unique,
                constraint: *unique && flags & 1 > 0,
                deferrable: *unique && flags & 3 == 3,
                clustered: flags & 12 == 12,
                nulls_not_distinct: *unique && flags & 4 > 0,
                include: include.iter().map(|n| columns[*n].to_owned()).collect(),
                ..i(&format!("i{n}"), &keys.iter().map(|n| columns[*n]).collect::<Vec<_>>())
            }).collect();
            let gone: Vec<String> = unneeded(indexes.clone()).into_iter().map(|(name, _)| name).collect();
            let (dropped, left): (Vec<&Index>, Vec<&Index>) = indexes.iter().partition(|index| gone.contains(&index.name));
            for index in dropped {
                proptest::prop_assert!(left.iter().any(|other| serves(other, index)), "{index:?}");
            }
        }
    }
}
