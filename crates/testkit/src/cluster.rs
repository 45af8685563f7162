//! A cluster's files and its server process.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    net::{TcpListener, TcpStream},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::install::{Account, clusters, programs};

/// What every test server is set to: fast, quiet, and counting what Heron reads.
const SETTINGS: [(&str, &str); 13] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "100"),
    ("shared_buffers", "64MB"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_wal_size", "512MB"),
    ("shared_preload_libraries", "pg_stat_statements"),
    ("track_io_timing", "on"),
    ("autovacuum_naptime", "1d"),
    ("log_line_prefix", "%m [%p] %q%u@%d "),
    ("log_timezone", "UTC"),
    ("timezone", "UTC"),
];

/// Who may come in. The superuser's password goes over loopback as it is, so that the server does the costly half of
/// SCRAM and not a client built without optimisation; everybody else shows that SCRAM works.
const ACCESS: &str = "\
host all         postgres 127.0.0.1/32 password
host all         all      127.0.0.1/32 scram-sha-256
host replication all      127.0.0.1/32 scram-sha-256
";

/// How the folder of a cluster with one holder begins.
const OWN: &str = "own-";

/// A server is up within this time, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) major: u16,
    pub(crate) port: u16,
    /// The superuser's.
    pub(crate) password: String,
    folder: PathBuf,
    /// Seconds without a user after which the supervisor stops the server.
    grace: u32,
    /// The process that started the server, if that was this one.
    supervisor: Option<Child>,
    /// Held for as long as this process uses the server.
    _lock: File,
}

impl Cluster {
    /// The cluster that all processes share: the one that runs, or a new one.
    pub(crate) fn shared(major: u16) -> Self {
        let folder = clusters().join(major.to_string());
        fs::create_dir_all(&folder).expect("a folder for the cluster");
        Account::get().own(&folder);
        let lock = open(&folder.join("users"));
        // Waits for a supervisor that is just stopping the server.
        lock.lock_shared().expect("a file can be locked");
        let starting = open(&folder.join("starting"));
        starting.lock().expect("a file can be locked");

        let known = fs::read_to_string(folder.join("server")).unwrap_or_default();
        if let Some((port, password)) = known.trim().split_once(' ')
            && let Ok(port) = port.parse()
            && ready(&folder) == Some(port)
            && TcpStream::connect(("127.0.0.1", port)).is_ok()
        {
            return Self { major, port, password: password.into(), folder, grace: 30, supervisor: None, _lock: lock };
        }
        let mut cluster = Self { major, port: 0, password: secret(), folder, grace: 30, supervisor: None, _lock: lock };
        cluster.create(&[]);
        cluster.start();
        write_secret(&cluster.folder.join("server"), &format!("{} {}", cluster.port, cluster.password));
        cluster
    }

    /// A cluster for one holder, on this port or else on a free one. It ends with this process at the latest.
    pub(crate) fn own(major: u16, port: u16, settings: &[(&str, &str)]) -> Self {
        sweep();
        let folder = clusters().join(format!("{OWN}{:016x}", rand::random::<u64>()));
        fs::create_dir_all(&folder).expect("a folder for the cluster");
        Account::get().own(&folder);
        let lock = open(&folder.join("users"));
        lock.lock().expect("a file can be locked");
        let mut cluster = Self { major, port, password: secret(), folder, grace: 0, supervisor: None, _lock: lock };
        cluster.create(settings);
        cluster.start();
        cluster
    }

    /// A standby that streams from this cluster. The embedded PostgreSQL has no `pg_basebackup`: the primary is stopped for
    /// as long as its files are copied.
    pub(crate) fn standby(&mut self, settings: &[(&str, &str)]) -> Self {
        let folder = clusters().join(format!("{OWN}{:016x}", rand::random::<u64>()));
        fs::create_dir_all(&folder).expect("a folder for the cluster");
        Account::get().own(&folder);
        let lock = open(&folder.join("users"));
        lock.lock().expect("a file can be locked");
        let password = self.password.clone();
        let mut standby =
            Self { major: self.major, port: 0, password, folder, grace: 0, supervisor: None, _lock: lock };
        self.stop("fast");
        let status =
            Account::get().command("cp").arg("-R").arg(self.data()).arg(standby.data()).current_dir("/").status();
        assert!(status.expect("`cp` runs").success(), "the primary's files cannot be copied");
        self.start();
        let primary = format!(
            "host=127.0.0.1 port={} user=postgres password={} application_name=standby",
            self.port, self.password
        );
        standby.set(&[("primary_conninfo", &primary), ("wal_retrieve_retry_interval", "100ms")]);
        standby.set(settings);
        let signal = standby.data().join("standby.signal");
        write_secret(&signal, "");
        Account::get().own(&signal);
        standby.start();
        standby
    }

