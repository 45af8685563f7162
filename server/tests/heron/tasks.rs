//! D2: PgHero's tasks on the command line. One database that fails does not stop the others (L7).

use crate::program::Home;
use testkit::{Postgres, TestDatabase, majors};

async fn run(database: &TestDatabase, sql: &str) {
    let sql: &'static str = sql.to_owned().leak();
    let db = database.connect().await;
    db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    db.close().await;
}

/// L5: every table, whatever its name; those of the minimum size only; not where it is not allowed.
/// L7, D2, §7 `maintenance`, `module` (analyze_all).
#[tokio::test]
async fn every_table_is_analyzed() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        run(&database, "CREATE SCHEMA \"My.Schema\"; CREATE TABLE \"My.Schema\".\"select\" AS SELECT generate_series(1, 500) a; CREATE TABLE t (a int)").await;
        let home = Home::new();
        let config = format!(
            "[databases.dead]\nurl = \"postgres://h:geheim@127.0.0.1:1/x\"\n[databases.shop]\nurl = \"{}\"\n",
            database.url
        );
        home.write("heron.toml", &config);
        let done = home.run(&["analyze"]);
        assert_eq!(done.code, 3, "the first error decides: {done:?}");
        assert!(done.err.contains("heron: dead: ") && !done.err.contains("geheim"), "{done:?}");
        assert!(done.out.contains("My.Schema") && done.out.lines().count() == 2, "{done:?}");
        let db = database.connect().await;
        let rows = "SELECT reltuples::bigint FROM pg_class WHERE relname = 'select'";
        assert_eq!(db.fetch(rows, []).get::<i64>().await.unwrap(), Some(500));
        db.close().await;
        let none = home.run(&["analyze", "--min-size-gb", "1", "shop"]);
        assert!(none.code == 0 && none.out.is_empty(), "{none:?}");
        assert_eq!(home.run(&["analyze", "nowhere"]).code, 2);
    }
}

/// L4: prints, and creates nothing (D2, O10).
#[tokio::test]
async fn suggested_indexes_are_printed() {
    let database = Postgres::shared(testkit::major()).database_with_statements().await;
    run(
        &database,
        "CREATE TABLE people AS SELECT n AS id, 'x' || n AS email FROM generate_series(1, 20000) n; ANALYZE people",
    )
    .await;
    let db = database.connect().await;
    for n in 0..60 {
        let binds = [dataset::Value::from(format!("x{n}"))];
        db.fetch("SELECT *, pg_sleep(0.025) FROM people WHERE email = $1", binds).rows().await.unwrap();
    }
    db.close().await;
    let home = Home::new();
    home.write("pghero.yml", &format!("databases:\n  primary:\n    url: {}\n", database.url));
    let done = home.run(&["autoindex"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.out.contains("-- primary: ") && done.out.contains("CREATE INDEX CONCURRENTLY ON public.people (email)"),
        "{done:?}"
    );
    let db = database.connect().await;
    assert_eq!(
        db.fetch("SELECT count(*) FROM pg_index WHERE indrelid = 'people'::regclass", []).get::<i64>().await.unwrap(),
        Some(0)
    );
    db.close().await;
}

/// Defect 19: texts nobody refers to go, and so does, when asked, the history of databases no longer watched.
/// L6, D2, §7 `module` (clean).
#[tokio::test]
async fn history_of_databases_no_longer_watched_is_deleted_when_asked() {
    let database = Postgres::shared(testkit::major()).database_with_statements().await;
    let home = Home::new();
    home.write(
        "heron.toml",
        &format!("[databases.old]\nurl = \"{0}\"\n[databases.shop]\nurl = \"{0}\"\n", database.url),
    );
    assert_eq!(home.run(&["capture", "--once"]).code, 0);
    home.write("heron.toml", &format!("[databases.shop]\nurl = \"{}\"\n", database.url));
    assert!(!home.run(&["clean"]).out.contains("old"));
    assert_eq!(home.run(&["top", "old"]).code, 0, "only when asked");
    let done = home.run(&["clean", "--removed"]);
    assert!(
        done.code == 0 && done.out.contains("deleted the history of old") && !done.out.contains("shop"),
        "{done:?}"
    );
    assert_eq!(home.run(&["top", "old"]).code, 2);
    assert_eq!(home.run(&["top", "shop"]).code, 0);
    home.write("heron.toml", "");
    assert_eq!(home.run(&["clean", "--removed"]).code, 2, "an empty configuration is a mistake, not a wish");
}

/// L6, C1, D2: `capture_query_stats: false` leaves a database's statements out of the history, and nothing else.
#[tokio::test]
async fn a_database_whose_statements_are_not_captured_has_none_in_history() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let home = Home::new();
        let text = "databases:\n  primary:\n    url: URL\n  quiet:\n    url: URL\n    capture_query_stats: false\n";
        home.write("pghero.yml", &text.replace("URL", &database.url));
        assert_eq!(home.run(&["capture", "--once"]).code, 0);
        run(&database, "SELECT 1 AS counted").await;
        let done = home.run(&["capture", "--once"]);
        assert!(done.code == 0 && done.out.contains("quiet: captured"), "{done:?}");
        assert!(home.run(&["top", "primary"]).out.contains("AS counted"));
        let quiet = home.run(&["top", "quiet"]);
        assert!(quiet.code == 0 && quiet.out.contains("no statement was captured"), "on {major}: {quiet:?}");
    }
}

/// D1: the image's own settings, and nothing but the URL of a database, are enough.
#[tokio::test]
async fn the_container_serves_with_nothing_but_a_database_url() {
    let dockerfile = include_str!("../../../deploy/Dockerfile");
    let after = |word: &str| {
        let line = dockerfile.lines().rev().find_map(|line| line.strip_prefix(word));
        line.unwrap_or_else(|| panic!("no {word}")).trim()
    };
    assert_eq!((after("ENTRYPOINT"), after("CMD")), (r#"["heron"]"#, r#"["serve"]"#));
    let home = Home::new();
    let port = crate::support::free_port();
    let mut command = home.command(&["serve"]);
    for (name, value) in after("ENV").split(' ').filter_map(|one| one.split_once('=')) {
        command.env(
            name,
            value.replace("3100", &port.to_string()).replace("/var/lib/heron", &home.path().display().to_string()),
        );
    }
    command.env("DATABASE_URL", "postgres://heron@127.0.0.1:1/shop");
    let mut heron = home.start_command(command);
    heron.says(&format!("Heron listens on http://0.0.0.0:{port}")).await;
    heron.says("Sign in as admin with this link").await;
    assert!(home.path().join("heron.db").exists());
    assert_eq!(heron.terminate().await, Some(0));
}
