//! What tables, indexes and their files take is read as it is, whatever their names and whoever alters them.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{Watched, answer, majors};
use model::{Ratio, Table, TableKind};

async fn tables(watched: &Watched) -> BTreeMap<String, Table> {
    let tables = answer(probe::tables::read(&watched.target()).await);
    tables.into_iter().map(|table| (table.name.clone(), table)).collect()
}

/// A session reports what it counted when it gets round to it, with a later statement.
async fn counted(watched: &Watched, enough: impl Fn(&BTreeMap<String, Table>) -> bool) -> BTreeMap<String, Table> {
    for _ in 0..50 {
        let tables = tables(watched).await;
        if enough(&tables) {
            return tables;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        watched.run("SELECT 1").await;
    }
    tables(watched).await
}

/// §2.5 `index_usage`, `missing_indexes`; §2.7 `maintenance_info`; §2.16 `table_caching`, `unused_tables`.
#[tokio::test]
async fn every_table_is_read_with_its_counters() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema";
                   CREATE TABLE "Odd Schema"."Order.Lines" (id int PRIMARY KEY, "select" text) WITH (autovacuum_enabled = NO, fillfactor = 70);
                   INSERT INTO "Odd Schema"."Order.Lines" SELECT n, repeat('x', 100) FROM generate_series(1, 1000) AS n;
                   CREATE TABLE fresh (id int) WITH (autovacuum_enabled = off); ALTER TABLE fresh REPLICA IDENTITY FULL;
                   INSERT INTO fresh VALUES (1);
                   CREATE MATERIALIZED VIEW kept AS SELECT * FROM fresh;
                   CREATE TABLE events (id int, day int) PARTITION BY RANGE (day);
                   CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
                   CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (2) TO (9) PARTITION BY LIST (id);
                   CREATE TABLE events_21 PARTITION OF events_2 DEFAULT;
                   CREATE TEMP TABLE fleeting (id int); CREATE VIEW seen AS SELECT 1"#,
            )
            .await;
        counted(&watched, |tables| tables["Order.Lines"].n_tup_ins > 0).await;
        watched.run("VACUUM \"Odd Schema\".\"Order.Lines\"").await;
        watched.run("ANALYZE \"Odd Schema\".\"Order.Lines\"").await;
        watched
            .run(
                r#"DELETE FROM "Odd Schema"."Order.Lines" WHERE id > 900;
                   UPDATE "Odd Schema"."Order.Lines" SET "select" = '' WHERE id = 1;
                   SELECT count("select") FROM "Odd Schema"."Order.Lines""#,
            )
            .await;
        let tables =
            counted(&watched, |tables| tables["Order.Lines"].n_tup_upd > 0 && tables["fresh"].seq_scan > 0).await;
        let names: Vec<&str> = tables.keys().map(String::as_str).collect();
        assert_eq!(names, ["Order.Lines", "events", "events_1", "events_2", "events_21", "fresh", "kept"]);

        let lines = &tables["Order.Lines"];
        assert_eq!(lines.qualified().to_string(), "\"Odd Schema\".\"Order.Lines\"");
        assert_eq!((lines.rows, lines.n_live_tup, lines.n_dead_tup), (Some(1000.0), 900, 101), "on {major}");
        assert_eq!((lines.n_tup_ins, lines.n_tup_upd, lines.n_tup_del), (1000, 1, 100));
        assert_eq!((lines.n_mod_since_analyze, lines.n_ins_since_vacuum), (101, 0));
        assert_eq!((lines.vacuum_count, lines.analyze_count, lines.autovacuum_count), (1, 1, 0));
        assert!(lines.vacuumed_at() < lines.analyzed_at() && lines.last_autovacuum.is_none());
        assert!(lines.size.0 > 8192 && lines.indexed && lines.primary_key && !lines.autovacuum);
        assert_eq!(lines.options, ["autovacuum_enabled=no", "fillfactor=70"]);
        assert!(lines.idx_scan.is_some_and(|scans| scans > 0) && lines.seq_scan > 0);
        assert_eq!(lines.last_seq_scan.is_some(), major >= 16);
        assert!(lines.index_usage().is_some_and(|Ratio(share)| share > 0.0 && share < 1.0));
        assert!(lines.caches().tables().is_some() && lines.caches().indexes().is_some());

        let fresh = &tables["fresh"];
        assert_eq!((fresh.rows, fresh.idx_scan, fresh.index_usage()), (None, None, None));
        assert!(!fresh.indexed && !fresh.primary_key && fresh.replica_identity == "f" && !fresh.autovacuum);
        assert!(tables["kept"].autovacuum && tables["kept"].kind == TableKind::MaterializedView);

        assert_eq!((tables["events"].kind, tables["events"].partition_of()), (TableKind::Partitioned, None));
        assert!(tables["events"].size.0 >= 0);
        for partition in ["events_1", "events_2", "events_21"] {
            assert_eq!(tables[partition].partition_of().unwrap().to_string(), "public.events", "the topmost");
        }
    }
}

#[tokio::test]
async fn what_an_extension_brought_is_known() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE EXTENSION hstore; CREATE TABLE own (id int); CREATE TABLE brought (id int)").await;
        watched.run("ALTER EXTENSION hstore ADD TABLE brought").await;
        let tables = tables(&watched).await;
        assert!(tables["brought"].extension && !tables["own"].extension);
    }
}

#[tokio::test]
async fn the_counters_are_read_while_a_table_is_locked_10_6() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE TABLE t (id int PRIMARY KEY)").await;
        let holder = watched.hold("LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
        assert!(tables(&watched).await.contains_key("t"));
        holder.close().await;
    }
}
