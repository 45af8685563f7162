//! What a log gets to see.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use dataset::{Database, Options, TxOptions, col, row};
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn b93_a_span_per_statement_and_never_a_value() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .init();
    let options = Options { slow_statement: Duration::ZERO, ..Options::default() };
    let db = Database::connect_with("sqlite::memory:", options).await.unwrap();
    db.execute("create table t (id integer primary key, secret text)", []).await.unwrap();
    let secret = "hunter2";
    db.transaction(TxOptions::default(), |tx| async move {
        tx.from("t").multi_insert(vec![row! { secret: secret }, row! { secret: secret }]).await
    })
    .await
    .unwrap();
    db.from("t").filter(col("secret").eq(secret)).rows().await.unwrap();
    db.from("t").insert_only(row! { id: 1, secret: secret }).await.unwrap_err();

    db.close().await;
    // The driver's thread lets go of a span when it gets to it: wait for as many ends as there are statements.
    let said = || String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let ended = |text: &str| text.lines().filter(|line| line.contains(": close ")).count();
    let begun = |text: &str| text.lines().filter(|line| line.contains("slow statement")).count();
    for _ in 0..500 {
        if ended(&said()) >= begun(&said()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let text = said();
    assert!(!text.contains(secret), "{text}");
    let closed = |needle: &str| text.lines().filter(|l| l.contains("close") && l.contains(needle)).count();
    assert_eq!(closed("SELECT * FROM `t` WHERE `secret` = ?"), 1, "{text}");
    assert!(closed(r#"db.system="sqlite""#) >= 5, "{text}");
    assert_eq!(closed("db.rows=2"), 2, "{text}");
    assert_eq!(closed("error.kind=Unique"), 1, "{text}");
    assert!(text.lines().any(|l| l.contains("WARN") && l.contains("slow statement")), "{text}");
    assert!(!text.contains("sqlx::query"), "{text}");
}
