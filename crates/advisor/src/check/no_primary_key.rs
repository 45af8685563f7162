//! A table has nothing that tells its rows apart: no primary key, and no replica identity instead.

use model::{Check, Count, Severity, Table, TableKind, Timestamp};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::NoPrimaryKey;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let tables = readings.tables.answer.as_ref()?;
    let findings = tables
        .iter()
        .filter(|table| lacks_key(table))
        .map(|table| {
            finding(CHECK, Severity::Info, format!("{}.{}", table.schema, table.name))
                .title(format!("{} has no primary key", table.qualified()))
                .detail(
                    "Nothing keeps a row from being there twice, tools that work row by row cannot name one, and logical \
                     replication refuses its UPDATEs and DELETEs.",
                )
                .remedy(
                    format!(
                        "ALTER TABLE {} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
                        table.qualified()
                    ),
                    "If columns it has tell its rows apart, make those the key instead: CREATE UNIQUE INDEX CONCURRENTLY, \
                     then ADD PRIMARY KEY USING INDEX. The statement above rewrites the table under a lock.",
                )
                .maybe("rows", table.rows.map(|rows| rows as i64))
                .fact("size_bytes", table.size.0)
                .build()
        })
        .collect();
    Ok(Answer::found(findings, "Every table has a primary key", |n| {
        Count(n).of("table has no primary key", "tables have no primary key")
    }))
}

fn lacks_key(table: &Table) -> bool {
    // A partition has its key from the table it is a partition of.
    let own = table.kind != TableKind::MaterializedView && table.root.is_none() && !table.extension;
    own && !table.primary_key && !["i", "f"].contains(&table.replica_identity.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, table},
    };

    #[test]
    fn a_table_of_ones_own_needs_something_that_tells_its_rows_apart() {
        let without = || Table { primary_key: false, ..table("Order") };
        let cases = [
            ("with a key", table("t"), false),
            ("without", without(), true),
            ("told apart by an index", Table { replica_identity: "i".into(), ..without() }, false),
            ("told apart by the whole row", Table { replica_identity: "f".into(), ..without() }, false),
            ("told apart by nothing", Table { replica_identity: "n".into(), ..without() }, true),
            ("partitioned", Table { kind: TableKind::Partitioned, ..without() }, true),
            ("a partition", Table { root_schema: Some("public".into()), root: Some("p".into()), ..without() }, false),
            ("a materialized view", Table { kind: TableKind::MaterializedView, ..without() }, false),
            ("an extension's", Table { extension: true, ..without() }, false),
        ];
        for (name, table, found) in cases {
            let mut readings = readings();
            readings.tables.answer = Ok(vec![table].into());
            let verdict = Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW);
            assert_eq!(verdict.findings().len(), usize::from(found), "{name}");
            if let [found] = verdict.findings() {
                assert!(found.remedy.as_ref().unwrap().sql.starts_with("ALTER TABLE public.\"Order\" "));
            }
        }
    }
}
