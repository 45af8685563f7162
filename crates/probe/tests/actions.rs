//! What Heron does because somebody asked for it: to exactly whom it was meant, or not at all.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{Watched, answer, majors, run};
use dataset::{Database, Kind, Options};
use model::{ActiveStatement, QualifiedName, Session, SessionKey, Signal, Timestamp, Why};
use probe::{Target, actions};
use testkit::Postgres;
use tokio::task::JoinHandle;

/// A session of the watched role's own or of a superuser that runs one long statement.
async fn sleeper(url: &str, name: &str) -> JoinHandle<Option<Kind>> {
    let options = Options { max_connections: 1, application_name: Some(name.into()), ..Options::default() };
    let session = Database::connect_with(url, options).await.unwrap();
    tokio::spawn(async move { session.execute("SELECT pg_sleep(60)", []).await.err().map(|error| error.kind()) })
}

/// The session of that application name, once its statement sleeps: before, the driver has it parsed, and may then leave
/// the session idle for a moment.
async fn find(target: &Target, name: &str) -> Session {
    find_waiting(target, name, "PgSleep").await
}

/// The session of that application name, once it is in that wait event.
async fn find_waiting(target: &Target, name: &str, event: &str) -> Session {
    let begun = Instant::now();
    loop {
        let sessions = answer(probe::activity::read(target).await);
        let found = sessions
            .into_iter()
            .find(|session| session.application == name && session.wait_event.as_deref() == Some(event));
        match found {
            Some(session) => return session,
            None => assert!(begun.elapsed() < Duration::from_secs(20), "{name} is not in {event}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn signalling(watched: &Watched) {
    watched.run(&format!("GRANT pg_signal_backend TO {}", watched.role)).await;
}

async fn other(watched: &Watched) -> testkit::Role<'static> {
    watched.server.role("").await
}

/// A1: PgHero can only terminate; defect 5.
#[tokio::test]
async fn a1_a_statement_is_cancelled_and_its_session_stays() {
    for major in majors() {
        let watched = Watched::new(major).await;
        signalling(&watched).await;
        let (target, role) = (watched.target(), other(&watched).await);
        let running = sleeper(&role.url(&watched.database), "cancelled").await;
        let key = find(&target, "cancelled").await.key.unwrap();

        // Another statement of the session, or another session with its process id, is not meant.
        let statement = key.statement.unwrap();
        let other = ActiveStatement {
            began: Timestamp(statement.began.0 + 1),
            text_hash: statement.text_hash + 1,
            ..statement
        };
        let later = SessionKey { statement: Some(other), ..key };
        let before = SessionKey { began: Timestamp(key.began.0 - 1), ..key };
        let signalled = actions::cancel(&target, &[later, before]).await.unwrap();
        assert!(signalled.len() == 2 && signalled.iter().all(|one| one.outcome == Signal::Gone), "{signalled:?}");

        let signalled = actions::cancel(&target, &[key]).await.unwrap();
        assert_eq!(signalled[0].outcome, Signal::Done);
        assert_eq!(running.await.unwrap(), Some(Kind::StatementTimeout));
        assert_eq!(actions::cancel(&target, &[key]).await.unwrap()[0].outcome, Signal::Gone, "on {major}");
    }
}

/// In the extended protocol `query_start` moves from Parse to Execute, and the transaction is another one.
#[tokio::test]
async fn key_read_during_parse_cancels_the_statement_it_becomes() {
    for major in majors() {
        let watched = Watched::new(major).await;
        signalling(&watched).await;
        watched.run("CREATE TABLE t (n int); INSERT INTO t VALUES (1)").await;
        let target = watched.target();
        let role = other(&watched).await;
        watched.run(&format!("GRANT SELECT ON t TO {}", role.name)).await;
        let holder = watched.hold("LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
        let url = role.url(&watched.database);
        let options = Options { max_connections: 1, application_name: Some("parsed".into()), ..Options::default() };
        let session = Database::connect_with(&url, options).await.unwrap();
        let running = tokio::spawn(async move {
            session.execute("SELECT pg_sleep(60) FROM t", []).await.err().map(|error| error.kind())
        });
        // Parse waits for the table's lock.
        let parsed = find_waiting(&target, "parsed", "relation").await.key.unwrap();
        holder.close().await;
        let executed = find(&target, "parsed").await.key.unwrap();
        assert_ne!(parsed.statement.unwrap().began, executed.statement.unwrap().began, "on {major}");

        // The same moments with another text are another statement.
        let statement = parsed.statement.map(|statement| ActiveStatement { text_hash: 1, ..statement });
        let signalled = actions::cancel(&target, &[SessionKey { statement, ..parsed }]).await.unwrap();
        assert_eq!(signalled[0].outcome, Signal::Gone, "on {major}");
        assert_eq!(actions::cancel(&target, &[parsed]).await.unwrap()[0].outcome, Signal::Done, "on {major}");
        assert_eq!(running.await.unwrap(), Some(Kind::StatementTimeout));
    }
}

#[tokio::test]
async fn key_of_a_statement_spares_the_next_run_of_its_text() {
    for major in majors() {
        let watched = Watched::new(major).await;
        signalling(&watched).await;
        let (target, role) = (watched.target(), other(&watched).await);
        for extended in [true, false] {
            let options =
                Options { max_connections: 1, application_name: Some("repeated".into()), ..Options::default() };
            let session = Database::connect_with(&role.url(&watched.database), options).await.unwrap();
            let running = tokio::spawn(async move {
                let mut kinds = vec![];
                for _ in 0..2 {
                    let done = match extended {
                        true => session.execute("SELECT pg_sleep(60)", []).await.map(|_| ()),
                        false => session.execute_script("SELECT pg_sleep(60)").await.map(|_| ()),
                    };
                    kinds.push(done.err().map(|error| error.kind()));
                }
                session.close().await;
                kinds
            });
            let first = find(&target, "repeated").await.key.unwrap();
            assert_eq!(actions::cancel(&target, &[first]).await.unwrap()[0].outcome, Signal::Done, "on {major}");
            let second = loop {
                let next = find(&target, "repeated").await.key.unwrap();
                if next != first {
                    break next;
                }
            };
            assert_eq!(first.began, second.began);
            for signalled in [
                actions::cancel(&target, &[first]).await.unwrap(),
                actions::terminate(&target, &[first]).await.unwrap(),
            ] {
                assert_eq!(signalled[0].outcome, Signal::Gone, "on {major}, extended: {extended}");
            }
            assert_eq!(actions::terminate(&target, &[second]).await.unwrap()[0].outcome, Signal::Done, "on {major}");
            assert_eq!(running.await.unwrap(), [Some(Kind::StatementTimeout), Some(Kind::Disconnect)]);
        }
    }
}

#[tokio::test]
async fn a1_a_session_is_ended_once() {
    for major in majors() {
        let watched = Watched::new(major).await;
        signalling(&watched).await;
        let (target, role) = (watched.target(), other(&watched).await);
        let running = sleeper(&role.url(&watched.database), "ended").await;
        let key = SessionKey { statement: None, ..find(&target, "ended").await.key.unwrap() };
        assert_eq!(actions::terminate(&target, &[key]).await.unwrap()[0].outcome, Signal::Done);
        assert_eq!(running.await.unwrap(), Some(Kind::Disconnect));
        let again = actions::terminate(&target, &[key]).await.unwrap();
        assert_eq!((again[0].pid, again[0].outcome), (key.pid, Signal::Gone));
        assert_eq!(actions::terminate(&target, &[]).await.unwrap(), []);
    }
}

/// A1; defect 5.
#[tokio::test]
async fn a1_who_may_not_be_signalled_is_told_and_left_alone() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let (target, role) = (watched.target(), other(&watched).await);
        let (theirs, superusers) =
            (sleeper(&role.url(&watched.database), "theirs").await, sleeper(watched.admin_url(), "superuser's").await);
        let keys = [find(&target, "theirs").await.key.unwrap(), find(&target, "superuser's").await.key.unwrap()];
        let outcomes = async || -> Vec<Signal> {
            let signalled = actions::cancel(&target, &keys).await.unwrap();
            let of = |key: &SessionKey| signalled.iter().find(|one| one.pid == key.pid).unwrap().outcome;
            keys.iter().map(of).collect()
        };
        assert_eq!(outcomes().await, [Signal::Forbidden, Signal::Forbidden]);
        signalling(&watched).await;
        assert_eq!(outcomes().await, [Signal::Done, Signal::Forbidden]);
        assert!(theirs.await.unwrap().is_some());

        // The server's own processes, and sessions of other databases.
        let elsewhere = watched.server.database().await;
        let away = sleeper(&role.url(&elsewhere.name), "away").await;
        let sessions = answer(probe::activity::read(&target).await);
        let own: Vec<SessionKey> =
            sessions.iter().filter(|session| !session.is_client()).filter_map(|session| session.key).collect();
        assert!(own.len() > 3, "{sessions:?}");
        let spared = actions::terminate(&target, &own).await.unwrap();
        assert!(spared.iter().all(|one| one.outcome == Signal::Spared), "{spared:?}");
        let key = find(&target, "away").await.key.unwrap();
        assert_eq!(actions::terminate(&target, &[key]).await.unwrap()[0].outcome, Signal::Elsewhere);
        away.abort();
        superusers.abort();
    }
}

#[tokio::test]
async fn a3_all_sessions_of_the_database_are_ended_and_heron_is_not() {
    for major in majors() {
        let watched = Watched::new(major).await;
        signalling(&watched).await;
        let (target, role) = (watched.target(), other(&watched).await);
        let elsewhere = watched.server.database().await;
        let here = sleeper(&role.url(&watched.database), "here").await;
        let idle = Database::connect(&role.url(&watched.database)).await.unwrap();
        idle.execute_script("BEGIN").await.unwrap();
        let away = sleeper(&role.url(&elsewhere.name), "away").await;
        find(&target, "here").await;
        find(&target, "away").await;
        let signalled = actions::terminate_all(&target).await.unwrap();
        assert!(signalled.iter().filter(|one| one.outcome == Signal::Done).count() >= 2, "{signalled:?}");
        // The superuser's own, with which the test looks on.
        assert!(signalled.iter().any(|one| one.outcome == Signal::Forbidden), "{signalled:?}");
        assert_eq!(here.await.unwrap(), Some(Kind::Disconnect));
        assert!(!away.is_finished());
        answer(probe::activity::read(&target).await);
        away.abort();
    }
}

/// A4, §7 `query_stats` (available, enabled, readable, enable).
#[tokio::test]
async fn a4_query_statistics_are_enabled_by_whoever_may() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        let refused = actions::enable_statistics(&target).await.unwrap_err();
        assert!(refused.why == Why::Privilege && refused.detail.contains("superuser"), "{refused}");

        // Whatever a role's default and its search path are.
        let role = watched.server.role("SUPERUSER").await;
        watched.run(&format!("ALTER ROLE {} SET default_transaction_read_only = on", role.name)).await;
        watched.run(&format!("ALTER ROLE {} SET search_path = nowhere", role.name)).await;
        let target = common::target(&role.url(&watched.database));
        assert!(answer(probe::server::read(&target).await).stat_statements.is_none());
        actions::enable_statistics(&target).await.unwrap();
        let extension = answer(probe::server::read(&target).await).stat_statements.unwrap();
        assert_eq!(extension.schema, "public");
        answer(probe::statements::read(&target).await);
        actions::enable_statistics(&target).await.unwrap();
    }
}

