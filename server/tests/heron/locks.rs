//! Blocked sessions of a real server: the page, its files, the check and the confirmation of an action.

use std::time::{Duration, Instant};

use crate::{
    program::Home,
    support::{TestApp, eventually, run},
};
use dataset::Database;
use serde_json::Value;
use testkit::{Postgres, TestDatabase, major, majors};
use tokio::task::JoinHandle;

const WAITERS: i64 = 17;

/// Waits until so many sessions of the database wait for a lock. Their wait event is set after the beginning of the wait.
async fn waiting(db: &Database, number: i64) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    eventually("sessions that wait", async || db.fetch(sql, []).get::<i64>().await.unwrap().filter(|n| *n == number))
        .await;
}

async fn start(database: &TestDatabase, sql: &'static str) -> JoinHandle<()> {
    let session = database.connect().await;
    tokio::spawn(async move {
        session.execute_script(sql).await.unwrap();
        session.close().await;
    })
}

/// The findings of `heron check` about blocked sessions.
fn blocked(database: &TestDatabase) -> Vec<Value> {
    let done = Home::new().run(&["check", "--format", "json", &database.url]);
    let report: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["check"] == "blocked_query").cloned().collect()
}

#[tokio::test]
async fn seventeen_waiters_on_one_row_are_one_queue() {
    for major in majors() {
        let database = Postgres::shared(major).database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock VALUES (1, 0)").await;
        let holder = database.hold("UPDATE stock SET n = 1").await;
        let mut waiters = vec![];
        for number in 1..=WAITERS {
            waiters.push(start(&database, "UPDATE stock SET n = n + 1 WHERE id = 1").await);
            waiting(&db, number).await;
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;

        let app = TestApp::watching(&database.url).await;
        app.page("/shop/live").await;
        let begun = Instant::now();
        let page = app.page("/shop/locks").await;
        let text = page.text();
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert!(page.body.len() < 100_000, "{}", page.body.len());
        assert!(text.contains(&format!("blocks 17 sessions pid {}", holder.pid)), "{text}");
        assert!(text.contains("for ShareLock on a row of public.stock"), "{text}");
        assert!(text.contains("16 sessions wait for ExclusiveLock on tuple of public.stock"), "{text}");
        assert!(text.contains("and 6 more sessions"), "{text}");
        assert_eq!(page.body.matches("class=\"tag\"").count(), 12, "{text}");

        let file = app.get("/shop/download/locks.json").await;
        let file: Value = serde_json::from_str(&file.body).unwrap();
        let rows = file["locks"].as_array().unwrap();
        let pids: std::collections::BTreeSet<i64> = rows.iter().map(|row| row["pid"].as_i64().unwrap()).collect();
        assert_eq!((rows.len(), pids.len()), (18, 18), "{file}");
        assert_eq!((&rows[0]["pid"], &rows[0]["blocked_sessions"]), (&holder.pid.into(), &WAITERS.into()));
        assert_eq!(rows[1]["behind_pid"], holder.pid);

        let found = blocked(&database);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["object"], holder.pid.to_string());
        assert_eq!(found[0]["evidence"]["blocked_sessions"], WAITERS);
        let overview = app.page("/shop").await;
        overview.must_say("17 sessions wait for locks");
        assert!(overview.text().contains(&format!("pid {}, blocks 17 sessions", holder.pid)), "{}", overview.text());
        overview.must_say("Terminate the blocking session");
        let confirm = app.page(&format!("/shop/confirm/terminate?pid={}", holder.pid)).await;
        confirm.must_say("17 sessions");

        holder.release().await;
        for waiter in waiters {
            waiter.await.unwrap();
        }
        db.close().await;
    }
}

/// A statement that worked before it waited.
#[tokio::test]
async fn wait_is_counted_from_the_lock_not_from_the_statement() {
    for major in majors() {
        let database = Postgres::shared(major).database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE t07 (id int PRIMARY KEY, v int); INSERT INTO t07 VALUES (1, 0)").await;
        let holder = database.hold("UPDATE t07 SET v = 1").await;
        let sql = "DO $$ BEGIN PERFORM pg_sleep(6); UPDATE t07 SET v = 2; END $$";
        let waiter = start(&database, sql).await;
        waiting(&db, 1).await;
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let found = blocked(&database);
        let waited = found[0]["evidence"]["waited_seconds"].as_i64().unwrap();
        assert!(
            waited >= 1 && waited as f64 <= begun.elapsed().as_secs_f64() + 1.0 && waited < 6,
            "{found:?} on {major}"
        );
        holder.release().await;
        waiter.await.unwrap();
        db.close().await;
    }
}

/// Prepared transactions are off on the shared servers.
mod a_server_of_ones_own {
    use super::*;

    #[tokio::test]
    async fn queues_behind_two_holders_and_a_prepared_transaction_are_told_apart() {
        let server = Postgres::start_own(major(), &[("max_prepared_transactions", "5")]);
        let database = server.database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE a (n int); CREATE TABLE b (n int); INSERT INTO b VALUES (1)").await;
        run(&db, "BEGIN; UPDATE b SET n = 2; PREPARE TRANSACTION 'left behind'").await;
        let (one, two) = (database.hold("SELECT * FROM a").await, database.hold("SELECT * FROM a").await);
        let alter = start(&database, "ALTER TABLE a ADD COLUMN m int").await;
        let update = start(&database, "UPDATE b SET n = 3").await;
        waiting(&db, 2).await;
        tokio::time::sleep(Duration::from_millis(1100)).await;

        let app = TestApp::watching(&database.url).await;
        let text = app.page("/shop/locks").await.text();
        assert!(text.contains("blocks 1 session a prepared transaction (pg_prepared_xacts)"), "{text}");
        let (first, second) = (one.pid.min(two.pid), one.pid.max(two.pid));
        assert!(text.contains(&format!("also behind {second}")), "{text}");
        assert_eq!(text.matches("blocks 1 session").count(), 3, "{text}");

        let mut found: Vec<Value> = blocked(&database).into_iter().map(|finding| finding["object"].clone()).collect();
        found.sort_by_key(ToString::to_string);
        assert_eq!(found, [Value::from(first.to_string()), "prepared transaction".into()]);

        one.release().await;
        two.release().await;
        alter.await.unwrap();
        run(&db, "ROLLBACK PREPARED 'left behind'").await;
        update.await.unwrap();
        db.close().await;
    }
}
