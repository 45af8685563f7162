//! Every behaviour on MariaDB, and what is its own. One test for all, because each test is a process and each server takes
//! seconds to start.
#![allow(clippy::unwrap_used, missing_docs)]

mod anything;
mod behaviours;
mod proxy;

use std::{sync::Arc, time::Duration};

use dataset::{Database, Dialect, Kind, Migration, Options, col, row};
use futures::{TryStreamExt, future::BoxFuture};
use testkit::MariaDb;

type Behaviour = fn(Database) -> BoxFuture<'static, ()>;
type OfServers = fn(behaviours::Fresh) -> BoxFuture<'static, ()>;

macro_rules! all {
    ($($name:ident)*) => {
        const ALL: &[(&str, Behaviour)] = &[$((stringify!($name), |db| Box::pin(behaviours::$name(db)))),*];
    };
}

macro_rules! all_of_servers {
    ($($name:ident)*) => {
        const ALL_OF_SERVERS: &[(&str, OfServers)] = &[$((stringify!($name), |fresh| Box::pin(behaviours::$name(fresh)))),*];
    };
}

for_every_behaviour!(all);
for_every_behaviour_of_servers!(all_of_servers);

#[tokio::test(flavor = "multi_thread")]
async fn mariadb_behaves_as_the_others() {
    let Some(server) = MariaDb::start().map(Arc::new) else {
        assert!(std::env::var("CI").is_err(), "no mariadbd on this machine");
        println!("no mariadbd on this machine: nothing was tested");
        return;
    };
    // Two lines of work side by side: one thread waits where another can go on.
    let one = tokio::spawn(every_behaviour(Arc::clone(&server), 0));
    let two = tokio::spawn(every_behaviour(Arc::clone(&server), 1));
    one.await.unwrap();
    two.await.unwrap();
    for (name, behaviour) in ALL_OF_SERVERS {
        println!("{name}");
        let server = Arc::clone(&server);
        let make = move || -> BoxFuture<'static, String> {
            let server = Arc::clone(&server);
            Box::pin(async move { server.database().await })
        };
        behaviour(behaviours::Fresh { sqlite: false, make: Box::new(make) }).await;
    }
    let url = server.database().await;
    println!("its own");
    b59_options_reach_the_server(&url).await;
    b61_connect_errors(&url).await;
    b61_permission(&url).await;
    b66_timeouts(&url).await;
    b98_killed_in_mid_stream(&url).await;
    b99_a_dead_peer_costs_no_place_in_the_pool(&url).await;
    interrupted_migration_is_completed_by_the_next_start(&server).await;
    behaviours::b98_a_stream_takes_constant_memory(Database::connect(&url).await.unwrap()).await;
    // b97: any dataset is understood.
    anything::understood_all(&Database::connect(&server.database().await).await.unwrap(), 300).await;
}

/// Every second one, from the first or the second on.
async fn every_behaviour(server: Arc<MariaDb>, first: usize) {
    for (name, behaviour) in ALL.iter().skip(first).step_by(2) {
        println!("{name}");
        behaviour(Database::connect(&server.database().await).await.unwrap()).await;
    }
}

async fn b59_options_reach_the_server(url: &str) {
    let options = Options {
        statement_timeout: Some(Duration::from_millis(1500)),
        lock_timeout: Some(Duration::from_secs(7)),
        idle_in_transaction_timeout: Some(Duration::from_secs(60)),
        read_only: true,
        connect_sqls: vec!["set @mine = 'mine'"],
        ..Options::default()
    };
    let db = Database::connect_with(url, options).await.unwrap();
    let setting = async |sql: &'static str| db.fetch(sql, []).get::<String>().await.unwrap().unwrap();
    assert!(setting("select cast(@@max_statement_time as char)").await.starts_with("1.5"));
    assert_eq!(setting("select cast(@@innodb_lock_wait_timeout as char)").await, "7");
    assert_eq!(setting("select cast(@@idle_transaction_timeout as char)").await, "60");
    assert_eq!(setting("select @mine").await, "mine");
    let mode = setting("select @@sql_mode").await;
    assert!(mode.contains("STRICT_ALL_TABLES") && mode.contains("ONLY_FULL_GROUP_BY"), "{mode}");
    assert_eq!(db.execute("create table x (id integer)", []).await.unwrap_err().kind(), Kind::ReadOnly);
    assert_eq!(db.from("x").insert_only(row! { id: 1 }).await.unwrap_err().kind(), Kind::ReadOnly);
}

async fn b61_connect_errors(url: &str) {
    let kind = async |change: fn(&mut url::Url)| {
        let mut url = url::Url::parse(url).unwrap();
        change(&mut url);
        Database::connect(url.as_str()).await.map(drop).unwrap_err().kind()
    };
    assert_eq!(kind(|url| url.set_password(Some("wrong")).unwrap()).await, Kind::Authentication);
    assert_eq!(kind(|url| url.set_path("nowhere")).await, Kind::UnknownDatabase);
    assert_eq!(kind(|url| url.set_port(Some(1)).unwrap()).await, Kind::Disconnect);
    let named = url.replacen("mysql:", "mariadb:", 1);
    assert_eq!(Database::connect(&named).await.unwrap().dialect(), Dialect::MariaDb);
}

