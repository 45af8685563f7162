//! What stands in the way of an answer is said at once, with what to do about it, and never with the password.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::{Duration, Instant};

use common::{Watched, answer, major, majors, missing, target};
use futures::future::join_all;
use model::Why;
use testkit::Postgres;

#[tokio::test]
async fn a_dead_server_is_said_at_once_and_remembered_for_a_moment() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dead = target(&format!("postgres://heron:s3cret@127.0.0.1:{port}/app"));
    let begun = Instant::now();
    let said = missing(probe::server::read(&dead).await);
    assert_eq!(said.why, Why::Unreachable);
    assert!(said.detail.contains(&format!("127.0.0.1:{port}")) && !said.detail.contains("s3cret"), "{said}");
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_accepts_and_never_answers_holds_up_ten_questions_only_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let deaf = target(&format!("postgres://heron:s3cret@127.0.0.1:{port}/app"));
    let begun = Instant::now();
    let readings = join_all((0..10).map(|_| probe::server::read(&deaf))).await;
    for reading in readings {
        assert_eq!(missing(reading).why, Why::Unreachable);
    }
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_unknown_host_is_unreachable() {
    let nowhere = target("postgres://heron:s3cret@no-such-host.invalid/app");
    let said = missing(probe::server::read(&nowhere).await);
    assert!(said.why == Why::Unreachable && said.detail.contains("no-such-host.invalid:5432"), "{said}");
}

#[tokio::test]
async fn a_wrong_password_is_said_without_repeating_it() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let wrong = target(&watched.url_as(&watched.role, "wr0ng"));
        let said = missing(probe::server::read(&wrong).await);
        assert_eq!(said.why, Why::Authentication);
        assert!(said.detail.contains(&watched.role) && !said.detail.contains("wr0ng"), "{said}");
    }
}

#[tokio::test]
async fn a_server_that_stops_and_starts_again_is_watched_again() {
    let mut server = Postgres::start_own(major(), &[]);
    let target = target(&server.url("postgres"));
    let before = answer(probe::server::read(&target).await).started_at;
    server.stop();
    let begun = Instant::now();
    assert_eq!(missing(probe::server::read(&target).await).why, Why::Unreachable);
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    server.start();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(answer(probe::server::read(&target).await).started_at > before);
    // A crash says no goodbye.
    server.crash();
    server.start();
    answer(probe::server::read(&target).await);
}

#[tokio::test]
async fn an_extension_that_is_created_but_not_loaded_is_said() {
    let server = Postgres::start_own(major(), &[("shared_preload_libraries", "")]);
    let database = server.database_with_statements().await;
    let said = missing(probe::statements::read(&target(&database.url)).await);
    assert_eq!(said.why, Why::Extension);
    assert!(said.detail.contains("shared_preload_libraries"), "{said}");
}

#[tokio::test]
async fn a_missing_database_and_a_missing_right_to_connect_are_told_apart() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let said = missing(probe::server::read(&target(&watched.url_of("no such"))).await);
        assert!(said.why == Why::Failed && said.detail.contains("no such"), "{said}");

        watched.run(&format!("REVOKE CONNECT ON DATABASE {} FROM public", watched.database)).await;
        let said = missing(probe::server::read(&watched.target()).await);
        assert_eq!(said.why, Why::Privilege);
        let grant = format!("GRANT CONNECT ON DATABASE {} TO {};", watched.database, watched.role);
        assert!(said.detail.contains(&grant), "{said}");
    }
}

