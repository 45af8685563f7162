//! Standbys, slots and failover, on real ones.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{Watched, answer, leak, majors, missing, run, target};
use dataset::{Database, Options};
use model::{Bytes, Millis, Replication, Why};
use probe::Target;
use testkit::Postgres;

/// The oldest and the newest version: a standby is dear.
fn ends() -> Vec<u16> {
    let majors = majors();
    majors.iter().copied().filter(|major| [majors.first(), majors.last()].contains(&Some(major))).collect()
}

/// Asks until it is as wanted.
async fn until(target: &Target, what: &str, wanted: impl Fn(&Replication) -> bool) -> Replication {
    let mut last = None;
    for _ in 0..100 {
        let seen = answer(probe::replication::read(target).await);
        if wanted(&seen) {
            return seen;
        }
        last = Some(seen);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}: {last:#?}");
}

/// §10.11, §10.14 (O1, O2, §7 `replication`).
#[tokio::test]
async fn a_standby_knows_how_late_it_is_and_a_primary_how_late_its_standbys_are() {
    for major in ends() {
        let mut primary = Postgres::start_own(major, &[("max_slot_wal_keep_size", "64MB")]);
        let standby = primary.standby(&[]);
        let (here, there) = (primary.connect().await, standby.connect().await);
        let role = primary.role("IN ROLE pg_monitor").await;
        primary.caught_up(&standby).await;
        let primary_target = target(&role.url("postgres"));
        let url = role.url("postgres").replace(&format!(":{}/", primary.port()), &format!(":{}/", standby.port()));
        let standby_target = target(&url);

        // Nothing is written: nobody is late, however long that lasts.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let seen = until(&standby_target, "an idle standby is not late", |seen| seen.streaming).await;
        assert_eq!((seen.in_recovery, seen.lag, seen.behind), (true, Some(Millis(0.0)), Bytes(0)), "on {major}");
        let receiver = seen.receiver.unwrap();
        assert_eq!((receiver.status.as_deref(), receiver.host.as_deref()), (Some("streaming"), Some("127.0.0.1")));
        assert_eq!((receiver.port, receiver.timeline), (Some(i32::from(primary.port())), Some(1)));
        assert!(seen.conflicts.contains_key("confl_snapshot") && seen.standbys.is_empty() && !seen.paused);
        let seen = until(&primary_target, "its standby is not late", |seen| !seen.standbys.is_empty()).await;
        let one = &seen.standbys[0];
        assert_eq!(
            (one.name.as_str(), one.state.as_deref(), one.sync_state.as_deref()),
            ("standby", Some("streaming"), Some("async"))
        );
        assert_eq!((one.replay_lag, one.replay_behind), (Some(Millis(0.0)), Some(Bytes(0))), "on {major}");
        assert!(!seen.in_recovery && seen.lag.is_none() && seen.wal_level == "replica" && seen.max_wal_senders == 10);

        // Replay pauses while the primary writes.
        run(&there, "SELECT pg_wal_replay_pause()").await;
        run(&here, "CREATE TABLE t AS SELECT n FROM generate_series(1, 20000) AS n").await;
        let late =
            |seen: &Replication| seen.paused && seen.lag.is_some_and(|lag| lag.0 > 1_500.0) && seen.behind.0 > 100_000;
        until(&standby_target, "a paused standby is late", late).await;
        let late = |seen: &Replication| {
            let Some(one) = seen.standbys.first() else { return false };
            one.replay_behind > Some(Bytes(100_000))
                && one.flush_behind == Some(Bytes(0))
                && one.write_lag == Some(Millis(0.0))
        };
        let seen = until(&primary_target, "the primary sees it, and only in replay", late).await;
        assert_ne!(seen.standbys[0].replayed, seen.position);
        run(&there, "SELECT pg_wal_replay_resume()").await;
        let done = |seen: &Replication| !seen.paused && seen.lag == Some(Millis(0.0));
        until(&standby_target, "replay has caught up", done).await;

        // Slots: what they retain, and what is left until they are in danger.
        run(&here, "SELECT pg_create_physical_replication_slot('left_behind', true)").await;
        run(&here, "INSERT INTO t SELECT n FROM generate_series(1, 20000) AS n").await;
        let slot = answer(probe::replication::read(&primary_target).await).slots.remove(0);
        assert_eq!((slot.name.as_str(), slot.kind.as_str(), slot.is_abandoned()), ("left_behind", "physical", true));
        assert!(slot.retained > Some(Bytes(100_000)) && slot.safe > Some(Bytes(1)) && slot.unconfirmed.is_none());
        assert_eq!(slot.inactive_since.is_some(), major >= 17, "{slot:?}");

        // Promotion is noticed by the same connection, and the node is another one afterwards.
        let before = answer(probe::node::read(&standby_target).await);
        assert!(before.in_recovery && before.timeline == 1);
        assert_eq!(before.system_identifier, answer(probe::node::read(&primary_target).await).system_identifier);
        assert!(answer(probe::server::read(&standby_target).await).in_recovery);
        run(&there, "SELECT pg_promote()").await;
        let seen = answer(probe::replication::read(&standby_target).await);
        assert!(!seen.in_recovery && !seen.streaming && seen.lag.is_none() && seen.receiver.is_none(), "{seen:?}");
        let after = answer(probe::node::read(&standby_target).await);
        assert_eq!((after.system_identifier, after.timeline, after.in_recovery), (before.system_identifier, 2, false));
        assert!(!answer(probe::server::read(&standby_target).await).in_recovery);
    }
}

/// §10.13.
#[tokio::test]
async fn whoever_holds_vacuum_back_is_named() {
    for major in ends() {
        let mut primary = Postgres::start_own(major, &[("max_prepared_transactions", "5"), ("wal_level", "logical")]);
        let standby = primary.standby(&[("hot_standby_feedback", "on"), ("wal_receiver_status_interval", "1s")]);
        let (database, role) = (primary.database().await, primary.role("IN ROLE pg_monitor").await);
        let db = database.connect().await;
        run(&db, "CREATE TABLE t (a int)").await;
        // It waits for every transaction that is open.
        run(&db, "SELECT pg_create_logical_replication_slot('decoder', 'test_decoding')").await;
        run(&db, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'it''s \"prepared\"'").await;
        let held = database.hold("INSERT INTO t VALUES (2)").await;
        let elsewhere = primary.database().await;
        let other = elsewhere.hold("CREATE TABLE u ()").await;
        for _ in 0..10 {
            run(&db, "INSERT INTO t VALUES (3)").await;
        }
        primary.caught_up(&standby).await;
        // A query on the standby, which its feedback speaks for.
        let options = Options { max_connections: 1, idle_timeout: None, ..Options::default() };
        let copy = Database::connect_with(&standby.url(&database.name), options).await.unwrap();
        run(&copy, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t").await;
        let target = target(&role.url(&database.name));
        let holders = 'found: {
            for _ in 0..100 {
                let holders = answer(probe::vacuum::read(&target).await).holders;
                if holders.iter().any(|holder| holder.kind == model::HolderKind::Standby) {
                    break 'found holders;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            panic!("the standby's feedback does not arrive on {major}");
        };
        let named = |name: &str| {
            holders.iter().find(|holder| holder.name == name).unwrap_or_else(|| panic!("{name}: {holders:#?}"))
        };
        let prepared = named("it's \"prepared\"");
        assert_eq!(
            (prepared.kind, prepared.here, prepared.catalog),
            (model::HolderKind::PreparedTransaction, true, false)
        );
        assert!(prepared.age >= 10 && prepared.user.as_deref() == Some("postgres") && prepared.since.is_some());
        let session = named(&held.pid.to_string());
        assert_eq!(
            (session.kind, session.here, session.state.as_deref()),
            (model::HolderKind::Transaction, true, Some("idle in transaction"))
        );
        assert!(session.age >= 10 && session.application.as_deref() == Some("held"));
        assert!(!named(&other.pid.to_string()).here, "another database's transaction keeps only shared catalogs");
        let slot = named("decoder");
        assert_eq!(
            (slot.kind, slot.catalog, slot.state.as_deref()),
            (model::HolderKind::ReplicationSlot, true, Some("inactive"))
        );
        assert_eq!(named("standby").kind, model::HolderKind::Standby);
        drop((copy, held, other));
    }
}

/// O6, §7 `maintenance` (transaction_id_danger).
#[tokio::test]
async fn ages_are_the_tables_and_their_toasts_and_every_databases_10_13() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE SCHEMA \"Odd Schema\"; CREATE TABLE \"Odd Schema\".\"Order.Lines\" (a text)").await;
        let vacuum = answer(probe::vacuum::read(&watched.target()).await);
        assert!((20..=40).contains(&vacuum.tables.len()));
        assert!(vacuum.tables.is_sorted_by(|a, b| a.age >= b.age));
        for table in &vacuum.tables {
            assert_eq!(table.age + table.left, 2_147_483_647 - 3_000_000, "{table:?}");
            assert!(table.multixact_age >= 0 && table.multixact_left > 2_000_000_000, "{table:?}");
        }
        let here: Vec<_> = vacuum.databases.iter().filter(|database| database.here).collect();
        assert_eq!((here.len(), here[0].name.as_str()), (1, watched.database.as_str()));
        assert!(vacuum.databases.iter().any(|database| database.name == "template0"));
        let settings = vacuum.settings;
        assert!(settings.works() && settings.freeze_max_age == 200_000_000);
        assert_eq!(settings.vacuum_max_threshold.is_some(), major >= 18);
        assert_eq!(settings.vacuum_at(1_000.0), 250.0);
    }
}

/// A vacuum that sleeps after every page, an index that waits, rows that are copied.
/// P8, P10, §7 `maintenance` (vacuum_progress).
#[tokio::test]
async fn what_runs_for_long_says_how_far_it_is() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE SCHEMA \"Odd Schema\"; CREATE TABLE \"Odd Schema\".\"Order.Lines\" AS \
                 SELECT n, repeat('x', 500) AS text FROM generate_series(1, 20000) AS n; CREATE TABLE t (id int, a int)",
            )
            .await;
        let target = watched.target();
        let vacuuming = tokio::spawn({
            let admin = watched.admin_url().to_owned();
            async move {
                let db = Database::connect(&admin).await.unwrap();
                db.execute("SET vacuum_cost_delay = '100ms'", []).await.unwrap();
                db.execute("SET vacuum_cost_limit = 20", []).await.unwrap();
                // It ends with the test.
                let _ = db.execute("VACUUM (FREEZE) \"Odd Schema\".\"Order.Lines\"", []).await;
            }
        });
        let holder = watched.hold("INSERT INTO t VALUES (1)").await;
        let builder = watched.wait_for("CREATE INDEX CONCURRENTLY young ON t (a)").await;
        let running = 'found: {
            for _ in 0..100 {
                let running = answer(probe::progress::read(&target).await);
                let mine: Vec<_> =
                    running.into_iter().filter(|one| one.database.as_ref() == Some(&watched.database)).collect();
                if mine.len() == 2 && mine.iter().any(|one| one.done > Some(0)) {
                    break 'found mine;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("nothing runs on {major}");
        };
        let of = |command: &str| {
            running.iter().find(|one| one.command.as_deref() == Some(command)).unwrap_or_else(|| panic!("{running:#?}"))
        };
        let vacuum = of("VACUUM");
        assert_eq!(vacuum.on().unwrap().to_string(), "\"Odd Schema\".\"Order.Lines\"");
        assert_eq!(
            (vacuum.phase.as_deref(), vacuum.automatic, vacuum.wraparound),
            (Some("scanning heap"), false, false)
        );
        assert!(vacuum.total >= Some(8 << 20) && vacuum.share().unwrap().0 < 1.0, "{vacuum:?}");
        let index = of("CREATE INDEX CONCURRENTLY");
        assert_eq!((index.table.as_deref(), index.index.as_deref()), (Some("t"), Some("young")));
        assert_eq!((index.unit, index.amount().as_deref()), (model::ProgressUnit::Sessions, Some("0 of 1 session")));
        assert!(index.phase.as_deref().unwrap().starts_with("waiting for writers") && index.since.is_some());

        // A role that may see nothing sees that there is something.
        let outsider = watched.server.role("").await;
        let seen = answer(probe::progress::read(&common::target(&outsider.url(&watched.database))).await);
        assert!(seen.iter().filter(|one| one.phase.is_none()).count() >= 2, "{seen:?}");
        holder.close().await;
        builder.await.unwrap();
        vacuuming.abort();
        watched
            .run("SELECT pg_terminate_backend(pid) FROM pg_stat_progress_vacuum WHERE datname = current_database()")
            .await;
    }
}

