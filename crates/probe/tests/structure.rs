//! Indexes, sequences and constraints are read as they are, whatever their names.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{Watched, answer, majors, run};
use dataset::Database;
use model::{Index, Sequence};

const INDEXES: &str = r#"
    CREATE SCHEMA "Odd Schema";
    CREATE TABLE "Odd Schema"."Order.Lines" (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        "select" int, "Größe" text, "say ""hi""" int, active boolean, body tsvector, during tstzrange);
    SET search_path = "Odd Schema";
    CREATE INDEX plain          ON "Order.Lines" ("select");
    CREATE INDEX "Weird.Name"   ON "Order.Lines" ("Größe", "say ""hi""");
    CREATE INDEX carrying       ON "Order.Lines" ("select") INCLUDE ("Größe", active);
    CREATE INDEX roomy          ON "Order.Lines" ("select") WITH (fillfactor = 70);
    CREATE INDEX descending     ON "Order.Lines" ("select" DESC NULLS LAST, id);
    CREATE INDEX patterns       ON "Order.Lines" ("Größe" text_pattern_ops);
    CREATE INDEX collated       ON "Order.Lines" ("Größe" COLLATE "C");
    CREATE INDEX partial        ON "Order.Lines" ("select") WHERE active;
    CREATE INDEX expressions    ON "Order.Lines" (coalesce("select", 1), replace("Größe", ',', ';'), (id + 1));
    CREATE INDEX words          ON "Order.Lines" USING gin (body);
    CREATE UNIQUE INDEX only_one ON "Order.Lines" ("say ""hi""");
    ALTER TABLE "Order.Lines" ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);
    CREATE TABLE referring (line bigint REFERENCES "Order.Lines", hi int REFERENCES "Order.Lines" ("say ""hi"""));
    CREATE INDEX supports ON referring (line, hi);
    CREATE INDEX backwards ON referring (hi);
    CREATE TEMP TABLE fleeting (id int PRIMARY KEY);
"#;

fn by_name(indexes: Vec<Index>) -> BTreeMap<String, Index> {
    indexes.into_iter().map(|index| (index.name.clone(), index)).collect()
}

#[tokio::test]
async fn an_index_is_read_by_structure_and_not_by_text_10_7() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run(INDEXES).await;
        let indexes = by_name(answer(probe::indexes::read(&watched.target()).await));
        let keys = |name: &str| indexes[name].keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>();
        assert_eq!(keys("plain"), ["\"select\""]);
        assert_eq!(indexes["plain"].keys[0].column().as_deref(), Some("select"));
        assert_eq!(keys("Weird.Name"), ["\"Größe\"", "\"say \"\"hi\"\"\""]);
        assert_eq!(indexes["Weird.Name"].keys[1].column().as_deref(), Some("say \"hi\""));
        assert_eq!(indexes["Weird.Name"].qualified().to_string(), "\"Odd Schema\".\"Weird.Name\"");
        assert_eq!(indexes["Weird.Name"].on().to_string(), "\"Odd Schema\".\"Order.Lines\"");
        assert_eq!(
            (keys("carrying"), &indexes["carrying"].include),
            (vec!["\"select\""], &vec!["Größe".into(), "active".into()])
        );
        assert_eq!(indexes["roomy"].keys, indexes["plain"].keys);
        assert_eq!(indexes["descending"].keys[0].option, 1);
        assert_eq!(indexes["descending"].columns(), "\"select\" DESC, id");
        let (default, patterns, collated) =
            (&indexes["Weird.Name"].keys[0], &indexes["patterns"].keys[0], &indexes["collated"].keys[0]);
        assert!(default.opclass != patterns.opclass && default.collation == patterns.collation);
        assert!(default.opclass == collated.opclass && default.collation != collated.collation);
        assert_eq!(indexes["partial"].predicate.as_deref(), Some("active"));
        assert_eq!(
            keys("expressions"),
            ["COALESCE(\"select\", 1)", "replace(\"Größe\", ','::text, ';'::text)", "(id + 1)"]
        );
        assert!(indexes["expressions"].keys.iter().all(|key| key.column().is_none()));
        assert_eq!((indexes["words"].method.as_str(), keys("words")), ("gin", vec!["body"]));

        let rests = |name: &str| {
            (indexes[name].unique, indexes[name].primary, indexes[name].constraint, indexes[name].foreign_key)
        };
        assert_eq!(rests("Order.Lines_pkey"), (true, true, true, false));
        assert_eq!(rests("only_one"), (true, false, true, false), "a foreign key refers to it");
        assert_eq!(rests("apart"), (false, false, true, false));
        assert_eq!(rests("supports"), (false, false, false, true));
        assert_eq!(rests("backwards"), (false, false, false, true));
        assert_eq!(rests("plain"), (false, false, false, false));
        assert!(!indexes.contains_key("fleeting_pkey"));
        assert!(indexes.values().all(|index| index.valid && !index.building && !index.locked && index.size.0 > 0));
    }
}

