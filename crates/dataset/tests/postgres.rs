//! Every behaviour on PostgreSQL, and what is PostgreSQL's own.
#![allow(clippy::unwrap_used, missing_docs)]

mod behaviours;

use dataset::Database;

/// A database of its own on the server of `DATASET_TEST_POSTGRES_URL`.
async fn fresh() -> Database {
    let url = std::env::var("DATASET_TEST_POSTGRES_URL").expect("DATASET_TEST_POSTGRES_URL");
    let name = format!("t{:x}", std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos());
    let admin = Database::connect(&url).await.unwrap();
    // A test may say what a program may not: SQL made at run time.
    let sql: &'static str = format!("create database {name}").leak();
    admin.execute_script(sql).await.unwrap();
    admin.close().await;
    let mut url = url::Url::parse(&url).unwrap();
    url.set_path(&name);
    Database::connect(url.as_str()).await.unwrap()
}

macro_rules! tests {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            behaviours::$name(fresh().await).await;
        }
    )*};
}

for_every_behaviour!(tests);
