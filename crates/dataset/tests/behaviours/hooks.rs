use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dataset::{Database, Error, Kind, Tx, TxOptions, col, row};

use super::checks;

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<&'static str>>>);

impl Said {
    fn on(&self, tx: &Tx, commit: &'static str, rollback: &'static str) {
        let (a, b) = (self.clone(), self.clone());
        tx.after_commit(move || a.0.lock().unwrap().push(commit));
        tx.after_rollback(move || b.0.lock().unwrap().push(rollback));
    }

    fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn add(tx: &Tx) -> dataset::Result<i64> {
    tx.from("checks").insert(row! { kind: "x" }).await
}

pub async fn b57_hooks_after_commit_and_rollback(db: Database) {
    checks(&db).await;
    let said = Said::default();
    let inside = |end: fn() -> dataset::Result<()>| {
        let said = said.clone();
        db.transaction(TxOptions::default(), move |tx| {
            let said = said.clone();
            async move {
                said.on(&tx, "committed 1", "undone 1");
                add(&tx).await?;
                said.on(&tx, "committed 2", "undone 2");
                assert!(said.take().is_empty());
                end()
            }
        })
    };
    inside(|| Ok(())).await.unwrap();
    assert_eq!(said.take(), ["committed 1", "committed 2"]);
    inside(|| Err(Error::rollback())).await.unwrap_err();
    assert_eq!(said.take(), ["undone 1", "undone 2"]);
    // A future that is dropped is rolled back too.
    let kept = said.clone();
    let dropped = db.transaction(TxOptions::default(), move |tx| {
        let said = kept.clone();
        async move {
            said.on(&tx, "committed", "dropped");
            add(&tx).await?;
            std::future::pending::<dataset::Result<()>>().await
        }
    });
    assert!(tokio::time::timeout(Duration::from_millis(300), dropped).await.is_err());
    assert_eq!(said.take(), ["dropped"]);
    assert_eq!(db.from("checks").count().await.unwrap(), 1);
}

pub async fn b57_hooks_of_savepoints(db: Database) {
    checks(&db).await;
    let said = Said::default();
    let outer = said.clone();
    db.transaction(TxOptions::default(), move |tx| {
        let said = outer.clone();
        async move {
            said.on(&tx, "tx", "-");
            let undone = tx.savepoint(|sp| {
                let said = said.clone();
                async move {
                    said.on(&sp, "-", "savepoint undone");
                    let kept = said.clone();
                    sp.savepoint(|inner| async move {
                        kept.on(&inner, "-", "inner undone with it");
                        add(&inner).await
                    })
                    .await?;
                    Err::<(), _>(Error::rollback())
                }
            });
            assert_eq!(undone.await.unwrap_err().kind(), Kind::Rollback);
            assert_eq!(said.take(), ["savepoint undone", "inner undone with it"]);
            let kept = said.clone();
            tx.savepoint(|sp| async move {
                kept.on(&sp, "savepoint", "-");
                add(&sp).await
            })
            .await?;
            assert!(said.take().is_empty());
            Ok(())
        }
    })
    .await
    .unwrap();
    assert_eq!(said.take(), ["tx", "savepoint"]);
}

pub async fn b52_rollback_on_exit(db: Database) {
    checks(&db).await;
    let value = db.transaction(TxOptions::default(), |tx| async move {
        add(&tx).await?;
        tx.rollback_on_exit();
        Ok(7)
    });
    assert_eq!(value.await.unwrap(), 7);
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
    db.transaction(TxOptions::default(), |tx| async move {
        add(&tx).await?;
        let value = tx.savepoint(|sp| async move {
            add(&sp).await?;
            sp.savepoint(|inner| async move { add(&inner).await }).await?;
            sp.rollback_on_exit();
            Ok(8)
        });
        assert_eq!(value.await?, 8);
        tx.savepoint(|sp| async move { add(&sp).await }).await
    })
    .await
    .unwrap();
    assert_eq!(db.from("checks").count().await.unwrap(), 2);
}

pub async fn b53_always_rolled_back(db: Database) {
    checks(&db).await;
    let options = TxOptions { always_rollback: true, ..TxOptions::default() };
    let seen = db.transaction(options, |tx| async move {
        add(&tx).await?;
        tx.from("checks").filter(col("kind").eq("x")).count().await
    });
    assert_eq!(seen.await.unwrap(), 1);
    assert_eq!(db.from("checks").count().await.unwrap(), 0);
}

/// Dropped at its every await, one after the other: a future is polled so many times and no more.
pub async fn b95_cancelled_at_every_await(db: Database) {
    checks(&db).await;
    for polls in 0..60 {
        let work = db.transaction(TxOptions::default(), |tx| async move {
            add(&tx).await?;
            tx.savepoint(|sp| async move { add(&sp).await }).await?;
            let undone = tx.savepoint(|sp| async move {
                add(&sp).await?;
                Err::<(), _>(Error::rollback())
            });
            undone.await.unwrap_err();
            tx.rollback_on_exit();
            Ok(())
        });
        let mut work = Box::pin(work);
        let mut left = polls;
        let finished = std::future::poll_fn(|context| {
            if left == 0 {
                return std::task::Poll::Ready(false);
            }
            left -= 1;
            work.as_mut().poll(context).map(|outcome| outcome.is_ok())
        })
        .await;
        drop(work);
        assert_eq!(db.from("checks").count().await.unwrap(), 0, "{polls}");
        if finished {
            break;
        }
    }
    // Commit, alone: all of it or nothing.
    for polls in 0..40 {
        db.from("checks").delete().await.unwrap();
        let mut work = Box::pin(db.transaction(TxOptions::default(), |tx| async move {
            add(&tx).await?;
            add(&tx).await
        }));
        let mut left = polls;
        std::future::poll_fn(|context| {
            left -= i32::from(left > 0);
            if left == 0 { std::task::Poll::Ready(()) } else { work.as_mut().poll(context).map(drop) }
        })
        .await;
        drop(work);
        tokio::time::sleep(Duration::from_millis(5)).await;
        let count = db.from("checks").count().await.unwrap();
        assert!(count == 0 || count == 2, "{polls}: {count}");
    }
    assert!(db.pool_size().0 <= db.options().max_connections + 1);
}

pub async fn b73_advisory_lock(db: Database) {
    checks(&db).await;
    if db.dialect() == dataset::Dialect::Sqlite {
        let lock = db.transaction(TxOptions::default(), |tx| async move { tx.advisory_lock(7, true).await });
        assert_eq!(lock.await.unwrap_err().kind(), Kind::InvalidOperation);
        return;
    }
    let other = db.clone();
    let waiting = db.transaction(TxOptions::default(), |tx| {
        let other = other.clone();
        async move {
            assert!(tx.advisory_lock(7, false).await?);
            let attempt = |number| {
                let db = other.clone();
                async move {
                    db.transaction(TxOptions::default(), |tx| async move { tx.advisory_lock(number, false).await })
                        .await
                }
            };
            assert!(!attempt(7).await?);
            assert!(attempt(8).await?);
            let db = other.clone();
            let patient = tokio::spawn(async move {
                db.transaction(TxOptions::default(), |tx| async move { tx.advisory_lock(7, true).await }).await
            });
            tokio::time::sleep(Duration::from_millis(200)).await;
            assert!(!patient.is_finished());
            Ok(patient)
        }
    });
    let patient = waiting.await.unwrap();
    assert!(patient.await.unwrap().unwrap());
    let again = db.transaction(TxOptions::default(), |tx| async move { tx.advisory_lock(7, true).await });
    assert!(again.await.unwrap());
}
