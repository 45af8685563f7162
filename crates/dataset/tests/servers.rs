//! Several servers, and what happens to the connections to them. SQLite files stand in for servers.
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use dataset::{Database, Kind, Options, Secret, Tls, TlsMode, TxOptions, col, row};

struct Files(tempfile::TempDir);

impl Files {
    /// Files that each know who they are.
    async fn new(names: &[&str]) -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        for name in names {
            let db = Database::connect(&files.url(name)).await.unwrap();
            db.execute("create table me (id integer primary key, name text)", []).await.unwrap();
            db.from("me").insert(row! { name: *name }).await.unwrap();
        }
        files
    }

    fn url(&self, name: &str) -> String {
        format!("sqlite://{}", self.0.path().join(name).display())
    }

    fn secret(&self, name: &str) -> Secret {
        self.url(name).into()
    }
}

async fn cluster(files: &Files) -> Database {
    let options = Options {
        replicas: vec![files.secret("r1"), files.secret("r2")],
        shards: vec![("s".to_owned(), files.secret("s"))],
        ..Options::default()
    };
    Database::connect_with(&files.url("p"), options).await.unwrap()
}

async fn name(ds: dataset::Dataset) -> String {
    ds.get("name").await.unwrap().unwrap()
}

#[tokio::test]
async fn b69_reads_go_to_replicas_writes_to_the_primary() {
    let files = Files::new(&["p", "r1", "r2", "s"]).await;
    let db = cluster(&files).await;
    let me = || db.from("me");
    assert_eq!([name(me()).await, name(me()).await, name(me()).await], ["r1", "r2", "r1"]);
    let raw = || db.fetch("select name from me", []);
    assert_eq!(raw().get::<String>().await.unwrap().unwrap(), "r2");
    assert_eq!(raw().server("s").get::<String>().await.unwrap().unwrap(), "s");
    assert_eq!(name(me().server("primary")).await, "p");
    assert_eq!(name(me().server("s")).await, "s");
    assert_eq!(name(db.server("s").unwrap().from("me")).await, "s");
    assert_eq!(name(db.server("primary").unwrap().from("me")).await, "p");
    // Writes, and everything in a transaction.
    assert_eq!(me().insert(row! { name: "new" }).await.unwrap(), 2);
    assert_eq!(me().server("s").update(row! { name: "shard" }).await.unwrap(), 1);
    assert_eq!(me().server("s").multi_insert_keys(vec![row! { name: "x" }, row! { name: "y" }]).await.unwrap(), [2, 3]);
    assert_eq!(me().server("primary").count().await.unwrap(), 2);
    let found: (i64, String) = me().find_or_create(row! { id: 2 }, row! { name: "not new" }).await.unwrap();
    assert_eq!(found, (2, "new".to_owned()));
    let inside = db.transaction(TxOptions::read_only(), |tx| async move {
        let elsewhere = tx.from("me").server("s").count().await.unwrap_err();
        assert_eq!(elsewhere.kind(), Kind::InvalidOperation);
        assert_eq!(name(tx.from("me").server("primary").order(col("id").asc())).await, "p");
        Ok(name(tx.from("me").order(col("id").asc())).await)
    });
    assert_eq!(inside.await.unwrap(), "p");
    // What a database holds is asked where it is changed.
    db.execute("create table young (id integer primary key)", []).await.unwrap();
    assert!(db.table_exists("young").await.unwrap());
    assert_eq!(db.from("young").insert(row! {}).await.unwrap(), 1);
    let unknown = me().server("nowhere").count().await.unwrap_err();
    assert_eq!(unknown.kind(), Kind::InvalidOperation);
    assert!(db.server("nowhere").is_err());
}

#[tokio::test]
async fn b70_servers_come_and_go() {
    let files = Files::new(&["p", "r1", "r2", "s", "t"]).await;
    let db = cluster(&files).await;
    let clone = db.clone();
    db.add_server("t", &files.url("t")).unwrap();
    assert_eq!(clone.servers(), ["primary", "s", "t"]);
    assert_eq!(name(clone.from("me").server("t")).await, "t");
    db.add_server("t", &files.url("s")).unwrap();
    assert_eq!(name(clone.from("me").server("t")).await, "s");
    db.remove_server("t").await;
    db.remove_server("t").await;
    assert_eq!(clone.from("me").server("t").count().await.unwrap_err().kind(), Kind::InvalidOperation);
    for (name, url) in [("primary", files.url("t")), ("x", "postgres://h/d".to_owned()), ("x", "nonsense".to_owned())] {
        assert_eq!(db.add_server(name, &url).unwrap_err().kind(), Kind::InvalidValue);
    }
    // The URLs may hold passwords, so nobody gets to see them.
    assert!(!format!("{:?}", db.options()).contains("sqlite"), "{:?}", db.options());
    db.close().await;
    assert_eq!(name_error(&clone, "s").await, Kind::Disconnect);
}

async fn name_error(db: &Database, server: &str) -> Kind {
    db.from("me").server(server).count().await.unwrap_err().kind()
}

