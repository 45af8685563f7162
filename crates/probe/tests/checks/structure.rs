//! What the checks find about tables, indexes, keys and sequences.

use std::{collections::BTreeSet, time::Duration};

use advisor::Thresholds;
use model::{Check, Finding, Severity};

use crate::{
    common::{Watched, majors, target},
    reading,
};

async fn found(watched: &Watched, check: Check) -> Vec<Finding> {
    let thresholds = Thresholds { foreign_key_index_rows: 0, ..Thresholds::default() };
    reading::verdict(&watched.target(), check, &thresholds).await.findings().to_vec()
}

fn objects(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|found| found.object.as_str()).collect()
}

fn sql(found: &Finding) -> &str {
    found.remedy.as_ref().map_or("", |remedy| remedy.sql.as_str())
}

/// Waits until the session that wrote has reported it.
async fn counted(watched: &Watched, table: &str, counter: &str) {
    let sql: &'static str = format!("SELECT {counter}('{table}'::regclass) > 0").leak();
    for _ in 0..100 {
        if watched.admin.fetch(sql, []).get::<bool>().await.unwrap() == Some(true) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{table} was not counted");
}

#[tokio::test]
async fn thresholds_of_a_table_decide_whether_autovacuum_is_late() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let late = "autovacuum_vacuum_threshold = 10000000, autovacuum_vacuum_scale_factor = 0,
                    autovacuum_analyze_threshold = 10000000, autovacuum_analyze_scale_factor = 0,
                    autovacuum_vacuum_insert_threshold = -1";
        watched
            .run(&format!("CREATE TABLE queue (id int, v int) WITH ({late}); CREATE TABLE usual (id int, v int)"))
            .await;
        watched.run("CREATE TABLE eager (id int, v int) WITH (autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0)").await;
        for table in ["queue", "usual", "eager"] {
            let rows = if table == "eager" { 200_000 } else { 60_000 };
            watched.run(&format!("INSERT INTO {table} SELECT g, 0 FROM generate_series(1, {rows}) AS g")).await;
            watched.run(&format!("UPDATE {table} SET v = 1 WHERE id <= 60000")).await;
            counted(&watched, table, "pg_stat_get_dead_tuples").await;
        }
        let found = found(&watched, Check::NeverVacuumed).await;
        let remedies: Vec<&str> = found.iter().map(sql).collect();
        let expected = ["VACUUM (ANALYZE, VERBOSE) public.eager;", "VACUUM (ANALYZE, VERBOSE) public.usual;"];
        assert_eq!(remedies, expected, "on {major}");
    }
}

#[tokio::test]
async fn autovacuum_that_is_off_for_a_toast_table_is_found() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE toasted (id bigint PRIMARY KEY, body text) WITH (toast.autovacuum_enabled = false);
                 CREATE TABLE spelled (id bigint PRIMARY KEY) WITH (autovacuum_enabled = 'no');
                 CREATE TABLE halfoff (id bigint PRIMARY KEY, b text) WITH (autovacuum_enabled = 'of');
                 CREATE TABLE other (id bigint PRIMARY KEY, b text) WITH (toast.autovacuum_vacuum_threshold = 7);
                 CREATE TABLE toast_on (id bigint PRIMARY KEY, b text) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = on)",
            )
            .await;
        let found = found(&watched, Check::AutovacuumOff).await;
        let remedies: Vec<&str> = found.iter().map(sql).collect();
        assert_eq!(
            remedies,
            [
                "ALTER TABLE public.halfoff RESET (autovacuum_enabled);",
                "ALTER TABLE public.spelled RESET (autovacuum_enabled);",
                "ALTER TABLE public.toast_on RESET (autovacuum_enabled);",
                "ALTER TABLE public.toasted RESET (toast.autovacuum_enabled);",
            ],
            "on {major}"
        );
        assert_eq!(found[3].title, "Autovacuum is off for the TOAST table of public.toasted");
    }
}