    /// Makes a new cluster in place of what is there.
    fn create(&mut self, settings: &[(&str, &str)]) {
        let data = self.data();
        if data.exists() {
            // It may still run, although nobody could connect to it.
            self.stop("immediate");
            fs::remove_dir_all(&data).expect("an old cluster can be removed");
        }
        let secret = self.folder.join("password");
        write_secret(&secret, &self.password);
        Account::get().own(&secret);
        let output = Account::get()
            .command(programs(self.major).join("initdb"))
            .arg("-D")
            .arg(&data)
            .arg("--pwfile")
            .arg(&secret)
            .args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"])
            .env("LC_ALL", "C")
            .current_dir("/")
            .output()
            .expect("initdb runs");
        assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
        fs::remove_file(secret).expect("a file of ours can be removed");

        fs::write(data.join("pg_hba.conf"), ACCESS).expect("pg_hba.conf can be written");
        self.set(&[&SETTINGS[..], settings].concat());
    }

    /// Adds settings; what is set twice is as last set.
    fn set(&self, settings: &[(&str, &str)]) {
        let mut text = String::new();
        for (name, value) in settings {
            text += &format!("{name} = '{}'\n", value.replace('\'', "''"));
        }
        let path = self.data().join("postgresql.conf");
        let mut file = OpenOptions::new().append(true).open(path).expect("postgresql.conf");
        file.write_all(text.as_bytes()).expect("postgresql.conf can be written");
    }

    /// Starts the server under its supervisor, on the port it had or else on a free one.
    pub(crate) fn start(&mut self) {
        let keep = self.port != 0;
        for attempt in 1.. {
            if !keep {
                let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
                self.port = free.expect("a free port").port();
            }
            let supervisor = self.supervise();
            let supervisor = self.supervisor.insert(supervisor);
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE {
                if ready(&self.folder) == Some(self.port) {
                    return;
                }
                if supervisor.try_wait().expect("a child can be waited for").is_some() {
                    break;
                }
                thread::sleep(Duration::from_millis(20));
            }
            // Somebody may have taken the port in between.
            let log = fs::read_to_string(self.log()).unwrap_or_default();
            let last = log.lines().rev().take(12).collect::<Vec<_>>();
            let log = last.into_iter().rev().collect::<Vec<_>>().join("\n");
            assert!(attempt < 3 && !keep, "PostgreSQL {} does not start:\n{log}", self.major);
        }
    }

    fn supervise(&self) -> Child {
        let log = OpenOptions::new().create(true).append(true).open(self.log()).expect("a log file");
        let lock = open(&self.folder.join("users"));
        Account::get()
            .command("perl")
            .args(["-e", include_str!("supervisor.pl")])
            .arg(self.grace.to_string())
            .arg(self.data())
            .arg(programs(self.major).join("postgres"))
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()])
            .current_dir("/")
            .stdin(lock)
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            // Apart from the terminal's Ctrl-C, which is for whoever uses the server.
            .process_group(0)
            .spawn()
            .expect("`perl` runs")
    }

    /// Stops the server and waits for it: `fast`, or `immediate` as if it had crashed.
    pub(crate) fn stop(&mut self, mode: &str) {
        let data = self.data();
        // That it does not run is as good.
        let _ = Account::get()
            .command(programs(self.major).join("pg_ctl"))
            .args(["stop", "-w", "-s", "-m", mode, "-D"])
            .arg(&data)
            .current_dir("/")
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        let begun = Instant::now();
        while data.join("postmaster.pid").exists() && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
        }
        if let Some(mut supervisor) = self.supervisor.take() {
            supervisor.wait().expect("a child can be waited for");
        }
    }

    /// Stops the server and removes its files.
    pub(crate) fn remove(&mut self) {
        self.stop("immediate");
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What the server had to say.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

/// Removes what is left of clusters whose holder was killed.
fn sweep() {
    for entry in fs::read_dir(clusters()).into_iter().flatten().flatten() {
        let folder = entry.path();
        let lock = File::open(folder.join("users"));
        if entry.file_name().to_string_lossy().starts_with(OWN) && lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The port of the server that says it is ready in `postmaster.pid`: the port is its fourth line, the state its eighth.
fn ready(folder: &Path) -> Option<u16> {
    let text = fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    let line = |number| text.lines().nth(number).map(str::trim);
    (line(7) == Some("ready")).then(|| line(3)?.parse().ok()).flatten()
}

fn open(path: &Path) -> File {
    let file = OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path);
    file.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write_secret(path: &Path, text: &str) {
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("a file can be written");
}

/// A password that no URL has to quote.
pub(crate) fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}
