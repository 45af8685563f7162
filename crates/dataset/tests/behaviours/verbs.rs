use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use dataset::{Database, Dialect, Error, Kind, TxOptions, Value, col, default, excluded, row};
use futures::future::join_all;

use super::{Check, checks, five_checks};

pub async fn b07_pages_by_key(db: Database) {
    five_checks(&db).await;
    db.from("checks").multi_insert((0..20).map(|n| row! { kind: "k", millis: n % 3 }).collect()).await.unwrap();
    let all = async |ds: dataset::Dataset| ds.select_map::<i64>("id").await.unwrap();
    for size in [1, 2, 7, 24, 25, 26, 100] {
        for order in [
            vec![col("id").asc()],
            vec![col("id").desc()],
            vec![col("millis").asc(), col("id").desc()],
            vec![col("millis").desc(), col("id").asc()],
        ] {
            let by_millis = order.len() == 2;
            let ds = db.from("checks").order(order);
            let (mut paged, mut next) = (Vec::new(), ds.clone().limit(size));
            loop {
                let rows: Vec<Check> = next.all().await.unwrap();
                paged.extend(rows.iter().map(|row| row.id));
                let Some(last) = rows.last() else { break };
                let keys: Vec<Value> =
                    if by_millis { vec![last.millis.into(), last.id.into()] } else { vec![last.id.into()] };
                next = ds.clone().limit(size).after(keys);
            }
            assert_eq!(paged, all(ds).await, "{size}");
        }
    }
    let ds = db.from("checks").order(col("id").asc());
    assert_eq!(ds.clone().after([]).rows().await.unwrap_err().kind(), Kind::InvalidOperation);
    assert_eq!(ds.after([Value::NULL]).rows().await.unwrap_err().kind(), Kind::InvalidOperation);
}

pub async fn b09_the_last_row_and_other_orders(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks").order([col("kind").asc().nulls_first(), col("id").asc()]);
    assert_eq!(ds.last::<Check>().await.unwrap().unwrap().id, 5);
    assert_eq!(ds.clone().reverse().last::<Check>().await.unwrap().unwrap().id, 4);
    assert_eq!(ds.clone().reverse().select_map::<i64>("id").await.unwrap(), [5, 2, 3, 1, 4]);
    assert_eq!(db.from("checks").last::<Check>().await.unwrap_err().kind(), Kind::InvalidOperation);
    let a = ds.clone().filter(col("kind").eq("a"));
    assert_eq!(a.clone().invert().count().await.unwrap(), 2);
    assert_eq!(a.unfiltered().count().await.unwrap(), 5);
    assert_eq!(ds.unordered().invert().count().await.unwrap(), 0);
}

pub async fn b26_hashes_of_rows_and_groups(db: Database) {
    five_checks(&db).await;
    let ds = db.from("checks").order(col("id").asc());
    let groups: HashMap<Option<String>, Vec<i64>> = ds.select_hash_groups("kind", "id").await.unwrap();
    assert_eq!((&groups[&Some("a".into())], &groups[&None]), (&vec![1, 3], &vec![4]));
    let by_id = ds.to_hash(|row: &Check| row.id).await.unwrap();
    assert_eq!((by_id.len(), by_id[&2].millis), (5, 2.0));
    let by_kind = ds.to_hash_groups(|row: &Check| row.kind.clone()).await.unwrap();
    assert_eq!(by_kind[&Some("a".into())].iter().map(|row| row.id).collect::<Vec<_>>(), [1, 3]);
    let known = ds.filter(col("kind").is_not_null()).unordered();
    let joined = known.get::<String>(col("kind").join(", ", [col("id").desc()])).await.unwrap();
    assert_eq!(joined.as_deref(), Some("c, a, b, a"));
}

pub async fn b40_defaults_by_name(db: Database) {
    checks(&db).await;
    let ds = db.from("checks");
    let inserted = ds.insert(row! { kind: "x", millis: default() }).await;
    match db.dialect() {
        Dialect::Sqlite => assert_eq!(inserted.unwrap_err().kind(), Kind::InvalidOperation),
        _ => {
            inserted.unwrap();
            ds.update(row! { millis: 7 }).await.unwrap();
            ds.update(row! { millis: default() }).await.unwrap();
            assert_eq!(ds.get::<f64>(col("millis")).await.unwrap(), Some(0.0));
        }
    }
    // A row of nothing but defaults, everywhere.
    ds.insert(dataset::Values::new()).await.unwrap();
}

