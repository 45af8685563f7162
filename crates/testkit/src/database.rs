use dataset::{Database, Options, TxOptions};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{Postgres, postgres::connect};

/// A database for one test.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// The superuser's URL.
    pub url: String,
    /// Its name.
    pub name: String,
}

impl TestDatabase {
    /// A connection as the superuser.
    pub async fn connect(&self) -> Database {
        connect(&self.url).await
    }

    /// Runs `sql` in a transaction of the superuser's that stays open, with every lock it took.
    pub async fn hold(&self, sql: &'static str) -> Held {
        Held::new(&self.url, sql).await
    }
}

/// A role with a password.
#[derive(Debug, Clone)]
pub struct Role<'a> {
    pub(crate) server: &'a Postgres,
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
}

impl Role<'_> {
    /// The role's URL for a database.
    pub fn url(&self, database: &str) -> String {
        self.server.url_of(&self.name, &self.password, database)
    }
}

/// A session that is idle in a transaction and holds its locks until it is released or dropped.
#[derive(Debug)]
pub struct Held {
    /// The session's process id.
    pub pid: i32,
    release: Option<oneshot::Sender<()>>,
    session: Option<JoinHandle<()>>,
}

impl Held {
    /// Runs `sql` in a transaction of whoever `url` names, and keeps it open.
    pub async fn new(url: &str, sql: &'static str) -> Self {
        let options = Options { max_connections: 1, application_name: Some("held".into()), ..Options::default() };
        let db = Database::connect_with(url, options).await.unwrap_or_else(|error| panic!("cannot connect: {error}"));
        let (release, released) = oneshot::channel();
        let (begun, ready) = oneshot::channel();
        let session = tokio::spawn(async move {
            // A transaction may run its closure again, this one never does.
            let once = std::sync::Arc::new(std::sync::Mutex::new(Some((begun, released))));
            let held = db.transaction(TxOptions::default(), |tx| {
                let once = once.clone();
                async move {
                    tx.execute(sql, []).await?;
                    let pid: Option<i32> = tx.fetch("SELECT pg_backend_pid()", []).get().await?;
                    let taken = once.lock().ok().and_then(|mut once| once.take());
                    if let Some((begun, released)) = taken {
                        let _ = begun.send(pid.unwrap_or_default());
                        let _ = released.await;
                    }
                    Ok(())
                }
            });
            // The session may have been ended under it: that is what some tests are about.
            if let Err(error) = held.await {
                eprintln!("{sql}: {error}");
            }
            db.close().await;
        });
        let pid = ready.await.unwrap_or_else(|_| panic!("{sql} failed"));
        Self { pid, release: Some(release), session: Some(session) }
    }

    /// Commits, and waits until the locks are free.
    pub async fn release(mut self) {
        drop(self.release.take());
        if let Some(session) = self.session.take() {
            session.await.expect("the session ends in order");
        }
    }
}
