//! What a page costs.
//!
//! `bench-pages HERON` starts a PostgreSQL with the sample database and one with a large catalogue and many statements, runs
//! HERON (a release build) on both, and prints two Markdown tables. For each page: time to the last byte, cold (every reading
//! that is not fresh any more asked anew) and shared (readings younger than their freshness), our CPU per page, and the
//! statements and milliseconds it cost the server. And what is not about one page: booting, memory, captures, many clients.

mod browser;
mod heron;
mod history;

use std::time::{Duration, Instant};

use browser::Browser;
use dataset::Database;
use futures::future::try_join_all;
use heron::Heron;
use testkit::Postgres;

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Longer than what moves stays fresh, and what DDL changes if DDL may have been.
const STALE: Duration = Duration::from_secs(16);

const COLD: usize = 5;
const SHARED: usize = 300;

/// Clients who look at once, and for how long.
const CLIENTS: usize = 8;
const RUSH: Duration = Duration::from_secs(5);

/// The pages of the large database.
const LARGE: [&str; 10] = [
    "/large",
    "/large/queries",
    "/large/space",
    "/large/space/table_1?schema=Schema+6",
    "/large/indexes",
    "/large/maintenance",
    "/large/live",
    "/large/connections",
    "/large/locks",
    "/large/tune",
];

#[tokio::main]
async fn main() -> Result<()> {
    let program = std::env::args().nth(1).ok_or("usage: bench-pages HERON")?;
    let settings = [("max_locks_per_transaction", "1024"), ("pg_stat_statements.max", "10000")];
    let server = Postgres::start_own(16, &settings);
    let watcher = server.role_named("heron", "IN ROLE pg_monitor, pg_read_all_data").await;
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
    let large = Database::connect(&server.url("large")).await?;
    let workload = workload();
    large.execute_script(workload).await?;
    // One statement that somebody's framework wrote.
    large.execute_script(format!("SELECT 1 /* {} */", "x".repeat(7_000_000)).leak()).await?;

    let urls = [watcher.url("sample"), watcher.url("large")];
    // Texts are read from the server once; here that is over before anything is measured.
    let folder = tempfile::tempdir()?;
    let rows = history::write(&heron::store(&folder), "sample").await?;
    heron::capture(&program, &folder, &urls)?;
    let heron = Heron::start(&program, &folder, &urls)?;
    println!("| work | figure |\n|---|---|");
    println!("| rows of history of `sample` | {rows} |");
    println!("| boot, until it listens | {} |", ms(heron.boot));
    println!("| memory after boot | {:.0} MB |", heron.memory()?);
    let browser = Browser::sign_in(&heron.link).await?;
    println!("| first overview of `large`, connecting | {} |", ms(timed(&browser, "/large").await?));

    println!("\n| page | p50 cold | p50 shared | p95 shared | our CPU | statements | server time | HTML |");
    println!("|---|---|---|---|---|---|---|---|");
    let query = format!("/large/queries/{}", queryid(&large).await?);
    for path in ["/sample", "/sample/queries", "/sample/queries?window=30d"]
        .into_iter()
        .chain(LARGE)
        .chain([query.as_str(), "/"])
    {
        row(&browser, &large, &heron, path).await?;
    }

    println!("\n| work | figure |\n|---|---|");
    for path in ["/sample", "/large"] {
        println!("| `{path}`, {CLIENTS} clients | {:.0} per second |", rush(&browser, path).await?);
    }
    println!("| memory after load | {:.0} MB |", heron.memory()?);
    drop(heron);
    let mut captures = Vec::with_capacity(COLD);
    let folder = tempfile::tempdir()?;
    let mut cost_of_one = 0.0;
    for first in [true, false, false, false] {
        let before = cost(&large).await?;
        let took = heron::capture(&program, &folder, &urls[1..])?;
        // The first one reads every text and size.
        if !first {
            captures.push(took);
            cost_of_one = cost(&large).await?.1 - before.1;
        }
        large.execute_script(workload).await?;
    }
    let known = statements(&large).await?;
    println!(
        "| `heron capture --once`, {known} statements that all ran | {}, {cost_of_one:.1} ms of the server's |",
        ms(percentile(&mut captures, 50))
    );
    Ok(())
}

/// Five thousand statements that differ.
fn workload() -> &'static str {
    let tables = (1..=300).flat_map(|schema| (1..=6).map(move |table| format!("\"Schema {schema}\".table_{table}")));
    let each = |table| {
        format!(
            "SELECT a FROM {table} WHERE id = 1; SELECT b FROM {table} WHERE a > 5 ORDER BY c; \
             UPDATE {table} SET c = now() WHERE id = 2;\n"
        )
    };
    tables.map(each).collect::<String>().leak()
}

/// Measures one page and prints its row.
async fn row(browser: &Browser, server: &Database, heron: &Heron, path: &str) -> Result<()> {
    browser.get(path).await?;
    let before = cost(server).await?;
    let mut cold = Vec::with_capacity(COLD);
    for _ in 0..COLD {
        tokio::time::sleep(STALE).await;
        cold.push(timed(browser, path).await?);
    }
    let after = cost(server).await?;

    let bytes = browser.get(path).await?;
    let cpu = heron.cpu()?;
    let mut shared = Vec::with_capacity(SHARED);
    for _ in 0..SHARED {
        shared.push(timed(browser, path).await?);
    }
    let cpu = (heron.cpu()? - cpu) / SHARED as u32;
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

async fn timed(browser: &Browser, path: &str) -> Result<Duration> {
    let began = Instant::now();
    browser.get(path).await?;
    Ok(began.elapsed())
}

/// Pages a second when several clients ask for one after the other.
async fn rush(browser: &Browser, path: &str) -> Result<f64> {
    let began = Instant::now();
    let clients = (0..CLIENTS).map(|_| async {
        let window = browser.again().await?;
        let mut pages = 0;
        while began.elapsed() < RUSH {
            window.get(path).await?;
            pages += 1;
        }
        Result::<i32>::Ok(pages)
    });
    let pages: i32 = try_join_all(clients).await?.into_iter().sum();
    Ok(f64::from(pages) / began.elapsed().as_secs_f64())
}

/// What Heron's role has cost the server so far: statements, milliseconds.
async fn cost(server: &Database) -> Result<(i64, f64)> {
    let sql = "SELECT coalesce(sum(s.calls), 0)::int8, coalesce(sum(s.total_exec_time + s.total_plan_time), 0)::float8 \
               FROM pg_stat_statements(false) AS s JOIN pg_roles AS r ON r.oid = s.userid WHERE r.rolname = 'heron'";
    Ok(server.fetch(sql, []).first::<(i64, f64)>().await?.unwrap_or_default())
}

/// One of the statements of the workload.
async fn queryid(server: &Database) -> Result<i64> {
    let sql = "SELECT queryid FROM pg_stat_statements WHERE query LIKE 'SELECT b FROM \"Schema 6\".table_1 %'";
    Ok(server.fetch(sql, []).get().await?.ok_or("the workload was not counted")?)
}

/// How many statements of this database are known.
async fn statements(server: &Database) -> Result<i64> {
    let sql = "SELECT count(*) FROM pg_stat_statements(false) AS s JOIN pg_database AS d ON d.oid = s.dbid \
               WHERE d.datname = current_database()";
    Ok(server.fetch(sql, []).get().await?.unwrap_or_default())
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
