//! `dataset` beside bare sqlx, SeaORM, Diesel and Ruby's Sequel on the rows of Diesel's benchmark, in one run on one
//! machine and by turns.
//!
//! `cargo run --release` measures SQLite and a PostgreSQL of its own; `cargo run --release -- postgres://…` that server
//! (it makes and drops the tables `bench_users`, `bench_posts` and `bench_comments`). `BENCH_ROWS="get by key"` leaves out the
//! other rows, `BENCH_SIDES="dataset sqlx"` the other libraries; with `BENCH_TIMES=20000` there is time for a profiler.
//!
//! Neither side waits for a disk: SQLite runs with `synchronous = OFF`, the PostgreSQL of its own with `fsync = off`.

mod bare;
mod diesels;
mod model;
mod orm;
mod ours;
mod sequel;
mod side;
mod table;

use std::{process::Command, sync::Arc};

use ours::Ours;
use side::{Job, Side};
use table::Table;

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What is done so many times is short.
const SHORT: usize = 400;

/// How many numbers the long stream has.
const LONG: i64 = 1_000_000;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, url] = &arguments[..]
        && flag == "--memory"
    {
        let (name, url) = (name.clone(), url.clone());
        return tokio::spawn(async move { memory(&name, &url).await }).await?;
    }
    let dir = tempfile::tempdir()?;
    let mut urls = vec![format!("sqlite://{}", dir.path().join("bench.db").display())];
    urls.extend(arguments.iter().cloned());
    let own = arguments.is_empty().then(|| testkit::Postgres::start_own(16, &[]));
    urls.extend(own.iter().map(|server| server.url("postgres")));
    for url in urls {
        // Where a server's handlers run: on one of the runtime's own threads.
        tokio::spawn(async move { compare(&url).await }).await??;
    }
    Ok(())
}

/// A library's name in lower case, and how to get to the database with it.
async fn connect(name: &str, url: &str) -> Outcome<Arc<dyn Side>> {
    let sqlite = url.starts_with("sqlite");
    Ok(match name {
        "dataset" => Arc::new(Ours::connect(url).await?),
        "sqlx" if sqlite => Arc::new(bare::Sqlite::connect(url).await?),
        "sqlx" => Arc::new(bare::Postgres::connect(url).await?),
        "sea-orm" => Arc::new(orm::Orm::connect(url).await?),
        "diesel" if sqlite => Arc::new(diesels::Sqlite::connect(url)?),
        "diesel" => Arc::new(diesels::Postgres::connect(url)?),
        "sequel" => Arc::new(sequel::Sequel::connect(url)?),
        other => return Err(format!("there is no side called {other}").into()),
    })
}

async fn compare(url: &str) -> Outcome {
    let db = Ours::connect(url).await?.0;
    model::create(&db).await?;
    let system =
        if url.starts_with("sqlite") { "SQLite".to_owned() } else { format!("PostgreSQL {}", db.version().await?) };
    let names = std::env::var("BENCH_SIDES").unwrap_or_else(|_| "dataset sqlx sea-orm diesel sequel".to_owned());
    let names: Vec<&str> = names.split_whitespace().collect();
    let mut sides = Vec::new();
    for name in &names {
        sides.push(connect(name, url).await.map_err(|e| format!("{name}: {e}"))?);
    }
    let mut bench = Bench { table: Table::new(&sides), sides };
    for rows in [1, 10, 100, 1_000, 10_000] {
        model::fill(&db, rows, 1, 0).await?;
        let times = if rows < 1_000 { 1_000 } else { 60 };
        bench.row(&format!("trivial query, {rows} rows"), times, Job::Trivial).await?;
        bench.row(&format!("medium query, {rows} rows"), times, Job::Medium).await?;
    }
    bench.row("get by key", 1_000, Job::ByKey(77)).await?;
    bench.row("get by key, `*`", 1_000, Job::AllByKey(77)).await?;
    for tasks in [1, 8, 64] {
        let each = 640 / tasks;
        bench.row(&format!("640 gets, {tasks} tasks"), 20, Job::Gets { tasks, each }).await?;
    }
    bench.row("empty transaction", 1_000, Job::EmptyTransaction).await?;
    bench.row("building SQL (medium)", 500, Job::Build).await?;
    model::fill(&db, 100, 10, 10).await?;
    bench.row("100 users, 1,000 posts, 10,000 comments", 40, Job::Associations).await?;
    for rows in [1, 10, 25, 50, 100] {
        model::fill(&db, 0, 0, 0).await?;
        bench.row(&format!("insert, {rows} rows"), 400, Job::Insert(rows)).await?;
    }
    bench.row("stream of a million rows", 3, Job::Stream(LONG)).await?;
    println!("\n## {system}\n\n{}", bench.table);
    for (name, side) in names.iter().zip(&bench.sides) {
        println!(
            "- peak memory, a process that streams a million rows: {} {} MB",
            side.name(),
            peak(name, url)? / 1_024
        );
    }
    Ok(model::drop(&db).await?)
}

struct Bench {
    sides: Vec<Arc<dyn Side>>,
    table: Table,
}

impl Bench {
    /// All sides by turns, so that what else the machine does hits them all.
    async fn row(&mut self, name: &str, times: usize, job: Job) -> Outcome {
        if std::env::var("BENCH_ROWS").is_ok_and(|rows| !name.contains(&rows)) {
            return Ok(());
        }
        let times = std::env::var("BENCH_TIMES").map_or(Ok(times), |times| times.parse())?;
        let warm_up = (times / 10).max(1);
        let mut taken = vec![Vec::with_capacity(times); self.sides.len()];
        for turn in 0..warm_up + times {
            let mut counts = Vec::new();
            // Each side comes first in its turn.
            for index in (0..self.sides.len()).map(|index| (index + turn) % self.sides.len()) {
                let (side, taken) = (&self.sides[index], &mut taken[index]);
                if !side.can(job) {
                    continue;
                }
                // Once before, of a short job: whoever was last leaves caches cold, threads asleep and tasks behind.
                if times >= SHORT {
                    side.run(job).await?;
                }
                let (time, count) =
                    Arc::clone(side).time(job).await.map_err(|e| format!("{}: {name}: {e}", side.name()))?;
                counts.push(count);
                if turn >= warm_up {
                    taken.push(time);
                }
            }
            if counts.iter().any(|count| *count != counts[0]) {
                return Err(format!("{name}: not the same work: {counts:?}").into());
            }
        }
        eprintln!("{name}");
        self.table.row(name, taken);
        Ok(())
    }
}

/// The most memory of a process that streams the million rows with this library, in kB.
fn peak(name: &str, url: &str) -> Outcome<u64> {
    let mut command = if name == "sequel" {
        let mut ruby = sequel::command(url);
        ruby.args(sequel::line(Job::Stream(LONG)).split(' '));
        ruby
    } else {
        let mut own = Command::new(std::env::current_exe()?);
        own.args(["--memory", name, url]);
        own
    };
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.trim().parse().map_err(|_| format!("{name} said {said:?}: {}", String::from_utf8_lossy(&output.stderr)))?)
}

/// Streams the million rows and tells the most memory this process ever had, in kB.
async fn memory(name: &str, url: &str) -> Outcome {
    connect(name, url).await?.run(Job::Stream(LONG)).await?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    println!("{}", line.trim().trim_end_matches(" kB"));
    Ok(())
}
