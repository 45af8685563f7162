//! A database of its own for a test, on a real server, and the role Heron should have.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, reason = "each test file uses a part of it")]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use dataset::{Database, Options};
use model::{DatabaseId, Missing, Reading};
use probe::{Fleet, Limits, Target};

/// Every major version under test.
pub fn majors() -> Vec<u16> {
    vec![14, 16, 18]
}

pub struct Watched {
    pub port: u16,
    pub database: String,
    pub role: String,
    /// A superuser's connections to the database.
    pub admin: Database,
}

impl Watched {
    pub async fn new(major: u16) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("probe_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 54_000 + major;
        let root = Database::connect(&format!("postgres://postgres@127.0.0.1:{port}/postgres")).await.unwrap();
        run(&root, &format!("CREATE DATABASE {name}")).await;
        run(&root, &format!("CREATE ROLE {name}_r LOGIN PASSWORD 'pw'")).await;
        run(&root, &format!("GRANT pg_monitor TO {name}_r")).await;
        let admin = Database::connect(&format!("postgres://postgres@127.0.0.1:{port}/{name}")).await.unwrap();
        Self { port, role: format!("{name}_r"), database: name, admin }
    }

    pub async fn with_statements(major: u16) -> Self {
        let watched = Self::new(major).await;
        watched.run("CREATE EXTENSION pg_stat_statements").await;
        watched
    }

    pub async fn run(&self, sql: &str) {
        run(&self.admin, sql).await;
    }

    pub fn url(&self) -> String {
        self.url_of(&self.database)
    }

    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://{}:pw@127.0.0.1:{}/{database}", self.role, self.port)
    }

    pub fn admin_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, self.database)
    }

    pub fn target(&self) -> Target {
        target(&self.url())
    }

    /// A session that has run `sql` in a transaction and leaves it open.
    pub async fn hold(&self, sql: &str) -> Database {
        let options = Options { max_connections: 1, idle_timeout: None, ..Options::default() };
        let session = Database::connect_with(&self.admin_url(), options).await.unwrap();
        run(&session, &format!("BEGIN; {sql}")).await;
        session
    }

    /// A session that waits for what `sql` wants.
    pub async fn wait_for(&self, sql: &str) -> tokio::task::JoinHandle<()> {
        let url = self.admin_url();
        let sql = sql.to_owned();
        let waiter = tokio::spawn(async move {
            let session = Database::connect(&url).await.unwrap();
            // It ends with the lock it waits for, or with the test.
            let _ = session.execute_script(leak(&sql)).await;
        });
        for _ in 0..100 {
            let waiting: Option<i64> = self
                .admin
                .fetch("SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", [])
                .get()
                .await
                .unwrap();
            if waiting > Some(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        waiter
    }
}

pub fn target(url: &str) -> Target {
    let id = DatabaseId("app".into());
    let fleet = Fleet::new([(id.clone(), url.to_owned())], Limits::default()).unwrap();
    fleet.get(&id).unwrap().clone()
}

pub async fn run(database: &Database, sql: &str) {
    database.execute_script(leak(sql)).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

pub fn leak(sql: &str) -> &'static str {
    Box::leak(sql.to_owned().into_boxed_str())
}

/// The answer, which must be there.
pub fn answer<T>(reading: Reading<T>) -> T {
    reading.answer.unwrap_or_else(|missing| panic!("{missing:?}"))
}

/// The obstacle, which must be there.
pub fn missing<T: std::fmt::Debug>(reading: Reading<T>) -> Missing {
    reading.answer.expect_err("an answer that should be missing")
}
