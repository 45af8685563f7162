//! The server's counters, on every version.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Watched, answer, majors, run, target};
use model::{Counter, Source};
use testkit::{Held, Postgres};

/// Asks until the answer is there.
async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..100 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("not within ten seconds")
}

/// R8: what happened is counted, under one name on every version.
#[tokio::test]
async fn what_a_server_did_is_counted_on_every_version() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        let before = answer(probe::system::read(&target).await);
        watched.run("CREATE TABLE t AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 20000) AS n").await;
        watched
            .run("SET work_mem = '64kB'; SELECT count(*) FROM (SELECT n FROM t ORDER BY text, n OFFSET 0) AS s")
            .await;
        watched.run("CHECKPOINT").await;
        let after = eventually(async || {
            // A backend reports what it did when it becomes idle, and not more than once a second.
            watched.run("SELECT 1").await;
            let sample = answer(probe::system::read(&target).await);
            let grown = |counter| sample.counters[&counter] > before.counters[&counter];
            [
                Counter::Commits,
                Counter::RowsInserted,
                Counter::TempBytes,
                Counter::WalBytes,
                Counter::CheckpointsRequested,
            ]
            .into_iter()
            .all(grown)
            .then_some(sample)
        })
        .await;
        let grown = |counter: Counter| after.counters[&counter] - before.counters[&counter];
        assert!((20_000.0..21_000.0).contains(&grown(Counter::RowsInserted)), "on {major}: {after:#?}");
        assert!(grown(Counter::WalBytes) > 2e6, "on {major}: {}", grown(Counter::WalBytes));
        assert!(grown(Counter::CheckpointBlocks) > 0.0, "on {major}");
        assert!(after.clock > before.clock && after.started_at == before.started_at);

        let missing: Vec<Source> =
            [Source::Database, Source::Wal, Source::Checkpointer, Source::Bgwriter, Source::Archiver, Source::Io]
                .into_iter()
                .filter(|source| !after.counters.keys().any(|counter| counter.source() == *source))
                .collect();
        assert_eq!(missing, if major < 16 { vec![Source::Io] } else { vec![] }, "on {major}");
        assert!(!after.counters.contains_key(&Counter::WalReplayed), "a primary replays nothing");
        if major >= 16 {
            assert!(grown(Counter::ClientWriteBytes) > 2e6, "on {major}: {after:#?}");
        }
    }
}

#[tokio::test]
async fn a_reset_says_when_it_was() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        let before = answer(probe::system::read(&target).await);
        watched.run("SELECT pg_stat_reset()").await;
        let after = eventually(async || {
            let sample = answer(probe::system::read(&target).await);
            (sample.resets.get(&Source::Database) > Some(&before.clock)).then_some(sample)
        })
        .await;
        assert_eq!(after.resets.get(&Source::Wal), before.resets.get(&Source::Wal), "on {major}");
    }
}

/// A role without any privilege sees the counters as well: they name nobody's data.
#[tokio::test]
async fn no_privilege_is_needed() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let role = watched.server.role("").await;
        let sample = answer(probe::system::read(&target(&role.url(&watched.database))).await);
        assert!(sample.counters[&Counter::Commits] >= 0.0 && sample.counters.contains_key(&Counter::WalBytes));
    }
}

/// The catalogue is locked by somebody, and nothing here waits for it.
#[tokio::test]
async fn a_lock_on_a_table_holds_nothing_up() {
    for major in majors() {
        let watched = Watched::new(major).await;
        run(&watched.admin, "CREATE TABLE \"Größe.x\" ()").await;
        let holder = watched.hold("LOCK \"Größe.x\" IN ACCESS EXCLUSIVE MODE").await;
        answer(probe::system::read(&watched.target()).await);
        holder.close().await;
    }
}

#[tokio::test]
async fn connections_are_counted_beside_every_limit() {
    for major in majors() {
        let mut settings = vec![("max_connections", "60"), ("superuser_reserved_connections", "10")];
        if major >= 16 {
            settings.push(("reserved_connections", "5"));
        }
        let server = Postgres::start_own(major, &settings);
        let database = server.database_named("A 50").await;
        run(&server.connect().await, "ALTER DATABASE \"A 50\" CONNECTION LIMIT 3").await;
        let (app, heron) = (server.role("CONNECTION LIMIT 7").await, server.role("CONNECTION LIMIT 5").await);
        let held = [Held::new(&app.url("A 50"), "SELECT 1").await, Held::new(&app.url("A 50"), "SELECT 2").await];
        let seen = answer(probe::connections::read(&target(&heron.url("postgres"))).await);
        assert_eq!((seen.max_connections, seen.superuser_reserved), (60, 10), "on {major}");
        assert_eq!((seen.reserved, seen.ordinary()), if major >= 16 { (5, 45) } else { (0, 50) }, "on {major}");
        assert_eq!(seen.own, 1, "on {major}: {seen:?}");
        assert!(seen.used >= 3 && seen.used < 10, "on {major}: {seen:?}");
        let of = |object: &str| {
            let limit = seen.limits.iter().find(|limit| limit.object() == object);
            let limit = limit.unwrap_or_else(|| panic!("{object} on {major}: {seen:?}"));
            (limit.used, limit.limit)
        };
        assert_eq!(of("database A 50"), (2, 3), "on {major}");
        assert_eq!(of(&format!("role {}", app.name)), (2, 7), "on {major}");
        assert_eq!(of(&format!("role {}", heron.name)), (0, 5), "Heron's own role on {major}");
        assert_eq!(seen.nearest().object(), "database A 50", "on {major}");
        for session in held {
            session.release().await;
        }
        drop(database);
    }
}
