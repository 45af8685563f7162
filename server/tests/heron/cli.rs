//! The command line keeps its promises: names, JSON, exit codes.

use crate::program::{Done, Home, finished};
use serde_json::Value;
use testkit::{Postgres, TestDatabase, major, majors};

async fn run(database: &TestDatabase, sql: &str) {
    let sql: &'static str = sql.to_owned().leak();
    let db = database.connect().await;
    db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    db.close().await;
}

/// A database with a duplicate index.
async fn with_a_duplicate_index(server: &Postgres) -> TestDatabase {
    let database = server.database_with_statements().await;
    let sql = "CREATE SCHEMA billing; CREATE TABLE billing.invoices (id int, account int);
               CREATE INDEX inv_account ON billing.invoices (account);
               CREATE INDEX inv_account_id ON billing.invoices (account, id)";
    run(&database, sql).await;
    database
}

fn json(done: &Done) -> Value {
    serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"))
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn check_prints_the_object_that_is_promised() {
    for major in majors() {
        let database = with_a_duplicate_index(Postgres::shared(major)).await;
        let done = Home::new().run(&["check", "--format", "json", &database.url]);
        assert_eq!(done.code, 1, "{done:?}");
        let report = json(&done);
        assert_eq!(keys(&report), ["database", "findings", "not_run", "server_version", "taken_at"]);
        assert_eq!(report["database"], Value::from(database.name.as_str()));
        assert!(report["server_version"].as_str().unwrap().starts_with(&major.to_string()), "{report}");
        assert!(report["taken_at"].as_str().unwrap().ends_with('Z'), "{report}");
        let findings = report["findings"].as_array().unwrap();
        for finding in findings {
            let expected = ["check", "detail", "evidence", "object", "remedy_sql", "scope", "severity", "title"];
            assert_eq!(keys(finding), expected);
        }
        let duplicate = findings.iter().find(|finding| finding["check"] == "duplicate_index").unwrap();
        assert_eq!(duplicate["severity"], "warning");
        assert_eq!(duplicate["object"], "billing.invoices.inv_account");
        assert_eq!(duplicate["remedy_sql"], "DROP INDEX CONCURRENTLY billing.inv_account;");
        assert!(duplicate["evidence"].is_object());
        for not_run in report["not_run"].as_array().unwrap() {
            assert_eq!(keys(not_run), ["check", "reason"]);
        }
        // One line, for whoever reads line by line.
        assert_eq!(done.out.trim_end().lines().count(), 1);
    }
}

/// This changes a whole server.
mod a_server_of_ones_own {
    use super::*;

    const PGHEROS: [&str; 13] = [
        "inactive_replication_slot",
        "long_running_query",
        "cache_hit_rate",
        "connections",
        "idle_in_transaction",
        "transaction_id_wraparound",
        "sequence_overflow",
        "invalid_index",
        "invalid_constraint",
        "duplicate_index",
        "suggested_index",
        "slow_query",
        "unused_index",
    ];

    /// P1, O2 to O12, §7 `controller` (index, `?extended`): what PgHero's overview looks for is found, each under its
    /// name; on an empty database none of it is.
    #[tokio::test]
    async fn check_finds_what_pgheros_overview_finds() {
        for major in majors() {
            let server = Postgres::start_own(major, &[]);
            let database = server.database_with_statements().await;
            let home = Home::new();
            let found = |config: &[&str]| -> Vec<String> {
                let done = home.run(&[&["check", "--format", "json"], config, &[database.url.as_str()]].concat());
                let report = json(&done);
                let checks = report["findings"].as_array().unwrap().iter();
                let names = checks.map(|finding| finding["check"].as_str().unwrap().to_owned());
                names.filter(|name| PGHEROS.contains(&name.as_str())).collect()
            };
            assert!(found(&[]).is_empty(), "{:?} on {major}", found(&[]));

            let sql = "CREATE TABLE t (id serial PRIMARY KEY, a int, b int);
                       INSERT INTO t (a, b) SELECT n, n FROM generate_series(1, 20000) AS n;
                       CREATE INDEX broken ON t (b); CREATE INDEX one ON t (id, a); CREATE INDEX two ON t (id, a);
                       UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass;
                       ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
                       SELECT pg_create_physical_replication_slot('left_behind', true)";
            run(&database, sql).await;
            run(&database, "VACUUM ANALYZE t").await;
            run(&database, "SELECT count(*) FROM t WHERE a = 5").await;
            let held = database.hold("SELECT 1").await;
            let db = database.connect().await;
            let long = tokio::spawn(async move { db.execute_script("SELECT pg_sleep(60)").await });
            home.write(
                "strict.toml",
                "[thresholds]\nlong_running_query_sec = 0.01\ncache_hit_rate = 101.0\ntotal_connections_threshold = 1
                 idle_in_transaction_sec = 0.0\ntransactions_left = 3000000000\nsequence_percent = 0.0\nslow_query_ms = 0.0
                 slow_query_calls = 1\nsuggested_index_ms = 0.0\nsuggested_index_calls = 1\nunused_index_megabytes = 0\n",
            );
            // A session reports what it did when it gets round to it.
            crate::program::eventually("each of them", || {
                let found = found(&["--config", "strict.toml"]);
                println!("{found:?}");
                PGHEROS.iter().all(|name| found.iter().any(|one| one == name)).then_some(())
            })
            .await;
            long.abort();
            held.release().await;
        }
    }
}

#[tokio::test]
async fn a_check_that_could_not_run_is_named_with_its_reason() {
    let database = Postgres::shared(major()).database().await;
    let report = json(&Home::new().run(&["check", "--format", "json", &database.url]));
    let not_run = report["not_run"].as_array().unwrap();
    let slow = not_run.iter().find(|one| one["check"] == "slow_query").unwrap_or_else(|| panic!("{report}"));
    assert!(slow["reason"].as_str().unwrap().contains("pg_stat_statements"), "{slow}");
}

#[tokio::test]
async fn the_exit_code_says_how_bad_it_is() {
    // The shared servers do not wait for disks, which is critical.
    let server = Postgres::start_own(major(), &[("fsync", "on")]);
    let database = with_a_duplicate_index(&server).await;
    let home = Home::new();
    let check = |arguments: &[&str]| {
        let done = home.run(&[&["check"], arguments].concat());
        (done.code, done)
    };
    let (code, done) = check(&["--fail-on", "critical", &database.url]);
    assert_eq!(code, 0, "{done:?}");
    assert!(done.out.contains("DROP INDEX CONCURRENTLY billing.inv_account;"), "{}", done.out);
    for severity in ["warning", "info"] {
        assert_eq!(check(&["--fail-on", severity, &database.url]).0, 1);
    }
    for usage in [
        &["--fail-on", "terrible", &database.url][..],
        &["--format", "xml", &database.url],
        &[],
        &["mysql://h/x"],
        &["nonsense"],
        &["--config", "no-such-file.toml", &database.url],
    ] {
        let (code, done) = check(usage);
        assert_eq!(code, 2, "{usage:?}: {done:?}");
        assert!(done.out.is_empty() && !done.err.is_empty(), "{done:?}");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (code, done) = check(&["--format", "json", &format!("postgres://heron:s3cr3t@127.0.0.1:{port}/x")]);
    assert_eq!(code, 3, "{done:?}");
    assert!(done.err.contains("cannot be reached") && !done.err.contains("s3cr3t") && done.out.is_empty(), "{done:?}");
    let mut wrong = url::Url::parse(&database.url).unwrap();
    wrong.set_password(Some("wr0ng")).unwrap();
    let (code, done) = check(&[wrong.as_str()]);
    assert!(code == 3 && done.err.contains("does not let role postgres in") && !done.err.contains("wr0ng"), "{done:?}");
    // It leaves nothing behind where it was run.
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

/// O7, C1, §7 `sequences` (danger at threshold 0).
#[tokio::test]
async fn check_takes_its_url_from_the_environment_and_its_thresholds_from_the_file() {
    let database = with_a_duplicate_index(Postgres::shared(major())).await;
    let home = Home::new();
    home.write(
        "strict.toml",
        "[thresholds]\nsequence_percent = 0.0\n[databases.other]\nurl = \"postgres://h@127.0.0.1:1/x\"",
    );
    run(&database, "CREATE TABLE t (id serial); SELECT nextval('t_id_seq')").await;
    let check = |config: &[&str]| {
        let mut command = home.command(&[&["check", "--format", "json"], config].concat());
        json(&finished(command.env("DATABASE_URL", &database.url)))
    };
    let has = |report: &Value| {
        report["findings"].as_array().unwrap().iter().any(|finding| finding["check"] == "sequence_overflow")
    };
    assert!(!has(&check(&[])));
    let strict = check(&["--config", "strict.toml"]);
    assert!(has(&strict), "{strict}");
    assert_eq!(strict["database"], Value::from(database.name.as_str()));
}

/// L6, D2, §7 `query_stats` (capture, a later execution, clean).
#[tokio::test]
async fn top_prints_the_object_that_is_promised() {
    let database = Postgres::shared(major()).database_with_statements().await;
    let home = Home::new();
    home.write("heron.toml", &format!("[databases.shop]\nurl = \"{}\"", database.url));
    assert_eq!(home.run(&["capture", "--once"]).code, 0);
    let db = database.connect().await;
    for _ in 0..5 {
        db.execute_script("SELECT n AS often FROM generate_series(1, 3) AS n").await.unwrap();
    }
    db.execute_script("SELECT pg_sleep(0.2)").await.unwrap();
    db.close().await;
    let captured = home.run(&["capture", "--once"]);
    assert!(captured.code == 0 && captured.out.contains("shop: captured at"), "{captured:?}");

    let done = home.run(&["top", "--format", "json", "shop"]);
    assert_eq!(done.code, 0, "{done:?}");
    let top = json(&done);
    assert_eq!(keys(&top), ["database", "from", "gaps", "statements", "to"]);
    assert_eq!(top["database"], "shop");
    assert_eq!(top["gaps"], Value::Array(vec![]));
    let statements = top["statements"].as_array().unwrap();
    for one in statements {
        assert_eq!(keys(one), ["calls", "mean_ms", "query", "queryid", "role", "rows", "total_ms"]);
        assert!(one["queryid"].is_string(), "64 bits are more than JSON's numbers hold");
    }
    assert_eq!(statements[0]["query"], "SELECT pg_sleep($1)", "the most time first");
    assert!(statements[0]["total_ms"].as_f64().unwrap() >= 200.0);
    let often = statements.iter().find(|one| one["query"].as_str().unwrap().contains("AS often")).unwrap();
    assert_eq!(
        (often["calls"].as_i64(), often["rows"].as_i64(), often["role"].as_str()),
        (Some(5), Some(15), Some("postgres"))
    );

    let by_calls = json(&home.run(&["top", "--format", "json", "--sort", "calls", "--limit", "1", "shop"]));
    assert_eq!(by_calls["statements"].as_array().unwrap().len(), 1);
    let before = ["top", "--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z", "--format", "json", "shop"];
    let before = json(&home.run(&before));
    assert_eq!((&before["from"], &before["statements"]), (&Value::from("2020-01-01T00:00:00Z"), &Value::Array(vec![])));
    assert!(home.run(&["top", "shop"]).out.contains("SELECT pg_sleep($1)"));

    for usage in [
        &["top", "nowhere"][..],
        &["top"],
        &["top", "--last", "soon", "shop"],
        &["top", "--from", "2020-01-01T00:00:00Z", "shop"],
        &["top", "--from", "2020-01-02T00:00:00Z", "--to", "2020-01-01T00:00:00Z", "shop"],
        &["top", "--sort", "beauty", "shop"],
    ] {
        assert_eq!(home.run(usage).code, 2, "{usage:?}");
    }
    assert!(home.run(&["clean", "--keep", "14d"]).out.contains("deleted 0 captures"));
}

/// L6, L7, D2.
#[tokio::test]
async fn capture_goes_on_with_the_others_when_one_fails() {
    let database = Postgres::shared(major()).database_with_statements().await;
    let home = Home::new();
    let done = home.run(&["capture", "--once", "postgres://heron:s3cr3t@127.0.0.1:1/dead", &database.url]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.out.contains(&format!("{}: captured", database.name)), "{done:?}");
    assert!(done.err.contains("dead: ") && !done.err.contains("s3cr3t"), "{done:?}");
    assert_eq!(home.run(&["capture", "--once"]).code, 2, "nothing to capture");
}

#[test]
fn the_catalogue_is_printed_in_three_forms_and_is_whole_in_each() {
    let home = Home::new();
    let print = |format: &str| home.run(&["catalogue", "--format", format]).out;
    let questions: Value = serde_json::from_str(&print("json")).unwrap();
    let (text, sql) = (print("text"), print("sql"));
    let questions = questions.as_array().unwrap();
    assert_eq!(questions.len(), probe::catalogue().len());
    for question in questions {
        assert_eq!(keys(question), ["answers", "cost", "name", "privileges", "sql", "versions"]);
        let part = |name: &str| question[name].as_str().unwrap();
        assert!(text.contains(part("name")) && text.contains(part("privileges")), "{}", part("name"));
        assert!(sql.contains(part("sql").trim()), "{}", part("name"));
    }
    assert_eq!(home.run(&["catalogue"]).out, text);
}

/// §3.1: the actions are printed too, and apart: nobody takes them for questions.
#[test]
fn the_catalogue_tells_actions_from_questions() {
    let home = Home::new();
    let print = |format: &str| home.run(&["catalogue", "--format", format]).out;
    let actions: Value = serde_json::from_str(&home.run(&["catalogue", "--actions", "--format", "json"]).out).unwrap();
    let actions = actions.as_array().unwrap();
    assert_eq!(actions.len(), probe::actions().len() + probe::templates().len());
    let (text, sql) = (print("text"), print("sql"));
    let (_, under) = text.split_once("Actions: ").unwrap();
    for action in actions {
        assert_eq!(keys(action), ["answers", "changes", "cost", "name", "privileges", "sql", "versions"]);
        assert!(under.contains(action["changes"].as_str().unwrap()), "{under}");
        assert!(!sql.contains(action["sql"].as_str().unwrap()), "{} could be piped into psql", action["name"]);
    }
    let (_, under) = sql.split_once("-- Actions: ").unwrap();
    assert!(
        under.lines().all(|line| line.is_empty() || line.starts_with("-- ") || line.contains("operator")),
        "{under}"
    );
    assert!(under.contains("pg_terminate_backend"));
    let grants = home.run(&["grants", "--actions"]).out;
    assert!(grants.contains("GRANT pg_signal_backend TO heron;") && !home.run(&["grants"]).out.contains("signal"));
}

/// §3.1: what `heron grants` prints makes a role that can send everything `heron catalogue` prints, and nothing else.
/// D4.
#[tokio::test]
async fn the_role_of_the_grants_can_run_the_catalogue_and_cannot_write() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        run(&database, "CREATE TABLE t (id serial PRIMARY KEY, a int)").await;
        let role = format!("Heron's \"{}\"", &database.name[..20]);
        let home = Home::new();
        let grants = home.run(&["grants", "--role", &role]);
        assert_eq!(grants.code, 0, "{grants:?}");
        run(&database, &grants.out).await;
        let quoted = role.replace('"', "\"\"");
        run(&database, &format!("ALTER ROLE \"{quoted}\" PASSWORD 'pw'")).await;
        let mut url = url::Url::parse(&database.url).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some("pw")).unwrap();
        let limits = probe::Limits::default();
        let options = dataset::Options {
            max_connections: 1,
            statement_timeout: Some(limits.statement_timeout),
            lock_timeout: Some(limits.lock_timeout),
            idle_in_transaction_timeout: Some(limits.idle_in_transaction_timeout),
            startup_settings: vec![("default_transaction_isolation", "read committed")],
            ..dataset::Options::default()
        };
        let db = dataset::Database::connect_with(url.as_str(), options).await.unwrap();
        let catalogue: Value = serde_json::from_str(&home.run(&["catalogue", "--format", "json"]).out).unwrap();
        for question in catalogue.as_array().unwrap() {
            let binds = match question["name"].as_str().unwrap() {
                "extension" => vec!["pg_stat_statements".into()],
                "indexes" | "sequences" | "space" => vec![dataset::Value::Bool(true)],
                "relations" => vec![dataset::Value::TextArray(vec!["t".into()])],
                "statement_texts" => vec![dataset::Value::IntArray(vec![1])],
                _ => vec![],
            };
            let sql: &'static str = question["sql"].as_str().unwrap().to_owned().leak();
            let rows = db.fetch(sql, binds).name("extension", "public").rows().await;
            assert!(rows.is_ok(), "{} on {major}: {rows:?}", question["name"]);
        }
        db.close().await;
        // A session as the role's own settings make it.
        let db = dataset::Database::connect(url.as_str()).await.unwrap();
        for sql in ["INSERT INTO t VALUES (1)", "CREATE TEMP TABLE x ()", "SELECT nextval('t_id_seq')", "DROP TABLE t"]
        {
            assert!(db.execute(sql, []).await.is_err(), "{sql} on {major}");
        }
        db.close().await;
        let report = json(&home.run(&["check", "--format", "json", url.as_str()]));
        assert!(report["findings"].is_array());
    }
}