/// Sequel's `with_server` block is a handle here: whoever holds it asks that server, whatever others do meanwhile.
#[tokio::test]
async fn b72_a_handle_for_one_server() {
    let files = Files::new(&["p", "r1", "r2", "s"]).await;
    let db = cluster(&files).await;
    let (shard, primary) = (db.server("s").unwrap(), db.server("primary").unwrap());
    for _ in 0..3 {
        let both = futures::join!(name(shard.from("me")), name(primary.from("me")));
        assert_eq!(both, ("s".to_owned(), "p".to_owned()));
    }
    let undone = shard.transaction(TxOptions::default(), |tx| async move {
        tx.from("me").delete().await?;
        Err::<(), _>(dataset::Error::rollback())
    });
    undone.await.unwrap_err();
    assert_eq!(shard.from("me").count().await.unwrap(), 1);
}

#[tokio::test]
async fn b64_never_more_than_the_pool_may_have() {
    let files = Files::new(&["p"]).await;
    let options = Options { max_connections: 3, ..Options::default() };
    let db = Database::connect_with(&files.url("p"), options).await.unwrap();
    db.preconnect().await.unwrap();
    assert!(db.pool_stats().open >= 3);
    let work = (0..30).map(|_| {
        let db = db.clone();
        async move {
            db.from("me").count().await.unwrap();
            // Three that read and the one that writes.
            assert!(db.pool_stats().open <= 4, "{:?}", db.pool_stats());
        }
    });
    futures::future::join_all(work).await;
    let stats = db.pool_stats();
    assert!(stats.asked >= 33 && stats.timeouts == 0 && stats.longest <= stats.waited, "{stats:?}");
    assert_eq!(stats.waits.iter().sum::<u64>(), stats.asked);
}

#[tokio::test]
async fn b65_the_pool_counts_those_it_kept_waiting_in_vain() {
    let files = Files::new(&["p"]).await;
    let options = Options { acquire_timeout: Duration::from_millis(100), ..Options::default() };
    let db = Database::connect_with(&files.url("p"), options).await.unwrap();
    let outside = db.clone();
    db.transaction(TxOptions::default(), |_tx| {
        let outside = outside.clone();
        async move {
            assert_eq!(outside.from("me").delete().await.unwrap_err().kind(), Kind::PoolTimeout);
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(db.pool_stats().timeouts, 1);
    assert!(db.pool_stats().waits[2] + db.pool_stats().waits[3] >= 1);
}

#[tokio::test]
async fn b68_connections_in_use_are_closed_when_they_come_back() {
    let files = Files::new(&["p"]).await;
    let db = Database::connect(&files.url("p")).await.unwrap();
    let closing = db.clone();
    db.transaction(TxOptions::default(), |tx| {
        let closing = closing.clone();
        async move {
            let close = tokio::spawn(async move { closing.close().await });
            tokio::time::sleep(Duration::from_millis(50)).await;
            // What has begun may end.
            tx.from("me").update(row! { name: "last" }).await?;
            assert!(!close.is_finished());
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(db.from("me").count().await.unwrap_err().kind(), Kind::Disconnect);
    db.close().await;
    assert_eq!(db.pool_stats().open, 0);
    let again = Database::connect(&files.url("p")).await.unwrap();
    assert_eq!(name(again.from("me")).await, "last");
}

#[tokio::test]
async fn b71_old_and_idle_connections() {
    let files = Files::new(&["p"]).await;
    let options = Options {
        max_connections: 1,
        max_lifetime: Some(Duration::from_millis(50)),
        validate_after_idle: Duration::ZERO,
        connect_sqls: vec!["create temp table mine (n integer)"],
        ..Options::default()
    };
    let db = Database::connect_with(&files.url("p"), options).await.unwrap();
    let mark = async || db.fetch("select count(*) from temp.mine", []).get::<i64>().await.unwrap().unwrap();
    // The same connection while it is young, even though it is asked for a sign of life each time.
    db.fetch("select 1", []).get::<i64>().await.unwrap();
    assert_eq!(mark().await, 0);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(mark().await, 0);
    assert!(db.pool_stats().open <= 2);
}

#[tokio::test]
async fn b66_a_connect_statement_that_fails_says_so() {
    let files = Files::new(&["p"]).await;
    let options = || Options {
        connect_sqls: vec!["select * from nowhere"],
        acquire_timeout: Duration::from_millis(300),
        ..Options::default()
    };
    let error = Database::connect_with(&files.url("p"), options()).await.unwrap_err();
    assert_eq!((error.kind(), error.sql()), (Kind::UndefinedObject, Some("select * from nowhere")));
    let lazy = Database::lazy(&files.url("p"), options()).unwrap();
    assert_eq!(lazy.from("me").count().await.unwrap_err().kind(), Kind::UndefinedObject);
}

#[tokio::test]
async fn tls_that_cannot_be_is_refused() {
    let tls = Options { tls: Some(Tls::new(TlsMode::Require)), ..Options::default() };
    assert_eq!(Database::connect_with("sqlite::memory:", tls.clone()).await.unwrap_err().kind(), Kind::InvalidValue);
    for url in ["postgres://h/d?sslmode=disable", "mysql://h/d?ssl-mode=disabled", "postgres://h/d?sslmod=require"] {
        assert_eq!(Database::lazy(url, tls.clone()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
    for url in ["postgres://h/d?sslmod=require", "mysql://h/d?sslmod=x", "postgres://h/d?sslmode=nonsense"] {
        assert_eq!(Database::lazy(url, Options::default()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
}
