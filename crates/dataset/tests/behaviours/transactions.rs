use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use dataset::{Database, Dialect, Error, Isolation, Kind, Tx, TxOptions, col, row};
use futures::{StreamExt, TryStreamExt};

use super::{Check, checks, five_checks};

async fn add(tx: &Tx, kind: &'static str) -> dataset::Result<i64> {
    tx.from("checks").insert(row! { kind: kind }).await
}

async fn kinds(db: &Database) -> Vec<String> {
    db.from("checks").order(col("id").asc()).select_map("kind").await.unwrap()
}

pub async fn b49_rollback_on_error(db: Database) {
    checks(&db).await;
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "x").await?;
        Err::<(), _>(Error::rollback())
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::Rollback);
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "y").await?;
        tx.execute("insert into nowhere values (1)", []).await
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::UndefinedObject);
    assert_eq!(kinds(&db).await, Vec::<String>::new());
}

pub async fn b50_writes_inside_are_seen_inside(db: Database) {
    checks(&db).await;
    let seen = db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "x").await?;
        tx.from("checks").count().await
    });
    assert_eq!(seen.await.unwrap(), 1);
    assert_eq!(kinds(&db).await, ["x"]);
}

pub async fn b51_savepoints(db: Database) {
    checks(&db).await;
    db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "a").await?;
        let undone = tx.savepoint(|sp| async move {
            add(&sp, "b").await?;
            sp.savepoint(|inner| async move { add(&inner, "c").await }).await?;
            Err::<(), _>(Error::rollback())
        });
        assert_eq!(undone.await.unwrap_err().kind(), Kind::Rollback);
        tx.savepoint(|sp| async move {
            add(&sp, "d").await?;
            let undone = sp.savepoint(|inner| async move {
                add(&inner, "e").await?;
                Err::<(), _>(Error::rollback())
            });
            assert_eq!(undone.await.unwrap_err().kind(), Kind::Rollback);
            add(&sp, "f").await
        })
        .await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(kinds(&db).await, ["a", "d", "f"]);
}

pub async fn b51_an_abandoned_savepoint_is_rolled_back(db: Database) {
    checks(&db).await;
    db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "a").await?;
        let endless = tx.savepoint(|sp| async move {
            add(&sp, "b").await?;
            std::future::pending::<dataset::Result<()>>().await
        });
        assert!(tokio::time::timeout(Duration::from_millis(300), endless).await.is_err());
        assert_eq!(tx.from("checks").count().await?, 1);
        tx.savepoint(|sp| async move { add(&sp, "c").await }).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(kinds(&db).await, ["a", "c"]);
}

pub async fn b54_a_failed_statement_in_a_savepoint_leaves_the_transaction_usable(db: Database) {
    checks(&db).await;
    db.transaction(TxOptions::default(), |tx| async move {
        let id = add(&tx, "a").await?;
        let failed = tx.savepoint(|sp| async move { sp.from("checks").insert(row! { id: id }).await }).await;
        assert_eq!(failed.unwrap_err().kind(), Kind::Unique);
        add(&tx, "b").await
    })
    .await
    .unwrap();
    assert_eq!(kinds(&db).await, ["a", "b"]);
}

/// PostgreSQL gives the transaction up at the first error and would answer COMMIT with a silent rollback.
pub async fn b54_a_failed_statement_forbids_commit_or_is_harmless(db: Database) {
    checks(&db).await;
    let outcome = db.transaction(TxOptions::default(), |tx| async move {
        let id = add(&tx, "a").await?;
        assert_eq!(tx.from("checks").insert(row! { id: id }).await.unwrap_err().kind(), Kind::Unique);
        Ok(())
    });
    let outcome = outcome.await;
    match db.dialect() {
        Dialect::Postgres => assert_eq!(outcome.unwrap_err().kind(), Kind::InvalidOperation),
        _ => assert_eq!(outcome.unwrap(), ()),
    }
    assert_eq!(kinds(&db).await.len(), usize::from(db.dialect() != Dialect::Postgres));
}

pub async fn b55_early_return_commits(db: Database) {
    checks(&db).await;
    let early = db.transaction(TxOptions::default(), |tx| async move {
        add(&tx, "a").await?;
        if tx.from("checks").exists().await? {
            return Ok("early");
        }
        add(&tx, "b").await?;
        Ok("late")
    });
    assert_eq!(early.await.unwrap(), "early");
    assert_eq!(kinds(&db).await, ["a"]);
}

