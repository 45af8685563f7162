//! The sample's workload: a modest, steady pace, with now and then a session that gets in the way of another one.

use std::time::Duration;

use dataset::{Database, Options, Result, TxOptions, Value};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

/// Works on the two databases until it is dropped. About twenty statements a second, most of them tiny.
pub(crate) fn start(shop: &str, library: &str) -> JoinSet<()> {
    let mut work = JoinSet::new();
    work.spawn(again(web, shop.into()));
    work.spawn(again(worker, shop.into()));
    work.spawn(again(reports, shop.into()));
    work.spawn(again(forgetful, shop.into()));
    work.spawn(again(readers, library.into()));
    work
}

/// As clients do whose statement was cancelled or whose session was ended: comes back after a moment.
async fn again<W: Future<Output = Result<()>>>(work: fn(String) -> W, url: String) {
    loop {
        if let Err(error) = work(url.clone()).await {
            eprintln!("sample: part of the workload begins anew: {error}");
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn connect(url: &str, name: &str) -> Result<Database> {
    let options = Options { max_connections: 2, application_name: Some(name.into()), ..Options::default() };
    Database::connect_with(url, options).await
}

/// Steps of an even length, whatever the work in them takes.
struct Pace {
    next: Instant,
    step: Duration,
    count: i64,
}

impl Pace {
    fn every(step: Duration) -> Self {
        Self { next: Instant::now(), step, count: 0 }
    }

    /// The number of the step that begins now.
    async fn step(&mut self) -> i64 {
        sleep_until(self.next).await;
        self.next = self.next.max(Instant::now()) + self.step;
        self.count += 1;
        self.count
    }
}

/// Somebody in 1 to `many`, another one each time.
fn one_of(many: i64) -> Value {
    Value::from(1 + (rand::random::<u32>() as i64) % many)
}

/// Visitors: look-ups by key.
async fn web(url: String) -> Result<()> {
    let db = connect(&url, "shop-web").await?;
    let mut pace = Pace::every(Duration::from_millis(250));
    loop {
        pace.step().await;
        db.fetch("SELECT id, name, country FROM customers WHERE id = $1::bigint", [one_of(20_000)]).rows().await?;
        db.fetch("SELECT sku, title, price FROM products WHERE id = $1::bigint", [one_of(2_000)]).rows().await?;
        db.fetch("SELECT * FROM order_items WHERE order_id = $1 ORDER BY line", [one_of(120_000)]).rows().await?;
    }
}

/// What a shop writes.
async fn worker(url: String) -> Result<()> {
    let db = connect(&url, "shop-worker").await?;
    let mut pace = Pace::every(Duration::from_millis(500));
    loop {
        let step = pace.step().await;
        let (customer, product) = (one_of(20_000), one_of(2_000));
        db.execute(
            "INSERT INTO orders (customer_id, status, placed_at) VALUES ($1::bigint, 'open', now())",
            [customer.clone()],
        )
        .await?;
        db.execute("UPDATE products SET stock = stock - 1 WHERE id = $1::bigint", [product]).await?;
        db.execute("UPDATE customers SET visits = visits + 1 WHERE id = $1::bigint", [customer]).await?;
        if step % 20 == 0 {
            let sql = "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT 50)";
            db.execute(sql, []).await?;
        }
    }
}

/// Questions that no index answers: these are the slow queries.
async fn reports(url: String) -> Result<()> {
    let db = connect(&url, "shop-reports").await?;
    let mut pace = Pace::every(Duration::from_millis(800));
    loop {
        let step = pace.step().await;
        let sql = "SELECT status, count(*), max(placed_at) FROM orders \
                   WHERE note LIKE '%neighbours%' OR status = 'open' GROUP BY status";
        db.fetch(sql, []).rows().await?;
        if step % 3 == 0 {
            let sql = "SELECT stars, body FROM reviews WHERE product_id = $1::bigint ORDER BY written_at DESC LIMIT 10";
            db.fetch(sql, [one_of(2_000)]).rows().await?;
        }
        if step % 40 == 0 {
            let sql = "SELECT c.country, sum(i.quantity * i.price) FROM order_items i JOIN orders o ON o.id = i.order_id \
                       JOIN customers c ON c.id = o.customer_id GROUP BY c.country ORDER BY 2 DESC";
            db.fetch(sql, []).rows().await?;
        }
    }
}

/// Somebody who opens a transaction and goes away, and somebody else who waits for the same row.
async fn forgetful(url: String) -> Result<()> {
    let db = connect(&url, "shop-admin").await?;
    let blocked = connect(&url, "shop-import").await?;
    loop {
        sleep(Duration::from_secs(12)).await;
        let away = db.transaction(TxOptions::default(), |tx| async move {
            tx.execute("UPDATE products SET price = price + 1 WHERE id = 1", []).await?;
            sleep(Duration::from_secs(15)).await;
            Ok(())
        });
        let waiting = async {
            sleep(Duration::from_secs(6)).await;
            blocked.execute("UPDATE products SET price = price - 1 WHERE id = 1", []).await
        };
        let (away, waiting) = tokio::join!(away, waiting);
        away?;
        waiting?;
    }
}

/// The library's readers.
async fn readers(url: String) -> Result<()> {
    let db = connect(&url, "library").await?;
    let mut pace = Pace::every(Duration::from_secs(1));
    loop {
        let step = pace.step().await;
        let author = Value::from(format!("Author {}", step % 700));
        db.fetch("SELECT isbn, title, year FROM books WHERE author = $1 ORDER BY year", [author]).rows().await?;
        if step % 5 == 0 {
            db.fetch("SELECT reader, count(*) FROM loans WHERE NOT returned GROUP BY reader", []).rows().await?;
        }
    }
}
