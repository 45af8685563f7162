//! What the configuration understands and what it refuses, seen through `heron config`.

use crate::program::{Done, Home, finished};
use toml::{Table, Value};

/// `heron config` with a file of this name and these variables.
fn config(name: &str, text: &str, variables: &[(&str, &str)]) -> Done {
    let home = Home::new();
    home.write(name, text);
    finished(home.command(&["config", "--config", name]).envs(variables.iter().copied()))
}

/// What is in force.
#[track_caller]
fn in_force(name: &str, text: &str, variables: &[(&str, &str)]) -> Table {
    let done = config(name, text, variables);
    assert_eq!(done.code, 0, "{done:?}");
    done.out.parse().unwrap_or_else(|error| panic!("{error}: {}", done.out))
}

/// What is said of a file that is refused; never its secret.
#[track_caller]
fn refused(name: &str, text: &str, variables: &[(&str, &str)]) -> String {
    let done = config(name, text, variables);
    assert!(done.code == 2 && done.out.is_empty(), "{text:?}: {done:?}");
    assert!(!done.err.contains("geheim"), "{}", done.err);
    done.err.trim_end().trim_start_matches(&format!("heron: {name}: ")).to_owned()
}

fn ids(config: &Table) -> Vec<&str> {
    config["databases"].as_table().unwrap().keys().map(String::as_str).collect()
}

fn of<'a>(config: &'a Table, database: &str, setting: &str) -> &'a Value {
    &config["databases"][database][setting]
}

fn threshold(config: &Table, database: &str, name: &str) -> f64 {
    let value = &config["databases"][database]["thresholds"][name];
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap()
}

/// PgHero's template with everything that stands in comments there taken out of them.
const EVERYTHING: &str = r#"
databases:
  primary:
    # Database URL (defaults to app database)
    url: <%= ENV["DATABASE_URL"] %>
    # System stats
    aws_db_instance_identifier: my-instance
  other:
    url: <%= ENV["OTHER_DATABASE_URL"] %>
    name: The other
    capture_query_stats: false
    slow_query_ms: 5.5
    gcp_database_id: project:instance
# Minimum time for long running queries
long_running_query_sec: 30
slow_query_ms: 25
slow_query_calls: 7
explain: analyze
explain_timeout_sec: 2.5
visualize_url: https://tatiyants.com/pev/#/plans/new
total_connections_threshold: 450
cache_hit_rate_threshold: 95
unused_index_megabytes: 0
index_bloat_bytes: 1000
disable_kill: true
filter_data: true
override_csp: true
username: ada
password: geheimes wort
stats_database_url: <%= ENV.fetch('PGHERO_STATS_DATABASE_URL', "postgres://h:geheim@h/stats") %>
time_zone: "Pacific Time (US & Canada)"
aws_access_key_id: AKID
aws_secret_access_key: geheim
aws_region: eu-central-1
"#;

