//! What a page costs.
//!
//! `bench-pages HERON` starts a PostgreSQL with the sample database and one with a large catalogue, runs HERON (a release
//! build) on both, and prints for each page: time to the last byte, cold (every reading asked anew) and shared (readings
//! younger than their freshness), our CPU per page, and the statements and milliseconds it cost the server.

mod browser;

use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use browser::Browser;
use dataset::Database;
use testkit::Postgres;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Longer than any reading stays fresh.
const STALE: Duration = Duration::from_secs(16);

const COLD: usize = 5;
const SHARED: usize = 300;

#[tokio::main]
async fn main() -> Result<()> {
    let heron = std::env::args().nth(1).ok_or("usage: bench-pages HERON")?;
    let server = Postgres::start_own(16, &[("max_locks_per_transaction", "1024")]);
    let watcher = server.role_named("heron", "IN ROLE pg_monitor, pg_read_all_data").await;
    let admin = server.connect().await;
    for (name, schema) in [
        ("sample", include_str!("../../../crates/testkit/src/bin/sample/shop.sql")),
        ("large", include_str!("large.sql")),
    ] {
        let database = server.database_named(name).await.connect().await;
        database.execute("CREATE EXTENSION pg_stat_statements", []).await?;
        database.execute_script(schema).await?;
        // Statistics as a database that is in use has them.
        database.execute("ANALYZE", []).await?;
        database.close().await;
    }
    let statements = server.database_named("counters").await.connect().await;
    statements.execute("CREATE EXTENSION pg_stat_statements", []).await?;

    let process = start(&heron, [watcher.url("sample"), watcher.url("large")])?;
    let browser = Browser::sign_in(&process.link).await?;
    println!("| page | p50 cold | p50 shared | p95 shared | our CPU | statements | server time | HTML |");
    println!("|---|---|---|---|---|---|---|---|");
    for path in [
        "/sample",
        "/large",
        "/sample/queries",
        "/large/queries",
        "/large/space",
        "/large/indexes",
        "/large/maintenance",
        "/large/live",
        "/large/tune",
        "/",
    ] {
        row(&browser, &statements, &process, path).await?;
    }
    admin.close().await;
    Ok(())
}

/// Measures one page and prints its row.
async fn row(browser: &Browser, statements: &Database, process: &Heron, path: &str) -> Result<()> {
    let mut bytes = browser.get(path).await?;
    let before = cost(statements).await?;
    let mut cold = Vec::with_capacity(COLD);
    for _ in 0..COLD {
        tokio::time::sleep(STALE).await;
        let began = Instant::now();
        bytes = browser.get(path).await?;
        cold.push(began.elapsed());
    }
    let after = cost(statements).await?;

    let cpu = process.cpu()?;
    let mut shared = Vec::with_capacity(SHARED);
    for _ in 0..SHARED {
        let began = Instant::now();
        browser.get(path).await?;
        shared.push(began.elapsed());
    }
    let cpu = (process.cpu()? - cpu) / SHARED as u32;
    println!(
        "| `{path}` | {} | {} | {} | {} | {:.1} | {:.1} ms | {:.1} kB |",
        ms(percentile(&mut cold, 50)),
        ms(percentile(&mut shared, 50)),
        ms(percentile(&mut shared, 95)),
        ms(cpu),
        (after.0 - before.0) as f64 / COLD as f64,
        (after.1 - before.1) / COLD as f64,
        bytes as f64 / 1000.0,
    );
    Ok(())
}

/// What Heron's role has cost the server so far: statements, milliseconds.
async fn cost(statements: &Database) -> Result<(i64, f64)> {
    let sql = "SELECT coalesce(sum(s.calls), 0)::int8, coalesce(sum(s.total_exec_time + s.total_plan_time), 0)::float8 \
               FROM pg_stat_statements(false) AS s JOIN pg_roles AS r ON r.oid = s.userid WHERE r.rolname = 'heron'";
    Ok(statements.fetch(sql, []).first::<(i64, f64)>().await?.unwrap_or_default())
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// The running program; ends with us.
struct Heron {
    child: Child,
    link: String,
    _folder: tempfile::TempDir,
}

impl Heron {
    /// User and system time spent so far (`/proc/<pid>/stat`, in hundredths of a second).
    fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Heron {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(heron: &str, urls: [String; 2]) -> Result<Heron> {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir()?;
    let mut child = Command::new(heron)
        .args(["serve", "--listen", "127.0.0.1:3196", "--capture-interval", "1h", "--store"])
        .arg(format!("sqlite://{}/heron.db", folder.path().display()))
        .args(urls)
        .stdout(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("no output to read")?;
    for line in BufReader::new(stdout).lines() {
        if let Some((_, link)) = line?.split_once("http://127.0.0.1:3196/sign-in") {
            return Ok(Heron { child, link: format!("/sign-in{link}"), _folder: folder });
        }
    }
    Err("heron printed no sign-in link".into())
}
