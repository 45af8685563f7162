//! Behind PgBouncer, with server sessions that clients share.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use dataset::{Database, Kind, Migration, Options, TxOptions, col, lit, row};
use futures::TryStreamExt;
use testkit::{PgBouncer, PoolMode, Postgres, TestDatabase};

/// A pooler with two server sessions in front of a database of its own.
async fn pooled(mode: PoolMode) -> (PgBouncer, TestDatabase, String) {
    let server = Postgres::shared(testkit::major());
    let database = server.database().await;
    let pooler = PgBouncer::start(server, mode, 2);
    let url = pooler.url(server, &database.name);
    (pooler, database, url)
}

fn options() -> Options {
    Options { pgbouncer: true, max_connections: 20, acquire_timeout: Duration::from_secs(60), ..Options::default() }
}

async fn connect(url: &str) -> Database {
    Database::connect_with(url, options()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_many_clients_keep_their_own_values() {
    for mode in [PoolMode::Transaction, PoolMode::Session] {
        let (_pooler, database, url) = pooled(mode).await;
        let direct = database.connect().await;
        direct
            .execute_script(
                "create table written (id bigserial primary key, n bigint);
                 create table kept as select g as n from generate_series(2, 3) g, generate_series(1, 500)",
            )
            .await
            .unwrap();
        direct.from("kept").filter(col("n").eq(2)).delete().await.unwrap();
        direct.execute_script("insert into kept select 1 from generate_series(1, 500)").await.unwrap();
        // More clients than server sessions in session mode would only wait for each other.
        let tasks = if mode == PoolMode::Session { 1 } else { 10 };
        let db = Database::connect_with(&url, Options { max_connections: tasks * 2, ..options() }).await.unwrap();
        let inserts = (0..tasks).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..40 {
                    db.from("written").insert_only(row! { n: 1 }).await.unwrap();
                }
            })
        });
        let deletes = (0..tasks).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..40 {
                    assert_eq!(db.from("kept").filter(col("n").eq(2)).delete().await.unwrap(), 0);
                }
            })
        });
        for task in inserts.chain(deletes).collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(direct.from("kept").count().await.unwrap(), 1000, "{mode:?}");
        let ones = direct.from("written").filter(col("n").eq(1)).count().await.unwrap();
        assert_eq!(ones, u64::from(tasks) * 40, "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_statement_reads_its_own_values() {
    let (_pooler, database, url) = pooled(PoolMode::Transaction).await;
    let direct = database.connect().await;
    direct.execute("create table items (id bigserial primary key, n bigint, note text)", []).await.unwrap();
    let db = connect(&url).await;
    let work = |db: Database, n: i64| async move {
        let note = n.to_string();
        for _ in 0..10 {
            let items = db.from("items");
            let id = items.insert(row! { n: n, note: note.as_str() }).await.unwrap();
            let mine = items.clone().filter(col("id").eq(id));
            assert_eq!(mine.get::<i64>("n").await.unwrap(), Some(n));
            assert_eq!(mine.rows().await.unwrap().len(), 1);
            let sum = db.fetch("select ?::bigint + ?::bigint", [n.into(), 1.into()]).get::<i64>().await.unwrap();
            assert_eq!(sum, Some(n + 1));
            let streamed = db.fetch("select n, note from items where id = ?", [id.into()]).stream::<(i64, String)>();
            assert_eq!(streamed.try_collect::<Vec<_>>().await.unwrap(), [(n, note.clone())]);
            let inserted: String = items.insert_returning(row! { n: n, note: note.as_str() }, &["note"]).await.unwrap();
            assert_eq!(inserted, note);
            assert_eq!(db.execute("update items set n = n where id = ?", [id.into()]).await.unwrap(), 1);
            let changed =
                mine.clone().order(col("id").asc()).limit(1).update(row! { n: lit("n + ?", [1.into()]) }).await;
            assert_eq!(changed.unwrap(), 1);
            assert_eq!(mine.delete_returning::<i64>(&["n"]).await.unwrap(), [n + 1]);
            let inside = db.transaction(TxOptions::default(), |tx| async move {
                tx.fetch("select ?::bigint", [n.into()]).get::<i64>().await
            });
            assert_eq!(inside.await.unwrap(), Some(n));
        }
    };
    let tasks: Vec<_> = (0..8).map(|n| tokio::spawn(work(db.clone(), n * 1000))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(direct.from("items").count().await.unwrap(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_and_leave_nothing_on_the_shared_session() {
    let server = Postgres::shared(testkit::major());
    let database = server.database().await;
    let pooler = PgBouncer::start(server, PoolMode::Transaction, 1);
    let url = pooler.url(server, &database.name);
    let limited = Options {
        statement_timeout: Some(Duration::from_millis(700)),
        lock_timeout: Some(Duration::from_millis(300)),
        idle_in_transaction_timeout: Some(Duration::from_secs(60)),
        read_only: true,
        connect_sqls: vec!["set local search_path = pg_catalog", "SET LOCAL work_mem = '5MB';"],
        ..options()
    };
    let strict = Database::connect_with(&url, limited).await.unwrap();
    let names =
        "statement_timeout lock_timeout idle_in_transaction_session_timeout transaction_read_only search_path work_mem";
    let settings = async |db: &Database| {
        let sql =
            "select current_setting(name) from unnest(string_to_array(?, ' ')) with ordinality u (name, n) order by n";
        db.fetch(sql, [names.into()]).all::<String>().await.unwrap()
    };
    let held = ["700ms", "300ms", "1min", "on", "pg_catalog", "5MB"];
    let database_own = settings(&database.connect().await).await;
    assert_eq!(settings(&strict).await, held);
    let inside = strict.transaction(TxOptions::default(), |tx| async move {
        tx.fetch("select current_setting('work_mem')", []).get::<String>().await
    });
    assert_eq!(inside.await.unwrap().as_deref(), Some("5MB"));
    let slow = strict.fetch("select pg_sleep(5)", []).get::<()>().await.unwrap_err();
    assert_eq!(slow.kind(), Kind::StatementTimeout);
    assert_eq!(strict.execute_script("select pg_sleep(5)").await.unwrap_err().kind(), Kind::StatementTimeout);
    assert_eq!(strict.execute("create table t (id int)", []).await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(strict.execute_script("create table t (id int)").await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(strict.execute("vacuum", []).await.unwrap_err().kind(), Kind::InvalidOperation);
    // Another client on the only server session.
    let other = connect(&url).await;
    assert_eq!(settings(&other).await, database_own);
    other.execute("create table t (id int)", []).await.unwrap();
    other.execute("vacuum t", []).await.unwrap();
    assert_eq!(other.fetch("select count(*) from pg_prepared_statements", []).get::<i64>().await.unwrap(), Some(0));
    assert_eq!(settings(&strict).await, held);
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_statements_leave_no_transaction_open() {
    let server = Postgres::shared(testkit::major());
    let database = server.database().await;
    let pooler = PgBouncer::start(server, PoolMode::Transaction, 1);
    let url = pooler.url(server, &database.name);
    let db = Database::connect_with(&url, Options { max_connections: 2, ..options() }).await.unwrap();
    db.execute("create table t (id bigint unique deferrable initially deferred)", []).await.unwrap();
    for millis in [0, 1, 2, 3, 5, 8, 30] {
        let slow = db.fetch("select pg_sleep(0.02), ?::bigint", [1.into()]).rows();
        let _ = tokio::time::timeout(Duration::from_millis(millis), slow).await;
        let mut stream = Box::pin(db.fetch("select g from generate_series(1, ?) g", [1000.into()]).stream::<i64>());
        stream.try_next().await.unwrap();
        drop(stream);
    }
    // Errors of the statement and of its COMMIT.
    assert_eq!(db.fetch("select 1 / ?::bigint", [0.into()]).get::<i64>().await.unwrap_err().kind(), Kind::InvalidValue);
    assert_eq!(
        db.execute("insert into t values (?), (?)", [1.into(), 1.into()]).await.unwrap_err().kind(),
        Kind::Unique
    );
    let streamed = db.fetch("insert into t values (?), (2) returning id", [2.into()]).stream::<i64>();
    assert_eq!(streamed.try_collect::<Vec<_>>().await.unwrap_err().kind(), Kind::Unique);
    assert_eq!(db.from("t").count().await.unwrap(), 0);
    let direct = database.connect().await;
    let open = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";
    assert_eq!(direct.fetch(open, []).get::<i64>().await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn statement_mode_and_session_statements_are_refused_with_a_reason() {
    let (_pooler, _database, url) = pooled(PoolMode::Statement).await;
    let refused = Database::connect_with(&url, options()).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::InvalidOperation, "{refused:?}");
    assert!(refused.message().contains("pool_mode = transaction"), "{refused}");
    let lazy = Database::lazy(&url, options()).unwrap();
    let refused = lazy.fetch("select ?::bigint", [1.into()]).get::<i64>().await.unwrap_err();
    assert!(refused.message().contains("pool_mode = transaction"), "{refused:?}");
    for sql in ["set work_mem = '5MB'", "set local work_mem = '5MB'; set work_mem = '6MB'", "select 1"] {
        let options = Options { connect_sqls: vec![sql], ..options() };
        assert_eq!(Database::lazy(&url, options).unwrap_err().kind(), Kind::InvalidValue, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_in_their_transaction_or_are_refused() {
    let (_pooler, database, url) = pooled(PoolMode::Transaction).await;
    let db = connect(&url).await;
    let step = |version, postgres| Migration { version, name: "step", postgres, sqlite: "", mysql: "", down: None };
    let first = step(1, "create table one (id bigint primary key); insert into one values (1)");
    let (a, b) = (db.clone(), connect(&url).await);
    let history = [first];
    let (a, b) = futures::join!(a.migrate(&history), b.migrate(&history));
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    let bare = step(2, "-- no-transaction\ncreate index concurrently one_by_id on one (id)");
    let refused = db.migrate(&[first, bare]).await.unwrap_err();
    assert!(refused.kind() == Kind::Migration && refused.message().contains("pooler"), "{refused}");
    database.connect().await.migrate(&[first, bare]).await.unwrap();
    assert_eq!(db.indexes("one").await.unwrap().len(), 1);
}
