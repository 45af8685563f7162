//! Every behaviour on SQLite, and what is SQLite's own.
#![allow(clippy::unwrap_used, missing_docs)]

mod behaviours;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use dataset::{Database, Kind, Migration, Options, TxOptions, col, row};
use proptest::prelude::*;

async fn fresh() -> (Database, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let db = Database::connect(&url(&dir)).await.unwrap();
    (db, dir)
}

fn url(dir: &tempfile::TempDir) -> String {
    format!("sqlite://{}", dir.path().join("test.db").display())
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let (db, _dir) = fresh().await;
            behaviours::$name(db).await;
        }
    )*};
}

for_every_behaviour!(tests);

macro_rules! tests_of_servers {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let (dir, next) = (tempfile::tempdir().unwrap(), AtomicU32::new(0));
            let make = move || {
                let file = dir.path().join(next.fetch_add(1, Ordering::Relaxed).to_string());
                let url = format!("sqlite://{}", file.display());
                Box::pin(async move { url }) as futures::future::BoxFuture<'static, String>
            };
            behaviours::$name(behaviours::Fresh { sqlite: true, make: Box::new(make) }).await;
        }
    )*};
}

for_every_behaviour_of_servers!(tests_of_servers);

#[tokio::test]
async fn b64_memory_is_one_database() {
    let db = Database::connect("sqlite::memory:").await.unwrap();
    behaviours::five_checks(&db).await;
    let (a, b) = futures::join!(async { db.from("checks").count().await }, async { db.from("checks").count().await });
    assert_eq!((a.unwrap(), b.unwrap()), (5, 5));
    assert_eq!(db.options().max_connections, 1);
    let total = db.transaction(TxOptions::default(), |tx| async move {
        tx.from("checks").filter(col("id").gt(2)).delete().await?;
        tx.from("checks").count().await
    });
    assert_eq!(total.await.unwrap(), 2);
    // Two of them are two databases.
    let other = Database::connect("sqlite::memory:").await.unwrap();
    assert!(!other.table_exists("checks").await.unwrap());
}