#[tokio::test]
async fn sequence_ends_where_the_type_under_its_column_ends() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE SEQUENCE s; SELECT setval('s', 99000);
                 CREATE DOMAIN one AS smallint; CREATE DOMAIN two AS one; CREATE DOMAIN three AS two CHECK (VALUE > 0);
                 CREATE DOMAIN short AS numeric(6,1); CREATE DOMAIN shorter AS short;
                 CREATE TABLE legacy (
                   id numeric(5,0) DEFAULT nextval('s') PRIMARY KEY, nested three DEFAULT nextval('s'),
                   number shorter DEFAULT nextval('s'), code varchar(5) DEFAULT nextval('s'),
                   wide numeric DEFAULT nextval('s'), long numeric(12,0) DEFAULT nextval('s'), txt text DEFAULT nextval('s'));
                 CREATE TABLE restarted (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
                 ALTER TABLE restarted ALTER id RESTART WITH 2147483646;
                 CREATE TABLE moved (id serial PRIMARY KEY); SELECT setval('moved_id_seq', 2147483000, false);
                 CREATE TABLE fresh (id serial PRIMARY KEY, k int GENERATED ALWAYS AS IDENTITY (MAXVALUE 5));
                 CREATE TABLE heir () INHERITS (moved)",
            )
            .await;
        watched.run(&format!("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {}", watched.role)).await;
        let found = found(&watched, Check::SequenceOverflow).await;
        let objects: BTreeSet<&str> = objects(&found).into_iter().collect();
        let expected = [
            "public.legacy.code",
            "public.legacy.id",
            "public.legacy.nested",
            "public.legacy.number",
            "public.moved.id",
            "public.restarted.id",
        ];
        assert_eq!(objects, BTreeSet::from(expected), "on {major}");
        assert!(found.iter().all(|found| found.severity == Severity::Critical), "{found:#?}");
    }
}

#[tokio::test]
async fn unique_index_that_repeats_another_is_found_unless_something_needs_it() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE users (id int PRIMARY KEY, email text, code text);
                 CREATE UNIQUE INDEX users_id_again ON users (id);
                 CREATE UNIQUE INDEX users_email1 ON users (email);
                 CREATE UNIQUE INDEX users_email2 ON users (email);
                 ALTER TABLE users ADD CONSTRAINT users_code UNIQUE (code);
                 CREATE UNIQUE INDEX users_code_again ON users (code);
                 CREATE TABLE needed (id int PRIMARY KEY, a int NOT NULL, b int, c text, d tstzrange);
                 CREATE UNIQUE INDEX a_needed ON needed (a); CREATE UNIQUE INDEX a_identity ON needed (a);
                 CREATE TABLE refers (a int REFERENCES needed (a)); ALTER TABLE needed REPLICA IDENTITY USING INDEX a_identity;
                 CREATE INDEX b_clustered ON needed (b); CREATE INDEX b_again ON needed (b); CLUSTER needed USING b_clustered;
                 CREATE EXTENSION pg_trgm;
                 CREATE INDEX c_long ON needed USING gist (c gist_trgm_ops(siglen = 32));
                 CREATE INDEX c_short ON needed USING gist (c gist_trgm_ops(siglen = 64));
                 CREATE INDEX fine ON needed USING brin (id) WITH (pages_per_range = 4);
                 CREATE INDEX coarse ON needed USING brin (id)",
            )
            .await;
        let found = found(&watched, Check::DuplicateIndex).await;
        // A foreign key refers to one of the first two; the other one is the replica identity.
        assert_eq!(
            objects(&found),
            [
                "public.needed.b_again",
                "public.users.users_code_again",
                "public.users.users_email2",
                "public.users.users_id_again"
            ],
            "on {major}"
        );
    }
}

#[tokio::test]
async fn key_that_a_unique_index_makes_is_promoted() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE coded (code text NOT NULL UNIQUE, v int);
                 CREATE TABLE partitioned_coded (code text NOT NULL, k int NOT NULL, UNIQUE (code, k)) PARTITION BY LIST (k)",
            )
            .await;
        let found = found(&watched, Check::NoPrimaryKey).await;
        assert_eq!(objects(&found), ["public.coded", "public.partitioned_coded"]);
        for found in &found {
            assert!(!found.detail.contains("Duplicate rows are possible"), "{found:#?}");
            for statement in sql(found).lines() {
                watched.run(statement).await;
            }
        }
        assert_eq!(self::found(&watched, Check::NoPrimaryKey).await, [], "on {major}");
        let indexes = watched.admin.fetch("SELECT count(*) FROM pg_index WHERE indrelid = 'coded'::regclass", []);
        assert_eq!(indexes.get::<i64>().await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn partitioned_table_without_key_has_the_size_of_its_partitions() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE views (at date, v text) PARTITION BY RANGE (at); CREATE TABLE views_1 PARTITION OF views DEFAULT;
                 INSERT INTO views SELECT '2026-01-01', repeat('x', 100) FROM generate_series(1, 1000); ANALYZE views_1",
            )
            .await;
        let found = found(&watched, Check::NoPrimaryKey).await;
        assert_eq!(objects(&found), ["public.views"]);
        assert!(matches!(found[0].evidence["size_bytes"], model::Evidence::Int(size) if size > 100_000), "{found:#?}");
        assert_eq!(found[0].evidence["rows"], model::Evidence::Int(1000));
    }
}

