//! What keeps WAL, rows or locks: archiving, slots in use, prepared transactions, standbys delayed on purpose.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{process::Command, time::Duration};

use common::{answer, majors, run, target};
use dataset::{Database, Options};
use model::{ArchivingState, Bytes, HolderKind, Millis, Reading};
use testkit::Postgres;

/// The oldest and the newest version: a server of its own takes a while.
fn oldest_and_newest() -> Vec<u16> {
    let majors = majors();
    majors.iter().copied().filter(|major| [majors.first(), majors.last()].contains(&Some(major))).collect()
}

/// Reads until the answer is as wanted.
async fn until<T: std::fmt::Debug>(what: &str, read: impl AsyncFn() -> Reading<T>, wanted: impl Fn(&T) -> bool) -> T {
    let mut last = None;
    for _ in 0..150 {
        let seen = answer(read().await);
        if wanted(&seen) {
            return seen;
        }
        last = Some(seen);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: {last:#?}");
}

async fn write_wal(db: &Database, megabytes: u32) {
    run(
        db,
        &format!(
            "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1048576)) FROM generate_series(1, {megabytes})"
        ),
    )
    .await;
    // A commit writes out what was only inserted.
    run(db, "CREATE TABLE flushed (); DROP TABLE flushed").await;
}

#[tokio::test]
async fn archiving_is_read_while_it_fails_works_and_is_not_configured() {
    for major in oldest_and_newest() {
        let server = Postgres::start_own(major, &[("archive_mode", "on"), ("archive_command", "false")]);
        let (db, role) = (server.connect().await, server.role("IN ROLE pg_monitor").await);
        let (heron, blind) = (target(&role.url("postgres")), target(&server.role("").await.url("postgres")));
        run(&db, "CREATE TABLE t ()").await;
        run(&db, "SELECT pg_switch_wal()").await;
        let read = async || probe::archiver::read(&heron).await;
        let seen = until("archiving fails", &read, |seen| seen.failed_count > 0 && seen.last_failed_at.is_some()).await;
        assert_eq!(seen.state(), ArchivingState::Failing, "on {major}: {seen:?}");
        assert_eq!((seen.mode.as_str(), seen.segment, seen.behind), ("on", Bytes(16 << 20), None), "on {major}");
        let waiting = seen.waiting.unwrap();
        assert!(waiting.files >= 1 && waiting.oldest.is_some() && seen.last_failed.is_some(), "on {major}: {seen:?}");
        let seen = answer(probe::archiver::read(&blind).await);
        assert_eq!((seen.state(), seen.waiting), (ArchivingState::Failing, None), "on {major}");

        run(&db, "ALTER SYSTEM SET archive_command = 'true'").await;
        run(&db, "SELECT pg_reload_conf()").await;
        // The counters arrive after the file has been renamed.
        let done =
            |seen: &model::Archiver| seen.waiting.is_some_and(|waiting| waiting.files == 0) && seen.behind == Some(0);
        let seen = until("all is archived", &read, done).await;
        assert_eq!((seen.state(), seen.behind), (ArchivingState::On, Some(0)), "on {major}: {seen:?}");
        assert!(seen.archived_count >= 1 && seen.last_archived_at.is_some(), "on {major}: {seen:?}");

        // The number of files that wait follows from the last one archived, too.
        run(&db, "ALTER SYSTEM SET archive_command = ''").await;
        run(&db, "SELECT pg_reload_conf()").await;
        until("no command", &read, |seen| !seen.configured).await;
        for _ in 0..2 {
            run(&db, "CREATE TABLE u (); DROP TABLE u").await;
            run(&db, "SELECT pg_switch_wal()").await;
        }
        let seen = answer(probe::archiver::read(&heron).await);
        assert_eq!(seen.state(), ArchivingState::NotConfigured);
        assert_eq!((seen.waiting.unwrap().files, seen.behind), (2, Some(2)), "on {major}: {seen:?}");
        assert_eq!(answer(probe::archiver::read(&blind).await).waiting_files(), Some(2), "on {major}");
    }
}

#[tokio::test]
async fn archiving_that_is_off_is_read_without_listing_files() {
    for major in majors() {
        let seen = answer(probe::archiver::read(&target(&Postgres::shared(major).url("postgres"))).await);
        assert_eq!((seen.state(), seen.waiting), (ArchivingState::Off, None), "on {major}");
    }
}

#[tokio::test]
async fn slots_say_what_they_keep_and_unused_and_lost_ones_keep_nothing() {
    for major in oldest_and_newest() {
        let settings = [("wal_level", "logical"), ("max_slot_wal_keep_size", "48MB"), ("max_wal_size", "32MB")];
        let server = Postgres::start_own(major, &settings);
        let (db, heron) = (server.connect().await, target(&server.url("postgres")));
        run(&db, "SELECT pg_create_physical_replication_slot('unused')").await;
        run(&db, "SELECT pg_create_logical_replication_slot('feed', 'test_decoding')").await;
        write_wal(&db, 20).await;
        let slot = async |name: &str| {
            let slots = answer(probe::replication::read(&heron).await).slots;
            slots.into_iter().find(|slot| slot.name == name).unwrap()
        };
        let unused = slot("unused").await;
        assert!(unused.is_unused() && unused.is_abandoned(), "on {major}: {unused:?}");
        assert_eq!((unused.retained, unused.xmin_age), (None, None), "on {major}");
        let feed = slot("feed").await;
        assert!(feed.retained > Some(Bytes(20 << 20)) && feed.xmin_age.is_some() && !feed.is_unused(), "{feed:?}");
        let holds = async || answer(probe::vacuum::read(&heron).await).holders.iter().any(|one| one.name == "feed");
        assert!(holds().await, "on {major}");

        write_wal(&db, 120).await;
        run(&db, "CHECKPOINT").await;
        let feed = slot("feed").await;
        assert!(feed.is_lost(), "on {major}: {feed:?}");
        assert_eq!((feed.retained, feed.xmin_age), (None, None), "on {major}: {feed:?}");
        assert!(!holds().await, "an invalidated slot holds nothing back on {major}");
    }
}

#[tokio::test]
async fn slot_in_use_whose_reader_has_stopped_retains_wal() {
    for major in oldest_and_newest() {
        let mut primary = Postgres::start_own(major, &[]);
        let db = primary.connect().await;
        run(&db, "SELECT pg_create_physical_replication_slot('feed', true)").await;
        drop(db);
        let standby = primary.standby(&[("primary_slot_name", "feed")]);
        let db = primary.connect().await;
        primary.caught_up(&standby).await;
        let receiver: Option<i32> =
            standby.connect().await.fetch("SELECT pid FROM pg_stat_wal_receiver", []).get().await.unwrap();
        let signal = |name: &str| {
            let status = Command::new("kill").args([name, &receiver.unwrap().to_string()]).status().unwrap();
            assert!(status.success());
        };
        signal("-STOP");
        write_wal(&db, 30).await;
        let heron = target(&primary.url("postgres"));
        let seen = answer(probe::replication::read(&heron).await);
        let slot = &seen.slots[0];
        assert!(slot.active && slot.retained > Some(Bytes(29 << 20)), "on {major}: {slot:?}");
        assert_eq!(seen.standbys[0].slot.as_deref(), Some("feed"), "on {major}: {seen:?}");
        signal("-CONT");
        let read = async || probe::replication::read(&heron).await;
        until("the slot catches up", &read, |seen| seen.slots[0].retained < Some(Bytes(16 << 20))).await;
    }
}

#[tokio::test]
async fn prepared_transactions_are_read_with_their_locks_and_waiters() {
    for major in majors() {
        let mut server = Postgres::start_own(major, &[("max_prepared_transactions", "5")]);
        let (database, other) = (server.database().await, server.database().await);
        let role = server.role("").await;
        let urls = (role.url(&database.name), role.url(&other.name));
        let db = database.connect().await;
        run(
            &db,
            "CREATE SCHEMA \"Odd\"; CREATE TABLE \"Odd\".\"T.1\" (id int); INSERT INTO \"Odd\".\"T.1\" VALUES (1)",
        )
        .await;
        run(&db, "BEGIN; SAVEPOINT s; UPDATE \"Odd\".\"T.1\" SET id = 2; PREPARE TRANSACTION 'it''s forgotten'").await;
        let waiter = tokio::spawn({
            let db = database.connect().await;
            async move { db.execute_script("UPDATE \"Odd\".\"T.1\" SET id = 3").await }
        });
        let (here, there) = (target(&urls.0), target(&urls.1));
        let read = async || probe::prepared::read(&here).await;
        let seen = until("a session waits", &read, |seen| seen.transactions[0].waiting == 1).await;
        assert_eq!((seen.max, seen.in_recovery, seen.transactions.len()), (5, false, 1), "on {major}");
        let one = &seen.transactions[0];
        assert_eq!((one.gid.as_str(), one.owner.as_str()), ("it's forgotten", "postgres"), "on {major}");
        assert_eq!((one.database.as_str(), one.here), (database.name.as_str(), true), "on {major}");
        assert_eq!(one.tables, ["\"Odd\".\"T.1\""], "on {major}");
        assert!(one.locks >= 2 && one.age >= 1 && one.prepared_at.0 > 0, "on {major}: {one:?}");
        let seen = answer(probe::prepared::read(&there).await);
        let one = &seen.transactions[0];
        assert_eq!((one.here, one.tables.len(), one.waiting), (false, 0, 1), "on {major}: {one:?}");

        // It outlives the server.
        drop((db, here, there));
        server.stop();
        let _ = waiter.await.unwrap();
        server.start();
        let seen = answer(probe::prepared::read(&target(&urls.0)).await);
        let one = &seen.transactions[0];
        assert!(one.locks >= 2 && one.waiting == 0 && one.tables.len() == 1, "on {major}: {one:?}");
        run(&database.connect().await, "ROLLBACK PREPARED 'it''s forgotten'").await;
        assert!(answer(probe::prepared::read(&target(&urls.0)).await).transactions.is_empty(), "on {major}");
    }
}

#[tokio::test]
async fn delayed_standby_is_seen_to_wait_for_its_delay() {
    for major in oldest_and_newest() {
        let mut primary = Postgres::start_own(major, &[]);
        let (seeing, blind) = (primary.role("IN ROLE pg_monitor").await, primary.role("").await);
        let urls = (seeing.url("postgres"), blind.url("postgres"));
        let standby = primary.standby(&[("recovery_min_apply_delay", "300s")]);
        let at_standby = |url: &str| {
            let port = |server: &Postgres| format!(":{}/", server.port());
            target(&url.replace(&port(&primary), &port(&standby)))
        };
        let db = primary.connect().await;
        run(&db, "CREATE TABLE t ()").await;
        let heron = at_standby(&urls.0);
        let read = async || probe::replication::read(&heron).await;
        let seen = until("replay waits", &read, |seen| seen.delaying == Some(true)).await;
        assert_eq!((seen.apply_delay, seen.paused), (Millis(300_000.0), false), "on {major}");
        assert!(seen.behind > Bytes(0), "on {major}: {seen:?}");
        let seen = answer(probe::replication::read(&at_standby(&urls.1)).await);
        assert_eq!((seen.apply_delay, seen.delaying), (Millis(300_000.0), None), "on {major}");
        let seen = answer(probe::replication::read(&target(&urls.0)).await);
        assert_eq!((seen.apply_delay, seen.delaying), (Millis(0.0), None), "a primary on {major}");
    }
}

#[tokio::test]
async fn unfrozen_tables_and_databases_say_what_is_special_about_them() {
    for major in majors() {
        let server = Postgres::start_own(major, &[("max_prepared_transactions", "5")]);
        let (database, other) = (server.database().await, server.database().await);
        let db = database.connect().await;
        let options = Options { max_connections: 1, idle_timeout: None, ..Options::default() };
        let session = Database::connect_with(&database.url, options).await.unwrap();
        run(&session, "CREATE TEMP TABLE scratch (a text)").await;
        let pid: Option<i32> = session.fetch("SELECT pg_backend_pid()", []).get().await.unwrap();
        run(&other.connect().await, "CREATE TABLE t (); BEGIN; DROP TABLE t; PREPARE TRANSACTION 'forgotten'").await;
        for _ in 0..20 {
            run(&db, "CREATE TABLE t (a text); DROP TABLE t").await;
        }
        run(&db, "VACUUM (FREEZE)").await;
        let vacuum = answer(probe::vacuum::read(&target(&database.url)).await);
        let named = |name: &str| vacuum.tables.iter().find(|table| table.table == name);
        let scratch = named("scratch").unwrap_or_else(|| panic!("on {major}: {:#?}", vacuum.tables));
        let temporary = scratch.temporary.clone().unwrap();
        assert_eq!(temporary.owner.as_deref(), Some("postgres"), "on {major}");
        assert_eq!(temporary.pid, pid.filter(|_| major >= 16), "on {major}");
        // What another database's transaction holds back is the shared catalogs, which are now the oldest.
        let shared = named("pg_database").unwrap_or_else(|| panic!("on {major}: {:#?}", vacuum.tables));
        assert!(shared.shared && shared.temporary.is_none() && shared.age >= 20, "on {major}: {shared:?}");
        assert!(named("pg_class").is_none_or(|table| table.age < 20 && !table.shared), "on {major}");
        let holder = vacuum.holders.iter().find(|holder| holder.name == "forgotten").unwrap();
        assert_eq!((holder.kind, holder.here), (HolderKind::PreparedTransaction, false), "on {major}");
        assert_eq!(holder.database.as_ref(), Some(&other.name), "on {major}");
        let of = |name: &str| vacuum.databases.iter().find(|one| one.name == name).unwrap();
        let (closed, open) = (of("template0"), of("template1"));
        assert!(!closed.allows_connections && closed.template && open.allows_connections && open.template);
        assert_eq!(of(&database.name).owner.as_deref(), Some("postgres"), "on {major}");
        drop(session);
    }
}