/// A5, §7 `query_stats` (reset by user, unknown user, by hash).
#[tokio::test]
async fn a5_statistics_are_reset_of_one_database_role_or_statement() {
    for major in majors() {
        let (watched, beside) = (Watched::with_statements(major).await, Watched::with_statements(major).await);
        let target = watched.target();
        let refused = actions::reset_statistics(&target, None, None).await.unwrap_err();
        assert!(refused.why == Why::Privilege && refused.detail.contains("pg_stat_statements_reset"), "{refused}");
        watched.run(&format!("GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO {}", watched.role)).await;

        let role = other(&watched).await;
        let theirs = Database::connect(&role.url(&watched.database)).await.unwrap();
        run(&theirs, "SELECT 1 AS theirs").await;
        run(&theirs, "SELECT 2 AS too").await;
        watched.run("SELECT 3 AS ours").await;
        beside.run("SELECT 4 AS beside").await;
        let rows = async || answer(probe::statements::read(&target).await).rows;
        let of = async |name: &str| rows().await.into_iter().filter(|row| row.key.role == name).collect::<Vec<_>>();
        let queryid = of(&role.name).await[0].key.queryid.parse().unwrap();
        let before = of(&role.name).await.len();

        assert!(!actions::reset_statistics(&target, Some("no such \"role\""), None).await.unwrap());
        assert_eq!(of(&role.name).await.len(), before);
        assert!(actions::reset_statistics(&target, Some(&role.name), Some(queryid)).await.unwrap());
        assert_eq!(of(&role.name).await.len(), before - 1);
        assert!(actions::reset_statistics(&target, Some(&role.name), None).await.unwrap());
        assert_eq!(of(&role.name).await.len(), 0);
        assert!(!of("postgres").await.is_empty());
        assert!(actions::reset_statistics(&target, None, None).await.unwrap());
        assert!(of("postgres").await.is_empty(), "on {major}");
        let untouched = answer(probe::statements::read(&beside.target()).await).rows;
        assert!(untouched.iter().any(|row| row.key.role == "postgres"), "another database was reset");
    }
}

