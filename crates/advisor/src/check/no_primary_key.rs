//! A table has nothing that tells its rows apart: no primary key, and no replica identity instead.

use std::collections::BTreeMap;

use model::{
    Bytes, Check, Count, Finding, KeyObstacle, Keyless, Severity, Table, TableKind, Timestamp, UniqueIndex,
    quote_identifier,
};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Said, finding},
};

const CHECK: Check = Check::NoPrimaryKey;

pub(super) fn judge(readings: &Readings, _thresholds: &Thresholds, _now: Timestamp) -> Said {
    let tables = readings.tables.answer.as_ref()?;
    let totals = Totals::new(tables);
    let lacking = Lacking::new(tables, &totals);
    let findings = lacking.reported().map(|table| report(table, &lacking, &totals)).collect();
    Ok(Answer::found(findings, "Every table has a primary key", |n| {
        Count(n).of("table has no primary key", "tables have no primary key")
    }))
}

fn report(table: &Table, lacking: &Lacking, totals: &Totals) -> Finding {
    let keyless = table.keyless.clone().unwrap_or_default();
    let detail = match &keyless.unique {
        Some(unique) => format!(
            "The unique index {} on ({}) identifies its rows, but it is not declared as the key: logical replication refuses \
             UPDATE and DELETE, and many tools look for a primary key.",
            quote_identifier(&unique.name),
            list(&unique.columns)
        ),
        None => "Duplicate rows are possible, rows cannot be addressed individually, and logical replication refuses UPDATE \
                 and DELETE."
            .to_owned(),
    };
    let (rows, size) = totals.of(table);
    let draft = finding(CHECK, Severity::Info, format!("{}.{}", table.schema, table.name))
        .title(format!("{} has no primary key", table.qualified()))
        .maybe("rows", rows.map(|rows| rows as i64))
        .fact("size_bytes", size.0);
    match remedy(table, &keyless, &lacking.heirs_of(table)) {
        Ok((sql, caution)) => draft.detail(detail).remedy(sql, caution),
        Err(reason) => draft.detail(format!("{detail} {reason}")),
    }
    .build()
}

