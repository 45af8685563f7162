//! Every behaviour on MariaDB. One test for all, because each test is a process and each server takes seconds to start.
#![allow(clippy::unwrap_used, missing_docs)]

mod behaviours;

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use dataset::{Database, Dialect, Kind, Options, TxOptions, col, row};

/// A throw-away server, or the one of `DATASET_TEST_MYSQL_URL`; none where no `mariadbd` is installed.
struct Server {
    url: String,
    child: Option<Child>,
    _dir: tempfile::TempDir,
}

impl Server {
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        if let Ok(url) = std::env::var("DATASET_TEST_MYSQL_URL") {
            return Some(Self { url, child: None, _dir: dir });
        }
        let data = dir.path().join("data");
        let installed = quiet("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--user=root"])
            .arg(format!("--datadir={}", data.display()))
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            return None;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let socket = dir.path().join("s");
        let child = quiet("mariadbd")
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"])
            .args([
                format!("--datadir={}", data.display()),
                format!("--socket={}", socket.display()),
                format!("--port={port}"),
            ])
            .spawn()
            .unwrap();
        let server = Self { url: format!("mysql://t:secret@127.0.0.1:{port}/test"), child: Some(child), _dir: dir };
        server.admit(&socket);
        Some(server)
    }

    fn admit(&self, socket: &Path) {
        let sql = "create user t@'127.0.0.1' identified by 'secret'; grant all on *.* to t@'127.0.0.1'; create database if not exists test";
        for _ in 0..150 {
            let done = quiet("mariadb")
                .args(["--no-defaults", "-uroot", "-e", sql])
                .arg(format!("-S{}", socket.display()))
                .status();
            if done.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("mariadbd did not start");
    }
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn fresh(url: &str, name: &str) -> Database {
    let name: String = name.chars().take(20).collect::<String>() + &format!("{:x}", rand::random::<u32>());
    let admin = Database::connect(url).await.unwrap();
    admin.execute_script(format!("create database {name} character set utf8mb4").leak()).await.unwrap();
    admin.close().await;
    let mut url = url::Url::parse(url).unwrap();
    url.set_path(&name);
    Database::connect(url.as_str()).await.unwrap()
}

type Behaviour = fn(Database) -> futures::future::BoxFuture<'static, ()>;

macro_rules! all {
    ($($name:ident)*) => {
        const ALL: &[(&str, Behaviour)] = &[$((stringify!($name), |db| Box::pin(behaviours::$name(db)))),*];
    };
}

for_every_behaviour!(all);

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_behaves_as_the_others() {
    let Some(server) = Server::start() else {
        assert!(std::env::var("CI").is_err(), "no mariadbd on this machine");
        println!("no mariadbd on this machine: nothing was tested");
        return;
    };
    for (name, behaviour) in ALL {
        println!("{name}");
        behaviour(fresh(&server.url, name).await).await;
    }
    b61_connect_errors(&server.url).await;
    b66_timeouts(&server.url).await;
}

async fn b61_connect_errors(url: &str) {
    let kind = async |url: String| Database::connect(&url).await.map(drop).unwrap_err().kind();
    let mut wrong = url::Url::parse(url).unwrap();
    wrong.set_password(Some("wrong")).unwrap();
    assert_eq!(kind(wrong.to_string()).await, Kind::Authentication);
    let mut missing = url::Url::parse(url).unwrap();
    missing.set_path("nowhere");
    assert_eq!(kind(missing.to_string()).await, Kind::UnknownDatabase);
    let named = url.replacen("mysql:", "mariadb:", 1);
    assert_eq!(Database::connect(&named).await.unwrap().dialect(), Dialect::MariaDb);
}

async fn b66_timeouts(url: &str) {
    let options = Options {
        statement_timeout: Some(Duration::from_millis(300)),
        lock_timeout: Some(Duration::from_secs(1)),
        read_only: false,
        ..Options::default()
    };
    let db = Database::connect_with(url, options).await.unwrap();
    let slow = db.fetch("select sleep(5)", []).get::<i64>().await.unwrap_err();
    assert_eq!(slow.kind(), Kind::StatementTimeout, "{slow:?}");
    let read_only = Database::connect_with(url, Options { read_only: true, ..Options::default() }).await.unwrap();
    assert_eq!(read_only.execute("create table x (id integer)", []).await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(read_only.from("x").insert_only(row! { id: 1 }).await.unwrap_err().kind(), Kind::ReadOnly);
    let _ = (TxOptions::default(), col("x"));
}