async fn b61_permission(url: &str) {
    let db = Database::connect(url).await.unwrap();
    behaviours::five_checks(&db).await;
    let name = url::Url::parse(url).unwrap().path().trim_start_matches('/').to_owned();
    let grant = format!(
        "create user guest@'127.0.0.1' identified by 'guest'; grant select on {name}.checks to guest@'127.0.0.1'"
    );
    db.execute_script(grant.leak()).await.unwrap();
    let mut guest = url::Url::parse(url).unwrap();
    guest.set_username("guest").unwrap();
    guest.set_password(Some("guest")).unwrap();
    let guest = Database::connect(guest.as_str()).await.unwrap();
    assert_eq!(guest.from("checks").count().await.unwrap(), 5);
    assert_eq!(guest.from("checks").delete().await.unwrap_err().kind(), Kind::Permission);
    assert_eq!(guest.from(("mysql", "user")).rows().await.unwrap_err().kind(), Kind::Permission);
}

/// The connection breaks after each message of the migration in turn.
async fn interrupted_migration_is_completed_by_the_next_start(server: &MariaDb) {
    let migration = Migration {
        version: 1,
        name: "steps",
        postgres: "",
        sqlite: "",
        mysql: "create table one (id bigint auto_increment primary key, n integer not null);
                insert into one (n) values (1), (2); -- twice it would be four rows
                alter table one add column more integer, add index by_n (n);
                update one set n = n + 10;
                rename table one to other;
                alter table other drop column more",
        down: None,
    };
    let mut cuts = 0;
    for messages in 1.. {
        let url = server.database().await;
        let proxy = proxy::Proxy::cutting_after(&url, messages).await;
        let options = Options { max_connections: 1, ..Options::default() };
        let cut = match Database::connect_with(&proxy.url, options).await {
            Ok(db) => db.migrate(&[migration]).await,
            Err(e) => Err(e),
        };
        drop(proxy);
        let db = Database::connect(&url).await.unwrap();
        db.migrate(&[migration]).await.unwrap_or_else(|e| panic!("after {messages} messages: {e}"));
        let rows: Vec<(i64, i64)> = db.from("other").order(col("id").asc()).select(["id", "n"]).all().await.unwrap();
        // A number that an interrupted insert took is not given again.
        assert_eq!(rows.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [11, 12], "after {messages} messages");
        assert_eq!(db.indexes("other").await.unwrap().len(), 1);
        assert!(!db.table_exists("schema_migration_progress").await.unwrap());
        db.close().await;
        if cut.is_ok() {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 30, "{cuts}");
}

async fn b66_timeouts(url: &str) {
    let options = Options { statement_timeout: Some(Duration::from_millis(300)), ..Options::default() };
    let db = Database::connect_with(url, options).await.unwrap();
    let slow = db.fetch("select sleep(5)", []).get::<i64>().await.unwrap_err();
    assert_eq!(slow.kind(), Kind::StatementTimeout, "{slow:?}");
    let options = Options { query_timeout: Some(Duration::from_millis(300)), max_connections: 1, ..Options::default() };
    let db = Database::connect_with(url, options).await.unwrap();
    let slow = db.fetch("select sleep(5)", []).get::<i64>().await.unwrap_err();
    assert_eq!(slow.kind(), Kind::StatementTimeout, "{slow:?}");
    assert_eq!(db.fetch("select 1", []).get::<i64>().await.unwrap(), Some(1));
}

async fn b98_killed_in_mid_stream(url: &str) {
    let db = Database::connect(url).await.unwrap();
    // More than the sockets between the two can hold.
    let rows = "select connection_id(), repeat('x', 1000) from seq_1_to_100000";
    let mut stream = Box::pin(db.fetch(rows, []).stream::<(i64, String)>());
    let (id, _) = stream.try_next().await.unwrap().unwrap();
    db.execute(format!("kill {id}").leak(), []).await.unwrap();
    let error = loop {
        match stream.try_next().await {
            Ok(row) => assert!(row.is_some(), "the stream ended as if it were complete"),
            Err(e) => break e,
        }
    };
    assert!(matches!(error.kind(), Kind::Disconnect | Kind::StatementTimeout), "{error:?}");
    drop(stream);
    assert_eq!(db.from("checks").filter(col("id").eq(1)).count().await.unwrap(), 1);
}

async fn b99_a_dead_peer_costs_no_place_in_the_pool(url: &str) {
    let proxy = proxy::Proxy::start(url).await;
    let options = Options {
        query_timeout: Some(Duration::from_millis(400)),
        acquire_timeout: Duration::from_secs(4),
        connect_timeout: Duration::from_millis(800),
        max_connections: 1,
        ..Options::default()
    };
    let db = Database::connect_with(&proxy.url, options).await.unwrap();
    let ask = async || db.fetch("select 1", []).get::<i64>().await;
    assert_eq!(ask().await.unwrap(), Some(1));
    proxy.freeze(true);
    let error = ask().await.unwrap_err();
    assert!(matches!(error.kind(), Kind::StatementTimeout | Kind::Disconnect), "{error:?}");
    proxy.freeze(false);
    assert_eq!(ask().await.unwrap(), Some(1));
    // A caller that goes away in the middle of a statement.
    let cut = tokio::time::timeout(Duration::from_millis(100), db.fetch("select sleep(0.2)", []).get::<i64>());
    proxy.freeze(true);
    assert!(cut.await.is_err());
    tokio::time::sleep(Duration::from_millis(2200)).await;
    proxy.freeze(false);
    assert_eq!(ask().await.unwrap(), Some(1));
    assert_eq!(db.pool_size().0, 1);
}