#[tokio::test]
async fn nulls_not_distinct_is_read_right_10_7() {
    for major in majors().into_iter().filter(|major| *major >= 15) {
        let watched = Watched::new(major).await;
        watched.run("CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX u ON t (a, b) NULLS NOT DISTINCT").await;
        let indexes = by_name(answer(probe::indexes::read(&watched.target()).await));
        assert_eq!((indexes["u"].columns().as_str(), indexes["u"].unique), ("a, b", true));
    }
}

#[tokio::test]
async fn a_partitioned_index_has_the_sum_of_its_partitions() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE p (id int, k int) PARTITION BY RANGE (id);
                 CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1000);
                 CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1000) TO (9000) PARTITION BY RANGE (id);
                 CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (1000) TO (9000);
                 INSERT INTO p SELECT n, n FROM generate_series(1, 5000) AS n;
                 CREATE INDEX pk ON p (k); ANALYZE p, p1, p21",
            )
            .await;
        // A session reports its scans when it gets round to it.
        let mut indexes = BTreeMap::new();
        for _ in 0..50 {
            watched.run("SET LOCAL enable_seqscan = off; SELECT * FROM p WHERE k = 5").await;
            indexes = by_name(answer(probe::indexes::read(&watched.target()).await));
            if indexes["p1_k_idx"].scans > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let flags = |name: &str| (indexes[name].partitioned, indexes[name].attached);
        assert_eq!(flags("pk"), (true, false));
        assert_eq!(flags("p2_k_idx"), (true, true));
        assert_eq!(flags("p1_k_idx"), (false, true));
        let leaves = [&indexes["p1_k_idx"], &indexes["p21_k_idx"]];
        assert_eq!(indexes["pk"].size.0, leaves.iter().map(|index| index.size.0).sum::<i64>());
        assert_eq!(indexes["pk"].scans, leaves.iter().map(|index| index.scans).sum::<i64>());
        assert!(indexes["pk"].scans >= 2);
        assert_eq!(indexes["pk"].last_scan.is_some(), major >= 16);
    }
}

#[tokio::test]
async fn an_index_under_construction_is_not_invalid_for_good_10_15() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE TABLE t (id int PRIMARY KEY, a int); CREATE INDEX broken ON t (a)").await;
        // Two ways to build, each waiting for the transaction that is open.
        for (sql, name) in [
            ("CREATE INDEX CONCURRENTLY young ON t (a)", "young"),
            ("REINDEX INDEX CONCURRENTLY broken", "broken_ccnew"),
        ] {
            let holder = watched.hold("INSERT INTO t VALUES (1)").await;
            let builder = watched.wait_for(sql).await;
            let indexes = by_name(answer(probe::indexes::read(&watched.target()).await));
            let index = &indexes[name];
            assert!(!index.valid && index.building, "{name} on {major}: {index:?}");
            assert!(index.definition.as_deref().unwrap().starts_with("CREATE INDEX"));
            holder.close().await;
            builder.await.unwrap();
        }
        watched.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'young'::regclass").await;
        let indexes = by_name(answer(probe::indexes::read(&watched.target()).await));
        assert!(!indexes["young"].valid && !indexes["young"].building);
        assert!(indexes["broken"].valid && !indexes.contains_key("broken_ccnew"));
    }
}