/// The statements that give the table a key, with what to watch out for; or why there are none.
fn remedy(table: &Table, keyless: &Keyless, heirs: &[&Table]) -> Result<(String, String), String> {
    let name = table.qualified();
    let partitioned = table.kind == TableKind::Partitioned;
    if let (true, Some(obstacle)) = (partitioned, keyless.obstacle.filter(|it| forbids_unique_index(*it))) {
        return Err(why_not(obstacle));
    }
    if let Some(unique) = &keyless.unique {
        return Ok(promote(table, unique, keyless.free_name.as_deref()));
    }
    if !keyless.parent_key.is_empty() {
        return Ok((
            format!("ALTER TABLE {name} ADD PRIMARY KEY ({});", list(&keyless.parent_key)),
            "These columns are the primary key of the table it inherits from. The statement builds the index under a lock, \
             and fails if a row repeats another one's key."
                .into(),
        ));
    }
    if let Some(obstacle) = keyless.obstacle {
        return Err(why_not(obstacle));
    }
    let column = keyless.free_column.as_deref().ok_or("Make existing columns that are unique and NOT NULL the key.")?;
    let instead = "If existing columns are unique, use them as the key instead";
    if partitioned {
        let mut key = vec![column.to_owned()];
        key.extend(keyless.partition_key.iter().filter(|part| *part != column).cloned());
        return Ok((
            format!("ALTER TABLE {name} ADD COLUMN {column} bigserial, ADD PRIMARY KEY ({});", list(&key)),
            format!(
                "The key of a partitioned table contains its partition key. {instead}. The statement rewrites every \
                 partition under a lock, and fails if the partition key contains NULL."
            ),
        ));
    }
    let caution = format!(
        "{instead}: CREATE UNIQUE INDEX CONCURRENTLY, then ADD PRIMARY KEY USING INDEX. The statement above rewrites the \
         table under a lock."
    );
    if !keyless.has_children {
        let column = format!("{column} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
        return Ok((format!("ALTER TABLE {name} ADD COLUMN {column};"), caution));
    }
    // An identity column is not inherited, a default is; the key has to be made in each table.
    let heirs = heirs.iter().map(|heir| format!("\nALTER TABLE {} ADD PRIMARY KEY ({column});", heir.qualified()));
    let sql = format!("ALTER TABLE {name} ADD COLUMN {column} bigserial PRIMARY KEY;{}", heirs.collect::<String>());
    Ok((sql, format!("{caution} So it does for the tables that inherit from it.")))
}

/// Makes a unique index the key. One that a constraint owns cannot become another's, so a new index takes its place.
fn promote(table: &Table, unique: &UniqueIndex, free_name: Option<&str>) -> (String, String) {
    let name = table.qualified();
    let columns = list(&unique.columns);
    let constraint = unique.constraint.as_ref().filter(|_| !unique.referenced).map(|name| quote_identifier(name));
    let drop = constraint.as_ref().map(|name| format!("DROP CONSTRAINT {name}, ")).unwrap_or_default();
    let replaced = constraint.map(|name| {
        format!(" The key replaces the constraint {name}: check for ON CONFLICT ON CONSTRAINT clauses that name it.")
    });
    let replaced = replaced.unwrap_or_default();
    let free_name = free_name.map(quote_identifier);
    match (table.kind, unique.usable, free_name) {
        (TableKind::Partitioned, _, _) | (_, false, None) => (
            format!("ALTER TABLE {name} {drop}ADD PRIMARY KEY ({columns});"),
            format!("It builds the index under a lock.{replaced}"),
        ),
        (_, true, _) => (
            format!("ALTER TABLE {name} ADD PRIMARY KEY USING INDEX {};", quote_identifier(&unique.name)),
            "It locks the table for a moment.".into(),
        ),
        (_, false, Some(key)) => (
            format!(
                "CREATE UNIQUE INDEX CONCURRENTLY {key} ON {name} ({columns});\n\
                 ALTER TABLE {name} {drop}ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {key};"
            ),
            format!("Not inside a transaction. The second statement locks the table for a moment.{replaced}"),
        ),
    }
}

fn forbids_unique_index(obstacle: KeyObstacle) -> bool {
    use KeyObstacle::{ForeignTable, PartitionExpression, PartitionHasKey};
    matches!(obstacle, ForeignTable | PartitionExpression | PartitionHasKey)
}

fn why_not(obstacle: KeyObstacle) -> String {
    match obstacle {
        KeyObstacle::TypedTable => {
            "A typed table has the columns of its type: make columns that are unique and NOT NULL the key."
        }
        KeyObstacle::ForeignTable => {
            "One of its partitions or of the tables that inherit from it is a foreign table, which PostgreSQL cannot give a \
             key."
        }
        KeyObstacle::PartitionExpression => {
            "PostgreSQL cannot make a key for a table that is partitioned by an expression: give each partition its own."
        }
        KeyObstacle::PartitionHasKey => {
            "Some partitions have a primary key of their own, so the whole table cannot get another: give each partition its \
             own, or drop theirs first."
        }
        KeyObstacle::RowTypeInUse => {
            "A column of another table has its row type, so PostgreSQL refuses to add a column: make columns that are unique \
             and NOT NULL the key."
        }
    }
    .into()
}

fn list(columns: &[String]) -> String {
    columns.iter().map(|column| quote_identifier(column)).collect::<Vec<_>>().join(", ")
}

/// The tables without a key, by schema and name.
struct Lacking<'a>(BTreeMap<(&'a str, &'a str), &'a Table>);

impl<'a> Lacking<'a> {
    fn new(tables: &'a [Table], totals: &Totals) -> Self {
        let lacks = |table: &&Table| lacks_key(table) && !totals.partitions_have_keys(table);
        Self(tables.iter().filter(lacks).map(|table| ((table.schema.as_str(), table.name.as_str()), table)).collect())
    }

    /// All but those that get their key together with the table they inherit from.
    fn reported(&self) -> impl Iterator<Item = &'a Table> {
        self.0.values().copied().filter(|table| self.giver_of(table).is_none())
    }

    fn heirs_of(&self, table: &Table) -> Vec<&'a Table> {
        let heirs = self.0.values().copied();
        heirs.filter(|heir| self.giver_of(heir).is_some_and(|giver| giver.qualified() == table.qualified())).collect()
    }

    /// The topmost table it inherits from whose remedy adds a column to it too.
    fn giver_of(&self, table: &'a Table) -> Option<&'a Table> {
        if table.keyless.as_ref().is_some_and(|keyless| keyless.unique.is_some()) {
            return None;
        }
        let parent = |table: &&'a Table| {
            let parent = table.keyless.as_ref()?.parent.as_ref()?;
            self.0.get(&(parent.schema.as_str(), parent.name.as_str())).copied()
        };
        std::iter::successors(parent(&table), parent).filter(|table| adds_column(table)).last()
    }
}