/// I2, C1, C2, C6 (times are UTC), C7, C8, C9, C10, C11 (nothing is sent to another site), D3, §7 `database`.
#[test]
fn a_pghero_yml_is_all_that_is_needed() {
    let variables = [("DATABASE_URL", "postgres://h:geheim@h/app"), ("OTHER_DATABASE_URL", "postgres://h@h/other")];
    let done = config("pghero.yml", EVERYTHING, &variables);
    assert!(done.code == 0 && !done.out.contains("geheim") && !done.err.contains("geheim"), "{done:?}");
    let config: Table = done.out.parse().unwrap();
    assert_eq!(ids(&config), ["primary", "other"]);
    assert_eq!(of(&config, "primary", "url").as_str(), Some("postgres://h:***@h/app"));
    assert_eq!(of(&config, "other", "name").as_str(), Some("The other"));
    for database in ["primary", "other"] {
        assert_eq!(of(&config, database, "explain").as_str(), Some("analyze"));
        assert_eq!(of(&config, database, "explain_timeout").as_str(), Some("2s 500ms"));
        assert_eq!(of(&config, database, "actions").as_bool(), Some(false));
        assert_eq!(of(&config, database, "filter_data").as_bool(), Some(true));
        for (name, value) in [
            ("long_running_query_sec", 30.0),
            ("slow_query_ms", if database == "other" { 5.5 } else { 25.0 }),
            ("slow_query_calls", 7.0),
            ("total_connections_threshold", 450.0),
            ("cache_hit_rate", 95.0),
            ("unused_index_megabytes", 0.0),
            ("index_bloat_bytes", 1000.0),
        ] {
            assert_eq!(threshold(&config, database, name), value, "{name} of {database}");
        }
        let cloud = of(&config, database, "cloud");
        assert_eq!(cloud["aws_region"].as_str(), Some("eu-central-1"));
        assert_eq!(
            (cloud["aws_access_key_id"].as_str(), cloud["aws_secret_access_key"].as_str()),
            (Some("AKID"), Some("***"))
        );
    }
    assert_eq!(of(&config, "primary", "capture").as_bool(), Some(true));
    assert_eq!(of(&config, "other", "capture").as_bool(), Some(false));
    assert_eq!(of(&config, "primary", "cloud")["aws_db_instance_identifier"].as_str(), Some("my-instance"));
    assert_eq!(of(&config, "other", "cloud")["gcp_database_id"].as_str(), Some("project:instance"));
    for note in [
        "# visualize_url is not used: Heron draws plans itself",
        "# time_zone is not used: times are in UTC",
        "# override_csp is not used",
        "# ada becomes the administrator of a store without accounts",
        "# heron import-pghero reads postgres://h:***@h/stats",
        "# DATABASE_URL is not watched: pghero.yml names the databases",
    ] {
        assert!(done.out.contains(note), "{note}\n{}", done.out);
    }
}

