//! Several servers, and what happens to the connections to them. Fresh databases stand in for servers.

use std::time::Duration;

use dataset::{Database, Dataset, Dialect, Error, Kind, Options, TxOptions, col, row};

use futures::TryStreamExt;

use super::{Check, Fresh, checks};

/// A database that knows who it is.
async fn known_as(fresh: &Fresh, name: &str) -> String {
    let url = fresh.url().await;
    let db = Database::connect(&url).await.unwrap();
    checks(&db).await;
    db.from("checks").insert(row! { kind: name }).await.unwrap();
    db.close().await;
    url
}

/// A primary with two replicas and the shard `s`.
async fn cluster(fresh: &Fresh) -> Database {
    let options = Options {
        replicas: vec![known_as(fresh, "r1").await.into(), known_as(fresh, "r2").await.into()],
        shards: vec![("s".to_owned(), known_as(fresh, "s").await.into())],
        ..Options::default()
    };
    Database::connect_with(&known_as(fresh, "p").await, options).await.unwrap()
}

async fn with(fresh: &Fresh, options: Options) -> Database {
    Database::connect_with(&known_as(fresh, "p").await, options).await.unwrap()
}

async fn name(ds: Dataset) -> String {
    ds.order(col("id").asc()).get("kind").await.unwrap().unwrap()
}

/// Who serves, as the server tells its sessions apart; SQLite's connections are given a number when they are opened.
async fn session(db: &Database) -> dataset::Result<i64> {
    let sql = match db.dialect() {
        Dialect::Postgres => "select pg_backend_pid()",
        Dialect::Sqlite => "select n from temp.mine",
        _ => "select connection_id()",
    };
    Ok(db.fetch(sql, []).get().await?.unwrap())
}

fn numbered(options: Options, fresh: &Fresh) -> Options {
    let sqls = if fresh.sqlite { vec!["create temp table mine as select random() >> 12 as n"] } else { vec![] };
    Options { max_connections: 1, connect_sqls: sqls, ..options }
}

async fn kill(killer: &Database, session: i64) {
    let sql = match killer.dialect() {
        Dialect::Postgres => format!("select pg_terminate_backend({session})"),
        _ => format!("kill {session}"),
    };
    killer.execute(sql.leak(), []).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
}

pub async fn b62_a_database_tells_whether_it_is_there(fresh: Fresh) {
    let url = known_as(&fresh, "p").await;
    let db = Database::connect_with(&url, numbered(Options::default(), &fresh)).await.unwrap();
    db.ping().await.unwrap();
    if !fresh.sqlite {
        // A session that was killed is found out, once.
        kill(&Database::connect(&url).await.unwrap(), session(&db).await.unwrap()).await;
        assert_eq!(db.ping().await.unwrap_err().kind(), Kind::Disconnect);
        db.ping().await.unwrap();
    }
    db.close().await;
    assert_eq!(db.ping().await.unwrap_err().kind(), Kind::Disconnect);
}

pub async fn b64_never_more_than_the_pool_may_have(fresh: Fresh) {
    let db = with(&fresh, Options { max_connections: 3, ..Options::default() }).await;
    db.preconnect().await.unwrap();
    assert!(db.pool_stats().open >= 3);
    let most = 3 + u32::from(fresh.sqlite);
    let work = (0..30).map(|_| {
        let db = db.clone();
        async move {
            db.from("checks").count().await.unwrap();
            assert!(db.pool_stats().open <= most, "{:?}", db.pool_stats());
        }
    });
    futures::future::join_all(work).await;
    let stats = db.pool_stats();
    assert!(stats.asked >= 33 && stats.timeouts == 0 && stats.longest <= stats.waited, "{stats:?}");
    assert_eq!(stats.waits.iter().sum::<u64>(), stats.asked);
}

pub async fn b65_pool_timeout(fresh: Fresh) {
    let options = Options { acquire_timeout: Duration::from_millis(300), max_connections: 3, ..Options::default() };
    let db = with(&fresh, options).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let mut stream = Box::pin(db.from("checks").stream::<Check>());
        stream.try_next().await.unwrap();
        streams.push(stream);
    }
    let begun = std::time::Instant::now();
    assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::PoolTimeout);
    assert!(begun.elapsed() >= Duration::from_millis(300) && begun.elapsed() < Duration::from_secs(3));
    streams.pop();
    assert_eq!(db.from("checks").count().await.unwrap(), 1);
}