fn adds_column(table: &Table) -> bool {
    table.keyless.as_ref().is_some_and(|keyless| {
        let other_key = keyless.unique.is_some() || !keyless.parent_key.is_empty();
        !other_key && keyless.obstacle.is_none() && keyless.free_column.is_some()
    })
}

fn lacks_key(table: &Table) -> bool {
    // A partition has its key from the table it is a partition of.
    let own = table.kind != TableKind::MaterializedView && table.root.is_none() && !table.extension;
    own && !table.primary_key && !["i", "f"].contains(&table.replica_identity.as_str())
}

/// Rows and sizes of partitioned tables, which are their partitions', and whether those have keys.
struct Totals<'a>(BTreeMap<(&'a str, &'a str), Total>);

#[derive(Default)]
struct Total {
    rows: Option<f64>,
    size: i64,
    without_key: bool,
}

impl<'a> Totals<'a> {
    fn new(tables: &'a [Table]) -> Self {
        let mut totals: BTreeMap<(&str, &str), Total> = BTreeMap::new();
        for table in tables.iter().filter(|table| table.kind != TableKind::Partitioned) {
            if let Some(root) = table.root_schema.as_deref().zip(table.root.as_deref()) {
                let total = totals.entry(root).or_default();
                total.rows = total.rows.into_iter().chain(table.rows).reduce(|a, b| a + b);
                total.size += table.size.0;
                total.without_key |= !table.primary_key;
            }
        }
        Self(totals)
    }

    fn of(&self, table: &Table) -> (Option<f64>, Bytes) {
        match self.get(table) {
            Some(total) => (total.rows, Bytes(total.size)),
            None => (table.rows, table.size),
        }
    }

    fn partitions_have_keys(&self, table: &Table) -> bool {
        self.get(table).is_some_and(|total| !total.without_key)
    }