pub async fn b41_a_row_of_nulls(db: Database) {
    db.execute("create table n (a integer, b varchar(9))", []).await.unwrap();
    db.from("n").insert_only(row! { a: None::<i64>, b: Value::NULL }).await.unwrap();
    assert_eq!(db.from("n").all::<(Option<i64>, Option<String>)>().await.unwrap(), [(None, None)]);
    let row = &db.from("n").rows().await.unwrap()[0];
    assert!(row.values().iter().all(Value::is_null));
}

pub async fn b42_insert_from_a_dataset(db: Database) {
    five_checks(&db).await;
    let copy = db.from("checks").select([col("kind"), col("millis") * 10]).filter(col("id").lt(4));
    assert_eq!(db.from("checks").insert_from(["kind", "millis"], &copy).await.unwrap(), 3);
    assert_eq!(db.from("checks").get::<f64>(col("millis").max()).await.unwrap(), Some(30.0));
}

pub async fn b43_keys_of_many(db: Database) {
    checks(&db).await;
    let rows = |n: i32| (0..n).map(|n| row! { kind: "k", millis: n }).collect::<Vec<_>>();
    assert_eq!(db.from("checks").multi_insert_keys(rows(5)).await.unwrap(), [1, 2, 3, 4, 5]);
    let twice = vec![row! { id: 90 }, row! { id: 90 }];
    assert_eq!(db.from("checks").multi_insert_keys(twice).await.unwrap_err().kind(), Kind::Unique);
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
    let inside = db.transaction(TxOptions::default(), |tx| async move {
        tx.from("checks").multi_insert_keys(vec![row! { kind: "a" }, row! { kind: "b" }]).await
    });
    assert_eq!(inside.await.unwrap().len(), 2);
}

pub async fn b46_replace_or_a_clear_error(db: Database) {
    five_checks(&db).await;
    let replaced = db.from("checks").replace(row! { id: 2, kind: "new" }).await;
    if db.dialect() == Dialect::Postgres {
        assert_eq!(replaced.unwrap_err().kind(), Kind::InvalidOperation);
        return;
    }
    replaced.unwrap();
    let row: Check = db.from("checks").filter(col("id").eq(2)).first().await.unwrap().unwrap();
    assert_eq!(row, Check { id: 2, kind: Some("new".into()), millis: 0.0 });
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
}

pub async fn b47_upsert_where(db: Database) {
    five_checks(&db).await;
    let rows = vec![row! { id: 1, millis: 100 }, row! { id: 5, millis: 100 }, row! { id: 9, millis: 100 }];
    let only = col(("checks", "millis")).lt(3);
    let done = db.from("checks").multi_upsert_where(&["id"], rows, row! { millis: excluded("millis") }, only).await;
    if matches!(db.dialect(), Dialect::MySql | Dialect::MariaDb) {
        assert_eq!(done.unwrap_err().kind(), Kind::InvalidOperation);
        assert_eq!(db.from("checks").count().await.unwrap(), 5);
        return;
    }
    assert_eq!(done.unwrap(), 2);
    let millis: Vec<f64> = db.from("checks").order(col("id").asc()).select_map("millis").await.unwrap();
    assert_eq!(millis, [100.0, 2.0, 3.0, 4.0, 5.0, 100.0]);
}

