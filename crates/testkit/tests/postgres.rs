//! The test servers do what the other tests rely on.
#![allow(clippy::unwrap_used, reason = "a test")]

use dataset::{Database, Kind, Options};
use testkit::{PgBouncer, PoolMode, Postgres};

#[tokio::test]
async fn every_version_gives_an_empty_database_and_counts_statements() {
    for major in testkit::majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        assert!(db.version().await.unwrap().starts_with(&format!("{major}.")));
        let tables: Option<i64> =
            db.fetch("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", []).get().await.unwrap();
        assert_eq!(tables, Some(0));
        let counted: Option<i64> = db.fetch("SELECT count(*) FROM pg_stat_statements(false)", []).get().await.unwrap();
        assert!(counted > Some(0));
    }
}

#[tokio::test]
async fn a_role_has_a_password_and_no_more_rights_than_it_was_given() {
    let server = Postgres::shared(testkit::major());
    let database = server.database().await;
    let role = server.role("IN ROLE pg_monitor").await;
    let db = Database::connect(&role.url(&database.name)).await.unwrap();
    let refused = db.execute("CREATE SCHEMA mine", []).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Permission);

    let wrong = role.url(&database.name).replace(&role.password, "wrong");
    assert_eq!(Database::connect(&wrong).await.unwrap_err().kind(), Kind::Authentication);
}

#[tokio::test]
async fn names_may_be_any() {
    let server = Postgres::shared(testkit::major());
    let database = server.database_named(format!("Ünïted \"{}\"", rand::random::<u32>())).await;
    let name: Option<String> =
        database.connect().await.fetch("SELECT current_database()::text", []).get().await.unwrap();
    assert_eq!(name, Some(database.name));
}

#[tokio::test]
async fn a_held_lock_blocks_until_it_is_released() {
    let database = Postgres::shared(testkit::major()).database().await;
    let db = database.connect().await;
    db.execute("CREATE TABLE held (id int)", []).await.unwrap();
    let held = database.hold("LOCK TABLE held").await;
    assert!(held.pid > 0);
    let waits = db.execute_script("SET lock_timeout = '100ms'; SELECT * FROM held").await;
    assert_eq!(waits.unwrap_err().kind(), Kind::LockTimeout);
    held.release().await;
    db.execute_script("SELECT * FROM held").await.unwrap();
}

#[tokio::test]
async fn a_server_of_ones_own_comes_back_on_its_port_after_a_stop_and_a_crash() {
    let mut server = Postgres::start_own(testkit::major(), &[("work_mem", "5MB")]);
    let port = server.port();
    let database = server.database().await;
    database.connect().await.execute("CREATE TABLE kept (id int)", []).await.unwrap();
    server.stop();
    assert_eq!(Database::connect(&database.url).await.unwrap_err().kind(), Kind::Disconnect);
    server.start();
    assert_eq!(server.port(), port);
    server.crash();
    server.start();
    let db = database.connect().await;
    assert!(db.table_exists("kept").await.unwrap());
    let setting: Option<String> = db.fetch("SELECT current_setting('work_mem')", []).get().await.unwrap();
    assert_eq!(setting.as_deref(), Some("5MB"));
}

#[tokio::test]
async fn a_standby_streams_and_can_be_promoted() {
    for major in testkit::majors() {
        let mut primary = Postgres::start_own(major, &[]);
        let standby = primary.standby(&[("work_mem", "5MB")]);
        let database = primary.database().await;
        database.connect().await.execute("CREATE TABLE kept (id int)", []).await.unwrap();
        primary.caught_up(&standby).await;
        let copy = Database::connect(&standby.url(&database.name)).await.unwrap();
        assert!(copy.table_exists("kept").await.unwrap());
        assert_eq!(copy.execute("DROP TABLE kept", []).await.unwrap_err().kind(), Kind::ReadOnly);
        let setting: Option<String> = copy.fetch("SELECT current_setting('work_mem')", []).get().await.unwrap();
        assert_eq!(setting.as_deref(), Some("5MB"));
        assert_eq!(copy.fetch("SELECT pg_promote()", []).get().await.unwrap(), Some(true));
        copy.execute("DROP TABLE kept", []).await.unwrap();
    }
}

#[tokio::test]
async fn pgbouncer_in_each_mode_shares_few_server_sessions() {
    let server = Postgres::shared(testkit::major());
    let database = server.database().await;
    let role = server.role("").await;
    for (mode, shares) in [(PoolMode::Session, false), (PoolMode::Transaction, true), (PoolMode::Statement, true)] {
        let settings = [("ignore_startup_parameters", "extra_float_digits,options"), ("query_wait_timeout", "1")];
        let pooler = PgBouncer::start_with(server, mode, 1, &settings);
        let options = || Options { max_connections: 1, ..Options::default() };
        let one = Database::connect_with(&pooler.url(server, &database.name), options()).await.unwrap();
        let two = Database::lazy(&pooler.url(server, &database.name), options()).unwrap();
        one.execute_script("SELECT pg_backend_pid()").await.unwrap();
        // In session mode the only server session stays with the first client.
        assert_eq!(two.execute_script("SELECT pg_backend_pid()").await.is_ok(), shares, "{mode:?}: {}", pooler.log());
        // The pooler looks a role up by the superuser's session.
        one.close().await;
        let named = Database::connect_with(&pooler.url_of(&role, &database.name), options()).await.unwrap();
        named.execute_script("SELECT 1").await.unwrap();
    }
}