    fn get<'b>(&'b self, table: &'b Table) -> Option<&'b Total> {
        self.0.get(&(table.schema.as_str(), table.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use model::QualifiedName;

    use super::*;
    use crate::{
        Rule,
        fixture::{NOW, readings, table},
    };

    fn findings(tables: Vec<Table>) -> Vec<Finding> {
        let mut readings = readings();
        readings.tables.answer = Ok(tables.into());
        Rule::of(CHECK).unwrap().judge(&readings, &Thresholds::default(), NOW).findings().to_vec()
    }

    fn keyless(name: &str, keyless: Keyless) -> Table {
        let keyless = Keyless { free_column: keyless.free_column.or(Some("id".into())), ..keyless };
        Table { primary_key: false, keyless: Some(keyless), ..table(name) }
    }

    fn partition(name: &str) -> Table {
        Table { root_schema: Some("public".into()), root: Some("p".into()), ..table(name) }
    }

    #[test]
    fn a_table_of_ones_own_needs_something_that_tells_its_rows_apart() {
        let without = || keyless("Order", Keyless::default());
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
            let findings = findings(vec![table]);
            assert_eq!(findings.len(), usize::from(found), "{name}");
            if let [found] = &findings[..] {
                assert!(found.remedy.as_ref().unwrap().sql.starts_with("ALTER TABLE public.\"Order\" "));
            }
        }
    }

    #[test]
    fn remedy_fits_the_shape_of_the_table() {
        let unique = |constraint: Option<&str>, referenced, usable| Keyless {
            free_name: Some("t_pkey".into()),
            unique: Some(UniqueIndex {
                name: "t_code_key".into(),
                columns: vec!["code".into()],
                constraint: constraint.map(Into::into),
                referenced,
                usable,
            }),
            ..Keyless::default()
        };
        let partitioned = |keyless: Keyless| Table { kind: TableKind::Partitioned, ..self::keyless("t", keyless) };
        let key = |columns: &[&str]| columns.iter().map(ToString::to_string).collect::<Vec<_>>();
        let obstacle = |obstacle| Keyless { obstacle: Some(obstacle), ..Keyless::default() };
        let identity = "ALTER TABLE public.t ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;";
        let cases = [
            (keyless("t", Keyless::default()), identity),
            (
                keyless("t", Keyless { free_column: Some("row_id".into()), ..Keyless::default() }),
                "ALTER TABLE public.t ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
            ),
            (
                partitioned(Keyless { partition_key: key(&["Day", "k"]), ..Keyless::default() }),
                "ALTER TABLE public.t ADD COLUMN id bigserial, ADD PRIMARY KEY (id, \"Day\", k);",
            ),
            (keyless("t", unique(None, false, true)), "ALTER TABLE public.t ADD PRIMARY KEY USING INDEX t_code_key;"),
            (
                keyless("t", unique(Some("t_code_key"), false, false)),
                "CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON public.t (code);\n\
                 ALTER TABLE public.t DROP CONSTRAINT t_code_key, ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey;",
            ),
            (
                keyless("t", unique(Some("t_code_key"), true, false)),
                "CREATE UNIQUE INDEX CONCURRENTLY t_pkey ON public.t (code);\n\
                 ALTER TABLE public.t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_pkey;",
            ),
            (
                partitioned(unique(Some("t_code_key"), false, false)),
                "ALTER TABLE public.t DROP CONSTRAINT t_code_key, ADD PRIMARY KEY (code);",
            ),
            (
                keyless("t", Keyless { parent_key: key(&["id"]), ..Keyless::default() }),
                "ALTER TABLE public.t ADD PRIMARY KEY (id);",
            ),
            (keyless("t", obstacle(KeyObstacle::TypedTable)), ""),
            (keyless("t", obstacle(KeyObstacle::RowTypeInUse)), ""),
            (partitioned(obstacle(KeyObstacle::PartitionExpression)), ""),
            (
                partitioned(Keyless {
                    unique: unique(None, false, true).unique,
                    ..obstacle(KeyObstacle::PartitionHasKey)
                }),
                "",
            ),
            (
                keyless("t", Keyless { unique: unique(None, false, true).unique, ..obstacle(KeyObstacle::TypedTable) }),
                "ALTER TABLE public.t ADD PRIMARY KEY USING INDEX t_code_key;",
            ),
        ];
        for (table, sql) in cases {
            let findings = findings(vec![table.clone()]);
            assert_eq!(findings[0].remedy.as_ref().map_or("", |remedy| remedy.sql.as_str()), sql, "{table:?}");
        }
    }

    #[test]
    fn heirs_get_their_key_with_the_table_they_inherit_from() {
        let heir = |name: &str, parent: &str| {
            keyless(name, Keyless { parent: Some(QualifiedName::new("public", parent)), ..Keyless::default() })
        };
        let base = keyless("base", Keyless { has_children: true, ..Keyless::default() });
        let with_own = Keyless {
            unique: Some(UniqueIndex {
                name: "u".into(),
                columns: vec!["a".into()],
                usable: true,
                ..Default::default()
            }),
            ..heir("own", "base").keyless.unwrap()
        };
        let findings =
            findings(vec![base, heir("child", "base"), heir("grandchild", "child"), keyless("own", with_own)]);
        let sql: Vec<&str> = findings.iter().map(|found| found.remedy.as_ref().unwrap().sql.as_str()).collect();
        assert_eq!(
            sql,
            [
                "ALTER TABLE public.base ADD COLUMN id bigserial PRIMARY KEY;\n\
                 ALTER TABLE public.child ADD PRIMARY KEY (id);\n\
                 ALTER TABLE public.grandchild ADD PRIMARY KEY (id);",
                "ALTER TABLE public.own ADD PRIMARY KEY USING INDEX u;",
            ]
        );
    }

    #[test]
    fn partitioned_table_has_the_size_and_the_keys_of_its_partitions() {
        let whole =
            Table { kind: TableKind::Partitioned, size: Bytes(0), rows: None, ..keyless("p", Keyless::default()) };
        let part = |name: &str, primary_key| Table { primary_key, rows: Some(5.0), size: Bytes(7), ..partition(name) };
        let found = findings(vec![whole.clone(), part("p1", false), part("p2", true)]);
        assert_eq!(found[0].evidence["size_bytes"], model::Evidence::Int(14));
        assert_eq!(found[0].evidence["rows"], model::Evidence::Int(10));
        assert_eq!(findings(vec![whole, part("p1", true), part("p2", true)]), []);
    }
}
