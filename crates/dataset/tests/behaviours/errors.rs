use std::time::Duration;

use dataset::{Database, Dialect, Kind, TxOptions, col, row};
use futures::{StreamExt, TryStreamExt};

use super::{Check, checks, five_checks};

pub async fn b60_errors_tell_statement_and_kind(db: Database) {
    checks(&db).await;
    let error = db.from("nowhere").all::<Check>().await.unwrap_err();
    assert_eq!(error.kind(), Kind::UndefinedObject);
    assert!(error.sql().unwrap().contains("nowhere"));
    assert!(!error.message().is_empty() && error.code().is_some());
    assert!(std::error::Error::source(&error).is_some());
    let column = db.from("checks").filter(col("nothing").eq("secret value")).all::<Check>().await.unwrap_err();
    assert_eq!(column.kind(), Kind::UndefinedObject);
    assert!(!format!("{column} {column:?}").contains("secret value"));
    assert_eq!(db.execute("selec 1", []).await.unwrap_err().kind(), Kind::Syntax);
    // And the connection is fine.
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
}

pub async fn b61_constraint_kinds(db: Database) {
    db.execute_script(
        "create table parents (id integer primary key, a integer, b integer, unique (a, b)); \
         create table children (id integer primary key, parent integer not null, size integer, \
         constraint small check (size < 10), foreign key (parent) references parents (id))",
    )
    .await
    .unwrap();
    let (parents, children) = (db.from("parents"), db.from("children"));
    parents.insert(row! { id: 1, a: 1, b: 1 }).await.unwrap();
    children.insert(row! { id: 1, parent: 1, size: 1 }).await.unwrap();
    let kind = |result: dataset::Result<i64>| result.unwrap_err().kind();
    assert_eq!(kind(parents.insert(row! { id: 1, a: 2, b: 2 }).await), Kind::Unique);
    assert_eq!(kind(parents.insert(row! { id: 2, a: 1, b: 1 }).await), Kind::Unique);
    assert_eq!(kind(children.insert(row! { id: 2, parent: 9, size: 1 }).await), Kind::ForeignKey);
    assert_eq!(kind(children.insert(row! { id: 2, parent: None::<i64>, size: 1 }).await), Kind::NotNull);
    assert_eq!(kind(children.insert(row! { id: 2, size: 1 }).await), Kind::NotNull);
    assert_eq!(kind(children.insert(row! { id: 2, parent: 1, size: 10 }).await), Kind::Check);
    assert_eq!(children.update(row! { parent: 9 }).await.unwrap_err().kind(), Kind::ForeignKey);
    assert_eq!(parents.delete().await.unwrap_err().kind(), Kind::ForeignKey);
    assert_eq!(children.update(row! { size: 10 }).await.unwrap_err().kind(), Kind::Check);
}

pub async fn b63_close_twice(db: Database) {
    checks(&db).await;
    db.close().await;
    db.close().await;
    assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::Disconnect);
}

pub async fn b67_more_tasks_than_connections(db: Database) {
    five_checks(&db).await;
    let counts = futures::stream::iter(0..60).map(|_| async { db.from("checks").count().await }).buffer_unordered(60);
    let total: u64 = counts.try_fold(0, |sum, n| async move { Ok(sum + n) }).await.unwrap();
    assert_eq!(total, 300);
    assert!(db.pool_size().0 <= db.options().max_connections + 1);
    // Writers too: none of them meets a lock it cannot wait for.
    let writers = futures::stream::iter(0..40).map(|n| {
        let db = db.clone();
        async move {
            db.transaction(TxOptions::default(), |tx| async move {
                let n0 = tx.from("checks").count().await?;
                tx.from("checks").insert(row! { kind: "w", millis: n }).await?;
                Ok(n0)
            })
            .await
        }
    });
    let done: Vec<u64> = writers.buffer_unordered(40).try_collect().await.unwrap();
    assert_eq!(done.len(), 40);
    assert_eq!(db.from("checks").count().await.unwrap(), 45);
}

pub async fn b87_table_exists(db: Database) {
    checks(&db).await;
    assert!(db.table_exists("checks").await.unwrap());
    assert!(!db.table_exists("nowhere").await.unwrap());
    if db.dialect() == Dialect::Postgres {
        assert!(db.table_exists(("public", "checks")).await.unwrap());
        assert!(!db.table_exists(("pg_catalog", "checks")).await.unwrap());
    }
    db.transaction(TxOptions::default(), |tx| async move {
        assert!(!tx.table_exists("nowhere").await?);
        assert!(tx.table_exists("checks").await?);
        tx.from("checks").insert(row! { kind: "still usable" }).await
    })
    .await
    .unwrap();
    assert!(!db.version().await.unwrap().is_empty());
}