pub async fn b56_isolation_levels(db: Database) {
    checks(&db).await;
    use Isolation::{ReadCommitted, ReadUncommitted, RepeatableRead, Serializable};
    for isolation in [ReadUncommitted, ReadCommitted, RepeatableRead, Serializable] {
        let options = TxOptions { isolation: Some(isolation), ..TxOptions::default() };
        db.transaction(options, |tx| async move { add(&tx, "x").await }).await.unwrap();
    }
    let options = TxOptions { deferrable: true, read_only: true, ..TxOptions::serializable() };
    assert_eq!(db.transaction(options, |tx| async move { tx.from("checks").count().await }).await.unwrap(), 4);
}

pub async fn b58_retries_are_bounded(db: Database) {
    checks(&db).await;
    let tries = AtomicU32::new(0);
    let options = TxOptions { retries: 3, ..TxOptions::default() };
    let outcome = db.transaction(options, |tx| {
        tries.fetch_add(1, Ordering::SeqCst);
        async move {
            add(&tx, "x").await?;
            Err::<(), _>(Error::new(Kind::Serialization, "again"))
        }
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::Serialization);
    assert_eq!(tries.load(Ordering::SeqCst), 4);
    // And one that succeeds at last.
    let tries = AtomicU32::new(0);
    let outcome = db.transaction(options, |tx| {
        let last = tries.fetch_add(1, Ordering::SeqCst) == 2;
        async move {
            add(&tx, "y").await?;
            if last { Ok(()) } else { Err(Error::new(Kind::Serialization, "again")) }
        }
    });
    outcome.await.unwrap();
    assert_eq!(kinds(&db).await, ["y"]);
}

pub async fn b59_read_only_transaction(db: Database) {
    five_checks(&db).await;
    let outcome = db.transaction(TxOptions::read_only(), |tx| async move {
        assert_eq!(tx.from("checks").count().await?, 5);
        tx.from("checks").delete().await
    });
    assert_eq!(outcome.await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
}

/// Futures of a whole transaction are dropped at many moments; whatever was under way, nothing of it stays and the pool is clean.
pub async fn b95_cancelled_anywhere_the_pool_stays_clean(db: Database) {
    five_checks(&db).await;
    for step in 0..150_u64 {
        let work = db.transaction(TxOptions::default(), |tx| async move {
            add(&tx, "half").await?;
            tx.savepoint(|sp| async move { add(&sp, "half").await }).await?;
            let mut stream = Box::pin(tx.from("checks").stream::<Check>());
            stream.try_next().await?;
            drop(stream);
            add(&tx, "half").await?;
            tokio::task::yield_now().await;
            Err::<(), _>(Error::rollback())
        });
        let _ = tokio::time::timeout(Duration::from_micros(step * 37), work).await;
        if step % 3 == 0 {
            let _ = tokio::time::timeout(Duration::from_micros(step * 7), db.from("checks").all::<Check>()).await;
        }
        if step % 25 == 0 {
            assert_eq!(db.from("checks").count().await.unwrap(), 5, "step {step}");
        }
    }
    // As many at once as the pool has connections, and none of them sits in a transaction.
    let counts = futures::stream::iter(0..16)
        .map(|_| async { db.from("checks").update(row! { millis: 1 }).await })
        .buffer_unordered(8);
    assert_eq!(counts.try_fold(0, |sum, n| async move { Ok(sum + n) }).await.unwrap(), 80);
    assert_eq!(db.from("checks").count().await.unwrap(), 5);
    if db.dialect() == Dialect::Postgres {
        let open = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
        for _ in 0..20 {
            if db.fetch(open, []).get::<i64>().await.unwrap() == Some(0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("a transaction was left open");
    }
}

pub async fn b95_a_handle_that_outlives_its_transaction_is_dead(db: Database) {
    checks(&db).await;
    let kept = db.transaction(TxOptions::default(), |tx| async move { Ok(tx) }).await.unwrap();
    assert_eq!(add(&kept, "late").await.unwrap_err().kind(), Kind::InvalidOperation);
    assert_eq!(kinds(&db).await.len(), 0);
}

pub async fn b95_one_statement_at_a_time(db: Database) {
    five_checks(&db).await;
    db.transaction(TxOptions::default(), |tx| async move {
        // Statements side by side wait for each other.
        let checks = tx.from("checks");
        let (a, b, c) = futures::join!(add(&tx, "x"), add(&tx, "y"), checks.count());
        assert!(a.is_ok() && b.is_ok() && c.is_ok());
        // A statement inside a stream would wait for ever.
        let mut stream = Box::pin(tx.from("checks").stream::<Check>());
        stream.try_next().await?;
        assert_eq!(tx.from("checks").count().await.unwrap_err().kind(), Kind::InvalidOperation);
        drop(stream);
        assert_eq!(tx.from("checks").count().await?, 7);
        Ok(())
    })
    .await
    .unwrap();
}
