//! Futures that are dropped at random: whatever was under way, nothing of it stays, and the pool is clean.

use std::{future::Future, pin::Pin, sync::atomic::AtomicU32, sync::atomic::Ordering, task::Poll, time::Duration};

use dataset::{Database, Dialect, Error, Kind, TxOptions, col, row};
use futures::TryStreamExt;

use super::{Check, checks};

type Work<'a> = Pin<Box<dyn Future<Output = dataset::Result<()>> + Send + 'a>>;

/// Two rows or none: whoever finds an odd number of them has found half a transaction.
fn works(db: &Database, which: u32) -> Work<'_> {
    let pair = || [row! { kind: "pair", millis: 1 }, row! { kind: "pair", millis: -1 }];
    match which % 9 {
        // begin and commit
        0 => Box::pin(db.transaction(TxOptions::serializable(), |_tx| async { Ok(()) })),
        // one statement, one that answers, and one that fails
        1 => Box::pin(async move { db.from("checks").rows().await.map(drop) }),
        2 => Box::pin(async move { db.from("checks").update(row! { millis: col("millis") }).await.map(drop) }),
        3 => Box::pin(async move { db.from("nowhere").rows().await.map(drop) }),
        // two statements and their commit
        4 => Box::pin(db.transaction(TxOptions::default(), move |tx| async move {
            for half in pair() {
                tx.from("checks").insert(half).await?;
            }
            Ok(())
        })),
        // savepoints: one kept, one undone, one nested
        5 => Box::pin(db.transaction(TxOptions::default(), move |tx| async move {
            let [one, other] = pair();
            tx.savepoint(|sp| async move { sp.from("checks").insert(one).await }).await?;
            let undone = tx.savepoint(|sp| async move {
                sp.from("checks").insert(row! { kind: "odd" }).await?;
                sp.savepoint(|inner| async move { inner.from("checks").insert(row! { kind: "odd" }).await }).await?;
                Err::<(), _>(Error::rollback())
            });
            assert_eq!(undone.await.unwrap_err().kind(), Kind::Rollback);
            tx.from("checks").insert(other).await.map(drop)
        })),
        // a stream, read for a while
        6 => Box::pin(async move {
            let mut rows = Box::pin(db.from("checks").order(col("id").asc()).stream::<Check>());
            for _ in 0..20 {
                if rows.try_next().await?.is_none() {
                    break;
                }
            }
            Ok(())
        }),
        // a stream inside a transaction that writes
        7 => Box::pin(db.transaction(TxOptions::default(), move |tx| async move {
            let [one, other] = pair();
            tx.from("checks").insert(one).await?;
            let mut rows = Box::pin(tx.from("checks").stream::<Check>());
            rows.try_next().await?;
            drop(rows);
            tx.from("checks").insert(other).await.map(drop)
        })),
        // several rows in one call
        _ => Box::pin(async move { db.from("checks").multi_insert_keys(pair().to_vec()).await.map(drop) }),
    }
}

/// Polled so many times, with a pause of a random length before each, and dropped.
async fn polled(mut work: Work<'_>, polls: u32) -> bool {
    for _ in 0..polls {
        let mut once = false;
        let done = std::future::poll_fn(|context| {
            if std::mem::replace(&mut once, true) {
                return Poll::Ready(false);
            }
            match work.as_mut().poll(context) {
                Poll::Ready(_) => Poll::Ready(true),
                // Woken by what it waits for, or looked at again too early: both happen to futures.
                Poll::Pending if rand::random_bool(0.5) => Poll::Pending,
                Poll::Pending => Poll::Ready(false),
            }
        })
        .await;
        if done {
            return true;
        }
        tokio::time::sleep(Duration::from_micros(rand::random_range(0..300))).await;
    }
    false
}

pub async fn b95_dropped_at_random_awaits(db: Database) {
    checks(&db).await;
    db.from("checks").multi_insert((0..200).map(|n| row! { kind: "old", millis: n % 2 }).collect()).await.unwrap();
    let finished = AtomicU32::new(0);
    let clients = (0..6).map(|client| {
        let (db, finished) = (&db, &finished);
        async move {
            for round in 0..27 {
                let done = polled(works(db, client + round), rand::random_range(0..28)).await;
                finished.fetch_add(u32::from(done), Ordering::Relaxed);
            }
        }
    });
    futures::future::join_all(clients).await;
    let finished = finished.into_inner();
    assert!((3..160).contains(&finished), "{finished} of 162: neither all nor none should end");

    let pairs = db.from("checks").filter(col("kind").eq("pair"));
    assert_eq!(db.from("checks").filter(col("kind").eq("odd")).count().await.unwrap(), 0);
    assert_eq!(pairs.count().await.unwrap() % 2, 0, "half a transaction was committed");
    assert_eq!(pairs.get::<f64>(col("millis").sum()).await.unwrap().unwrap_or_default(), 0.0);
    // Every place in the pool is there, and none of them sits in a transaction or holds a lock.
    let most = db.options().max_connections;
    let all = (0..most)
        .map(|_| async { db.from("checks").stream::<Check>().try_fold(0, |n, _| async move { Ok(n + 1) }).await });
    for count in futures::future::join_all(all).await {
        assert!(count.unwrap() >= 200);
    }
    db.from("checks").update(row! { millis: 0 }).await.unwrap();
    assert!(db.pool_size().0 <= most + 1);
    let open = match db.dialect() {
        Dialect::Postgres => {
            "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"
        }
        Dialect::Sqlite => return,
        _ => "select count(*) from information_schema.innodb_trx where trx_mysql_thread_id <> connection_id()",
    };
    for _ in 0..40 {
        if db.fetch(open, []).get::<i64>().await.unwrap() == Some(0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a transaction was left open");
}