/// A4, §7 `query_stats` (available, enabled, readable).
#[tokio::test]
async fn without_pg_stat_statements_it_is_said_how_to_get_it_10_21() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        let said = missing(probe::statements::read(&target).await);
        assert_eq!(said.why, Why::Extension);
        assert!(said.detail.contains("CREATE EXTENSION pg_stat_statements"), "{said}");
        assert!(answer(probe::server::read(&target).await).stat_statements_available);

        // Created behind the connection's back, in a schema it does not look into, with a name that has to be quoted.
        watched.run("CREATE SCHEMA \"My Stats\"; CREATE EXTENSION pg_stat_statements SCHEMA \"My Stats\"").await;
        let said = missing(probe::statements::read(&target).await);
        assert_eq!(said.why, Why::Privilege);
        let grant = format!("GRANT USAGE ON SCHEMA \"My Stats\" TO {}", watched.role);
        assert!(said.detail.contains(&grant), "{said}");
        watched.run(&grant).await;
        let statements = answer(probe::statements::read(&target).await);
        assert!(!statements.rows.is_empty() && statements.info.stats_reset.is_some());
        let extension = answer(probe::server::read(&target).await).stat_statements.unwrap();
        assert_eq!(extension.schema, "My Stats");
        let ids: Vec<String> = statements.rows.iter().map(|row| row.key.queryid.clone()).collect();
        let texts = answer(probe::statements::texts(&target, &ids).await);
        assert!(texts.iter().any(|(_, text)| text.contains("CREATE EXTENSION")), "{texts:?}");
        assert_eq!(answer(probe::statements::texts(&target, &[]).await), []);
    }
}

#[tokio::test]
async fn an_extension_that_was_not_updated_with_its_server_is_said_10_21() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE EXTENSION pg_stat_statements VERSION '1.8'").await;
        let said = missing(probe::statements::read(&watched.target()).await);
        assert_eq!(said.why, Why::Extension);
        assert!(said.detail.contains("ALTER EXTENSION pg_stat_statements UPDATE"), "{said}");
        watched.run("ALTER EXTENSION pg_stat_statements UPDATE").await;
        answer(probe::statements::read(&watched.target()).await);
    }
}

#[tokio::test]
async fn a_long_text_is_cut_on_the_server() {
    let watched = Watched::with_statements(major()).await;
    watched.run(&format!("SELECT 1 AS \"{}\"", "x".repeat(40_000))).await;
    watched.run("SELECT 2 AS short").await;
    let target = watched.target();
    let rows = answer(probe::statements::read(&target).await).rows;
    let ids: Vec<String> = rows.iter().map(|row| row.key.queryid.clone()).collect();
    let texts = answer(probe::statements::texts(&target, &ids).await);
    assert_eq!(texts.iter().map(|(_, text)| text.chars().count()).max(), Some(10_000));
    assert_eq!(answer(probe::statements::info(&target).await), answer(probe::statements::read(&target).await).info);
}

#[tokio::test]
async fn without_pg_monitor_other_sessions_are_hidden_and_it_is_known() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(&format!("REVOKE pg_monitor FROM {}", watched.role)).await;
        let target = watched.target();
        assert!(!answer(probe::server::read(&target).await).reads_all_stats);
        let sessions = answer(probe::activity::read(&target).await);
        let others: Vec<_> = sessions.iter().filter(|session| session.is_client()).collect();
        assert!(!others.is_empty() && others.iter().all(|session| session.state.is_none()), "{others:?}");
        answer(probe::database::read(&target).await);
        answer(probe::statements::read(&target).await);
        answer(probe::replication::read(&target).await);
        answer(probe::indexes::read(&target).await);
    }
}

#[tokio::test]
async fn a_killed_connection_is_replaced_without_a_word() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        answer(probe::server::read(&target).await);
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'heron'";
        assert_eq!(watched.admin.fetch(kill, []).get::<i64>().await.unwrap(), Some(1));
        answer(probe::server::read(&target).await);
    }
}

#[tokio::test]
async fn heron_leaves_itself_out_and_nobody_else_who_calls_itself_so() {
    let watched = Watched::new(major()).await;
    let target = watched.target();
    let (one, other) = tokio::join!(probe::activity::read(&target), probe::activity::read(&target));
    for sessions in [answer(one), answer(other)] {
        assert!(!sessions.iter().any(|session| session.user.as_deref() == Some(&watched.role)));
    }
    let options = dataset::Options { application_name: Some("heron".into()), ..Default::default() };
    let namesake = dataset::Database::connect_with(watched.admin_url(), options).await.unwrap();
    namesake.execute_script("SELECT 1").await.unwrap();
    let sessions = answer(probe::activity::read(&target).await);
    assert!(
        sessions
            .iter()
            .any(|session| session.application == "heron" && session.database.as_deref() == Some(&watched.database))
    );
    let counted = answer(probe::database::read(&target).await).connections;
    assert!(counted.total >= 1 && counted.total >= counted.active + counted.idle, "{counted:?}");
}
