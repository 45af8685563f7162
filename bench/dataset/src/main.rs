//! `dataset` beside bare sqlx on the rows of Diesel's benchmark, in one run on one machine.
//!
//! `cargo run --release` measures SQLite; `cargo run --release -- postgres://…` that server too (it makes and drops
//! the tables `bench_users` and `bench_posts`).

mod bare;
mod ours;
mod table;

use std::time::Instant;

use table::Table;

/// A row of the table that is read most.
#[derive(Debug, serde::Deserialize)]
#[allow(dead_code)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub hair_color: Option<String>,
}

pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What both sides can be asked to do.
pub trait Side: Sync {
    fn name(&self) -> &'static str;
    fn trivial(&self) -> impl Future<Output = Outcome<usize>> + Send;
    fn medium(&self) -> impl Future<Output = Outcome<usize>> + Send;
    fn insert(&self, rows: usize) -> impl Future<Output = Outcome> + Send;
    fn by_key(&self, id: i64) -> impl Future<Output = Outcome> + Send;
    fn empty_transaction(&self) -> impl Future<Output = Outcome> + Send;
    fn stream(&self, rows: i64) -> impl Future<Output = Outcome<usize>> + Send;
    fn fill(&self, rows: usize) -> impl Future<Output = Outcome> + Send;
}

#[tokio::main]
async fn main() -> Outcome {
    let dir = tempfile::tempdir()?;
    let sqlite = format!("sqlite://{}", dir.path().join("bench.db").display());
    let urls: Vec<String> = std::iter::once(sqlite).chain(std::env::args().skip(1)).collect();
    for url in urls {
        let system = url.split(':').next().unwrap_or_default().to_owned();
        println!("\n## {system}\n");
        let ours = ours::Ours::connect(&url).await?;
        if system == "sqlite" {
            compare(&ours, &bare::Sqlite::connect(&url).await?).await?;
        } else {
            compare(&ours, &bare::Postgres::connect(&url).await?).await?;
        }
    }
    Ok(())
}

async fn compare(ours: &impl Side, bare: &impl Side) -> Outcome {
    let mut table = Table::new(ours.name(), bare.name());
    for rows in [1, 10, 100, 1_000, 10_000] {
        ours.fill(rows).await?;
        let times = if rows < 1_000 { 300 } else { 60 };
        pair(&mut table, &format!("trivial query, {rows} rows"), times, || ours.trivial(), || bare.trivial()).await?;
        pair(&mut table, &format!("medium query, {rows} rows"), times, || ours.medium(), || bare.medium()).await?;
    }
    pair(&mut table, "get by key", 500, || ours.by_key(77), || bare.by_key(77)).await?;
    pair(&mut table, "empty transaction", 300, || ours.empty_transaction(), || bare.empty_transaction()).await?;
    for rows in [1, 10, 25, 50, 100] {
        pair(&mut table, &format!("insert, {rows} rows"), 60, || ours.insert(rows), || bare.insert(rows)).await?;
    }
    ours.fill(10_000).await?;
    for tasks in [1, 8, 64] {
        let many = |side: usize| async move {
            let work = (0..tasks * 20).map(|n| async move {
                if side == 0 {
                    ours.by_key(n as i64 % 9_000 + 1).await
                } else {
                    bare.by_key(n as i64 % 9_000 + 1).await
                }
            });
            use futures::StreamExt;
            let done: Vec<Outcome> = futures::stream::iter(work).buffer_unordered(tasks).collect().await;
            done.into_iter().collect::<Outcome>()
        };
        let name = format!("{} gets by {tasks} at once", tasks * 20);
        pair(&mut table, &name, 10, || many(0), || many(1)).await?;
    }
    let before = memory();
    pair(&mut table, "stream of a million rows", 2, || ours.stream(1_000_000), || bare.stream(1_000_000)).await?;
    println!("{table}");
    println!("Peak memory grew by {} kB during the streams of a million rows.", memory().saturating_sub(before));
    Ok(())
}

/// Both sides by turns, so that what else the machine does hits both.
async fn pair<A, B, T>(
    table: &mut Table,
    name: &str,
    times: usize,
    ours: impl Fn() -> A,
    bare: impl Fn() -> B,
) -> Outcome
where
    A: Future<Output = Outcome<T>>,
    B: Future<Output = Outcome<T>>,
{
    let (mut a, mut b) = (Vec::with_capacity(times), Vec::with_capacity(times));
    for turn in 0..times + 3 {
        let begun = Instant::now();
        ours().await?;
        let middle = Instant::now();
        bare().await?;
        // The first few warm up.
        if turn >= 3 || times < 3 {
            a.push(middle - begun);
            b.push(middle.elapsed());
        }
    }
    table.row(name, a, b);
    Ok(())
}

/// The most memory this process ever had, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