/// §10.11: what a server does not support is a sentence, and is asked for again.
#[tokio::test]
async fn replication_that_is_not_supported_is_said_and_asked_for_again() {
    let watched = Watched::new(testkit::major()).await;
    let target = watched.target();
    let view: Option<String> = watched
        .admin
        .fetch("SELECT rtrim(pg_get_viewdef('pg_replication_slots'::regclass), ';')", [])
        .get()
        .await
        .unwrap();
    let view = view.unwrap();
    let replace = |condition: &str| {
        format!(
            "SET LOCAL allow_system_table_mods = on; CREATE OR REPLACE VIEW pg_catalog.pg_replication_slots AS {view} WHERE {condition}"
        )
    };
    watched
        .run(
            "CREATE FUNCTION public.aurora() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'Function pg_last_wal_replay_lsn() is currently not supported for Aurora' USING ERRCODE = '0A000'; END $$",
        )
        .await;
    watched.run("SELECT pg_create_physical_replication_slot(current_database()::name)").await;
    run(&watched.admin, leak(&replace("public.aurora()"))).await;
    let missing = missing(probe::replication::read(&target).await);
    assert_eq!(missing.why, Why::Version, "{missing:?}");
    assert!(missing.detail.contains("not supported for Aurora"), "{missing:?}");
    run(&watched.admin, leak(&replace("true"))).await;
    assert!(!answer(probe::replication::read(&target).await).in_recovery);
    watched.run("SELECT pg_drop_replication_slot(current_database()::name)").await;
}
