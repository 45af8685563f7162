//! Promise 1: whatever Heron can send runs in a read-only transaction, as a role that may only look, on every version.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Watched, answer, binds, leak, major, majors};
use dataset::{Database, Kind, Options};
use probe::Limits;

#[tokio::test]
async fn never_harms_what_it_watches() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched
            .run("CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE INDEX ON t (lower(a::text)) WHERE a > 0")
            .await;
        let limits = Limits::default();
        let options = Options {
            max_connections: 1,
            statement_timeout: Some(limits.statement_timeout),
            lock_timeout: Some(limits.lock_timeout),
            idle_in_transaction_timeout: Some(limits.idle_in_transaction_timeout),
            startup_settings: vec![("default_transaction_isolation", "read committed")],
            ..Options::default()
        };
        let session = Database::connect_with(&watched.url(), options).await.unwrap();
        for question in probe::catalogue() {
            session.execute_script("BEGIN TRANSACTION READ ONLY").await.unwrap();
            let query = session.fetch(question.sql, binds(question.name)).name("extension", "public");
            let rows = query.rows().await;
            assert!(rows.is_ok(), "{} on {major}: {rows:?}", question.name);
            // What it did was a look: it has no transaction id, and holds no lock that keeps anybody from working.
            let id: Option<String> =
                session.fetch("SELECT pg_catalog.pg_current_xact_id_if_assigned()::text", []).get().await.unwrap();
            assert_eq!(id, None, "{} on {major}", question.name);
            let locks: Vec<String> = session
                .fetch("SELECT DISTINCT mode FROM pg_catalog.pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'", [])
                .all()
                .await
                .unwrap();
            for mode in locks {
                assert!(["AccessShareLock", "RowExclusiveLock"].contains(&mode.as_str()), "{}: {mode}", question.name);
            }
            session.execute_script("ROLLBACK").await.unwrap();
        }
    }
}

#[tokio::test]
async fn every_connection_refuses_to_write_or_to_linger() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let target = watched.target();
        answer(probe::server::read(&target).await);
        let settings: Option<String> = watched
            .admin
            .fetch("SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user", [])
            .get()
            .await
            .unwrap();
        assert_eq!(settings.as_deref(), Some("heron"));

        // The same options, and something the catalogue would never let through.
        let options = Options {
            max_connections: 1,
            read_only: true,
            statement_timeout: Some(Limits::default().statement_timeout),
            ..Options::default()
        };
        let session = Database::connect_with(watched.admin_url(), options).await.unwrap();
        let written = session.execute("CREATE TABLE x ()", []).await.unwrap_err();
        assert_eq!(written.kind(), Kind::ReadOnly);
    }
}

#[tokio::test]
async fn a_role_that_cannot_write_even_by_default_is_enough() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(&format!("ALTER ROLE {} SET default_transaction_read_only = on", watched.role)).await;
        watched.run(&format!("ALTER ROLE {} SET search_path = nowhere, public, pg_catalog", watched.role)).await;
        watched.run("CREATE TABLE t (id serial PRIMARY KEY)").await;
        let target = watched.target();
        assert!(answer(probe::server::read(&target).await).reads_all_stats);
        assert_eq!(answer(probe::indexes::read(&target).await).len(), 1);
        assert_eq!(answer(probe::sequences::read(&target).await).len(), 1);
        assert_eq!(answer(probe::constraints::read(&target).await), []);
        assert!(!answer(probe::vacuum::read(&target).await).tables.is_empty());
        assert!(!answer(probe::activity::read(&target).await).is_empty());
        assert!(!answer(probe::replication::read(&target).await).in_recovery);
        assert!(answer(probe::database::read(&target).await).size.0 > 0);
        answer(probe::caches::read(&target).await);
        assert!(!answer(probe::statements::read(&target).await).rows.is_empty());
    }
}

#[tokio::test]
async fn nothing_in_public_stands_in_for_the_catalog() {
    let watched = Watched::with_statements(major()).await;
    watched
        .run(
            "CREATE TABLE public.pg_database (datname name, oid oid); \
             CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
             CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS $$SELECT '90000'$$; \
             CREATE VIEW public.pg_extension AS SELECT 'pg_stat_statements'::name AS extname, 'public'::regnamespace::oid AS extnamespace; \
             ALTER DATABASE DBNAME SET search_path = public, pg_catalog"
                .replace("DBNAME", &watched.database)
                .as_str(),
        )
        .await;
    let server = answer(probe::server::read(&watched.target()).await);
    assert!(!server.in_recovery && server.major() == i32::from(major()) && server.database == watched.database);
    answer(probe::statements::read(&watched.target()).await);
}

/// D4.
#[tokio::test]
async fn the_role_of_the_grants_is_enough() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        let role = format!("Heron {}", watched.database);
        watched.admin.execute_script(leak(&probe::grants(&role))).await.unwrap();
        watched.run(&format!("ALTER ROLE \"{role}\" PASSWORD 'pw'")).await;
        let url = watched.url_as(&role, "pw");
        let target = common::target(&url);
        assert!(answer(probe::server::read(&target).await).reads_all_stats);
        assert!(!answer(probe::statements::read(&target).await).rows.is_empty());
        let written = Database::connect(&url).await;
        let error = written.unwrap().execute("CREATE TEMP TABLE x ()", []).await.unwrap_err();
        assert_eq!(error.kind(), Kind::ReadOnly);
    }
}