pub async fn b47_find_or_create(db: Database) {
    db.execute("create table servers (name varchar(20) primary key, port integer)", []).await.unwrap();
    let ds = db.from("servers");
    let found = ds.find_or_create::<(String, i64)>(row! { name: "a" }, row! { port: 1 }).await.unwrap();
    assert_eq!(found, ("a".to_owned(), 1));
    let again = ds.find_or_create::<(String, i64)>(row! { name: "a" }, row! { port: 2 }).await.unwrap();
    assert_eq!(again, found);
    let changed = ds.update_or_create::<(String, i64)>(row! { name: "a" }, row! { port: 3 }).await.unwrap();
    assert_eq!(changed.1, 3);
    let made = ds.update_or_create::<(String, i64)>(row! { name: "b" }, row! { port: 4 }).await.unwrap();
    assert_eq!(made, ("b".to_owned(), 4));
    assert_eq!(ds.find_or_create::<Check>(row! {}, row! {}).await.unwrap_err().kind(), Kind::InvalidOperation);
    // Eight at once make one row, and none of them fails.
    let race = (0..8).map(|n| {
        let ds = ds.clone();
        async move { ds.find_or_create::<(String, i64)>(row! { name: "race" }, row! { port: n }).await }
    });
    let ports: Vec<i64> = join_all(race).await.into_iter().map(|row| row.unwrap().1).collect();
    assert!(ports.iter().all(|port| *port == ports[0]), "{ports:?}");
    // Inside a transaction too, where a failed insert would have spoilt it on PostgreSQL.
    let inside = db.transaction(TxOptions::default(), |tx| async move {
        tx.from("servers").find_or_create::<(String, i64)>(row! { name: "a" }, row! { port: 9 }).await
    });
    assert_eq!(inside.await.unwrap().1, 3);
}

pub async fn b39_delete_and_truncate(db: Database) {
    five_checks(&db).await;
    assert_eq!(db.from("checks").filter(col("id").gt(3)).delete().await.unwrap(), 2);
    let some = db.from("checks").filter(col("id").gt(1)).truncate().await;
    assert_eq!(some.unwrap_err().kind(), Kind::InvalidOperation);
    db.from("checks").truncate().await.unwrap();
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
}

pub async fn b79_times_are_utc(db: Database) {
    let kind = match db.dialect() {
        Dialect::Postgres => "create table times (id integer primary key, at timestamptz)",
        Dialect::Sqlite => "create table times (id integer primary key, at text)",
        _ => "create table times (id integer primary key, at datetime(6))",
    };
    db.execute(kind, []).await.unwrap();
    let at: DateTime<Utc> = "2026-03-29T01:30:00.123456Z".parse().unwrap();
    db.from("times").insert_only(row! { id: 1, at: at }).await.unwrap();
    db.from("times").insert_only(row! { id: 2, at: at + TimeDelta::days(1) }).await.unwrap();
    let first = db.from("times").filter(col("id").eq(1));
    assert_eq!(first.get::<DateTime<Utc>>("at").await.unwrap(), Some(at));
    assert_eq!(db.from("times").filter(col("at").lte(at)).count().await.unwrap(), 1);
    // Arithmetic: to the microsecond, on SQLite to the millisecond.
    let later =
        first.get::<DateTime<Utc>>(col("at").later(TimeDelta::milliseconds(90_061_001))).await.unwrap().unwrap();
    assert_eq!(later.timestamp_millis(), (at + TimeDelta::milliseconds(90_061_001)).timestamp_millis());
    let earlier = first.get::<DateTime<Utc>>(col("at").later(TimeDelta::milliseconds(-1_500))).await.unwrap().unwrap();
    assert_eq!(earlier.timestamp_millis(), (at - TimeDelta::milliseconds(1_500)).timestamp_millis());
    let due = db.from("times").filter(col("at").later(TimeDelta::hours(24)).lte(at + TimeDelta::hours(24)));
    assert_eq!(due.count().await.unwrap(), 1);
}

pub async fn b93_comments_and_bans(db: Database) {
    five_checks(&db).await;
    let evil = "x */ ; drop table checks -- \n *//**/ '\"`\0 ? $1 ??";
    let ds = db.from("checks").comment(evil).filter(col("id").gt(2));
    assert_eq!(ds.count().await.unwrap(), 3);
    assert_eq!(ds.update(row! { millis: 1 }).await.unwrap(), 3);
    assert_eq!(ds.clone().filter(col("id").eq(3)).delete().await.unwrap(), 1);
    db.from("checks").comment("!50000 drop table checks").insert(row! { kind: "new" }).await.unwrap();
    assert_eq!(db.from("checks").count().await.unwrap(), 5);

    let blocked = db.block_queries();
    assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::InvalidOperation);
    let outcome = db.transaction(TxOptions::default(), |tx| async move { tx.from("checks").delete().await });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::InvalidOperation);
    drop(blocked);
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        let _blocked = tx.database().block_queries();
        assert_eq!(tx.from("checks").delete().await.unwrap_err().kind(), Kind::InvalidOperation);
        Err::<(), _>(Error::rollback())
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::Rollback);
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
}
