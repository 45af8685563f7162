use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use url::Url;

use crate::{Postgres, Role, install::Account};

/// When a server session goes back to the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolMode {
    /// When the client disconnects.
    Session,
    /// After each transaction.
    Transaction,
    /// After each statement; transactions are refused.
    Statement,
}

/// A PgBouncer in front of a [`Postgres`], for this test alone. It ends when it is dropped.
#[derive(Debug)]
pub struct PgBouncer {
    port: u16,
    child: Child,
    folder: TempDir,
}

impl PgBouncer {
    /// A pooler with at most `pool_size` server sessions per role and database.
    pub fn start(server: &Postgres, mode: PoolMode, pool_size: u32) -> Self {
        Self::start_with(server, mode, pool_size, &[])
    }

    /// The same with further settings of the section `[pgbouncer]`.
    pub fn start_with(server: &Postgres, mode: PoolMode, pool_size: u32, settings: &[(&str, &str)]) -> Self {
        for attempt in 1.. {
            if let Some(pooler) = Self::try_start(server, mode, pool_size, settings, attempt == 3) {
                return pooler;
            }
        }
        unreachable!("the last attempt succeeds or panics")
    }

    /// Starts the process; none when it ends at once, as it does where the port was taken in between.
    fn try_start(
        server: &Postgres,
        mode: PoolMode,
        pool_size: u32,
        settings: &[(&str, &str)],
        is_last: bool,
    ) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        configure(folder.path(), port, server, mode, pool_size, settings);
        let log = File::create(folder.path().join("log")).expect("a log file");
        let child = Account::get()
            .command(program())
            .arg(folder.path().join("pgbouncer.ini"))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("pgbouncer cannot be started ({error}): run `scripts/tools.sh pgbouncer`"));
        let mut pooler = Self { port, child, folder };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if pooler.child.try_wait().expect("a child can be waited for").is_some() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(pooler);
            }
            thread::sleep(Duration::from_millis(20));
        }
        assert!(!is_last, "pgbouncer does not start:\n{}", pooler.log());
        None
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's URL for a database of the server, through the pooler.
    pub fn url(&self, server: &Postgres, database: &str) -> String {
        self.through(&server.url(database))
    }

    /// A role's URL for a database of the server, through the pooler.
    pub fn url_of(&self, role: &Role<'_>, database: &str) -> String {
        self.through(&role.url(database))
    }

    /// The pooler's log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn through(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("a URL");
        url.set_port(Some(self.port)).expect("a port");
        url.into()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Debian installs it where only root's `PATH` leads.
fn program() -> &'static str {
    let debian = "/usr/sbin/pgbouncer";
    if Path::new(debian).exists() { debian } else { "pgbouncer" }
}

/// Writes `pgbouncer.ini` and the superuser's password. Other roles are looked up on the server; their SCRAM keys serve
/// there too.
fn configure(folder: &Path, port: u16, server: &Postgres, mode: PoolMode, pool_size: u32, settings: &[(&str, &str)]) {
    let url = Url::parse(&server.url("postgres")).expect("a URL");
    let users = folder.join("users.txt");
    let user = format!("\"postgres\" \"{}\"\n", url.password().unwrap_or_default());
    let mode = match mode {
        PoolMode::Session => "session",
        PoolMode::Transaction => "transaction",
        PoolMode::Statement => "statement",
    };
    let mut ini = format!(
        "[databases]\n* = host=127.0.0.1 port={} auth_user=postgres\n\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
         unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = {pool_size}\n\
         max_client_conn = 500\n",
        server.port(),
        users.display(),
    );
    for (name, value) in settings {
        ini += &format!("{name} = {value}\n");
    }
    let path = folder.join("pgbouncer.ini");
    fs::write(&users, user).and_then(|()| fs::write(&path, ini)).expect("a file can be written");
    for path in [folder, &users, &path] {
        Account::get().own(path);
    }
}
