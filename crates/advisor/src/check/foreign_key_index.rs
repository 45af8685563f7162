//! A large table refers to another without an index: deleting there reads all of it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use model::{Check, Count, ForeignKey, Index, Severity, Table, TableKind, Timestamp, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

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
    let mut found: Vec<_> = keys
        .iter()
        .filter(|key| {
            let indexes = indexes_on.get(&(key.schema.as_str(), key.table.as_str()));
            !indexes.is_some_and(|indexes| indexes.iter().any(|index| supports(index, key)))
        })
        .map(|key| (key, tables.rows(&key.schema, &key.table), tables.deletes(&key.referenced_schema, &key.referenced)))
        .filter(|(_, rows, _)| *rows >= thresholds.foreign_key_index_rows)
        .collect();
    found.sort_by_key(|(_, rows, deletes)| Reverse((*deletes > 0, *rows)));
    let findings = found
        .into_iter()
        .map(|(key, rows, deletes)| {
            let severity = if deletes > 0 { Severity::Warning } else { Severity::Info };
            let (sql, caution) = mend(key, tables.is_partitioned(&key.schema, &key.table));
            let cost = match (deletes, since) {
                (0, Some(since)) => format!("Nothing was deleted there since {since}."),
                (0, None) => "Nothing was deleted there since the statistics began.".to_owned(),
                (_, Some(since)) => format!("{} deleted there since {since}.", rows_were(deletes)),
                (_, None) => format!("{} deleted there since the statistics began.", rows_were(deletes)),
            };
            finding(CHECK, severity, format!("{}.{}.{}", key.schema, key.table, key.name))
                .title(format!("{} ({}) refers to {} without an index", key.on(), columns(key), key.to()))
                .detail(format!(
                    "Deleting a row of {}, or changing its key, reads all of {} to find what refers to it, and holds the \
                     row locked meanwhile. {cost}",
                    key.to(),
                    key.on()
                ))
                .remedy(sql, caution)
                .fact("constraint", key.name.as_str())
                .fact("rows", rows)
                .fact("deletes", deletes)
                .build()
        })
        .collect();
    Ok(Answer::found(findings, "Large tables have an index for each foreign key", |n| {
        Count(n).of("foreign key of a large table has no index", "foreign keys of large tables have no index")
    }))
}

fn rows_were(number: i64) -> String {
    Count(number).of("row was", "rows were")
}

/// Whether an index finds the rows that refer to one: its leading columns are the key's, in whatever order, and none of
/// those rows is missing from it.
fn supports(index: &Index, key: &ForeignKey) -> bool {
    let leading: BTreeSet<Option<String>> =
        index.keys.iter().take(key.columns.len()).map(model::IndexKey::column).collect();
    let wanted: BTreeSet<Option<String>> = key.columns.iter().cloned().map(Some).collect();
    // A row whose column is NULL refers to nothing.
    let all = index.predicate.as_ref().is_none_or(|predicate| {
        key.columns.iter().any(|column| *predicate == format!("{} IS NOT NULL", quote_identifier(column)))
    });
    index.valid && ["btree", "hash"].contains(&index.method.as_str()) && all && leading == wanted
}

fn columns(key: &ForeignKey) -> String {
    key.columns.iter().map(|column| quote_identifier(column)).collect::<Vec<_>>().join(", ")
}

fn mend(key: &ForeignKey, partitioned: bool) -> (String, &'static str) {
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
struct Tables<'a>(BTreeMap<(&'a str, &'a str), (TableKind, i64, i64)>);

impl<'a> Tables<'a> {
    fn of(tables: &'a [Table]) -> Self {
        let mut all: BTreeMap<(&str, &str), (TableKind, i64, i64)> = BTreeMap::new();
        for table in tables {
            let rows = table.rows.map_or(0, |rows| rows as i64).max(table.n_live_tup);
            all.entry((&table.schema, &table.name)).or_default().0 = table.kind;
            let root = table.root_schema.as_deref().zip(table.root.as_deref());
            for name in [Some((table.schema.as_str(), table.name.as_str())), root].into_iter().flatten() {
                // A partitioned table's own estimate is the sum of what is added here.
                if table.kind != TableKind::Partitioned {
                    let entry = all.entry(name).or_default();
                    entry.1 += rows;
                    entry.2 += table.n_tup_del;
                }
            }
        }
        Self(all)
    }

    fn rows(&self, schema: &str, name: &str) -> i64 {
        self.0.get(&(schema, name)).map_or(0, |table| table.1)
    }

    fn deletes(&self, schema: &str, name: &str) -> i64 {
        self.0.get(&(schema, name)).map_or(0, |table| table.2)
    }

    fn is_partitioned(&self, schema: &str, name: &str) -> bool {
        self.0.get(&(schema, name)).is_some_and(|table| table.0 == TableKind::Partitioned)
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
            ("invalid", Some(Index { valid: false, ..on(&["\"Order\""]) }), true),
            ("a brin", Some(Index { method: "brin".into(), ..on(&["\"Order\""]) }), true),
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
}
