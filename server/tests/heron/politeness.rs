//! However many look, the watched server hardly notices, and is never written to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::support::{TestApp, rows, run};
use advisor::Thresholds;
use dataset::Database;
use futures::future::join_all;
use testkit::{Postgres, Role, TestDatabase, major, majors};

/// Every statement that ran is slow enough to be looked at, so that texts and tables are asked for too.
fn curious() -> Thresholds {
    Thresholds {
        slow_query_ms: 0.0,
        slow_query_calls: 1,
        suggested_index_ms: 0.0,
        suggested_index_calls: 1,
        ..Thresholds::default()
    }
}

async fn busy_database(server: &Postgres) -> TestDatabase {
    let database = server.database_with_statements().await;
    let db = database.connect().await;
    run(&db, "CREATE TABLE t (id serial PRIMARY KEY, a int, b int); CREATE INDEX ON t (a); CREATE INDEX ON t (a, b)")
        .await;
    for column in ["a", "b", "id"] {
        run(&db, &format!("SELECT count(*) FROM t WHERE {column} = 1")).await;
    }
    db.close().await;
    database
}

/// How often the role asked something of the database, what opens a connection left out.
async fn asked(db: &Database, role: &Role<'_>) -> Vec<(String, i64)> {
    let sql = "SELECT left(regexp_replace(query, '--[^\\n]*\\n', '', 'g'), 200), sum(calls)::bigint FROM pg_stat_statements
                WHERE userid = (SELECT oid FROM pg_roles WHERE rolname = $1) AND query ~ 'FROM' AND query !~ 'set_config'
                GROUP BY 1 ORDER BY 1";
    db.fetch(sql, [role.name.as_str().into()]).all().await.unwrap()
}

/// What `viewers` at once cost, on a Heron that knows nothing yet.
async fn cost(viewers: usize, path: &str) -> i64 {
    let server = Postgres::shared(major());
    let database = busy_database(server).await;
    let role = server.role("IN ROLE pg_monitor").await;
    let app = TestApp::with(&[("shop", &role.url(&database.name)), ("other", &database.url)], curious()).await;
    app.sign_in().await;
    let pages = join_all((0..viewers).map(|_| app.page(path))).await;
    assert!(pages.iter().all(|page| page.says("FROM") && !page.says("not answered within")), "{}", pages[0].text());
    let db = database.connect().await;
    let asked = asked(&db, &role).await;
    db.close().await;
    println!("{viewers} viewers of {path}: {asked:#?}");
    asked.iter().map(|(_, calls)| calls).sum()
}

/// Ten viewers cost no more than one. On a machine that is busy with other things some of the ten may come only when the
/// readings of the others are no longer fresh: then it has not been tried.
async fn ten_cost_what_one_costs(path: &str, at_least: i64) {
    let one = cost(1, path).await;
    assert!(one >= at_least, "{one} questions for {path}: does this count?");
    let mut tens = Vec::new();
    while tens.len() < 3 && tens.last() != Some(&one) {
        tens.push(cost(10, path).await);
    }
    assert_eq!(tens.last(), Some(&one), "{tens:?} for ten viewers of {path}");
}

/// §3.2: viewers share readings.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_people_looking_at_the_overview_cost_what_one_costs() {
    ten_cost_what_one_costs("/shop", 9).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_people_looking_at_the_queries_cost_what_one_costs() {
    // Counters, what the extension says of itself, texts.
    ten_cost_what_one_costs("/shop/queries", 3).await;
}

/// §3.2: at most two connections per server, whatever the number of viewers, pages or databases.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_most_two_connections_per_server_while_ten_people_look_at_two_databases() {
    let server = Postgres::shared(major());
    let (one, two) = (busy_database(server).await, busy_database(server).await);
    let role = server.role("IN ROLE pg_monitor").await;
    let app = TestApp::new(&[("one", &role.url(&one.name)), ("two", &role.url(&two.name))]).await;
    app.sign_in().await;
    let watch = server.connect().await;
    let on = Arc::new(AtomicBool::new(true));
    let watching = tokio::spawn({
        let (on, role) = (Arc::clone(&on), role.name.clone());
        async move {
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heron' AND usename = $1";
            let mut most = 0;
            while on.load(Ordering::Relaxed) {
                most = most.max(watch.fetch(sql, [role.as_str().into()]).get::<i64>().await.unwrap().unwrap());
            }
            most
        }
    });
    for _ in 0..3 {
        let paths = ["/one", "/two/queries", "/two", "/", "/one/queries"];
        let pages = join_all((0..10).map(|viewer| app.page(paths[viewer % paths.len()]))).await;
        assert!(pages.iter().all(|page| !page.says("not answered within")));
    }
    on.store(false, Ordering::Relaxed);
    let most = watching.await.unwrap();
    assert!((1..=2).contains(&most), "{most} connections");
}

/// §3.1: a role that cannot write, in sessions that may not, is enough for every page and for capturing.
#[tokio::test]
async fn heron_never_writes_to_what_it_watches() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = busy_database(server).await;
        let role = server.role("IN ROLE pg_monitor").await;
        let db = database.connect().await;
        run(
            &db,
            &format!(
                "ALTER ROLE {role} SET default_transaction_read_only = on;
                 REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE TEMP ON DATABASE {name} FROM PUBLIC;",
                role = role.name,
                name = database.name
            ),
        )
        .await;
        let app = TestApp::with(&[("shop", &role.url(&database.name))], curious()).await;
        app.sign_in().await;
        let overview = app.page("/shop").await;
        overview.must_say("Query statistics can be read");
        assert!(!rows(&app.page("/shop/queries?q=count").await).is_empty());
        let id = model::DatabaseId("shop".into());
        for _ in 0..2 {
            app.collector.capture(&id).await.unwrap().unwrap();
        }
        // Nothing was refused on the way, for there was nothing to refuse.
        let log = std::fs::read(server.log()).unwrap();
        // Statements of databases in other encodings stand there, too.
        let log = String::from_utf8_lossy(&log);
        let refused: Vec<&str> =
            log.lines().filter(|line| line.contains(&format!(" {}@", role.name)) && line.contains("ERROR")).collect();
        assert!(refused.is_empty(), "{refused:?}");
        db.close().await;
    }
}
