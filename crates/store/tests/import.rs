//! I1: PgHero's history becomes Heron's.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use dataset::Database;
use model::{Bytes, DatabaseId, Mark, Millis, QualifiedName, StatementSort, Timestamp};
use store::{ImportError, Imported, PgHero, Route, Store};
use support::{Place, capture, on_every_store, shop, statement};
use testkit::{Postgres, TestDatabase, major};

/// The tables as PgHero 4 makes them (§4.1), and in them a capture every five minutes.
const TABLES: &str = "
    CREATE TABLE pghero_queries (id bigserial PRIMARY KEY, query text);
    CREATE TABLE pghero_query_stats (id bigserial PRIMARY KEY, database text, \"user\" text, query_id bigint,
        query_hash bigint, total_time float, calls bigint, captured_at timestamp);
    CREATE INDEX ON pghero_query_stats (database, captured_at);
    CREATE TABLE pghero_space_stats (id bigserial PRIMARY KEY, database text, schema text, relation text, size bigint,
        captured_at timestamp);
    CREATE INDEX ON pghero_space_stats (database, captured_at);";

/// The table as the years before had it.
const OLD_TABLES: &str = "
    CREATE TABLE pghero_query_stats (id bigserial PRIMARY KEY, database text, \"user\" text, query text,
        query_hash bigint, total_time float, calls bigint, captured_at timestamp);
    CREATE INDEX ON pghero_query_stats (database, captured_at);";

const BEGIN: &str = "2026-11-01T00:00:00Z";

fn minute(n: i64) -> Timestamp {
    Timestamp::parse(BEGIN).unwrap() + Millis::from_secs(n * 60)
}

async fn source(sql: &str) -> TestDatabase {
    let database = Postgres::shared(major()).database().await;
    let db = database.connect().await;
    run(&db, sql).await;
    db.close().await;
    database
}