/// L5, §7 `maintenance` (analyze).
#[tokio::test]
async fn a_table_is_analyzed_whatever_its_name() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let (schema, name) = ("My \"Schema\".x", "select; --größe'$$");
        let quoted = |text: &str| text.replace('"', "\"\"");
        watched.run(&format!("CREATE SCHEMA \"{}\" AUTHORIZATION {}", quoted(schema), watched.role)).await;
        watched
            .run(&format!("CREATE TABLE \"{}\".\"{}\" AS SELECT generate_series(1, 1000) AS n", quoted(schema), name))
            .await;
        let target = watched.target();
        let table = QualifiedName::new(schema, name);
        let refused = actions::analyze(&target, &table).await.unwrap_err();
        assert!(refused.why == Why::Privilege && refused.detail.contains("owner"), "{refused}");
        watched.run(&format!("ALTER TABLE \"{}\".\"{}\" OWNER TO {}", quoted(schema), name, watched.role)).await;
        let estimated = "SELECT reltuples::int8 FROM pg_class WHERE relname LIKE 'select; --%'";
        assert!(watched.admin.fetch(estimated, []).get::<i64>().await.unwrap() < Some(1000));
        actions::analyze(&target, &table).await.unwrap();
        assert_eq!(watched.admin.fetch(estimated, []).get::<i64>().await.unwrap(), Some(1000));
        let missing = actions::analyze(&target, &QualifiedName::new(schema, "gone")).await.unwrap_err();
        assert!(missing.detail.contains("does not exist"), "{missing}");
    }
}

