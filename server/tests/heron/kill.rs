//! Nothing is lost: the real program, killed without warning, started again on the same store.

use std::time::Duration;

use crate::program::Home;
use serde_json::Value;
use testkit::{Postgres, TestDatabase, major};

/// Runs something that counts until it is dropped.
struct Workload(tokio::task::JoinHandle<()>);

impl Workload {
    async fn on(database: &TestDatabase) -> Self {
        let db = database.connect().await;
        Self(tokio::spawn(async move {
            loop {
                db.execute_script("SELECT count(*) AS workload FROM pg_class").await.unwrap();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }))
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What `heron top` knows of the last hour.
fn top(home: &Home) -> Value {
    let done = home.run(&["top", "--last", "1h", "--limit", "1000", "--format", "json", "shop"]);
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

fn calls(top: &Value) -> i64 {
    let statements = top["statements"].as_array().unwrap().iter();
    let ours = statements.filter(|one| one["query"].as_str().is_some_and(|query| query.contains("AS workload")));
    ours.map(|one| one["calls"].as_i64().unwrap()).sum()
}

/// The captured history, once it has `more` calls of the workload than `before`.
async fn grown(home: &Home, before: i64) -> Value {
    crate::program::eventually("the history grows", || {
        let done = home.run(&["top", "--last", "1h", "--limit", "1000", "--format", "json", "shop"]);
        let top: Value = serde_json::from_str(&done.out).ok()?;
        (calls(&top) > before).then_some(top)
    })
    .await
}

async fn shop(home: &Home) -> TestDatabase {
    let database = Postgres::shared(major()).database_with_statements().await;
    home.write("heron.toml", &format!("[databases.shop]\nurl = \"{}\"\n", database.url));
    database
}

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--capture-interval", "1s"];

/// §3.8: kill -9 loses at most the capture under way, and the gap is visible as a gap.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_heron_is_killed() {
    let home = Home::new();
    let database = shop(&home).await;
    let _workload = Workload::on(&database).await;
    let mut earlier = top_of_nothing();
    for round in 0..3 {
        let mut heron = home.start(&SERVE);
        heron.says("Heron listens on").await;
        let now = grown(&home, calls(&earlier)).await;
        heron.kill();
        // The history of before is whole, and what was captured until the kill is in it.
        let after = top(&home);
        assert!(calls(&after) >= calls(&now), "round {round}: {} of {} calls are left", calls(&after), calls(&now));
        for gap in earlier["gaps"].as_array().unwrap() {
            assert!(after["gaps"].as_array().unwrap().contains(gap), "round {round}: {after}");
        }
        earlier = after;
        // Longer than two intervals of one second.
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
    let gaps = earlier["gaps"].as_array().unwrap();
    assert!(gaps.len() >= 2, "{gaps:?}");
    for gap in gaps {
        assert!(gap["from"].as_str().unwrap() < gap["to"].as_str().unwrap(), "{gap}");
    }
}

fn top_of_nothing() -> Value {
    serde_json::json!({ "statements": [], "gaps": [] })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_capture_can_be_killed_again_and_again() {
    let home = Home::new();
    let database = shop(&home).await;
    let _workload = Workload::on(&database).await;
    // At whatever it is doing: opening the store, migrating it, capturing.
    for milliseconds in (0..12).map(|n| n * 25) {
        let mut heron = home.start(&SERVE);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        heron.kill();
    }
    let mut heron = home.start(&SERVE);
    heron.says("Heron listens on").await;
    grown(&home, 0).await;
    assert_eq!(heron.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_prints_a_link_and_one_after_the_password_was_set_does_not() {
    let home = Home::new();
    shop(&home).await;
    let mut heron = home.start(&SERVE);
    let link = heron.says("Sign in as admin with this link").await;
    let address = link.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert_ne!(address.split(':').nth(1), Some("0"), "the link leads to the port that is listened on");
    let ticket = link.split("ticket=").nth(1).unwrap().trim().to_owned();
    assert_eq!(heron.terminate().await, Some(0));

    // Nobody followed it: there is a new one.
    let mut heron = home.start(&SERVE);
    let again = heron.says("Sign in as admin with this link").await;
    let newer = again.split("ticket=").nth(1).unwrap().trim().to_owned();
    assert_ne!(ticket, newer);
    assert_eq!(heron.terminate().await, Some(0));

    let store = store::Store::open(&home.store()).await.unwrap();
    let person = store.ticket_holder(&newer).await.unwrap().expect("the link is good");
    store.set_password(person.id, "correct horse battery").await.unwrap();
    store.close().await;
    let mut heron = home.start(&SERVE);
    heron.says("Heron listens on").await;
    home.run(&["user", "list"]);
    assert_eq!(heron.terminate().await, Some(0));
    assert!(!heron.everything().contains("ticket="), "{}", heron.everything());
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_stop_heron_stops_in_order() {
    let home = Home::new();
    let database = shop(&home).await;
    for signal in ["INT", "TERM"] {
        let mut heron = home.start(&SERVE);
        heron.says("Heron listens on").await;
        assert_eq!(heron.signal(signal).await, Some(0), "SIG{signal}: {}", heron.everything());
    }
    // SQLite's log is folded in, and whoever starts next may capture at once.
    assert!(!home.path().join("heron.db-wal").exists());
    let done = home.run(&["capture", "--once"]);
    assert!(done.out.contains("captured at"), "{} {}", done.out, done.err);
    // No password anywhere in what was said.
    let password = url::Url::parse(&database.url).unwrap().password().unwrap().to_owned();
    let mut heron = home.start(&SERVE);
    heron.says("Heron listens on").await;
    heron.terminate().await;
    assert!(!heron.everything().contains(&password));
}

/// An idle browser's connection must not keep Heron from stopping.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_does_not_keep_heron_from_stopping() {
    let home = Home::new();
    shop(&home).await;
    let mut heron = home.start(&SERVE);
    let said = heron.says("Heron listens on").await;
    let address = said.rsplit("http://").next().unwrap().trim().to_owned();
    let mut idle = tokio::net::TcpStream::connect(&address).await.unwrap();
    use std::io::{Read, Write};
    let mut asking = std::net::TcpStream::connect(&address).unwrap();
    asking.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    asking.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    assert_eq!(heron.terminate().await, Some(0));
    drop((asking, &mut idle));
}

#[test]
fn what_is_no_store_is_refused_and_left_alone() {
    let home = Home::new();
    std::fs::write(home.path().join("heron.db"), "this is no database, and somebody may need it").unwrap();
    let done = home.run(&["user", "list"]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert_eq!(
        std::fs::read_to_string(home.path().join("heron.db")).unwrap(),
        "this is no database, and somebody may need it"
    );
}
