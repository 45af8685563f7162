//! A large table refers to another without an index: deleting there reads all of it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use model::{Check, Count, ForeignKey, Index, Severity, Table, TableKind, Timestamp, quote_identifier};

use self::predicate::is_implied;
use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding, names},
};

mod predicate;

const CHECK: Check = Check::ForeignKeyIndex;

pub(super) fn judge(readings: &Readings, thresholds: &Thresholds, _now: Timestamp) -> Said {
    let keys = readings.foreign_keys.answer.as_ref()?;
    let indexes = readings.indexes.answer.as_ref()?;
    let tables = Tables::of(readings.tables.answer.as_ref()?);
    let since = readings.counted_since();
    let mut indexes_on: BTreeMap<(&str, &str), Vec<&Index>> = BTreeMap::new();
    for index in indexes.iter() {
        indexes_on.entry((&index.schema, &index.table)).or_default().push(index);
    }
    let lacking = keys
        .iter()
        .filter(|key| key.enforced && tables.rows(&key.schema, &key.table) >= thresholds.foreign_key_index_rows)
        .filter(|key| {
            let served = |table| indexes_of(table, &indexes_on).any(|index| supports(index, key));
            let partitions = tables.partitions(&key.schema, &key.table);
            !served((key.schema.as_str(), key.table.as_str()))
                && (partitions.is_empty() || !partitions.iter().copied().all(served))
        });
    // The predicate of a locked index cannot be read, so whether it serves is not known.
    let (locked, lacking): (Vec<_>, Vec<_>) = lacking
        .partition(|key| indexes_of((key.schema.as_str(), key.table.as_str()), &indexes_on).any(|index| index.locked));

    let mut missing: Vec<_> = MissingIndex::group(lacking)
        .into_iter()
        .map(|index| {
            let deletes = index.keys.iter().map(|key| tables.deletes(&key.referenced_schema, &key.referenced)).max();
            let first = index.keys[0];
            (tables.rows(&first.schema, &first.table), deletes.unwrap_or(0), index)
        })
        .collect();
    missing.sort_by_key(|(rows, deletes, _)| Reverse((*deletes > 0, *rows)));
    let findings = missing
        .into_iter()
        .map(|(rows, deletes, index)| {
            let severity = if deletes > 0 { Severity::Warning } else { Severity::Info };
            let key = index.keys[0];
            let (sql, caution) = remedy(key, tables.is_partitioned(&key.schema, &key.table));
            let cost = match (deletes, since) {
                (0, Some(since)) => format!("Nothing was deleted there since {since}."),
                (0, None) => "Nothing was deleted there since the statistics began.".to_owned(),
                (_, Some(since)) => format!("{} deleted there since {since}.", rows_were(deletes)),
                (_, None) => format!("{} deleted there since the statistics began.", rows_were(deletes)),
            };
            let others: Vec<String> = index.keys[1..].iter().map(|key| quote_identifier(&key.name)).collect();
            let others = (!others.is_empty()).then(|| format!(" The same index serves {}.", others.join(", ")));
            finding(CHECK, severity, format!("{}.{}.{}", key.schema, key.table, key.name))
                .title(format!("{} ({}) refers to {} without an index", key.on(), columns(key), key.to()))
                .detail(format!(
                    "Every delete or key update in {} scans all of {} while holding a row lock. {cost}{}",
                    key.to(),
                    key.on(),
                    others.unwrap_or_default()
                ))
                .remedy(sql, caution)
                .fact("constraint", key.name.as_str())
                .fact("rows", rows)
                .fact("deletes", deletes)
                .build()
        })
        .collect();
    let answer = Answer::found(findings, "Large tables have an index for each foreign key", |n| {
        Count(n).of("foreign key of a large table has no index", "foreign keys of large tables have no index")
    });
    let skipped = names(locked.iter().map(|key| key.on().to_string()));
    Ok(answer.note(skipped.map(|names| format!("Not checked, because DDL holds or waits for a lock: {names}."))))
}

/// The indexes of a table, by its schema and name.
fn indexes_of<'a>(
    table: (&'a str, &'a str),
    indexes: &'a BTreeMap<(&'a str, &'a str), Vec<&'a Index>>,
) -> impl Iterator<Item = &'a Index> {
    indexes.get(&table).into_iter().flatten().copied()
}