/// O7, §7 `sequences`.
#[tokio::test]
async fn a_sequence_is_read_with_its_limits_and_direction_10_12() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema";
                   CREATE SEQUENCE "Odd Schema"."my.seq" AS smallint MAXVALUE 100;
                   CREATE SEQUENCE down INCREMENT -1 MINVALUE -1000;
                   CREATE SEQUENCE round AS smallint MAXVALUE 50 CYCLE;
                   CREATE SEQUENCE beyond AS bigint CYCLE;
                   CREATE DOMAIN small AS smallint;
                   CREATE TABLE "Order" (
                       "Id" serial, tiny smallserial, big bigserial, ident integer GENERATED BY DEFAULT AS IDENTITY,
                       a integer DEFAULT nextval('"Odd Schema"."my.seq"'), b bigint DEFAULT nextval('down'),
                       c integer DEFAULT nextval('round'), d integer DEFAULT nextval('beyond'), e small DEFAULT nextval('beyond'),
                       f text DEFAULT 'x' || nextval('down'));
                   CREATE TEMP TABLE fleeting (id serial);
                   CREATE UNLOGGED TABLE unlogged (id serial);
                   SELECT nextval('"Odd Schema"."my.seq"') FROM generate_series(1, 95);
                   SELECT nextval('down'), nextval('down')"#,
            )
            .await;
        watched
            .run(&format!("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, \"Odd Schema\" TO {}", watched.role))
            .await;
        watched.run(&format!("REVOKE ALL ON SEQUENCE round FROM {}", watched.role)).await;
        let sequences = answer(probe::sequences::read(&watched.target()).await);
        let of = |column: &str| -> &Sequence {
            sequences.iter().find(|sequence| sequence.table == "Order" && sequence.column == column).unwrap()
        };
        let limits = |column: &str| (of(column).last_value, of(column).start, of(column).limit, of(column).increment);
        assert_eq!(limits("Id"), (None, 1, i64::from(i32::MAX), 1));
        assert_eq!(of("Id").on().to_string(), "public.\"Order\"");
        assert_eq!(limits("tiny").2, 32_767);
        assert_eq!(limits("big").2, i64::MAX);
        assert_eq!(limits("ident").2, i64::from(i32::MAX));
        assert_eq!(limits("a"), (Some(95), 1, 100, 1));
        assert_eq!((of("a").sequence_schema.as_str(), of("a").sequence.as_str()), ("Odd Schema", "my.seq"));
        assert_eq!(limits("b"), (Some(-2), -1, -1000, -1));
        assert_eq!(of("f").sequence, "down");
        assert_eq!((of("c").readable, of("c").last_value, of("c").cycle), (false, None, true));
        assert_eq!(
            (limits("d").2, of("d").cycle),
            (i64::from(i32::MAX), false),
            "the column ends before the sequence begins anew"
        );
        assert_eq!((limits("e").2, of("e").column_type.as_str()), (32_767, "public.small"));
        assert!(sequences.iter().any(|sequence| sequence.table == "unlogged" && sequence.readable));
        assert!(!sequences.iter().any(|sequence| sequence.table == "fleeting"));
    }
}

/// §7 `constraints`.
#[tokio::test]
async fn only_constraints_that_can_be_validated_are_listed_o8() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema"; CREATE TABLE "Odd Schema"."Order" (id int PRIMARY KEY);
                   CREATE TABLE t (a int, b int CHECK (b > 0));
                   ALTER TABLE t ADD CONSTRAINT "Fk" FOREIGN KEY (a) REFERENCES "Odd Schema"."Order" NOT VALID;
                   ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
                   CREATE DOMAIN positive AS int; ALTER DOMAIN positive ADD CONSTRAINT p CHECK (VALUE > 0) NOT VALID"#,
            )
            .await;
        if major >= 18 {
            watched.run("ALTER TABLE t ADD CONSTRAINT hint CHECK (a < 9) NOT ENFORCED; ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID").await;
        }
        let constraints = answer(probe::constraints::read(&watched.target()).await);
        let mut found: Vec<(&str, Option<&str>)> =
            constraints.iter().map(|constraint| (constraint.name.as_str(), constraint.references.as_deref())).collect();
        found.retain(|(name, _)| *name != "nn");
        assert_eq!(found, [("Fk", Some("\"Odd Schema\".\"Order\"")), ("positive", None)]);
        assert_eq!(constraints.len(), if major >= 18 { 3 } else { 2 });
    }
}

