//! Every behaviour on PostgreSQL, and what is PostgreSQL's own.
#![allow(clippy::unwrap_used, missing_docs)]

mod behaviours;
mod proxy;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use dataset::{Database, Json, Kind, Options, Row, TxOptions, Value, col, lit, row};
use futures::TryStreamExt;
use serde::Deserialize;

/// A database of its own, on the shared server of the test kit or on that of `DATASET_TEST_POSTGRES_URL`.
async fn url() -> String {
    url_on(testkit::major()).await
}

async fn url_on(major: u16) -> String {
    let Ok(url) = std::env::var("DATASET_TEST_POSTGRES_URL") else {
        return testkit::Postgres::shared(major).database().await.url;
    };
    let name = format!("t{:x}", rand::random::<u64>());
    let admin = Database::connect(&url).await.unwrap();
    // A test may say what a program may not: SQL made at run time.
    admin.execute_script(format!("create database {name}").leak()).await.unwrap();
    admin.close().await;
    let mut url = url::Url::parse(&url).unwrap();
    url.set_path(&name);
    url.into()
}

async fn fresh() -> Database {
    Database::connect(&url().await).await.unwrap()
}

/// The oldest and the newest supported.
fn ends() -> BTreeSet<u16> {
    let majors = testkit::majors();
    BTreeSet::from([majors[0], majors[majors.len() - 1]])
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for major in ends() {
                behaviours::$name(Database::connect(&url_on(major).await).await.unwrap()).await;
            }
        }
    )*};
}

for_every_behaviour!(tests);

macro_rules! tests_of_servers {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for major in ends() {
                behaviours::$name(behaviours::Fresh { sqlite: false, make: Box::new(move || Box::pin(url_on(major))) }).await;
            }
        }
    )*};
}

for_every_behaviour_of_servers!(tests_of_servers);

fn one_connection() -> Options {
    Options { max_connections: 1, ..Options::default() }
}

#[tokio::test]
async fn b60_connect_errors() {
    let url = url().await;
    let kind = async |change: fn(&mut url::Url)| {
        let mut url = url::Url::parse(&url).unwrap();
        change(&mut url);
        let begun = Instant::now();
        let error = Database::connect(url.as_str()).await.unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(4), "{error}");
        error.kind()
    };
    assert_eq!(kind(|url| url.set_path("nowhere")).await, Kind::UnknownDatabase);
    assert_eq!(kind(|url| url.set_port(Some(1)).unwrap()).await, Kind::Disconnect);
    assert_eq!(kind(|url| url.set_host(Some("nowhere.invalid")).unwrap()).await, Kind::Disconnect);
    assert_eq!(kind(|url| url.set_username("nobody_of_that_name").unwrap()).await, Kind::Authentication);
    let parsed = url::Url::parse(&url).unwrap();
    if let Some(password) = parsed.password() {
        assert_eq!(kind(|url| url.set_password(Some("wrong")).unwrap()).await, Kind::Authentication);
        // Apart from the URL it works too.
        let mut bare = parsed.clone();
        bare.set_password(None).unwrap();
        let options = Options { password: Some(password.into()), ..Options::default() };
        Database::connect_with(bare.as_str(), options).await.unwrap();
    }
    // A lazy one finds out when it is asked, and does not call it a timeout of the pool.
    let options = Options { acquire_timeout: Duration::from_millis(500), ..Options::default() };
    let lazy = Database::lazy("postgres://u:hunter2@127.0.0.1:1/d", options).unwrap();
    let error = lazy.fetch("select 1", []).get::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Disconnect);
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[tokio::test]
async fn b59_options_reach_the_server() {
    let url = url().await;
    for pgbouncer in [false, true] {
        let options = Options {
            statement_timeout: Some(Duration::from_millis(1500)),
            lock_timeout: Some(Duration::from_millis(700)),
            idle_in_transaction_timeout: Some(Duration::from_secs(60)),
            application_name: Some("dataset test".into()),
            read_only: true,
            pgbouncer,
            connect_sqls: vec![if pgbouncer { "set local work_mem = '5MB'" } else { "set work_mem = '5MB'" }],
            ..one_connection()
        };
        let db = Database::connect_with(&url, options).await.unwrap();
        let setting = async |name: &str| {
            db.fetch("select current_setting($1)", [name.into()]).get::<String>().await.unwrap().unwrap()
        };
        assert_eq!(setting("statement_timeout").await, "1500ms");
        assert_eq!(setting("lock_timeout").await, "700ms");
        assert_eq!(setting("idle_in_transaction_session_timeout").await, "1min");
        assert_eq!(setting("transaction_read_only").await, "on");
        assert_eq!(setting("application_name").await, "dataset test");
        assert_eq!(setting("work_mem").await, "5MB");
        let refused = db.execute("create table t (id integer)", []).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::ReadOnly);
        let prepared = db.fetch("select count(*) from pg_prepared_statements", []).get::<i64>().await.unwrap().unwrap();
        assert_eq!(prepared == 0, pgbouncer);
        assert_eq!(db.fetch("select pg_sleep(5)", []).get::<()>().await.unwrap_err().kind(), Kind::StatementTimeout);
    }
}

