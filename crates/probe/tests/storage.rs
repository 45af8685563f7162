//! What tables, indexes and their files take is read as it is, whatever their names and whoever alters them.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{collections::BTreeMap, time::Duration};

use common::{Watched, answer, majors};
use model::{Bytes, Packing, Ratio, RelationKind, RelationSize, Table, TableKind};

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
/// §7 `indexes` (usage, missing), `maintenance`, `tables`.
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

async fn space(watched: &Watched) -> BTreeMap<String, RelationSize> {
    let relations = answer(probe::space::read(&watched.target()).await);
    relations.into_iter().map(|relation| (relation.name.clone(), relation)).collect()
}

async fn number(watched: &Watched, sql: &str) -> i64 {
    watched.admin.fetch(common::leak(sql), []).get().await.unwrap().unwrap()
}

/// §2.13 `relation_sizes`, `table_sizes` (P5, §7 `space`).
#[tokio::test]
async fn every_relation_is_as_large_as_its_files() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema";
                   CREATE TABLE "Odd Schema"."Order.Lines" (id int PRIMARY KEY, "select" text);
                   ALTER TABLE "Odd Schema"."Order.Lines" ALTER "select" SET STORAGE EXTERNAL;
                   INSERT INTO "Odd Schema"."Order.Lines" SELECT n, repeat('x', 5000) FROM generate_series(1, 200) AS n;
                   CREATE INDEX "Weird.Name" ON "Odd Schema"."Order.Lines" (lower(left("select", 3)));
                   CREATE TABLE events (id int, day int) PARTITION BY RANGE (day); CREATE INDEX ON events (id);
                   CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2) PARTITION BY LIST (id);
                   CREATE TABLE events_11 PARTITION OF events_1 DEFAULT;
                   INSERT INTO events SELECT n, 1 FROM generate_series(1, 1000) AS n;
                   CREATE MATERIALIZED VIEW kept AS SELECT * FROM events;
                   CREATE TABLE empty (); CREATE TEMP TABLE fleeting (id int PRIMARY KEY)"#,
            )
            .await;
        let space = space(&watched).await;
        let names: Vec<&str> = space.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "Order.Lines",
                "Order.Lines_pkey",
                "Weird.Name",
                "empty",
                "events",
                "events_1",
                "events_11",
                "events_11_id_idx",
                "kept"
            ]
        );
        for (name, relation) in &space {
            let exact = number(&watched, &format!("SELECT pg_table_size('{}')", relation.qualified())).await;
            assert_eq!(relation.size(), Some(Bytes(exact)), "{name} on {major}");
            assert_eq!(
                (relation.measured, relation.locked),
                (relation.kind != RelationKind::Partitioned, false),
                "{name}"
            );
        }
        let lines = &space["Order.Lines"];
        assert!(lines.toast.unwrap().0 >= 200 * 5000 && lines.main.unwrap().0 < 100_000, "{lines:?}");
        assert_eq!((space["Weird.Name"].kind, space["Weird.Name"].of()), (RelationKind::Index, lines.qualified()));
        for part in ["events_1", "events_11", "events_11_id_idx"] {
            assert_eq!(space[part].partition_of().unwrap().to_string(), "public.events", "{part}");
        }
    }
}

#[tokio::test]
async fn what_is_locked_is_as_large_as_the_catalog_remembers_10_6() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE held (id int PRIMARY KEY, t text); CREATE TABLE wanted (id int PRIMARY KEY); CREATE TABLE free (id int);
                 INSERT INTO held SELECT n, 'x' FROM generate_series(1, 1000) AS n; ANALYZE held;
                 INSERT INTO held SELECT -n, 'x' FROM generate_series(1, 9000) AS n",
            )
            .await;
        let reader = watched.hold("SELECT * FROM wanted").await;
        let holder = watched.hold("ALTER TABLE held ADD COLUMN x int").await;
        let waiter = watched.wait_for("ALTER TABLE wanted ADD COLUMN x int").await;
        let begun = std::time::Instant::now();
        let space = space(&watched).await;
        assert!(begun.elapsed() < Duration::from_millis(400), "{:?}", begun.elapsed());
        let held = &space["held"];
        assert!(held.locked && !held.measured, "on {major}");
        assert!((1..100_000).contains(&held.size().unwrap().0), "as ANALYZE saw it: {held:?}");
        assert!(space["wanted"].locked && space["wanted"].size().is_none(), "nobody has counted yet");
        assert!(space["free"].measured && !space["free"].locked);
        holder.close().await;
        reader.close().await;
        waiter.await.unwrap();
    }
}