/// What `heron config` prints is a heron.toml that means the same (I2, §7 `config_generator`).
#[test]
fn a_pghero_yml_becomes_a_heron_toml() {
    let variables = [("DATABASE_URL", "postgres://h@h/app"), ("OTHER_DATABASE_URL", "postgres://h@h/other")];
    let home = Home::new();
    home.write("pghero.yml", EVERYTHING);
    // It is found by its name.
    let first = finished(home.command(&["config"]).envs(variables));
    assert!(first.out.starts_with("# from pghero.yml\n"), "{first:?}");
    home.write("heron.toml", &first.out);
    let second = home.run(&["config", "--config", "heron.toml"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(first.out.parse::<Table>().unwrap(), second.out.parse::<Table>().unwrap());
}

/// §5.1: under the name of an environment, with anchors, aliases and merge keys (I2, C1).
#[test]
fn both_layouts_are_understood() {
    let text = "
default: &default
  databases: &databases
    primary: {url: 'postgres://h@h/dev'}
  slow_query_ms: 5
development:
  <<: *default
production:
  <<: *default
  databases:
    <<: *databases
    replica:
      url: postgres://h@h/replica
";
    for (variables, databases, url) in [
        (&[][..], &["primary"][..], "dev"),
        (&[("RAILS_ENV", "production")], &["replica", "primary"], "replica"),
        (&[("RACK_ENV", "production")], &["replica", "primary"], "replica"),
        (&[("RAILS_ENV", "development"), ("RACK_ENV", "production")], &["primary"], "dev"),
    ] {
        let config = in_force("pghero.yml", text, variables);
        assert_eq!(ids(&config), databases, "{variables:?}");
        assert_eq!(of(&config, databases[0], "url").as_str(), Some(&*format!("postgres://h@h/{url}")));
        assert_eq!(threshold(&config, "primary", "slow_query_ms"), 5.0);
    }
    let only = in_force("pghero.yaml", "production:\n  databases:\n    a:\n      url: postgres://h@h/x\n", &[]);
    assert_eq!(ids(&only), ["a"], "one alone can only be meant");
    let none = refused("pghero.yml", text, &[("RAILS_ENV", "staging")]);
    assert_eq!(
        none,
        "line 1: has no environment staging, only default, development, production: set RAILS_ENV to the one that is meant"
    );
}

/// C1: database before global before environment before default; defect 3: `false` is false.
#[test]
fn what_is_nearer_to_a_database_goes_first() {
    let url = "url: postgres://h@h/x";
    let environment =
        [("PGHERO_SLOW_QUERY_MS", "7"), ("PGHERO_FILTER_DATA", "1"), ("PGHERO_EXPLAIN_TIMEOUT_SEC", "0.5")];
    let global = "slow_query_ms: 6\nfilter_data: false\n";
    for (text, variables, ms, filtered) in [
        (
            format!("databases:\n  a:\n    {url}\n    slow_query_ms: 5\n    filter_data: true\n{global}"),
            &environment[..],
            5.0,
            true,
        ),
        (format!("databases:\n  a:\n    {url}\n{global}"), &environment, 6.0, false),
        (format!("databases:\n  a:\n    {url}\n"), &environment, 7.0, true),
        (format!("databases:\n  a:\n    {url}\n    slow_query_ms:\n"), &[], 20.0, false),
    ] {
        let config = in_force("pghero.yml", &text, variables);
        assert_eq!(threshold(&config, "a", "slow_query_ms"), ms, "{text}");
        assert_eq!(of(&config, "a", "filter_data").as_bool(), Some(filtered), "{text}");
        let timeout = if variables.is_empty() { "10s" } else { "500ms" };
        assert_eq!(of(&config, "a", "explain_timeout").as_str(), Some(timeout));
    }
    let toml = "filter_data = false\nexplain = \"off\"\n[thresholds]\nslow_query_ms = 6\nsequence_percent = 70
[databases.a]\nurl = \"postgres://h@h/a\"\n[databases.a.thresholds]\nslow_query_ms = 5
[databases.b]\nurl_env = \"B_URL\"\nfilter_data = true\nexplain = \"analyze\"\nname = \"Größe\"";
    let config = in_force("heron.toml", toml, &[("B_URL", "postgres://h@h/b"), ("PGHERO_SLOW_QUERY_CALLS", "3")]);
    assert_eq!((threshold(&config, "a", "slow_query_ms"), threshold(&config, "b", "slow_query_ms")), (5.0, 6.0));
    for database in ["a", "b"] {
        assert_eq!(threshold(&config, database, "sequence_percent"), 70.0);
        assert_eq!(threshold(&config, database, "slow_query_calls"), 3.0);
    }
    assert_eq!(
        (of(&config, "a", "explain").as_str(), of(&config, "b", "explain").as_str()),
        (Some("off"), Some("analyze"))
    );
    assert_eq!(of(&config, "a", "filter_data").as_bool(), Some(false));
    assert_eq!(of(&config, "b", "name").as_str(), Some("Größe"));
}

/// §5.1, §5.2: PgHero's container needs no file (C1, C6, C10, C12, D1; defect 3: `false` is false).
#[test]
fn pgheros_variables_are_understood() {
    let home = Home::new();
    let run = |variables: &[(&str, &str)]| finished(home.command(&["config"]).envs(variables.iter().copied()));
    let done = run(&[
        ("PGHERO_DATABASE_URL", "postgres://h:geheim@h/app"),
        ("PGHERO_DB_INSTANCE_IDENTIFIER", "production-1"),
        ("PGHERO_LONG_RUNNING_QUERY_SEC", "5"),
        ("PGHERO_TOTAL_CONNECTIONS_THRESHOLD", "9"),
        ("PGHERO_USERNAME", "grace"),
        ("PGHERO_PASSWORD", "geheimes wort"),
        ("PGHERO_STATS_DATABASE_URL", "postgres://h:geheim@h/stats"),
        ("PGHERO_TZ", "Berlin"),
        ("PGHERO_REGION", "eu-west-1"),
        ("PORT", "8080"),
        ("BIND", "0.0.0.0"),
        ("RAILS_RELATIVE_URL_ROOT", "/pghero"),
    ]);
    assert!(done.code == 0 && !done.out.contains("geheim"), "{done:?}");
    let config: Table = done.out.parse().unwrap();
    assert_eq!(ids(&config), ["primary"], "as PgHero calls it, so that its history fits");
    assert_eq!((config["listen"].as_str(), config["base_path"].as_str()), (Some("0.0.0.0:8080"), Some("/pghero")));
    assert_eq!(threshold(&config, "primary", "long_running_query_sec"), 5.0);
    assert_eq!(threshold(&config, "primary", "total_connections_threshold"), 9.0);
    let cloud = of(&config, "primary", "cloud");
    assert_eq!(
        (cloud["aws_db_instance_identifier"].as_str(), cloud["aws_region"].as_str()),
        (Some("production-1"), Some("eu-west-1"))
    );
    for said in ["# grace becomes", "# PGHERO_TZ is not used", "# heron import-pghero reads postgres://h:***@h/stats"] {
        assert!(done.out.contains(said), "{said}\n{}", done.out);
    }

    let listen = |variables: &[(&str, &str)]| {
        let done = run(&[variables, &[("DATABASE_URL", "postgres://h@h/app")]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        let config: Table = done.out.parse().unwrap();
        config["listen"].as_str().unwrap().to_owned()
    };
    assert_eq!(listen(&[("PORT", "8080")]), "127.0.0.1:8080", "a port alone does not open Heron to the network");
    assert_eq!(listen(&[("BIND", "tcp://[::]")]), "[::]:3100");
    assert_eq!(listen(&[("PORT", "8080"), ("HERON_LISTEN", "127.0.0.1:9")]), "127.0.0.1:9");
    for (name, value, says) in [
        ("PORT", "many", "PORT: expected a port, as 8080"),
        ("BIND", "here", "BIND: expected an address, as 0.0.0.0"),
        ("PGHERO_SLOW_QUERY_MS", "slow", "PGHERO_SLOW_QUERY_MS: expected a number, 0 or more"),
        (
            "PGHERO_DATABASE_URL",
            "mysql://u:geheim@h/x",
            "PGHERO_DATABASE_URL: cannot watch mysql://: a database URL begins with postgres://",
        ),
        (
            "RAILS_RELATIVE_URL_ROOT",
            "pghero",
            "RAILS_RELATIVE_URL_ROOT: expected a path as /heron: letters, digits, - . _ ~ and slashes",
        ),
    ] {
        let done = run(&[(name, value)]);
        assert_eq!((done.code, done.err.as_str()), (2, &*format!("heron: {says}\n")), "{name}={value}");
    }
    for (value, filtered) in [("1", true), ("anything", true), ("false", false), ("", false)] {
        let done = run(&[("DATABASE_URL", "postgres://h@h/app"), ("PGHERO_FILTER_DATA", value)]);
        let config: Table = done.out.parse().unwrap();
        assert_eq!(of(&config, "app", "filter_data").as_bool(), Some(filtered), "{value:?}");
    }
}

/// C12.
#[test]
fn the_base_path_comes_from_its_flag_or_the_public_address() {
    let home = Home::new();
    let run = |arguments: &[&str]| home.run(&[&["config"], arguments, &["postgres://h@h/app"]].concat());
    for (arguments, base) in [
        (&["--base-path", "/heron/"][..], Some("/heron")),
        (&["--public-url", "https://example.org/team/heron"], Some("/team/heron")),
        (&["--public-url", "https://example.org/"], None),
        (&["--public-url", "https://example.org", "--base-path", "/x"], Some("/x")),
    ] {
        let config: Table = run(arguments).out.parse().unwrap();
        assert_eq!(config.get("base_path").and_then(Value::as_str), base, "{arguments:?}");
    }
    let done = run(&["--base-path", "/app"]);
    assert!(
        done.code == 2 && done.err.contains("\"app\" cannot be a database's id: the base path begins with it"),
        "{done:?}"
    );
    assert_eq!(run(&["--base-path", "heron"]).code, 2);
}

/// I2, C1, C2.
#[test]
fn a_pghero_yml_that_makes_no_sense_is_refused_with_its_line() {
    let url = "    url: postgres://h:geheim@h/x\n";
    let erb = "only <%= ENV[\"NAME\"] %>, <%= ENV.fetch(\"NAME\") %> and <%= ENV.fetch(\"NAME\", \"default\") %> are understood between <% and %>";
    for (text, says) in [
        ("", "line 1: expected databases: here, or under the name of an environment".to_owned()),
        ("slow_query_ms: 5\n", "line 1: expected databases: here, or under the name of an environment".into()),
        (
            "databases:\n  a:\n",
            "line 2: database a has no url, and neither PGHERO_DATABASE_URL nor DATABASE_URL is set".into(),
        ),
        (
            "databases:\n  a:\n    url: mysql://h:geheim@h/x\n",
            "line 3: cannot watch mysql://: a database URL begins with postgres://".into(),
        ),
        (
            "databases:\n  a:\n    spec: other\n",
            "line 3: spec names a database of a Rails application, which Heron does not read: use url".into(),
        ),
        ("databases:\n  users:\n", "line 2: \"users\" cannot be a database's id: it is a page of Heron's own".into()),
        ("databases:\n  a: 5\n", "line 2: expected names and values here".into()),
        ("databases:\n  a:\n    url: <%= `geheim` %>\n", format!("line 3: {erb}")),
        (
            "databases:\n  a:\n    url: <%= ENV.fetch(\"NO_SUCH\") %>\n",
            "line 3: the environment variable NO_SUCH is not set".into(),
        ),
        ("databases:\n  a: *geheim\n", "line 2: alias references unknown anchor".into()),
        (&format!("databases:\n  a:\n{url}    slow_query_ms: often\n"), "line 4: expected a number, 0 or more".into()),
        (&format!("databases:\n  a:\n{url}    slow_query_ms: -1\n"), "line 4: expected a number, 0 or more".into()),
        (&format!("databases:\n  a:\n{url}    capture_query_stats: maybe\n"), "line 4: expected true or false".into()),
        (&format!("databases:\n  a:\n{url}explain: sometimes\n"), "line 4: expected true, false or analyze".into()),
        (
            &format!("databases:\n  a:\n{url}explain_timeout_sec: 0\n"),
            "line 4: expected seconds, more than 0 and at most a day's".into(),
        ),
        (&format!("databases:\n  a:\n{url}password: 0123\n"), "line 4: expected a text: put it in quotes".into()),
        (&format!("databases:\n  a:\n{url}slow_query_calls: 1.5\n"), "line 4: expected a whole number".into()),
    ] {
        assert_eq!(refused("pghero.yml", text, &[]), says, "{text:?}");
    }
    let unknown = refused("pghero.yml", &format!("databases:\n  a:\n{url}    slow_query: 5\n"), &[]);
    assert!(unknown.starts_with("line 4: unknown setting \"slow_query\"; known here: url, spec, name,"), "{unknown}");
    let empty = refused("pghero.yml", &format!("slow_query:\ndatabases:\n  a:\n{url}"), &[]);
    assert!(
        empty.starts_with("line 1: unknown setting \"slow_query\"; known here: databases, long_running"),
        "{empty}"
    );
    let merged = refused("pghero.yml", &format!("x: &x\n  slow_query: 5\ndatabases:\n  a:\n    <<: *x\n{url}"), &[]);
    assert!(merged.starts_with("line "), "{merged}");
    let bomb: String =
        (0..30).map(|n| format!("a{}: &a{} [{}]\n", n + 1, n + 1, vec![format!("*a{n}"); 9].join(","))).collect();
    let bomb = refused("pghero.yml", &format!("a0: &a0 [x,x]\n{bomb}"), &[]);
    assert!(bomb.contains("budget"), "aliases do not multiply beyond reason: {bomb}");
    let broken = refused("pghero.yml", "databases:\n  a:\n    url: geheim: x\n", &[]);
    assert!(broken.starts_with("line 3: "), "{broken}");
}

#[test]
fn a_heron_toml_that_makes_no_sense_is_refused_with_its_line() {
    let database = "[databases.a]\nurl = \"postgres://u:geheim@h/x\"\n";
    for (text, says) in [
        ("listen = \"nowhere\"", "line 1: expected an address and a port, as \"127.0.0.1:3100\""),
        ("\nkeep = \"often\"", "line 2: expected a span of time of at least 1s, as \"60s\", \"5m\" or \"14d\""),
        ("capture_interval = 60", "line 1: expected a span of time of at least 1s, as \"60s\", \"5m\" or \"14d\""),
        ("explain = \"sometimes\"", "line 1: expected \"off\", \"plan\" or \"analyze\""),
        ("filter_data = 3", "line 1: expected true or false"),
        ("base_path = \"heron\"", "line 1: expected a path as /heron: letters, digits, - . _ ~ and slashes"),
        ("public_url = \"heron\"", "line 1: \"heron\" is no address: use https://heron.example.org"),
        ("[databases.a]\n", "line 1: database a needs url or url_env"),
        (
            "[databases.a]\nurl = \"postgres://u:geheim@h/x\"\nurl_env = \"HOME_OF_A\"\n",
            "line 3: the environment variable HOME_OF_A is not set",
        ),
        (
            "[databases.a]\nurl = \"postgres://u:geheim@[::x/\"",
            "line 2: a database URL makes no sense (invalid IPv6 address): use postgres://role:password@host/name",
        ),
        (
            "[databases.api]\nurl = \"postgres://h/x\"",
            "line 1: \"api\" cannot be a database's id: it is a page of Heron's own",
        ),
        (
            "[databases.\"a/b\"]\nurl = \"postgres://h/x\"",
            "line 1: \"a/b\" cannot be a database's id: use 1 to 63 characters without slashes",
        ),
        ("\n\n[thresholds]\nslow_query_ms = \"x\"", "line 4: expected a number, 0 or more"),
        ("password = 5", ""),
    ] {
        let said = refused("heron.toml", text, &[]);
        if says.is_empty() {
            assert!(said.starts_with("line 1: unknown setting \"password\"; known here: listen,"), "{said}");
        } else {
            assert_eq!(said, says, "{text:?}");
        }
    }
    for (text, says) in [
        ("[cloud]\naws_region = \"x\"\ngeheim = \"x\"", "line 3: unknown setting"),
        ("[thresholds]\nslow_query = 5", "line 2: unknown field \"slow_query\", expected one of"),
        (
            &format!("{database}slow_query_ms = 5"),
            "line 3: unknown setting \"slow_query_ms\"; known here: url, url_env, name",
        ),
        ("[databases.a]\nurl = \"postgres://u:geheim@h/x", "line 2: "),
        ("a = 1\na = 2", "line 2: "),
    ] {
        let said = config("heron.toml", text, &[]);
        assert!(said.code == 2 && said.err.contains(&format!("heron.toml: {says}")), "{text:?}: {said:?}");
    }
}

/// C3: PgHero's one user is the first administrator; Heron has no basic authentication.
#[tokio::test]
async fn pgheros_user_is_the_first_administrator() {
    let url = "postgres://h@127.0.0.1:1/x";
    let start = |home: &Home, password: &str| {
        home.write("pghero.yml", &format!("databases:\n  a:\n    url: {url}\nusername: grace\npassword: {password}\n"));
        home.start(&["serve", "--listen", "127.0.0.1:0"])
    };
    let home = Home::new();
    for _ in 0..2 {
        let mut heron = start(&home, "geheimes wort");
        heron.says("Heron listens on").await;
        if !home.path().join("again").exists() {
            heron.says("Sign in as grace with the password of the configuration").await;
            home.write("again", "");
        }
        assert_eq!(heron.terminate().await, Some(0));
        assert!(
            !heron.everything().contains("ticket=") && !heron.everything().contains("geheimes"),
            "{}",
            heron.everything()
        );
    }
    let store = store::Store::open(&home.store()).await.unwrap();
    let person = store.check_password("grace", "geheimes wort").await.unwrap().unwrap();
    assert_eq!(person.role, model::Role::Administrator);
    store.close().await;

    let home = Home::new();
    let mut heron = start(&home, "geheim");
    heron.says("the configured password is not taken over: a password has at least 10 characters").await;
    heron.says("Sign in as grace with this link, once").await;
    assert_eq!(heron.terminate().await, Some(0));
}