#[tokio::test]
async fn b36_lock_timeout() {
    let url = url().await;
    let db = Database::connect(&url).await.unwrap();
    behaviours::five_checks(&db).await;
    let hasty =
        Database::connect_with(&url, Options { lock_timeout: Some(Duration::from_millis(200)), ..one_connection() })
            .await
            .unwrap();
    db.transaction(TxOptions::default(), |tx| {
        let hasty = hasty.clone();
        async move {
            tx.from("checks").for_update().rows().await?;
            assert_eq!(hasty.from("checks").delete().await.unwrap_err().kind(), Kind::LockTimeout);
            Ok(())
        }
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn b58_serialization_failures_are_tried_again() {
    let db = fresh().await;
    behaviours::five_checks(&db).await;
    let add = |db: Database| async move {
        db.transaction(TxOptions { retries: 30, ..TxOptions::serializable() }, |tx| async move {
            let sum = tx.from("checks").get::<f64>(col("millis").sum()).await?.unwrap_or_default();
            tx.from("checks").filter(col("id").eq(1)).update(row! { millis: sum }).await
        })
        .await
    };
    let tasks: Vec<_> = (0..4).map(|_| tokio::spawn(add(db.clone()))).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), 1);
    }
    // Row 1 becomes the sum of all five, again and again: 15, 29, 43, 57.
    assert_eq!(db.from("checks").get::<f64>(col("millis").max()).await.unwrap(), Some(57.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn b98_killed_in_mid_stream() {
    let db = fresh().await;
    let mut stream =
        Box::pin(db.fetch("select pg_backend_pid(), x from generate_series(1, 3000000) x", []).stream::<(i64, i64)>());
    let (pid, _) = stream.try_next().await.unwrap().unwrap();
    // A second connection, idle when the first is killed.
    db.fetch("select pg_terminate_backend($1::int4)", [pid.into()]).get::<bool>().await.unwrap();
    let error = loop {
        match stream.try_next().await {
            Ok(row) => assert!(row.is_some(), "the stream ended as if it were complete"),
            Err(e) => break e,
        }
    };
    assert_eq!(error.kind(), Kind::Disconnect, "{error:?}");
    drop(stream);
    assert_eq!(db.fetch("select 1", []).get::<i64>().await.unwrap(), Some(1));
    // All idle connections killed: the first to notice may fail, no other.
    let all = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let open = futures::future::join_all(
        (0..4).map(|_| async { db.fetch("select pg_sleep(0.1)", []).get::<()>().await.unwrap() }),
    );
    open.await;
    db.fetch(all, []).get::<i64>().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut failures = 0;
    for _ in 0..12 {
        failures += usize::from(db.fetch("select 1", []).get::<i64>().await.is_err());
    }
    assert!(failures <= 1, "{failures}");
}

/// The whole server goes, as in a crash, and comes back.
#[tokio::test(flavor = "multi_thread")]
async fn b98_a_crash_in_mid_stream() {
    let mut server = testkit::Postgres::start_own(testkit::major(), &[]);
    let db = Database::connect(&server.url("postgres")).await.unwrap();
    behaviours::five_checks(&db).await;
    let mut stream = Box::pin(db.fetch("select x from generate_series(1, 5000000) x", []).stream::<i64>());
    stream.try_next().await.unwrap();
    // One more, idle when it happens.
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
    server.crash();
    let error = loop {
        match stream.try_next().await {
            Ok(row) => assert!(row.is_some(), "the stream ended as if it were complete"),
            Err(e) => break e,
        }
    };
    assert_eq!(error.kind(), Kind::Disconnect, "{error:?}");
    drop(stream);
    assert_eq!(db.ping().await.unwrap_err().kind(), Kind::Disconnect);
    server.start();
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
}

#[tokio::test]
async fn b98_a_stream_takes_constant_memory() {
    behaviours::b98_a_stream_takes_constant_memory(fresh().await).await;
}

#[tokio::test]
async fn b61_permission() {
    let server = testkit::Postgres::shared(testkit::major());
    let database = server.database().await;
    behaviours::five_checks(&database.connect().await).await;
    let guest = Database::connect(&server.role("").await.url(&database.name)).await.unwrap();
    let refused = guest.from("checks").rows().await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (Kind::Permission, Some("42501")));
    assert_eq!(guest.from("checks").delete().await.unwrap_err().kind(), Kind::Permission);
}

#[tokio::test]
async fn b54_a_stream_that_fails_spoils_the_transaction_too() {
    let db = fresh().await;
    behaviours::checks(&db).await;
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        tx.from("checks").insert(row! { kind: "lost?" }).await?;
        let failing = tx.fetch("select 1 / (3 - x) from generate_series(1, 3) x", []).stream::<i64>();
        assert_eq!(failing.try_collect::<Vec<_>>().await.unwrap_err().kind(), Kind::InvalidValue);
        Ok(())
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::InvalidOperation);
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn b66_the_clients_own_clock() {
    let options = Options { query_timeout: Some(Duration::from_millis(300)), ..one_connection() };
    let db = Database::connect_with(&url().await, options).await.unwrap();
    for _ in 0..3 {
        let begun = Instant::now();
        let error = db.fetch("select pg_sleep(30)", []).get::<()>().await.unwrap_err();
        assert_eq!(error.kind(), Kind::StatementTimeout);
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(db.fetch("select 1", []).get::<i64>().await.unwrap(), Some(1));
    }
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        let _ = tx.fetch("select pg_sleep(30)", []).get::<()>().await;
        tx.fetch("select 1", []).get::<i64>().await
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::InvalidOperation);
    assert_eq!(db.fetch("select 1", []).get::<i64>().await.unwrap(), Some(1));
}

/// The peer is there no more, and nobody says so: no packet comes back.
#[tokio::test(flavor = "multi_thread")]
async fn b99_a_dead_peer_costs_no_place_in_the_pool() {
    let server = url().await;
    let proxy = proxy::Proxy::start(&server).await;
    let options = Options {
        query_timeout: Some(Duration::from_millis(400)),
        acquire_timeout: Duration::from_secs(4),
        connect_timeout: Duration::from_millis(400),
        ..one_connection()
    };
    let db = Database::connect_with(&proxy.url, options).await.unwrap();
    let ask = async || db.fetch("select 1", []).get::<i64>().await;
    assert_eq!(ask().await.unwrap(), Some(1));
    // In the middle of a statement.
    proxy.freeze(true);
    assert!(ask().await.is_err());
    proxy.freeze(false);
    assert_eq!(ask().await.unwrap(), Some(1));
    // A caller that goes away in the middle of a statement.
    let cut = tokio::time::timeout(Duration::from_millis(100), db.fetch("select pg_sleep(0.2)", []).get::<()>());
    proxy.freeze(true);
    assert!(cut.await.is_err());
    tokio::time::sleep(Duration::from_millis(2200)).await;
    proxy.freeze(false);
    assert_eq!(ask().await.unwrap(), Some(1));
    // Right after a statement, when the connection is on its way back.
    let asked = ask();
    assert_eq!(asked.await.unwrap(), Some(1));
    proxy.freeze(true);
    let error = ask().await.unwrap_err();
    assert!(matches!(error.kind(), Kind::StatementTimeout | Kind::Disconnect), "{error:?}");
    proxy.freeze(false);
    assert_eq!(ask().await.unwrap(), Some(1));
    assert_eq!(db.pool_size().0, 1);
}

#[tokio::test]
async fn b78_types_of_postgres() {
    let db = fresh().await;
    let one = async |sql: &'static str| db.fetch(sql, []).get::<serde_json::Value>().await.unwrap().unwrap_or_default();
    let table = [
        ("select 1::int2", "1"),
        ("select 4000000000::oid", "4000000000"),
        ("select 'x'::\"char\"", "\"x\""),
        ("select 'name'::name", "\"name\""),
        ("select 'ab '::char(3)", "\"ab \""),
        ("select '7'::xid", "7"),
        ("select '16/B374D848'::pg_lsn", "\"16/B374D848\""),
        ("select 'c9a6c3f0-0000-4000-8000-000000000001'::uuid", "\"c9a6c3f0-0000-4000-8000-000000000001\""),
        ("select '{\"a\": [1, null]}'::jsonb", r#"{"a":[1,null]}"#),
        ("select '[1]'::json", "[1]"),
        ("select array[1, null, 3]", "[1,null,3]"),
        ("select '{}'::int8[]", "[]"),
        ("select array['a', 'b c']::text[]", r#"["a","b c"]"#),
        ("select array['a']::name[]", r#"["a"]"#),
        ("select array[1.5, 2.5]::float8[]", "[1.5,2.5]"),
        ("select array[true, false]", "[true,false]"),
        ("select array[1, 2]::oid[]", "[1,2]"),
        ("select '1 2'::int2vector", "[1,2]"),
        ("select '2026-11-22 09:30:00.5+00'::timestamptz", "\"2026-11-22T09:30:00.500Z\""),
        ("select '2026-11-22 09:30:00'::timestamp", "\"2026-11-22T09:30:00\""),
        ("select 'infinity'::timestamptz", "\"infinity\""),
        ("select '-infinity'::date", "\"-infinity\""),
        ("select '0001-01-01 BC'::date", "\"0000-01-01\""),
        ("select '24:00:00'::time", "\"24:00:00\""),
        ("select 12345678901234567890.123::numeric", "\"12345678901234567890.123\""),
        ("select null::int4", "null"),
        ("select pg_sleep(0)", "null"),
        // anyarray: what it holds is told by the value.
        ("select histogram_bounds from pg_stats where histogram_bounds is null limit 1", "null"),
    ];
    for (sql, want) in table {
        assert_eq!(one(sql).await.to_string(), want, "{sql}");
    }
    let number = async |sql: &'static str| db.fetch(sql, []).get::<f64>().await.unwrap();
    assert_eq!(number("select 1.25::numeric").await, Some(1.25));
    assert_eq!(number("select sum(x) from generate_series(1, 3) x").await, Some(6.0));
    assert_eq!(db.fetch("select sum(x::int8) from generate_series(1, 3) x", []).get::<i64>().await.unwrap(), Some(6));
    let fraction = db.fetch("select 1.5::numeric", []).get::<i64>().await.unwrap_err();
    assert!(fraction.message().contains("1.5"), "{fraction}");

    db.execute_script("create type mood as enum ('sad', 'ok'); create domain word as text").await.unwrap();
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Mood {
        Sad,
        Ok,
    }
    assert_eq!(db.fetch("select 'ok'::mood", []).get::<Mood>().await.unwrap(), Some(Mood::Ok));
    assert_eq!(
        db.fetch("select array['ok', 'sad']::mood[]", []).get::<Vec<Mood>>().await.unwrap(),
        Some(vec![Mood::Ok, Mood::Sad])
    );

    assert_eq!(db.fetch("select 'x'::word", []).get::<String>().await.unwrap().as_deref(), Some("x"));
    let common = "select most_common_vals from pg_stats where tablename = 'pg_class' and attname = 'relkind'";
    db.execute("analyze pg_class", []).await.unwrap();
    assert!(db.fetch(common, []).get::<Vec<String>>().await.unwrap().unwrap().contains(&"i".to_owned()));

    let unreadable =
        db.fetch("select 1 as fine, '10.0.0.1'::inet as address", []).all::<(i64, String)>().await.unwrap_err();
    assert_eq!(unreadable.kind(), Kind::Decode);
    assert!(unreadable.message().contains("address") && unreadable.message().contains("inet"), "{unreadable}");
    // What nobody asks for may have any type.
    #[derive(Debug, Deserialize)]
    struct Fine {
        fine: i64,
    }
    assert_eq!(db.fetch("select '10.0.0.1'::inet as address, 1 as fine", []).all::<Fine>().await.unwrap()[0].fine, 1);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Plan {
        node: String,
        rows: Vec<i64>,
    }
    let plan: (Plan, Json<Plan>) = db
        .fetch("select x, x from (select '{\"node\": \"scan\", \"rows\": [1, 2]}'::jsonb as x) t", [])
        .first()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(plan.0, plan.1.0);
    let rows: Vec<Row> = db.fetch("select array[1, 2] as n, array['x'] as t", []).rows().await.unwrap();
    assert_eq!(rows[0].get("n"), Some(&Value::IntArray(vec![1, 2])));
    assert_eq!(rows[0].get("t"), Some(&Value::TextArray(vec!["x".into()])));
}

#[tokio::test]
async fn b10_values_of_every_kind_are_bound() {
    let db = fresh().await;
    let echo = async |sql: &'static str, value: Value| {
        db.fetch(sql, [value]).get::<String>().await.unwrap().unwrap_or_default()
    };
    assert_eq!(echo("select $1::text", true.into()).await, "true");
    assert_eq!(echo("select $1::text", vec![1_i64, 2].into()).await, "{1,2}");
    assert_eq!(echo("select $1::text", vec!["a b".to_owned()].into()).await, "{\"a b\"}");
    assert_eq!(echo("select $1::text", serde_json::json!({ "a": 1 }).into()).await, "{\"a\": 1}");
    assert_eq!(echo("select pg_typeof($1)::text", Value::from(None::<i64>)).await, "bigint");
    db.execute("create table j (id int primary key, doc jsonb, small int2, host inet)", []).await.unwrap();
    // A NULL without a type takes the column's.
    db.from("j").insert(row! { id: 1, doc: Value::NULL, small: Value::NULL, host: Value::NULL }).await.unwrap();
    db.from("j").insert(row! { id: 2, small: 7, host: dataset::val("10.0.0.1").cast("inet") }).await.unwrap();
    assert_eq!(db.from("j").filter(lit("host << ?::text::inet", ["10.0.0.0/8".into()])).count().await.unwrap(), 1);
    let nul = db.fetch("select $1", ["a\0b".into()]).get::<String>().await.unwrap_err();
    assert_eq!(nul.kind(), Kind::InvalidValue);
}

#[tokio::test]
async fn a_text_of_somebody_elses_is_one_statement_and_is_not_repeated() {
    let db = Database::connect(&url().await).await.unwrap();
    db.execute("create table t ()", []).await.unwrap();
    let explained = |sql: &'static str| {
        let db = db.clone();
        async move {
            let options = TxOptions { always_rollback: true, ..TxOptions::read_only() };
            db.transaction(options, |tx| async move { tx.fetch_verbatim(sql.to_owned()).all::<String>().await }).await
        }
    };
    // Nothing in it is a placeholder.
    let plan = explained("explain select 'secret?' where '{}'::jsonb ? 'a'").await.unwrap();
    assert!(plan[0].starts_with("Result"), "{plan:?}");
    let refused = explained("explain select 1; select 'secret'").await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Syntax);
    let refused = explained("explain analyze insert into t default values").await.unwrap_err();
    assert_eq!(refused.kind(), Kind::ReadOnly);
    let refused = explained("explain select from nowhere where a = 'secret'").await.unwrap_err();
    assert!(refused.kind() == Kind::UndefinedObject && !format!("{refused:?}").contains("secret"), "{refused:?}");
}

#[tokio::test]
async fn limited_delete_of_each_tenant_hits_its_own_rows_only() {
    let db = Database::connect_with(&url().await, one_connection()).await.unwrap();
    db.execute_script(
        "create schema one; create table one.codes (id int, code int primary key);
         insert into one.codes values (1, 1), (2, 2);
         create schema two; create table two.codes (id int primary key, code int);
         insert into two.codes values (1, 1), (2, 1), (3, 1)",
    )
    .await
    .unwrap();
    let first = db.from("codes").order(col("code").asc()).limit(1);
    for schema in ["set search_path = one", "set search_path = two"] {
        db.execute(schema, []).await.unwrap();
        assert_eq!(first.update(row! { id: 0 }).await.unwrap(), 1);
        assert_eq!(first.delete().await.unwrap(), 1);
    }
    assert_eq!(db.from(("one", "codes")).count().await.unwrap(), 1);
    assert_eq!(db.from(("two", "codes")).count().await.unwrap(), 2);
    db.execute("set search_path = one", []).await.unwrap();
    assert_eq!(db.from("codes").insert(row! { id: 8, code: 9 }).await.unwrap(), 9);
    db.execute("set search_path = two", []).await.unwrap();
    assert_eq!(db.from("codes").insert(row! { id: 8, code: 9 }).await.unwrap(), 8);
}

#[tokio::test]
async fn limited_delete_in_partitions_hits_one_place_of_one_partition() {
    let db = fresh().await;
    db.execute_script(
        "create table parts (n int) partition by list (n);
         create table parts_0 partition of parts for values in (0);
         create table parts_1 partition of parts for values in (1);
         insert into parts select g % 2 from generate_series(1, 10) g",
    )
    .await
    .unwrap();
    let last = db.from("parts").order(col("n").desc()).limit(3);
    assert_eq!(last.delete_returning::<i64>(&["n"]).await.unwrap(), [1, 1, 1]);
    assert_eq!(db.from("parts").group_and_count(["n"]).order(col("n").asc()).rows().await.unwrap().len(), 2);
    assert_eq!(db.from("parts").filter(col("n").eq(0)).count().await.unwrap(), 5);
    let aliased = db.from(dataset::Table::from("parts").as_("p")).order(col(("p", "n")).asc()).limit(2);
    assert_eq!(aliased.update(row! { n: 1 }).await.unwrap(), 2);
    assert_eq!(aliased.order(col(("p", "n")).desc()).skip_locked().delete().await.unwrap(), 2);
    assert_eq!(db.from("parts").count().await.unwrap(), 5);
}
