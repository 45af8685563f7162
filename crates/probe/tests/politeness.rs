//! Promises 2 and 3: two connections, and never in line behind DDL.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use common::{Watched, answer, major, majors};
use dataset::Database;
use futures::future::join_all;
use model::DatabaseId;
use probe::{Fleet, Limits};

const COUNT: &str = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'heron' AND usename = current_setting('probe.role')";

/// The most connections of `role` at any moment until the flag is lowered.
async fn most(watched: &Watched, role: &str, on: Arc<AtomicBool>) -> i64 {
    let options = dataset::Options { max_connections: 1, ..Default::default() };
    let watch = Database::connect_with(watched.admin_url(), options).await.unwrap();
    common::run(&watch, &format!("SET probe.role = '{role}'")).await;
    let most = AtomicI64::new(0);
    while on.load(Ordering::Relaxed) {
        let now: Option<i64> = watch.fetch(COUNT, []).get().await.unwrap();
        most.fetch_max(now.unwrap(), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    most.into_inner()
}

/// §7 `module` (one pool however many threads ask).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_most_two_connections_per_server() {
    for databases in [1, 2, 3] {
        let first = Watched::with_statements(major()).await;
        let mut urls = vec![(DatabaseId("db0".into()), first.url())];
        for n in 1..databases {
            let other = format!("{}_{n}", first.database);
            common::run(&first.admin, &format!("CREATE DATABASE {other}")).await;
            urls.push((DatabaseId(format!("db{n}")), first.url_of(&other)));
        }
        let fleet = Arc::new(Fleet::new(urls, Limits::default()).unwrap());
        let on = Arc::new(AtomicBool::new(true));
        let watching = {
            let (on, role) = (Arc::clone(&on), first.role.clone());
            tokio::spawn(async move { most(&first, &role, on).await })
        };
        let begun = Instant::now();
        let reads = (0..30).map(|n| {
            let fleet = Arc::clone(&fleet);
            async move {
                let target = fleet.get(&DatabaseId(format!("db{}", n % databases))).unwrap();
                match n % 3 {
                    0 => answer(probe::server::read(target).await).database.len(),
                    1 => answer(probe::indexes::read(target).await).len(),
                    _ => answer(probe::vacuum::read(target).await).tables.len(),
                }
            }
        });
        join_all(reads).await;
        let took = begun.elapsed();
        // Somebody who goes away half-way must not leave a third behind.
        for n in 0..20 {
            let target = fleet.get(&DatabaseId(format!("db{}", n % databases))).unwrap();
            let _ = tokio::time::timeout(Duration::from_millis(n), probe::indexes::read(target)).await;
        }
        on.store(false, Ordering::Relaxed);
        let most = watching.await.unwrap();
        assert!((1..=2).contains(&most), "{most} connections for {databases} databases");
        assert!(took < Duration::from_secs(5), "{took:?} for {databases} databases");
    }
}

const TABLES: &str = "
    CREATE TABLE held (id serial PRIMARY KEY, a int, b text);
    CREATE INDEX held_plain ON held (a);
    CREATE INDEX held_expression ON held (lower(b)) WHERE a > 0;
    ALTER TABLE held ADD CONSTRAINT held_check CHECK (a > 0) NOT VALID;
    CREATE TABLE free (id serial PRIMARY KEY, b text);
    CREATE INDEX free_expression ON free (lower(b)) WHERE id > 0;
    SELECT nextval('held_id_seq'), nextval('free_id_seq');";

/// Defect 6.
#[tokio::test]
async fn never_blocks_behind_ddl() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(TABLES).await;
        watched.run(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {0}", watched.role)).await;
        let target = watched.target();
        answer(probe::server::read(&target).await);
        for waiting in [false, true] {
            // Held, or waited for behind a reader: either way whoever comes next waits.
            let (holder, waiter) = if waiting {
                let reader = watched.hold("LOCK TABLE held IN ACCESS SHARE MODE").await;
                (reader, Some(watched.wait_for("ALTER TABLE held ADD COLUMN c int").await))
            } else {
                (
                    watched
                        .hold("LOCK TABLE held IN ACCESS EXCLUSIVE MODE; ALTER SEQUENCE held_id_seq INCREMENT 2")
                        .await,
                    None,
                )
            };
            let begun = Instant::now();
            let indexes = answer(probe::indexes::read(&target).await);
            let sequences = answer(probe::sequences::read(&target).await);
            let constraints = answer(probe::constraints::read(&target).await);
            answer(probe::relations::read(&target, &["held".into()]).await);
            answer(probe::vacuum::read(&target).await);
            answer(probe::caches::read(&target).await);
            answer(probe::database::read(&target).await);
            let sessions = answer(probe::activity::read(&target).await);
            answer(probe::statements::read(&target).await);
            assert!(begun.elapsed() < Duration::from_secs(1), "{:?} on {major}", begun.elapsed());

            let index = |name: &str| indexes.iter().find(|index| index.name == name).unwrap();
            assert!(index("held_plain").locked && index("held_expression").locked && index("held_pkey").locked);
            assert_eq!(index("held_plain").columns(), "a");
            assert_eq!(
                (index("held_expression").columns().as_str(), &index("held_expression").predicate),
                ("(expression)", &None)
            );
            assert!(!index("free_expression").locked);
            assert_eq!(index("free_expression").columns(), "lower(b)");
            assert_eq!(index("free_expression").predicate.as_deref(), Some("id > 0"));
            let sequence = |table: &str| sequences.iter().find(|sequence| sequence.table == table).unwrap();
            assert_eq!(
                (sequence("held").locked, sequence("held").last_value),
                if waiting { (false, Some(1)) } else { (true, None) }
            );
            assert_eq!((sequence("free").locked, sequence("free").last_value), (false, Some(1)));
            assert_eq!(constraints.len(), 1);
            assert_eq!(sessions.iter().any(|session| !session.blocked_by.is_empty()), waiting);

            holder.close().await;
            if let Some(waiter) = waiter {
                waiter.await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_lock_on_the_catalog_itself_is_waited_for_briefly_and_said() {
    let watched = Watched::new(major()).await;
    let target = watched.target();
    answer(probe::server::read(&target).await);
    let holder = watched.hold("LOCK TABLE pg_catalog.pg_constraint IN ACCESS EXCLUSIVE MODE").await;
    let begun = Instant::now();
    let missing = common::missing(probe::constraints::read(&target).await);
    assert_eq!(missing.why, model::Why::Locked, "{missing}");
    assert!(begun.elapsed() < Duration::from_secs(1));
    holder.close().await;
    answer(probe::constraints::read(&target).await);
}