/// L2 (§3.2); defect 9.
#[tokio::test]
async fn tables_are_found_by_name_in_every_schema_with_what_the_role_may_know() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA other; CREATE TABLE other.users (id int); CREATE TABLE users (id int, "Größe" text, n int);
                   CREATE TABLE unlike (id int); CREATE VIEW other.unlike AS SELECT 1;
                   INSERT INTO users SELECT n, 'x', CASE WHEN n % 4 = 0 THEN n % 10 END FROM generate_series(1, 1000) AS n; ANALYZE users"#,
            )
            .await;
        let names = ["users".to_owned(), "no such".to_owned()];
        let relations = answer(probe::relations::read(&watched.target(), &names).await);
        let found: Vec<(String, Option<f64>, usize)> = relations
            .iter()
            .map(|relation| (relation.qualified().to_string(), relation.rows, relation.columns.len()))
            .collect();
        assert_eq!(
            found,
            [("other.users".into(), None, 0), ("public.users".into(), Some(1000.0), 0)],
            "no SELECT, no statistics"
        );

        watched.run(&format!("GRANT SELECT ON users TO {}", watched.role)).await;
        let relations = answer(probe::relations::read(&watched.target(), &names).await);
        let columns = &relations[1].columns;
        let column = |name: &str| columns.iter().find(|column| column.name == name).unwrap();
        assert_eq!((column("id").n_distinct, column("id").null_frac), (-1.0, 0.0));
        assert_eq!((column("Größe").n_distinct, column("n").null_frac), (1.0, 0.75));
    }
}

#[tokio::test]
async fn ddl_is_noticed_and_maintenance_is_not() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        let written = async || answer(probe::definitions::read(&target).await).unwrap();
        // A session tells what it wrote at its end at the latest.
        let session = async |sql: &[&str]| {
            let session = Database::connect(watched.admin_url()).await.unwrap();
            for sql in sql {
                run(&session, sql).await;
            }
            session.close().await;
        };
        let eventually = async |what: &str, sql: &'static str| {
            for _ in 0..100 {
                if watched.admin.fetch(sql, []).get::<bool>().await.unwrap() == Some(true) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("{what} was not counted on {major}");
        };
        session(&["CREATE TABLE t (id int, a int); INSERT INTO t SELECT n, n FROM generate_series(1, 100) AS n"]).await;
        eventually("INSERT", "SELECT pg_stat_get_tuples_inserted('t'::regclass) = 100").await;

        let mut known = written().await;
        session(&["VACUUM t", "ANALYZE t", "UPDATE t SET a = a + 1"]).await;
        eventually("UPDATE", "SELECT pg_stat_get_tuples_updated('t'::regclass) = 100").await;
        assert_eq!(written().await, known, "on {major}");

        for ddl in [
            "CREATE INDEX i ON t (a)",
            "ALTER INDEX i RENAME TO j",
            "ALTER TABLE t RENAME COLUMN a TO b",
            "ALTER TABLE t ADD CHECK (b > 0) NOT VALID",
            "CREATE SCHEMA s; ALTER TABLE t SET SCHEMA s",
            "ALTER SCHEMA s RENAME TO s2",
            "DROP INDEX s2.j",
        ] {
            session(&[ddl]).await;
            let mut now = known;
            for _ in 0..100 {
                now = written().await;
                if now != known {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_ne!(now, known, "{ddl} on {major}");
            // What is still to arrive of it must not pass for the next.
            tokio::time::sleep(Duration::from_millis(100)).await;
            known = written().await;
        }
    }
}