/// L5 (§2.7: 5 s for the lock).
#[tokio::test]
async fn an_analyze_does_not_wait_long_for_its_lock_and_questions_go_on() {
    let watched = Watched::new(common::major()).await;
    watched.run("CREATE TABLE t (n int)").await;
    let target = common::target(watched.admin_url());
    let holder = watched.hold("LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
    let begun = Instant::now();
    let table = QualifiedName::new("public", "t");
    let analyze = {
        let target = target.clone();
        tokio::spawn(async move { actions::analyze(&target, &table).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    answer(probe::activity::read(&target).await);
    assert!(!analyze.is_finished() && begun.elapsed() < Duration::from_secs(4));
    let refused = analyze.await.unwrap().unwrap_err();
    assert_eq!(refused.why, Why::Locked, "{refused}");
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    holder.close().await;
}

/// A4, L5: a standby cannot be written to, and the sentence says where it can be done.
#[tokio::test]
async fn what_a_standby_cannot_do_is_refused_with_a_sentence() {
    for major in majors() {
        let mut primary = Postgres::start_own(major, &[]);
        let standby = primary.standby(&[]);
        let database = primary.database().await;
        let db = database.connect().await;
        run(&db, "CREATE TABLE t (n int)").await;
        primary.caught_up(&standby).await;
        let target = common::target(&standby.url(&database.name));
        let refusals = [
            actions::analyze(&target, &QualifiedName::new("public", "t")).await.unwrap_err(),
            actions::enable_statistics(&target).await.unwrap_err(),
        ];
        for refused in refusals {
            assert_eq!(refused.why, Why::Failed, "{refused} on {major}");
            assert!(refused.detail.contains("only reads, as a standby does"), "{refused} on {major}");
            assert!(refused.detail.ends_with("Do it on the primary."), "{refused} on {major}");
        }
    }
}

/// Promise 2, while somebody acts.
#[tokio::test]
async fn an_action_takes_no_third_connection() {
    let watched = Watched::new(common::major()).await;
    watched.run("CREATE TABLE t (n int)").await;
    let target = common::target(watched.admin_url());
    let holder = watched.hold("LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
    let acting = {
        let target = target.clone();
        tokio::spawn(async move { actions::analyze(&target, &QualifiedName::new("public", "t")).await })
    };
    let mut most = 0;
    while !acting.is_finished() {
        let (one, two) = tokio::join!(probe::activity::read(&target), probe::server::read(&target));
        answer(one);
        answer(two);
        let sql =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heron'";
        most = most.max(watched.admin.fetch(sql, []).get::<i64>().await.unwrap().unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(most, 2);
    // Nothing is left of it that may write.
    answer(probe::server::read(&target).await);
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heron'";
    assert!(watched.admin.fetch(sql, []).get::<i64>().await.unwrap() <= Some(2));
    holder.close().await;
}