#[test]
fn grants_refuses_a_name_that_postgresql_cannot_have() {
    let home = Home::new();
    assert_eq!(home.run(&["grants", "--role", ""]).code, 2);
    assert_eq!(home.run(&["grants", "--role", &"x".repeat(64)]).code, 2);
    assert!(home.run(&["grants"]).out.contains("CREATE ROLE heron LOGIN;"));
}

#[tokio::test]
async fn accounts_are_managed_without_a_password_on_the_command_line() {
    let home = Home::new();
    let user = |arguments: &[&str]| home.run(&[&["user"], arguments].concat());
    let added = user(&["add", "Ada", "--role", "operator"]);
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.out.contains("http://127.0.0.1:3100/sign-in?ticket="), "{added:?}");
    let list = user(&["list"]).out;
    assert!(list.contains("Ada") && list.contains("operator") && list.contains("has set no password yet"), "{list}");

    let ticket = added.out.split("ticket=").nth(1).unwrap().trim().to_owned();
    let store = store::Store::open(&home.store()).await.unwrap();
    let person = store.ticket_holder(&ticket).await.unwrap().unwrap();
    store.set_password(person.id, "correct horse battery").await.unwrap();
    assert!(!user(&["list"]).out.contains("has set no password yet"));

    let link = user(&["passwd", "Ada"]).out;
    let ticket = link.split("ticket=").nth(1).unwrap().trim();
    assert_eq!(store.ticket_holder(ticket).await.unwrap().unwrap().name, "Ada");
    assert_eq!(user(&["role", "Ada", "administrator"]).code, 0);
    assert_eq!(store.person("Ada").await.unwrap().unwrap().role, model::Role::Administrator);
    assert_eq!(user(&["remove", "Ada"]).code, 0);
    assert!(store.accounts().await.unwrap().is_empty());
    store.close().await;

    // The link leads to where people find Heron.
    for (set, begins) in [
        (("HERON_PUBLIC_URL", "https://heron.example.org/x"), "https://heron.example.org/x/sign-in?ticket="),
        (("HERON_LISTEN", "127.0.0.1:4711"), "http://127.0.0.1:4711/sign-in?ticket="),
    ] {
        let added = home.command(&["user", "add", set.0]).env(set.0, set.1).output().unwrap();
        let said = String::from_utf8_lossy(&added.stdout).into_owned();
        assert!(said.contains(begins), "{said}");
    }

    for usage in [&["passwd", "Ada"][..], &["remove", "Ada"], &["role", "Ada", "viewer"], &["role", "Ada", "king"], &[]]
    {
        assert_eq!(user(usage).code, 2, "{usage:?}");
    }
    user(&["add", "Bob"]);
    let twice = user(&["add", "Bob"]);
    assert!(twice.code == 2 && twice.err.contains("already an account"), "{twice:?}");
}

