//! Whatever the public API can put together is a statement every database can parse, or an error before it is sent.
//! MariaDB's turn is in `mariadb.rs`.
#![allow(clippy::unwrap_used, missing_docs)]

mod anything;

use anything::{apply, step, understood_all};
use dataset::{Database, Dialect, Kind};
use proptest::{collection::vec, prelude::*};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn b97_any_dataset_becomes_text_or_an_error(steps in vec(step(), 0..8)) {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::MariaDb, Dialect::Sqlite] {
            let db = Database::mock(dialect);
            let ds = steps.iter().fold(db.from("checks"), |ds, step| apply(&db, ds, step));
            let _ = ds.sql();
            runtime().block_on(async {
                if let Err(e) = ds.rows().await {
                    assert!(matches!(e.kind(), Kind::InvalidOperation | Kind::InvalidValue), "{e}");
                    assert!(db.statements().is_empty());
                }
            });
        }
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn b97_sqlite_understands_any_dataset() {
    understood_all(&Database::connect("sqlite::memory:").await.unwrap(), 600).await;
}

#[tokio::test]
async fn b97_postgres_understands_any_dataset() {
    let url = testkit::Postgres::shared(testkit::major()).database().await.url;
    understood_all(&Database::connect(&url).await.unwrap(), 400).await;
}
