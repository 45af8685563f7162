//! A database of its own for a test, on a real server, and the role Heron should have.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, reason = "each test file uses a part of it")]

use std::time::Duration;

use dataset::{Database, Options, Value};
use model::{DatabaseId, Missing, Reading};
use probe::{Fleet, Limits, Question, Target};
use testkit::{Postgres, Role, TestDatabase};
use url::Url;

#[allow(unused_imports, reason = "as above")]
pub use testkit::{major, majors};

pub struct Watched {
    pub server: &'static Postgres,
    pub database: String,
    /// The role Heron should have: it may sign in and is in pg_monitor.
    pub role: String,
    /// A superuser's connections to the database.
    pub admin: Database,
    account: Role<'static>,
    place: TestDatabase,
}

impl Watched {
    pub async fn new(major: u16) -> Self {
        let server = Postgres::shared(major);
        let place = server.database().await;
        let account = server.role("IN ROLE pg_monitor").await;
        let admin = place.connect().await;
        Self { server, database: place.name.clone(), role: account.name.clone(), admin, account, place }
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

    /// The same role's URL for another database.
    pub fn url_of(&self, database: &str) -> String {
        self.account.url(database)
    }

    /// Another role's URL for the database.
    pub fn url_as(&self, role: &str, password: &str) -> String {
        let mut url = Url::parse(&self.url()).unwrap();
        url.set_username(role).unwrap();
        url.set_password(Some(password)).unwrap();
        url.into()
    }

    pub fn admin_url(&self) -> &str {
        &self.place.url
    }

    pub fn target(&self) -> Target {
        target(&self.url())
    }

    /// A session that has run `sql` in a transaction and leaves it open.
    pub async fn hold(&self, sql: &str) -> Database {
        let options = Options { max_connections: 1, idle_timeout: None, ..Options::default() };
        let session = Database::connect_with(self.admin_url(), options).await.unwrap();
        run(&session, &format!("BEGIN; {sql}")).await;
        session
    }

    /// A session that waits for what `sql` wants, and is seen to: it is in `pg_locks` a moment before its wait event.
    pub async fn wait_for(&self, sql: &str) -> tokio::task::JoinHandle<()> {
        let url = self.admin_url().to_owned();
        let sql = sql.to_owned();
        let waiter = tokio::spawn(async move {
            let session = Database::connect(&url).await.unwrap();
            // It ends with the lock it waits for, or with the test.
            let _ = session.execute_script(leak(&sql)).await;
        });
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        for _ in 0..1_000 {
            if self.admin.fetch(sql, []).get::<i64>().await.unwrap() > Some(0) {
                return waiter;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no session waits for a lock");
    }
}

/// Values for the parameters of a question.
pub fn binds(question: &str) -> Vec<Value> {
    match question {
        "extension" => vec!["pg_stat_statements".into()],
        "relations" => vec![Value::TextArray(vec!["t".into(), "parent".into()])],
        // Whether relations may be opened.
        "indexes" | "sequences" | "space" => vec![Value::Bool(true)],
        "statement_texts" => vec![Value::IntArray(vec![1, -2])],
        _ => vec![],
    }
}

/// The rows of a question as the server sent them.
pub async fn catalogue_rows(target: &Target, question: &'static Question) -> Result<Vec<dataset::Row>, Missing> {
    target.rows(question, binds(question.name)).await.answer
}

/// What `attempt` finds, tried for ten seconds.
pub async fn until<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..200 {
        if let Some(found) = attempt().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within ten seconds")
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