fn rows_were(number: i64) -> String {
    Count(number).of("row was", "rows were")
}

/// One index that would serve these foreign keys of a table: those with the same columns, or with the first of them.
struct MissingIndex<'a> {
    /// The one with the most columns first.
    keys: Vec<&'a ForeignKey>,
}

impl<'a> MissingIndex<'a> {
    fn group(mut keys: Vec<&'a ForeignKey>) -> Vec<Self> {
        keys.sort_by_key(|key| (Reverse(key.equality_columns().len()), &key.name));
        let mut groups: Vec<Self> = vec![];
        for key in keys {
            let wanted = set(key.equality_columns());
            let serves = |group: &&mut Self| {
                let widest = group.keys[0];
                let leading = widest.equality_columns().iter().take(key.equality_columns().len());
                (&widest.schema, &widest.table) == (&key.schema, &key.table)
                    && leading.collect::<BTreeSet<_>>() == wanted
            };
            match groups.iter_mut().find(serves) {
                Some(group) => group.keys.push(key),
                None => groups.push(Self { keys: vec![key] }),
            }
        }
        groups
    }
}

fn set(columns: &[String]) -> BTreeSet<&String> {
    columns.iter().collect()
}

/// Whether an index finds the rows that refer to one: its leading columns are the key's, in whatever order, and none of
/// those rows is missing from it.
fn supports(index: &Index, key: &ForeignKey) -> bool {
    let leads_with = |columns: &[String]| {
        let leading: Vec<_> = index.keys.iter().take(columns.len()).map(model::IndexKey::column).collect();
        index.equality_keys >= columns.len() as i64 && leading.iter().flatten().collect::<BTreeSet<_>>() == set(columns)
    };
    // A PERIOD is compared by overlap, which may narrow the search or not.
    let columns = leads_with(key.equality_columns()) || leads_with(&key.columns);
    // BRIN finds equal values by reading whole ranges of pages.
    let complete = index.predicate.as_ref().is_none_or(|predicate| is_implied(predicate, &key.columns));
    index.valid && index.method != "brin" && columns && complete
}

fn columns(key: &ForeignKey) -> String {
    key.equality_columns().iter().map(|column| quote_identifier(column)).collect::<Vec<_>>().join(", ")
}

fn remedy(key: &ForeignKey, partitioned: bool) -> (String, &'static str) {
    match partitioned {
        false => (
            format!("CREATE INDEX CONCURRENTLY ON {} ({});", key.on(), columns(key)),
            "Not inside a transaction. Every write to the table will maintain the index.",
        ),
        true => (
            format!("CREATE INDEX ON {} ({});", key.on(), columns(key)),
            "A partitioned table cannot be indexed CONCURRENTLY, so this keeps writers out of every partition while it \
             runs. To avoid that, create the index ON ONLY the table, CONCURRENTLY on each partition, and attach those.",
        ),
    }
}

/// What tables hold, partitioned ones with their partitions.
struct Tables<'a> {
    all: BTreeMap<(&'a str, &'a str), (TableKind, i64, i64)>,
    /// The partitions that hold rows, by the topmost table.
    partitions: BTreeMap<(&'a str, &'a str), Vec<(&'a str, &'a str)>>,
}

impl<'a> Tables<'a> {
    fn of(tables: &'a [Table]) -> Self {
        let mut all: BTreeMap<(&str, &str), (TableKind, i64, i64)> = BTreeMap::new();
        let mut partitions: BTreeMap<(&str, &str), Vec<(&str, &str)>> = BTreeMap::new();
        for table in tables {
            let rows = table.rows.map_or(0, |rows| rows as i64).max(table.n_live_tup);
            all.entry((&table.schema, &table.name)).or_default().0 = table.kind;
            let root = table.root_schema.as_deref().zip(table.root.as_deref());
            if let (Some(root), false) = (root, table.kind == TableKind::Partitioned) {
                partitions.entry(root).or_default().push((&table.schema, &table.name));
            }
            for name in [Some((table.schema.as_str(), table.name.as_str())), root].into_iter().flatten() {
                // A partitioned table's own estimate is the sum of what is added here.
                if table.kind != TableKind::Partitioned {
                    let entry = all.entry(name).or_default();
                    entry.1 += rows;
                    entry.2 += table.n_tup_del;
                }
            }
        }
        Self { all, partitions }
    }

