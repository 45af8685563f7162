//! A store whose first start was killed.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dataset::{ColumnInfo, Database};
use store::Store;
use testkit::MariaDb;

const URL: &str = "HERON_TEST_KILLED_STORE";

/// The process that is killed.
#[tokio::test]
#[ignore = "started by killed_first_start_is_completed_by_the_next"]
async fn store_of_the_environment_opens() {
    Store::open(&std::env::var(URL).unwrap()).await.unwrap();
}

fn opening(url: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "store_of_the_environment_opens", "--ignored"])
        .env(URL, url)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

async fn schema(url: &str) -> Vec<(String, Vec<ColumnInfo>)> {
    let db = Database::connect(url).await.unwrap();
    let mut schema = Vec::new();
    for table in db.tables().await.unwrap() {
        let columns = db.columns(table.as_str()).await.unwrap();
        schema.push((table, columns));
    }
    db.close().await;
    schema
}

#[tokio::test]
async fn killed_first_start_is_completed_by_the_next() {
    let Some(server) = MariaDb::start() else {
        assert!(std::env::var("CI").is_err(), "no mariadbd on this machine");
        println!("no mariadbd on this machine: nothing was tested");
        return;
    };
    let whole = server.database().await;
    let begun = Instant::now();
    assert!(opening(&whole).status().unwrap().success());
    let takes = begun.elapsed();
    let whole = schema(&whole).await;
    let mut interrupted = 0;
    for share in 1..20 {
        let url = server.database().await;
        let mut child = opening(&url).spawn().unwrap();
        thread::sleep(takes * share / 20);
        child.kill().unwrap();
        child.wait().unwrap();
        thread::sleep(Duration::from_millis(20));
        let left = schema(&url).await.len();
        interrupted += usize::from(left > 0 && left < whole.len());
        Store::open(&url).await.unwrap_or_else(|error| panic!("killed after {share}/20: {error}")).close().await;
        assert_eq!(schema(&url).await, whole, "killed after {share}/20");
    }
    assert!(interrupted > 0, "no start was killed between its first and its last table");
}
