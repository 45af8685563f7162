use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dataset::Database;
use tempfile::TempDir;
use url::Url;

use crate::sql;

/// A running MariaDB for this test alone; it takes seconds to start. It ends when it is dropped.
#[derive(Debug)]
pub struct MariaDb {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl MariaDb {
    /// A new server, or none where MariaDB's programs are not installed.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same with more of `mariadbd`'s options.
    pub fn start_with(options: &[String]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (data, socket) = (folder.path().join("data"), folder.path().join("s"));
        let installed = quiet("mariadb-install-db")
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--user=root"])
            .arg(format!("--datadir={}", data.display()))
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            return None;
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let child = quiet("mariadbd")
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--socket={}", socket.display()))
            .arg(format!("--port={port}"))
            .args(options)
            .spawn()
            .ok()?;
        let server = Self { port, child, _folder: folder };
        server.admit(&socket);
        Some(server)
    }

    /// The URL of a new, empty database.
    pub async fn database(&self) -> String {
        let (mut url, name) = (self.url("test"), sql::name());
        let db = Database::connect(url.as_str()).await.unwrap_or_else(|error| panic!("cannot connect: {error}"));
        sql::run(&db, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")).await;
        db.close().await;
        url.set_path(&name);
        url.into()
    }

    fn url(&self, database: &str) -> Url {
        let url = format!("mysql://t:secret@127.0.0.1:{}/{database}", self.port);
        Url::parse(&url).expect("a URL")
    }

    fn admit(&self, socket: &Path) {
        let sql = "CREATE USER t@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO t@'127.0.0.1' WITH GRANT OPTION; CREATE DATABASE IF NOT EXISTS test";
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let done = quiet("mariadb")
                .args(["--no-defaults", "-uroot", "-e", sql])
                .arg(format!("-S{}", socket.display()))
                .status();
            if done.is_ok_and(|status| status.success()) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("mariadbd does not start");
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}