    fn partitions<'b>(&'b self, schema: &'b str, name: &'b str) -> &'b [(&'a str, &'a str)] {
        self.partitions.get(&(schema, name)).map_or(&[], Vec::as_slice)
    }

    fn rows(&self, schema: &str, name: &str) -> i64 {
        self.all.get(&(schema, name)).map_or(0, |table| table.1)
    }

    fn deletes(&self, schema: &str, name: &str) -> i64 {
        self.all.get(&(schema, name)).map_or(0, |table| table.2)
    }

    fn is_partitioned(&self, schema: &str, name: &str) -> bool {
        self.all.get(&(schema, name)).is_some_and(|table| table.0 == TableKind::Partitioned)
    }
}

#[cfg(test)]
mod tests {
    use model::Verdict;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, foreign_key, index, readings, table},
    };

    fn verdict(indexes: Vec<Index>, tables: Vec<Table>) -> Verdict {
        let mut readings = readings();
        readings.indexes.answer = Ok(indexes.into());
        readings.tables.answer = Ok(tables.into());
        readings.foreign_keys.answer = Ok(vec![foreign_key("Lines", "Order")].into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    #[test]
    fn an_index_that_leads_with_the_columns_supports_a_foreign_key() {
        let on = |keys: &[&str]| index("Lines", "i", keys);
        let partial = |predicate: &str| Index { predicate: Some(predicate.into()), ..on(&["\"Order\""]) };
        let cases = [
            ("none", None, true),
            ("its own", Some(on(&["\"Order\""])), false),
            ("a wider one", Some(on(&["\"Order\"", "line"])), false),
            ("behind another column", Some(on(&["line", "\"Order\""])), true),
            ("another column's", Some(on(&["line"])), true),
            ("an expression's", Some(on(&["abs(\"Order\")"])), true),
            ("partial", Some(partial("line > 7")), true),
            ("partial without NULLs", Some(partial("\"Order\" IS NOT NULL")), false),
            ("partial on another column", Some(partial("line IS NOT NULL")), true),
            ("a brin", Some(Index { method: "brin".into(), equality_keys: 0, ..on(&["\"Order\""]) }), true),
            (
                "a gist without equality",
                Some(Index { method: "gist".into(), equality_keys: 0, ..on(&["\"Order\""]) }),
                true,
            ),
            ("a gist with equality", Some(Index { method: "gist".into(), ..on(&["\"Order\""]) }), false),
            ("invalid", Some(Index { valid: false, ..on(&["\"Order\""]) }), true),
            ("another table's", Some(Index { table: "lines".into(), ..on(&["\"Order\""]) }), true),
        ];
        for (name, index, missing) in cases {
            let verdict = verdict(index.into_iter().collect(), vec![table("Lines"), table("orders")]);
            assert_eq!(verdict.findings().len(), usize::from(missing), "{name}");
            if let [found] = verdict.findings() {
                assert_eq!(found.object, "public.Lines.Lines_Order_fkey");
                let sql = "CREATE INDEX CONCURRENTLY ON public.\"Lines\" (\"Order\");";
                assert_eq!(found.remedy.as_ref().unwrap().sql, sql);
            }
        }
    }

    #[test]
    fn only_large_tables_matter_and_deletes_make_it_worse() {
        let lines = |rows: i64| Table { rows: Some(rows as f64), n_live_tup: 0, ..table("Lines") };
        let orders = |deletes| Table { n_tup_del: deletes, ..table("orders") };
        let cases = [(9_999, 5, None), (10_000, 0, Some(Severity::Info)), (10_000, 5, Some(Severity::Warning))];
        for (rows, deletes, severity) in cases {
            assert_eq!(verdict(vec![], vec![lines(rows), orders(deletes)]).severity(), severity, "{rows}, {deletes}");
        }
        // Never analyzed, but counted.
        let counted = Table { rows: None, n_live_tup: 10_000, ..table("Lines") };
        assert_eq!(verdict(vec![], vec![counted]).severity(), Some(Severity::Info));
    }

    #[test]
    fn a_partitioned_table_is_as_large_as_its_partitions() {
        let whole = Table { kind: TableKind::Partitioned, rows: Some(12_000.0), n_live_tup: 0, ..table("Lines") };
        let part = |name: &str, rows: f64| Table {
            root_schema: Some("public".into()),
            root: Some("Lines".into()),
            rows: Some(rows),
            n_live_tup: 0,
            ..table(name)
        };
        let small = verdict(vec![], vec![whole.clone(), part("p1", 4_000.0), part("p2", 4_000.0)]);
        assert_eq!(small.severity(), None);
        let large = verdict(vec![], vec![whole, part("p1", 4_000.0), part("p2", 8_000.0)]);
        assert_eq!(large.findings()[0].remedy.as_ref().unwrap().sql, "CREATE INDEX ON public.\"Lines\" (\"Order\");");
    }

    #[test]
    fn index_on_each_partition_serves_the_partitioned_table() {
        let whole = || Table { kind: TableKind::Partitioned, rows: None, n_live_tup: 0, ..table("Lines") };
        let part = |name: &str| Table { root_schema: Some("public".into()), root: Some("Lines".into()), ..table(name) };
        let on = |name: &str| index(name, "i", &["\"Order\""]);
        let tables = || vec![whole(), part("p1"), part("p2")];
        assert_eq!(verdict(vec![on("p1"), on("p2")], tables()).findings(), []);
        assert_eq!(verdict(vec![on("p1")], tables()).findings().len(), 1);
    }

    fn judged(keys: Vec<ForeignKey>, indexes: Vec<Index>) -> Verdict {
        let mut readings = readings();
        readings.indexes.answer = Ok(indexes.into());
        readings.tables.answer = Ok(vec![table("Lines"), table("orders")].into());
        readings.foreign_keys.answer = Ok(keys.into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW)
    }

    fn key(name: &str, columns: &[&str]) -> ForeignKey {
        let columns = columns.iter().map(ToString::to_string).collect();
        ForeignKey { name: name.into(), columns, ..foreign_key("Lines", "x") }
    }

    fn remedies(keys: Vec<ForeignKey>) -> Vec<String> {
        judged(keys, vec![]).findings().iter().map(|found| found.remedy.as_ref().unwrap().sql.clone()).collect()
    }

    #[test]
    fn foreign_keys_that_one_index_serves_are_one_finding() {
        let index = |columns: &str| format!("CREATE INDEX CONCURRENTLY ON public.\"Lines\" ({columns});");
        assert_eq!(remedies(vec![key("a", &["x"]), key("b", &["x"])]), [index("x")], "declared twice");
        assert_eq!(remedies(vec![key("a", &["x", "y"]), key("b", &["y", "x"])]), [index("x, y")]);
        assert_eq!(remedies(vec![key("a", &["x"]), key("b", &["x", "y"])]), [index("x, y")], "the wider serves both");
        assert_eq!(remedies(vec![key("a", &["y"]), key("b", &["x", "y"])]), [index("x, y"), index("y")]);
        let found = judged(vec![key("a", &["x"]), key("b", &["x"])], vec![]);
        assert!(found.findings()[0].detail.ends_with("The same index serves b."), "{}", found.findings()[0].detail);
    }

    #[test]
    fn foreign_key_that_is_not_enforced_needs_no_index() {
        assert_eq!(judged(vec![ForeignKey { enforced: false, ..key("a", &["x"]) }], vec![]).findings(), []);
    }

    #[test]
    fn period_is_served_by_its_equality_columns_or_by_all() {
        let temporal = || ForeignKey { period: true, ..key("a", &["x", "valid"]) };
        assert_eq!(remedies(vec![temporal()]), ["CREATE INDEX CONCURRENTLY ON public.\"Lines\" (x);"]);
        let gist = Index { method: "gist".into(), ..index("Lines", "g", &["valid", "x"]) };
        for served in [index("Lines", "i", &["x"]), gist] {
            assert_eq!(judged(vec![temporal()], vec![served.clone()]).findings(), [], "{}", served.name);
        }
        assert_eq!(judged(vec![temporal()], vec![index("Lines", "i", &["valid"])]).findings().len(), 1);
    }

    #[test]
    fn table_with_a_locked_index_is_skipped_and_named() {
        let locked = Index { locked: true, ..index("Lines", "i", &["y"]) };
        let verdict = judged(vec![key("a", &["x"])], vec![locked]);
        assert_eq!(verdict.findings(), []);
        assert_eq!(verdict.notes, ["Not checked, because DDL holds or waits for a lock: public.\"Lines\"."]);
    }
}