async fn run(db: &Database, sql: &str) {
    let sql: &'static str = sql.to_owned().leak();
    db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn import(store: &Store, source: &PgHero, from: &str, into: &DatabaseId) -> Imported {
    let route = Route { source, from, into, oldest: Timestamp(0) };
    store.import_statements(route, |_| {}).await.unwrap()
}

async fn top(store: &Store, id: &DatabaseId) -> Vec<(String, String, Option<String>, i64, f64)> {
    let found = store.top(id, minute(-1), minute(1_000_000), StatementSort::Time, 100).await.unwrap();
    let rows = found.statements.into_iter();
    rows.map(|row| (row.key.queryid, row.key.role, row.query, row.counters.calls, row.counters.total_ms.0)).collect()
}

/// Both layouts say the same (I1).
async fn both_layouts_become_history(place: Place) {
    let rows = |column: &str, [one, two]: [&str; 2]| {
        format!(
            "INSERT INTO pghero_query_stats (database, \"user\", {column}, query_hash, total_time, calls, captured_at) VALUES
             ('primary', 'app', {one}, -5, 10, 2, '2026-11-01 00:00'), ('primary', 'app', {two}, 7, 4, 4, '2026-11-01 00:00'),
             ('primary', 'app', {one}, -5, 20, 3, '2026-11-01 00:05'), ('primary', 'app', {one}, -5, 1, 1, '2026-11-01 00:05'),
             ('primary', 'ada', {one}, -5, 5, 1, '2026-11-01 00:05'), ('other', 'app', {one}, 9, 5, 1, '2026-11-01 00:05'),
             ('primary', 'app', {two}, NULL, 5, 1, '2026-11-01 00:05'), ('primary', 'app', {two}, 7, 6, 6, '2026-11-01 05:00')"
        )
    };
    let texts = ["'SELECT ''secret'', $1 /*app*/'", "'SELECT $1'"];
    let new = format!(
        "{TABLES} INSERT INTO pghero_queries (query) VALUES ({}), ({}); {}",
        texts[0],
        texts[1],
        rows("query_id", ["1", "2"])
    );
    let old = format!("{OLD_TABLES} {}", rows("query", texts));
    let store = place.open().await;
    for (sql, id) in [(new, shop()), (old, DatabaseId("old".into()))] {
        let database = source(&sql).await;
        let source = PgHero::open(&database.url).await.unwrap();
        assert_eq!(source.databases().await.unwrap(), ["other", "primary"]);
        assert_eq!(source.span("primary").await.unwrap(), Some((minute(0), minute(300))));
        let imported = import(&store, &source, "primary", &id).await;
        assert_eq!(imported, Imported { rows: 7, captures: 3, nameless: 1, until: Some(minute(300)) });

        let (secret, other) = (Some("SELECT ?, $1 /*app*/".to_owned()), Some("SELECT $1".to_owned()));
        let expected =
            [("-5", "app", &secret, 6, 31.0), ("7", "app", &other, 10, 10.0), ("-5", "ada", &secret, 1, 5.0)]
                .map(|(queryid, role, text, calls, ms)| (queryid.to_owned(), role.to_owned(), text.clone(), calls, ms));
        assert_eq!(top(&store, &id).await, expected);
        let series = store.series(&id, minute(-1), minute(400), None).await.unwrap();
        assert_eq!(series.marks, [(minute(0), Mark::First), (minute(300), Mark::Gap)]);
        assert_eq!((series.gaps[0].from, series.gaps[0].to), (minute(5), minute(300)));
        let second = store.series(&id, minute(0), minute(5), None).await.unwrap();
        assert_eq!(second.calls, [Some(5.0 / 300.0)], "a capture's work lies before it");

        // Once more: nothing is there twice.
        assert_eq!(import(&store, &source, "primary", &id).await, Imported::default());
        assert_eq!(top(&store, &id).await, expected);
        // What PgHero writes meanwhile comes with the next one.
        let db = database.connect().await;
        run(
            &db,
            "INSERT INTO pghero_query_stats (database, \"user\", query_hash, total_time, calls, captured_at)
                  VALUES ('primary', 'app', 7, 90, 1, '2026-11-01 05:05')",
        )
        .await;
        db.close().await;
        assert_eq!(import(&store, &source, "primary", &id).await.rows, 1);
        assert_eq!(top(&store, &id).await[0], ("7".into(), "app".into(), other, 11, 100.0));
        source.close().await;
    }
    store.close().await;
}

/// What both wrote down would count twice.
async fn herons_own_history_is_not_touched(place: Place) {
    let store = place.open().await;
    let second = minute(7).0 / 1_000_000;
    store.record(&shop(), capture(second, Some(60), &[], &[(None, statement("1", "app", 5))])).await.unwrap();
    let sizes = [(QualifiedName::new("public", "t"), Bytes(5))].into();
    store.record_sizes(&shop(), minute(7), sizes).await.unwrap();
    let database = source(&format!(
        "{TABLES} INSERT INTO pghero_query_stats (database, \"user\", query_hash, total_time, calls, captured_at)
         SELECT 'primary', 'app', 1, 1, 1, timestamp '2026-11-01' + n * interval '5 min' FROM generate_series(0, 9) n;
         INSERT INTO pghero_space_stats (database, schema, relation, size, captured_at)
         SELECT 'primary', 'public', 't', n, timestamp '2026-11-01' + n * interval '5 min' FROM generate_series(0, 9) n"
    ))
    .await;
    let source = PgHero::open(&database.url).await.unwrap();
    for expected in [2, 0] {
        let imported = import(&store, &source, "primary", &shop()).await;
        assert_eq!(
            (imported.rows, imported.captures),
            (expected, expected),
            "only what is before Heron's first capture"
        );
        let route = Route { source: &source, from: "primary", into: &shop(), oldest: Timestamp(0) };
        assert_eq!(store.import_sizes(route, |_| {}).await.unwrap().captures, expected);
    }
    assert_eq!(top(&store, &shop()).await, [("1".into(), "app".into(), None, 7, 12.0)]);
    let spans = store.size_history(&shop(), &QualifiedName::new("public", "t"), minute(-1), minute(60)).await.unwrap();
    let spans: Vec<_> = spans.iter().map(|span| (span.since, span.bytes.0)).collect();
    assert_eq!(spans, [(minute(0), 0), (minute(5), 1), (minute(7), 5)]);
    source.close().await;
    store.close().await;
}

/// Heron's own hours are summed up when earlier ones are brought.
async fn earlier_hours_are_summed_up_too(place: Place) {
    let store = place.open().await;
    for hour in [50, 51, 52] {
        let second = minute(hour * 60).0 / 1_000_000;
        store.record(&shop(), capture(second, Some(60), &[], &[(None, statement("1", "app", 1000))])).await.unwrap();
    }
    store.roll_up(&shop()).await.unwrap();
    let database = source(&format!(
        "{TABLES} INSERT INTO pghero_query_stats (database, \"user\", query_hash, total_time, calls, captured_at)
         SELECT 'primary', 'app', 1, 1, 1, timestamp '2026-11-01' + n * interval '20 min' FROM generate_series(0, 99) n"
    ))
    .await;
    let source = PgHero::open(&database.url).await.unwrap();
    assert_eq!(import(&store, &source, "primary", &shop()).await.rows, 100);
    for _ in 0..2 {
        assert_eq!(top(&store, &shop()).await[0].3, 3100);
        store.roll_up(&shop()).await.unwrap();
    }
    source.close().await;
    store.close().await;
}

/// I1.
async fn sizes_become_history(place: Place) {
    let store = place.open().await;
    // Daily, for thirty days; one relation grows on the tenth, another is dropped on the twentieth.
    let database = source(&format!(
        "{TABLES} INSERT INTO pghero_space_stats (database, schema, relation, size, captured_at)
         SELECT 'primary', 'My \"schema', relation, CASE WHEN relation = 'grows' AND n >= 10 THEN 200 ELSE 100 END,
                timestamp '2026-11-01' + n * interval '1 day'
         FROM generate_series(0, 29) n, unnest(array['grows', 'goes', 'stays']) relation
         WHERE relation <> 'goes' OR n < 20"
    ))
    .await;
    let source = PgHero::open(&database.url).await.unwrap();
    let id = shop();
    let route = |oldest| Route { source: &source, from: "primary", into: &id, oldest };
    let day = |n: i64| minute(n * 24 * 60);
    let imported = store.import_sizes(route(Timestamp(0)), |_| {}).await.unwrap();
    assert_eq!(imported, Imported { rows: 80, captures: 30, nameless: 0, until: Some(day(29)) });
    assert_eq!(store.import_sizes(route(Timestamp(0)), |_| {}).await.unwrap(), Imported::default());
    for (relation, expected) in
        [("grows", &[(0, 9, 100), (10, 29, 200)][..]), ("goes", &[(0, 19, 100)]), ("stays", &[(0, 29, 100)])]
    {
        let spans =
            store.size_history(&shop(), &QualifiedName::new("My \"schema", relation), day(-1), day(40)).await.unwrap();
        let spans: Vec<_> = spans.iter().map(|span| (span.since, span.until, span.bytes.0)).collect();
        let expected: Vec<_> = expected.iter().map(|&(from, to, bytes)| (day(from), day(to), bytes)).collect();
        assert_eq!(spans, expected, "{relation}");
    }
    // An own look at the sizes goes on from there.
    let sizes = [(QualifiedName::new("My \"schema", "stays"), Bytes(100))].into();
    store.record_sizes(&shop(), day(30), sizes).await.unwrap();
    let spans =
        store.size_history(&shop(), &QualifiedName::new("My \"schema", "stays"), day(-1), day(40)).await.unwrap();
    assert_eq!((spans.len(), spans[0].until), (1, day(30)));
    source.close().await;
    store.close().await;
}

/// A hundred thousand rows in pages; stopped in the middle, the next import goes on there and ends with the same.
/// I1.
async fn a_long_history_is_brought_over_in_pages(place: Place) {
    let store = place.open().await;
    let database = source(&format!(
        "{TABLES} INSERT INTO pghero_queries (query) SELECT 'SELECT ' || n || ' FROM t' FROM generate_series(1, 100) n;
         INSERT INTO pghero_query_stats (database, \"user\", query_id, query_hash, total_time, calls, captured_at)
         SELECT 'primary', 'app', n, n, n, 1, timestamp '2026-11-01' + c * interval '5 min'
         FROM generate_series(0, 999) c, generate_series(1, 100) n"
    ))
    .await;
    let source = PgHero::open(&database.url).await.unwrap();
    let (id, part) = (shop(), DatabaseId("part".into()));
    let mut pages = vec![];
    let route = |into| Route { source: &source, from: "primary", into, oldest: Timestamp(0) };
    let imported = store.import_statements(route(&id), |so_far| pages.push(so_far.rows)).await.unwrap();
    assert_eq!(imported, Imported { rows: 100_000, captures: 1000, nameless: 0, until: Some(minute(999 * 5)) });
    assert!(pages.len() >= 10 && pages.is_sorted(), "{pages:?}");

    // Whoever waits for the third page no longer: what two pages brought is there, and no half of a third.
    let mut told = 0;
    let stopped = tokio::select! {
        biased;
        done = store.import_statements(route(&part), |_| told += 1) => Some(done),
        () = async { while store.series(&part, minute(-1), minute(9999), None).await.unwrap().at.len() < 40 {} } => None,
    };
    assert!(stopped.is_none(), "it was over before it was stopped");
    let rest = store.import_statements(route(&part), |_| {}).await.unwrap();
    assert!(rest.rows < 100_000 && rest.rows % 100 == 0, "{rest:?}");
    let all = top(&store, &id).await;
    assert_eq!(
        (all.len(), &all[0]),
        (100, &("100".into(), "app".into(), Some("SELECT ? FROM t".into()), 1000, 100_000.0))
    );
    assert_eq!(top(&store, &part).await, all);
    let (whole, parts) = (
        store.series(&id, minute(-1), minute(5000), None).await.unwrap(),
        store.series(&part, minute(-1), minute(5000), None).await.unwrap(),
    );
    assert_eq!(whole, parts);

    let late = DatabaseId("late".into());
    let route = Route { oldest: minute(990 * 5), ..route(&late) };
    assert_eq!(
        store.import_statements(route, |_| {}).await.unwrap().captures,
        9,
        "what would be forgotten is not fetched"
    );
    assert_eq!(
        store.series(&late, minute(0), minute(5000), None).await.unwrap().marks,
        [],
        "it begins with a known span"
    );
    source.close().await;
    store.close().await;
}

on_every_store! {
    both_layouts_become_history;
    herons_own_history_is_not_touched;
    earlier_hours_are_summed_up_too;
    sizes_become_history;
    a_long_history_is_brought_over_in_pages;
}

#[tokio::test]
async fn what_is_no_history_of_pgheros_is_refused() {
    for (sql, says) in [
        ("SELECT 1", "neither pghero_query_stats nor pghero_space_stats is there"),
        ("CREATE TABLE pghero_query_stats (database text, captured_at timestamp)", "has no column user"),
    ] {
        let database = source(sql).await;
        let error = PgHero::open(&database.url).await.err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }
    let dead = PgHero::open("postgres://u:geheim@127.0.0.1:1/x").await.err().unwrap();
    assert!(matches!(dead, ImportError::Source(_)) && !dead.to_string().contains("geheim"), "{dead}");
    // Only one of the tables is enough.
    let database = source("CREATE TABLE pghero_space_stats (database text, schema text, relation text, size bigint, captured_at timestamp)").await;
    let source = PgHero::open(&database.url).await.unwrap();
    assert_eq!(source.databases().await.unwrap(), Vec::<String>::new());
    source.close().await;
}