pub async fn b65_the_pool_counts_those_it_kept_waiting_in_vain(fresh: Fresh) {
    let options = Options { acquire_timeout: Duration::from_millis(150), max_connections: 1, ..Options::default() };
    let db = with(&fresh, options).await;
    let outside = db.clone();
    db.transaction(TxOptions::default(), |_tx| {
        let outside = outside.clone();
        async move {
            assert_eq!(outside.from("checks").delete().await.unwrap_err().kind(), Kind::PoolTimeout);
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(db.pool_stats().timeouts, 1);
    assert!(db.pool_stats().waits[2..].iter().sum::<u64>() >= 1);
}

pub async fn b66_a_broken_connection_is_dropped(fresh: Fresh) {
    if fresh.sqlite {
        // There is nobody to break it.
        return;
    }
    let url = known_as(&fresh, "p").await;
    let killer = Database::connect(&url).await.unwrap();
    let db = Database::connect_with(&url, numbered(Options::default(), &fresh)).await.unwrap();
    let first = session(&db).await.unwrap();
    kill(&killer, first).await;
    let broken = db.from("checks").count().await.unwrap_err();
    assert_eq!(broken.kind(), Kind::Disconnect, "{broken:?}");
    let second = session(&db).await.unwrap();
    assert_ne!(first, second);
    // In the middle of a transaction: all of it is lost, and nothing but it.
    let lost = db.transaction(TxOptions::default(), |tx| {
        let killer = killer.clone();
        async move {
            tx.from("checks").insert(row! { kind: "lost" }).await?;
            kill(&killer, second).await;
            tx.from("checks").insert(row! { kind: "lost too" }).await
        }
    });
    assert_eq!(lost.await.unwrap_err().kind(), Kind::Disconnect);
    assert_eq!(db.from("checks").select_map::<String>("kind").await.unwrap(), ["p"]);
    assert_eq!(db.pool_size().0, 1);
}

pub async fn b66_a_connect_statement_that_fails_says_so(fresh: Fresh) {
    let url = known_as(&fresh, "p").await;
    let options = || Options {
        connect_sqls: vec!["select * from nowhere"],
        acquire_timeout: Duration::from_millis(500),
        ..Options::default()
    };
    let error = Database::connect_with(&url, options()).await.unwrap_err();
    assert_eq!((error.kind(), error.sql()), (Kind::UndefinedObject, Some("select * from nowhere")));
    let lazy = Database::lazy(&url, options()).unwrap();
    assert_eq!(lazy.from("checks").count().await.unwrap_err().kind(), Kind::UndefinedObject);
}

pub async fn b68_connections_in_use_are_closed_when_they_come_back(fresh: Fresh) {
    let url = known_as(&fresh, "p").await;
    let db = Database::connect(&url).await.unwrap();
    let closing = db.clone();
    db.transaction(TxOptions::default(), |tx| {
        let closing = closing.clone();
        async move {
            let close = tokio::spawn(async move { closing.close().await });
            tokio::time::sleep(Duration::from_millis(50)).await;
            // What has begun may end.
            tx.from("checks").update(row! { kind: "last" }).await?;
            assert!(!close.is_finished());
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::Disconnect);
    db.close().await;
    assert_eq!(db.pool_stats().open, 0);
    let again = Database::connect(&url).await.unwrap();
    assert_eq!(name(again.from("checks")).await, "last");
}

pub async fn b69_reads_go_to_replicas_writes_to_the_primary(fresh: Fresh) {
    let db = cluster(&fresh).await;
    let me = || db.from("checks");
    assert_eq!([name(me()).await, name(me()).await, name(me()).await], ["r1", "r2", "r1"]);
    let raw = || db.fetch("select kind from checks", []);
    assert_eq!(raw().get::<String>().await.unwrap().unwrap(), "r2");
    assert_eq!(raw().server("s").get::<String>().await.unwrap().unwrap(), "s");
    assert_eq!(name(me().server("primary")).await, "p");
    assert_eq!(name(me().server("s")).await, "s");
    assert_eq!(name(db.server("s").unwrap().from("checks")).await, "s");
    assert_eq!(name(db.server("primary").unwrap().from("checks")).await, "p");
    // Writes, and everything in a transaction.
    assert_eq!(me().insert(row! { kind: "new" }).await.unwrap(), 2);
    assert_eq!(me().server("s").update(row! { kind: "shard" }).await.unwrap(), 1);
    assert_eq!(me().server("s").multi_insert_keys(vec![row! { kind: "x" }, row! { kind: "y" }]).await.unwrap(), [2, 3]);
    assert_eq!(me().server("primary").count().await.unwrap(), 2);
    let pairs = me().select(["id", "kind"]);
    let found: (i64, String) = pairs.find_or_create(row! { id: 2 }, row! { kind: "not new" }).await.unwrap();
    assert_eq!(found, (2, "new".to_owned()));
    let inside = db.transaction(TxOptions::read_only(), |tx| async move {
        let elsewhere = tx.from("checks").server("s").count().await.unwrap_err();
        assert_eq!(elsewhere.kind(), Kind::InvalidOperation);
        assert_eq!(name(tx.from("checks").server("primary")).await, "p");
        Ok(name(tx.from("checks")).await)
    });
    assert_eq!(inside.await.unwrap(), "p");
    // A locking read is one that writes.
    if !fresh.sqlite {
        assert_eq!(name(me().for_update()).await, "p");
    }
    // What a database holds is asked where it is changed.
    db.execute("create table young (id integer primary key)", []).await.unwrap();
    assert!(db.table_exists("young").await.unwrap());
    assert_eq!(db.from("young").insert(row! { id: 1 }).await.unwrap(), 1);
    let unknown = me().server("nowhere").count().await.unwrap_err();
    assert_eq!(unknown.kind(), Kind::InvalidOperation);
    assert!(db.server("nowhere").is_err());
}

pub async fn b70_servers_come_and_go(fresh: Fresh) {
    let db = cluster(&fresh).await;
    let clone = db.clone();
    let (t, u) = (known_as(&fresh, "t").await, known_as(&fresh, "u").await);
    let at = async |server: &str| name(clone.from("checks").server(server)).await;
    let refused = async |server: &str| clone.from("checks").server(server).count().await.unwrap_err().kind();
    db.add_server("t", &t).unwrap();
    assert_eq!(clone.servers(), ["primary", "s", "t"]);
    assert_eq!(at("t").await, "t");
    db.add_server("t", &u).unwrap();
    assert_eq!(at("t").await, "u");
    db.remove_server("t").await;
    db.remove_server("t").await;
    assert_eq!(refused("t").await, Kind::InvalidOperation);
    let foreign = if db.dialect() == Dialect::Postgres { "mysql://h/d" } else { "postgres://h/d" };
    for (name, url) in [("primary", t.as_str()), ("x", foreign), ("x", "nonsense")] {
        assert_eq!(db.add_server(name, url).unwrap_err().kind(), Kind::InvalidValue);
    }
    // The URLs may hold passwords, so nobody gets to see them.
    assert!(!format!("{:?}", db.options()).contains("://"), "{:?}", db.options());
    db.close().await;
    assert_eq!(refused("s").await, Kind::Disconnect);
}

pub async fn b71_idle_connections_are_asked_for_a_sign_of_life(fresh: Fresh) {
    let url = known_as(&fresh, "p").await;
    let patient = Options { validate_after_idle: Duration::ZERO, ..Options::default() };
    let db = Database::connect_with(&url, numbered(patient, &fresh)).await.unwrap();
    let first = session(&db).await.unwrap();
    assert_eq!(session(&db).await.unwrap(), first, "a living one is kept");
    if !fresh.sqlite {
        kill(&Database::connect(&url).await.unwrap(), first).await;
        assert_ne!(session(&db).await.unwrap(), first, "a dead one is not handed out");
    }
}

pub async fn b71_old_connections_are_replaced(fresh: Fresh) {
    let options = Options { max_lifetime: Some(Duration::from_millis(700)), ..Options::default() };
    let db = with(&fresh, numbered(options, &fresh)).await;
    let first = session(&db).await.unwrap();
    assert_eq!(session(&db).await.unwrap(), first);
    tokio::time::sleep(Duration::from_millis(750)).await;
    assert_ne!(session(&db).await.unwrap(), first);
    assert!(db.pool_stats().open <= 2, "{:?}", db.pool_stats());
}

/// Sequel's `with_server` block is a handle here: whoever holds it asks that server, whatever others do meanwhile.
pub async fn b72_a_handle_for_one_server(fresh: Fresh) {
    let db = cluster(&fresh).await;
    let (shard, primary) = (db.server("s").unwrap(), db.server("primary").unwrap());
    for _ in 0..3 {
        let both = futures::join!(name(shard.from("checks")), name(primary.from("checks")));
        assert_eq!(both, ("s".to_owned(), "p".to_owned()));
    }
    let undone = shard.transaction(TxOptions::default(), |tx| async move {
        tx.from("checks").delete().await?;
        Err::<(), _>(Error::rollback())
    });
    undone.await.unwrap_err();
    assert_eq!(shard.from("checks").count().await.unwrap(), 1);
    // Nested, and from within a transaction elsewhere: each handle stays with its server.
    let both = db.transaction(TxOptions::default(), |tx| {
        let shard = shard.clone();
        async move { Ok((name(tx.from("checks")).await, name(shard.from("checks")).await)) }
    });
    assert_eq!(both.await.unwrap(), ("p".to_owned(), "s".to_owned()));
}

/// A transaction that meets another: whoever loses is undone and tried again, whatever the database calls it.
pub async fn b58_conflicts_are_tried_again(fresh: Fresh) {
    let url = known_as(&fresh, "p").await;
    let (one, two) = (Database::connect(&url).await.unwrap(), Database::connect(&url).await.unwrap());
    let add = |tx: dataset::Tx, id: i64| async move {
        tx.from("checks").filter(col("id").eq(id)).update(row! { millis: col("millis") + 1 }).await
    };
    one.from("checks").insert(row! { id: 2, kind: "q" }).await.unwrap();
    let tries = std::sync::atomic::AtomicU32::new(0);
    let tried = || tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    if fresh.sqlite {
        // A reader that goes on to write when somebody else has written.
        let options = TxOptions { immediate: false, retries: 3, ..TxOptions::default() };
        one.transaction(options, |tx| {
            let (first, two) = (tried() == 0, two.clone());
            async move {
                tx.from("checks").count().await?;
                if first {
                    two.from("checks").filter(col("id").eq(2)).update(row! { millis: 1 }).await?;
                }
                add(tx, 1).await
            }
        })
        .await
        .unwrap();
        assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 2);
    } else {
        // Each holds what the other wants.
        let met = tokio::sync::Barrier::new(2);
        let opposed = |db: Database, ids: [i64; 2]| {
            let (tried, met) = (&tried, &met);
            async move {
                db.transaction(TxOptions { retries: 3, ..TxOptions::default() }, |tx| {
                    let early = tried() < 2;
                    async move {
                        add(tx.clone(), ids[0]).await?;
                        if early {
                            met.wait().await;
                        }
                        add(tx, ids[1]).await
                    }
                })
                .await
            }
        };
        let (a, b) = futures::join!(opposed(one.clone(), [1, 2]), opposed(two, [2, 1]));
        for outcome in [a, b] {
            outcome.unwrap();
        }
        assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 3, "one of the two was tried again");
    }
    let millis: Vec<f64> = one.from("checks").order(col("id").asc()).select_map("millis").await.unwrap();
    assert_eq!(millis, if fresh.sqlite { [1.0, 1.0] } else { [2.0, 2.0] });
    // Without a promise to try again the loser is told: somebody holds the row, and the clock runs out.
    let hasty = Options { lock_timeout: Some(Duration::from_millis(200)), ..Options::default() };
    let hasty = Database::connect_with(&url, hasty).await.unwrap();
    let waited = one.transaction(TxOptions::default(), |tx| {
        let hasty = hasty.clone();
        async move {
            tx.from("checks").update(row! { millis: 9 }).await?;
            Ok(hasty.from("checks").update(row! { millis: 8 }).await.unwrap_err().kind())
        }
    });
    // SQLite's busy is the table's Serialization.
    let want = if fresh.sqlite { Kind::Serialization } else { Kind::LockTimeout };
    assert_eq!(waited.await.unwrap(), want);
}