#[tokio::test]
async fn a_foreign_key_is_read_column_by_column_10_12() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE SCHEMA "Odd Schema"; CREATE DOMAIN key AS bigint;
                   CREATE TABLE "Odd Schema"."Order" (id key, "select" varchar(9), PRIMARY KEY (id, "select"));
                   CREATE TABLE lines (word text, "Order" int, FOREIGN KEY ("Order", word) REFERENCES "Odd Schema"."Order" ON DELETE CASCADE)
                     PARTITION BY LIST ("Order");
                   CREATE TABLE lines_1 PARTITION OF lines DEFAULT"#,
            )
            .await;
        let keys = answer(probe::foreign_keys::read(&watched.target()).await);
        let [key] = &keys[..] else { panic!("the partition's copy is left out: {keys:?}") };
        assert_eq!(
            (key.on().to_string(), key.to().to_string()),
            ("public.lines".into(), "\"Odd Schema\".\"Order\"".into())
        );
        assert_eq!(
            (&key.columns[..], &key.types[..]),
            (&["Order".into(), "word".into()][..], &["integer".into(), "text".into()][..])
        );
        assert_eq!(key.referenced_columns, ["id", "select"]);
        assert_eq!(key.referenced_types, ["bigint", "character varying"]);
        assert_eq!(key.on_delete, "c");
    }
}

/// P7.
#[tokio::test]
async fn bloat_rests_on_what_the_role_may_know() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                r#"CREATE TABLE "Big" (id int, word text, gone int, half int) WITH (fillfactor = 70);
                   INSERT INTO "Big" SELECT n, repeat('x', n % 50), n, CASE WHEN n % 2 = 0 THEN n END FROM generate_series(1, 100000) AS n;
                   ALTER TABLE "Big" DROP COLUMN gone;
                   ALTER TABLE "Big" ADD PRIMARY KEY (id); CREATE INDEX words ON "Big" (word, lower(word)) WITH (deduplicate_items = off);
                   CREATE INDEX halves ON "Big" (half) INCLUDE (word); CREATE INDEX plain ON "Big" (half);
                   CREATE INDEX hashed ON "Big" USING hash (id); CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);
                   ANALYZE"#,
            )
            .await;
        let read = async || -> BTreeMap<String, Packing> {
            let all = answer(probe::bloat::read(&watched.target()).await);
            all.into_iter().map(|packing| (packing.qualified().name, packing)).collect()
        };
        let all = read().await;
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Big", "Big_pkey", "halves", "plain", "words"]);
        let big = &all["Big"];
        assert_eq!((big.rows, big.page_size, big.fillfactor.as_deref()), (Some(100_000.0), 8192, Some("70")));
        assert_eq!(
            big.columns.iter().map(|c| (c.length, c.dropped, c.width)).collect::<Vec<_>>(),
            [(4, false, None), (-1, false, None), (4, true, None), (4, false, None)],
            "no SELECT, no widths"
        );
        let flags = |name: &str| (all[name].unique, all[name].primary, all[name].shares);
        assert_eq!(flags("Big_pkey"), (true, true, true));
        assert_eq!(
            (flags("words"), flags("halves"), flags("plain")),
            ((false, false, false), (false, false, false), (false, false, true))
        );

        watched.run(&format!("GRANT SELECT ON \"Big\" TO {}", watched.role)).await;
        let all = read().await;
        let half = &all["Big"].columns[3];
        assert!((half.null_frac.unwrap() - 0.5).abs() < 0.05 && half.width == Some(4.0), "{half:?}");
        assert_eq!(all["plain"].columns[0], *half, "an index's column is its table's");
        let widths: Vec<bool> = all["words"].columns.iter().map(|column| column.width.is_some()).collect();
        assert_eq!(widths, [true, false], "an expression's statistics are the index's own, which nobody can grant");
    }
}

/// L1 `index_caching`, §7 `indexes`.
#[tokio::test]
async fn an_index_knows_how_often_its_blocks_were_in_the_buffers() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)").await;
        let mut cached = None;
        for _ in 0..50 {
            let indexes = answer(probe::indexes::read(&watched.target()).await);
            cached = indexes[0].cached();
            if cached.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            watched.run("SELECT 1").await;
        }
        assert!(cached.is_some_and(|Ratio(share)| share > 0.5 && share <= 1.0), "{cached:?} on {major}");
    }
}