#[tokio::test]
async fn foreign_key_is_served_by_what_finds_every_reference() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE EXTENSION btree_gist; CREATE TABLE t (id int PRIMARY KEY, k int, UNIQUE (id, k));
                   CREATE TABLE partial (a int REFERENCES t); CREATE INDEX ON partial (a) WHERE a IS NOT NULL;
                   CREATE TABLE both_of ("A" int, b int, FOREIGN KEY ("A", b) REFERENCES t (id, k));
                   CREATE INDEX ON both_of (b, "A") WHERE "A" IS NOT NULL AND b IS NOT NULL;
                   CREATE TABLE excluded (a int REFERENCES t, during tstzrange, EXCLUDE USING gist (a WITH =, during WITH &&));
                   CREATE TABLE hashed (a int REFERENCES t); CREATE INDEX ON hashed USING hash (a);
                   CREATE TABLE twice (a int REFERENCES t, FOREIGN KEY (a) REFERENCES t);
                   CREATE TABLE too_partial (a int REFERENCES t); CREATE INDEX ON too_partial (a) WHERE a > 7;
                   CREATE TABLE brin (a int REFERENCES t); CREATE INDEX ON brin USING brin (a)"#,
            )
            .await;
        let mut expected =
            vec!["public.brin.brin_a_fkey", "public.too_partial.too_partial_a_fkey", "public.twice.twice_a_fkey"];
        if major >= 18 {
            watched
                .run(
                    "CREATE TABLE lax (a int REFERENCES t NOT ENFORCED);
                     CREATE TABLE spans (id int, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
                     CREATE TABLE during (id int, valid daterange, FOREIGN KEY (id, PERIOD valid) REFERENCES spans (id, PERIOD valid));
                     CREATE TABLE served (id int, valid daterange, FOREIGN KEY (id, PERIOD valid) REFERENCES spans (id, PERIOD valid));
                     CREATE INDEX ON served USING gist (id, valid)",
                )
                .await;
            expected.insert(1, "public.during.during_id_valid_fkey");
        }
        let found = found(&watched, Check::ForeignKeyIndex).await;
        let objects: BTreeSet<&str> = objects(&found).into_iter().collect();
        assert_eq!(objects, expected.into_iter().collect(), "on {major}");
    }
}

#[tokio::test]
async fn invalid_index_of_a_toast_table_is_found() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE TABLE docs (id int PRIMARY KEY, body text)").await;
        watched.run("UPDATE pg_index SET indisvalid = false WHERE indrelid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'docs'::regclass)").await;
        let found = found(&watched, Check::InvalidIndex).await;
        assert_eq!(found.len(), 1, "on {major}");
        assert!(found[0].title.ends_with("on the TOAST table of public.docs is invalid"), "{}", found[0].title);
    }
}

#[tokio::test]
async fn index_that_another_role_builds_is_not_called_failed() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let stranger = watched.server.role("").await;
        watched.run("CREATE TABLE busy (id int); CREATE TABLE broken (id int); CREATE INDEX half ON broken (id)").await;
        watched.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half'::regclass").await;
        let writer = watched.hold("INSERT INTO busy VALUES (1)").await;
        let builder = watched.wait_for("CREATE INDEX CONCURRENTLY slow ON busy (id)").await;
        let target = target(&stranger.url(&watched.database));
        let verdict = reading::verdict(&target, Check::InvalidIndex, &Thresholds::default()).await;
        assert_eq!(objects(verdict.findings()), ["public.broken.half"], "on {major}");
        assert_eq!(verdict.notes, ["1 index is being built."]);
        writer.close().await;
        builder.await.unwrap();
    }
}
