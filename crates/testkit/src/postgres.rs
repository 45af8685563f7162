use std::{path::PathBuf, sync::OnceLock};

use dataset::{Database, Options};
use url::Url;

use crate::{
    Role, SUPPORTED, TestDatabase,
    cluster::{Cluster, secret},
    sql,
};

/// A running PostgreSQL with `pg_stat_statements` preloaded.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    own: bool,
}

impl Postgres {
    /// The server that all tests of this version share. Do not stop it, and leave its settings and statistics alone.
    pub fn shared(major: u16) -> &'static Self {
        static SHARED: [OnceLock<Postgres>; SUPPORTED.len()] = [const { OnceLock::new() }; SUPPORTED.len()];
        let place = SUPPORTED.iter().position(|known| *known == major);
        let place = place.unwrap_or_else(|| panic!("PostgreSQL {major} is none of {SUPPORTED:?}"));
        SHARED[place].get_or_init(|| Self { cluster: Cluster::shared(major), own: false })
    }

    /// A server for this test alone, with more settings than the usual. It ends when it is dropped.
    pub fn start_own(major: u16, settings: &[(&str, &str)]) -> Self {
        Self::start_own_at(major, 0, settings)
    }

    /// As [`Postgres::start_own`], on this port.
    pub fn start_own_at(major: u16, port: u16, settings: &[(&str, &str)]) -> Self {
        Self { cluster: Cluster::own(major, port, settings), own: true }
    }

    /// The major version.
    pub fn major(&self) -> u16 {
        self.cluster.major
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.cluster.port
    }

    /// The server's log.
    pub fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// The superuser's URL for a database.
    pub fn url(&self, database: &str) -> String {
        self.url_of("postgres", &self.cluster.password, database)
    }

    pub(crate) fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        let mut url = Url::parse("postgres://127.0.0.1").expect("a URL");
        url.set_port(Some(self.cluster.port)).expect("a port");
        url.set_username(role).expect("a user");
        url.set_password(Some(password)).expect("a password");
        url.set_path(database);
        url.into()
    }

    /// A connection as the superuser, to the database `postgres`.
    pub async fn connect(&self) -> Database {
        connect(&self.url("postgres")).await
    }

    /// A new, empty database.
    pub async fn database(&self) -> TestDatabase {
        self.database_named(sql::name()).await
    }

    /// A new, empty database with the extension `pg_stat_statements`.
    pub async fn database_with_statements(&self) -> TestDatabase {
        let database = self.database().await;
        let db = database.connect().await;
        sql::run(&db, "CREATE EXTENSION pg_stat_statements".into()).await;
        db.close().await;
        database
    }

    /// A new, empty database of this name, which may be any.
    pub async fn database_named(&self, name: impl Into<String>) -> TestDatabase {
        let name = name.into();
        let db = self.connect().await;
        sql::run(&db, format!(r#"CREATE DATABASE "{}" TEMPLATE template0"#, name.replace('"', r#""""#))).await;
        db.close().await;
        TestDatabase { url: self.url(&name), name }
    }

    /// A new role that may sign in with a password; `attributes` is the rest of `CREATE ROLE`, like `IN ROLE pg_monitor`.
    pub async fn role(&self, attributes: &str) -> Role<'_> {
        self.role_named(sql::name(), attributes).await
    }

    /// A new role of this name.
    pub async fn role_named(&self, name: impl Into<String>, attributes: &str) -> Role<'_> {
        let role = Role { server: self, name: name.into(), password: secret() };
        let (name, password) = (role.name.replace('"', r#""""#), &role.password);
        let db = self.connect().await;
        sql::run(&db, format!(r#"CREATE ROLE "{name}" LOGIN PASSWORD '{password}' {attributes}"#)).await;
        db.close().await;
        role
    }

    /// A standby that streams from this server, which has to be the test's own and is restarted for it. It replays what is
    /// there at [`Postgres::caught_up`]; `SELECT pg_promote()` makes it a primary.
    pub fn standby(&mut self, settings: &[(&str, &str)]) -> Self {
        Self { cluster: self.alone().standby(settings), own: true }
    }

    /// Waits until a standby has replayed all that this server has written.
    pub async fn caught_up(&self, standby: &Self) {
        let (here, there) = (self.connect().await, standby.connect().await);
        let written: Option<String> =
            here.fetch("SELECT pg_current_wal_lsn()::text", []).get().await.expect("a position");
        let written = written.expect("a position");
        let begun = std::time::Instant::now();
        loop {
            let sql = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn";
            if there.fetch(sql, [written.as_str().into()]).get().await.expect("a position") == Some(true) {
                break;
            }
            assert!(begun.elapsed().as_secs() < 60, "the standby does not catch up: {}", standby.log().display());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        here.close().await;
        there.close().await;
    }

    /// Stops the server as an administrator would. It is there again, on the same port, after [`Postgres::start`].
    pub fn stop(&mut self) {
        self.alone().stop("fast");
    }

    /// Stops the server as a crash would.
    pub fn crash(&mut self) {
        self.alone().stop("immediate");
    }

    /// Starts a stopped server.
    pub fn start(&mut self) {
        self.alone().start();
    }

    fn alone(&mut self) -> &mut Cluster {
        assert!(self.own, "other tests use this server: take one of your own with Postgres::start_own");
        &mut self.cluster
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.own {
            self.cluster.remove();
        }
    }
}

/// One connection as whoever the URL names, which waits longer than a program would.
pub(crate) async fn connect(url: &str) -> Database {
    let patience = std::time::Duration::from_secs(60);
    let options = Options { connect_timeout: patience, acquire_timeout: patience, ..Options::default() };
    Database::connect_with(url, options).await.unwrap_or_else(|error| panic!("cannot connect: {error}"))
}
