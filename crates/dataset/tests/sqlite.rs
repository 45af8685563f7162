//! Every behaviour on SQLite: in a file, and what is SQLite's own.
#![allow(clippy::unwrap_used, missing_docs)]

mod behaviours;

use dataset::Database;

async fn fresh() -> (Database, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    (Database::connect(&url).await.unwrap(), dir)
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