#[test]
fn every_command_explains_itself() {
    let home = Home::new();
    let commands = [
        "serve",
        "check",
        "capture",
        "top",
        "catalogue",
        "grants",
        "user",
        "clean",
        "config",
        "import-pghero",
        "analyze",
        "autoindex",
    ];
    let help = home.run(&["--help"]);
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit codes: 0 fine, 1 findings"), "{}", help.out);
    for command in commands {
        assert!(help.out.contains(&format!("  {command} ")), "{command} is not in:\n{}", help.out);
        let done = home.run(&[command, "--help"]);
        assert!(done.code == 0 && done.out.contains("Usage: heron"), "{done:?}");
        // Each flag that is a setting names its variable.
        for (flag, variable) in [
            ("--store <", "HERON_STORE"),
            ("--config <", "HERON_CONFIG"),
            ("--listen <", "HERON_LISTEN"),
            ("--base-path <", "HERON_BASE_PATH"),
            ("--capture-interval <", "HERON_CAPTURE_INTERVAL"),
        ] {
            assert_eq!(done.out.contains(flag), done.out.contains(variable), "{command}: {flag} {variable}");
        }
    }
    for action in ["add", "list", "passwd", "role", "remove"] {
        assert_eq!(home.run(&["user", action, "--help"]).code, 0);
    }
    // A secret of the environment is not shown by the help.
    let mut serve = home.command(&["serve", "--help"]);
    serve.env("DATABASE_URL", "postgres://h:s3cr3t@h/x").env("HERON_STORE", "postgres://h:s3cr3t@h/x");
    assert!(!finished(&mut serve).out.contains("s3cr3t"));
    assert_eq!(home.run(&["--version"]).out.trim(), format!("heron {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(home.run(&["dance"]).code, 2);
}

/// §4: flags before environment before file before default. The store is where it shows: it is a file.
#[test]
fn flags_go_before_environment_before_file_before_default() {
    let stores = |arguments: &[&str], environment: bool, file: bool| {
        let home = Home::new();
        if file {
            home.write("heron.toml", "store = \"sqlite://file.db\"");
        }
        let mut command = home.command(&[&["user"], arguments, &["list"]].concat());
        if environment {
            command.env("HERON_STORE", "sqlite://environment.db");
        }
        let done = finished(&mut command);
        assert_eq!(done.code, 0, "{done:?}");
        let names =
            std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".db")).collect();
        assert_eq!(names.len(), 1, "{names:?}");
        names.remove(0)
    };
    let flag = ["--store", "sqlite://flag.db"];
    assert_eq!(stores(&flag, true, true), "flag.db");
    assert_eq!(stores(&[], true, true), "environment.db");
    assert_eq!(stores(&[], false, true), "file.db");
    assert_eq!(stores(&[], false, false), "heron.db");
    // The file itself can be named by the environment.
    let home = Home::new();
    home.write("other.toml", "store = \"sqlite://other.db\"");
    let mut command = home.command(&["user", "list"]);
    assert_eq!(finished(command.env("HERON_CONFIG", "other.toml")).code, 0);
    assert!(home.path().join("other.db").exists());
}

#[test]
fn a_setting_that_makes_no_sense_is_said_and_nothing_is_started() {
    let home = Home::new();
    for (arguments, says) in [
        (&["serve"][..], "no database to watch"),
        (&["serve", "--listen", "nowhere", "postgres://h/x"], "--listen"),
        (&["serve", "--capture-interval", "0s", "postgres://h/x"], "at least one second"),
        (&["serve", "--public-url", "heron", "postgres://h/x"], "is no address"),
        (&["serve", "mysql://h/x"], "begins with postgres://"),
    ] {
        let done = home.run(arguments);
        assert!(done.code == 2 && done.err.contains(says), "{arguments:?}: {done:?}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let done = home.run(&["serve", "--listen", &taken.local_addr().unwrap().to_string(), "postgres://h@127.0.0.1:1/x"]);
    assert!(done.code != 0 && done.err.contains("cannot listen on"), "{done:?}");
}