#[tokio::test]
async fn b60_connect_errors() {
    let dir = tempfile::tempdir().unwrap();
    let read_only = || Options { read_only: true, ..Options::default() };
    let missing = Database::connect_with(&url(&dir), read_only()).await.unwrap_err();
    assert_eq!(missing.kind(), Kind::UnknownDatabase);
    for bad in [
        "",
        "oracle://x",
        "sqlite",
        "postgres//x",
        "postgres://u:hunter2@[::1",
        "postgres://u:hunter2@h:99999/d",
        "mysql://u:hunter2@h:port/d",
    ] {
        let error = Database::connect(bad).await.unwrap_err();
        assert_eq!(error.kind(), Kind::InvalidValue, "{bad}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let db = Database::connect(&url(&dir)).await.unwrap();
    behaviours::checks(&db).await;
    let read_only = Database::connect_with(&url(&dir), read_only()).await.unwrap();
    assert_eq!(read_only.from("checks").count().await.unwrap(), 0);
    assert_eq!(read_only.from("checks").insert(row! { kind: "x" }).await.unwrap_err().kind(), Kind::ReadOnly);
    let inside = read_only.transaction(TxOptions::default(), |tx| async move { tx.from("checks").count().await });
    assert_eq!(inside.await.unwrap(), 0);
    assert_eq!(read_only.migrate(&[]).await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(read_only.execute("delete from checks", []).await.unwrap_err().kind(), Kind::ReadOnly);
}

/// Two programs on one file: each waits for the other's lock.
#[tokio::test(flavor = "multi_thread")]
async fn b67_two_pools_on_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let one = Database::connect(&url(&dir)).await.unwrap();
    let two = Database::connect(&url(&dir)).await.unwrap();
    behaviours::checks(&one).await;
    let work = |db: Database| async move {
        for n in 0..50 {
            db.transaction(TxOptions::default(), |tx| async move {
                let count = tx.from("checks").count().await?;
                tx.from("checks").insert(row! { kind: "w", millis: n }).await?;
                Ok(count)
            })
            .await
            .unwrap();
        }
    };
    let tasks = [one.clone(), two.clone(), one.clone(), two.clone()].map(|db| tokio::spawn(work(db)));
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(one.from("checks").count().await.unwrap(), 200);
}

/// Readers see the last committed state while a writer is at work.
#[tokio::test(flavor = "multi_thread")]
async fn b06_a_reader_does_not_wait_for_the_writer() {
    let (db, _dir) = fresh().await;
    behaviours::five_checks(&db).await;
    let outside = db.clone();
    db.transaction(TxOptions::default(), |tx| {
        let outside = outside.clone();
        async move {
            tx.from("checks").delete().await?;
            assert_eq!(outside.from("checks").count().await?, 5);
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn b66_a_long_statement_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { statement_timeout: Some(Duration::from_millis(200)), ..Options::default() };
    let db = Database::connect_with(&url(&dir), options).await.unwrap();
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n";
    let begun = std::time::Instant::now();
    let error = db.fetch(endless, []).get::<i64>().await.unwrap_err();
    assert_eq!(error.kind(), Kind::StatementTimeout, "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(3));
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(db.fetch("select 1", []).get::<i64>().await.unwrap(), Some(1));
}

#[tokio::test]
async fn b77_times_sort_beside_current_timestamp() {
    let (db, _dir) = fresh().await;
    db.execute("create table seen (id integer primary key, at timestamp default current_timestamp)", []).await.unwrap();
    let now = chrono::Utc::now();
    let second = chrono::Duration::seconds(2);
    db.from("seen").insert(row! { at: now - second }).await.unwrap();
    db.from("seen").insert(dataset::Values::new()).await.unwrap();
    db.from("seen").insert(row! { at: now + second }).await.unwrap();
    assert_eq!(db.from("seen").order(col("at").asc()).select_map::<i64>("id").await.unwrap(), [1, 2, 3]);
    let times: Vec<chrono::DateTime<chrono::Utc>> = db.from("seen").select_map("at").await.unwrap();
    assert!((times[1] - now).num_seconds().abs() < 3);
    // Even where the column's type is lost.
    let latest: Option<chrono::DateTime<chrono::Utc>> = db.from("seen").get(col("at").max()).await.unwrap();
    assert_eq!(latest.map(|t| t.timestamp_micros()), Some((now + second).timestamp_micros()));
}

#[tokio::test]
async fn b98_a_stream_takes_constant_memory() {
    let (db, _dir) = fresh().await;
    behaviours::b98_a_stream_takes_constant_memory(db).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn b77_any_number_comes_back(int in any::<i64>(), float in any::<f64>().prop_filter("SQLite has no NaN", |x| !x.is_nan()), bytes in any::<Vec<u8>>()) {
        runtime().block_on(async {
            let db = Database::connect("sqlite::memory:").await.unwrap();
            let back: (i64, f64, Vec<u8>) = db.fetch("select ?, ?, ?", [int.into(), float.into(), bytes.clone().into()]).first().await.unwrap().unwrap();
            assert_eq!(back, (int, float, bytes));
        });
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn limited_delete_hits_its_rows_only_whatever_the_columns_are_called() {
    let (db, _dir) = fresh().await;
    db.execute_script(
        "create table odd (rowid integer, _ROWID_ integer, code integer);
         insert into odd values (1, 1, 1), (1, 1, 2), (1, 1, 3);
         create table bare (a integer, b text, primary key (a, b)) without rowid;
         insert into bare values (1, 'x'), (1, 'y'), (2, 'x');
         create table hidden (rowid integer, _rowid_ integer, oid integer)",
    )
    .await
    .unwrap();
    assert_eq!(db.from("odd").order(col("code").asc()).limit(1).delete().await.unwrap(), 1);
    assert_eq!(db.from("Odd").order(col("code").desc()).limit(1).update(row! { code: 9 }).await.unwrap(), 1);
    assert_eq!(db.from("odd").order(col("code").asc()).select_map::<i64>("code").await.unwrap(), [2, 9]);
    assert_eq!(db.from("bare").order([col("a").asc(), col("b").desc()]).limit(1).delete().await.unwrap(), 1);
    assert_eq!(db.from("bare").order(col("a").asc()).select_map::<String>("b").await.unwrap(), ["x", "x"]);
    assert_eq!(db.from("hidden").limit(1).delete().await.unwrap_err().kind(), Kind::InvalidOperation);
    db.execute("create temporary table brief (id integer primary key, n integer)", []).await.unwrap();
    assert_eq!(db.from("brief").insert(row! { n: 1 }).await.unwrap(), 1);
    assert_eq!(db.from("brief").limit(1).delete().await.unwrap(), 1);
}

const fn sqlite_step(version: i64, sqlite: &'static str) -> Migration {
    Migration { version, name: "step", postgres: "", sqlite, mysql: "", down: None }
}

const FAMILY: Migration = sqlite_step(
    1,
    "create table parent (id integer primary key, name text);
     create table child (id integer primary key, parent integer not null references parent (id) on delete cascade);
     insert into parent values (1, 'a'), (2, 'b');
     insert into child values (10, 1), (20, 2), (21, 2)",
);

#[tokio::test]
async fn rebuilt_table_keeps_the_rows_that_refer_to_it() {
    let rebuild = "create table parent_new (id integer primary key, name text not null);
         insert into parent_new select * from parent;
         drop table parent;
         alter table parent_new rename to parent";
    // The procedure that SQLite recommends, word by word.
    let by_hand = format!(
        "-- no-transaction\npragma foreign_keys = off; begin; {rebuild}; pragma foreign_key_check; commit; pragma foreign_keys = on"
    );
    let dir = tempfile::tempdir().unwrap();
    for url in ["sqlite::memory:", &url(&dir)] {
        let db = Database::connect(url).await.unwrap();
        db.migrate(&[FAMILY]).await.unwrap();
        for (version, sql) in [(2, rebuild), (3, by_hand.clone().leak())] {
            let history = [FAMILY, sqlite_step(2, rebuild), sqlite_step(3, sql)];
            db.migrate(&history[..usize::try_from(version).unwrap()]).await.unwrap();
            assert_eq!(db.from("child").count().await.unwrap(), 3, "{url} {version}");
            assert_eq!(db.from("parent").count().await.unwrap(), 2);
            // Foreign keys are on again.
            let orphan = db.from("child").insert(row! { parent: 9 }).await.unwrap_err();
            assert_eq!(orphan.kind(), Kind::ForeignKey);
        }
        assert_eq!(db.from("parent").filter(col("id").eq(1)).delete().await.unwrap(), 1);
        assert_eq!(db.from("child").count().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn migration_that_leaves_orphans_is_undone() {
    let (db, dir) = fresh().await;
    db.migrate(&[FAMILY]).await.unwrap();
    let error = db.migrate(&[FAMILY, sqlite_step(2, "delete from parent where id = 2")]).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Migration);
    assert!(error.message().contains("2 rows of child"), "{error}");
    assert_eq!(db.from("parent").count().await.unwrap(), 2);
    let error = db.migrate(&[FAMILY, sqlite_step(2, "drop table parent")]).await.unwrap_err();
    assert!(error.message().contains("3 rows of child"), "{error}");
    assert_eq!(db.from("child").insert(row! { parent: 9 }).await.unwrap_err().kind(), Kind::ForeignKey);
    // Those that were there before are not the migration's fault.
    let lax = Options { connect_sqls: vec!["pragma foreign_keys = off"], ..Options::default() };
    let lax = Database::connect_with(&url(&dir), lax).await.unwrap();
    lax.from("child").insert(row! { parent: 9 }).await.unwrap();
    let both = sqlite_step(2, "delete from child where parent = 2; delete from parent where id = 2");
    db.migrate(&[FAMILY, both]).await.unwrap();
    assert_eq!(db.from("child").count().await.unwrap(), 2);
    // A program that has them off keeps them off.
    lax.migrate(&[FAMILY, both, sqlite_step(3, "create table more (id integer)")]).await.unwrap();
    lax.from("child").insert(row! { parent: 8 }).await.unwrap();
}
