//! I1 on the command line: from PgHero's tables to `heron top`.

use crate::program::{Home, finished};
use serde_json::Value;
use testkit::{Postgres, TestDatabase, major};

async fn pghero() -> TestDatabase {
    let database = Postgres::shared(major()).database().await;
    let db = database.connect().await;
    db.execute_script(
        "CREATE TABLE pghero_queries (id bigserial PRIMARY KEY, query text);
         CREATE TABLE pghero_query_stats (id bigserial PRIMARY KEY, database text, \"user\" text, query_id bigint,
            query_hash bigint, total_time float, calls bigint, captured_at timestamp);
         CREATE INDEX ON pghero_query_stats (database, captured_at);
         CREATE TABLE pghero_space_stats (id bigserial PRIMARY KEY, database text, schema text, relation text, size bigint,
            captured_at timestamp);
         INSERT INTO pghero_queries (query) VALUES ('SELECT $1');
         INSERT INTO pghero_query_stats (database, \"user\", query_id, query_hash, total_time, calls, captured_at)
         SELECT 'primary', 'app', 1, 42, 2, 1, date_trunc('minute', now() AT TIME ZONE 'UTC') - n * interval '5 min'
         FROM generate_series(1, 20 * 288) n;
         INSERT INTO pghero_space_stats (database, schema, relation, size, captured_at)
         SELECT 'primary', 'public', 't', n, (now() AT TIME ZONE 'UTC') - n * interval '1 day' FROM generate_series(1, 30) n",
    )
    .await
    .unwrap();
    db.close().await;
    database
}

/// I1, C10.
#[tokio::test]
async fn pgheros_history_is_in_herons_top() {
    let source = pghero().await;
    let home = Home::new();
    home.write("pghero.yml", "databases:\n  shop:\n    url: postgres://h@127.0.0.1:1/shop\n");
    let import = home.run(&["import-pghero", &source.url]);
    assert_eq!(import.code, 0, "{import:?}");
    for said in [
        "primary -> shop: 4,03",
        " of statements in ",
        "primary -> shop: 30 rows of sizes in 30 captures",
        "were left out: --keep says how much history is kept",
    ] {
        assert!(import.out.contains(said), "{said}\n{}", import.out);
    }
    assert!(import.err.contains("primary -> shop: 100 %, 4,03"), "{}", import.err);
    let top = |last: &str| -> Value {
        serde_json::from_str(&home.run(&["top", "--format", "json", "--last", last, "shop"]).out).unwrap()
    };
    let statement = &top("65m")["statements"][0];
    assert_eq!((statement["queryid"].as_str(), statement["query"].as_str()), (Some("42"), Some("SELECT $1")));
    assert!((12..=13).contains(&statement["calls"].as_i64().unwrap()), "{statement}");

    // Once more, from where the environment says, brings nothing; longer history has to be asked for before.
    let mut again = home.command(&["import-pghero", "--databases", "primary=shop"]);
    let again = finished(again.env("PGHERO_STATS_DATABASE_URL", &source.url));
    assert!(again.code == 0 && again.out.contains("primary -> shop: 0 rows of statements in 0 captures"), "{again:?}");
    let elsewhere = home.run(&["import-pghero", "--store", "sqlite://long.db", "--keep", "90d", &source.url]);
    assert!(elsewhere.out.contains("primary -> shop: 5,760 rows of statements in 5,760 captures"), "{elsewhere:?}");
}

/// I1, C10.
#[tokio::test]
async fn what_cannot_be_brought_over_is_refused_with_what_to_do() {
    let source = pghero().await;
    let empty = Postgres::shared(major()).database().await;
    let home = Home::new();
    home.write("heron.toml", "[databases.a]\nurl = \"postgres://h@h/a\"\n[databases.b]\nurl = \"postgres://h@h/b\"\n");
    for (arguments, code, says) in [
        (&["import-pghero"][..], 2, "where PgHero keeps its history is not known: give its URL"),
        (&["import-pghero", "mysql://u:geheim@h/x"], 2, "its URL begins with postgres://"),
        (&["import-pghero", "postgres://u:geheim@127.0.0.1:1/x"], 3, "PgHero's tables cannot be read"),
        (&["import-pghero", &empty.url], 2, "neither pghero_query_stats nor pghero_space_stats is there"),
        (&["import-pghero", &source.url], 2, "PgHero's database primary is none of Heron's (a, b)"),
        (&["import-pghero", "--databases", "primary", &source.url], 2, "use PGHERO_ID=HERON_ID"),
    ] {
        let done = home.run(arguments);
        assert!(done.code == code && done.err.contains(says) && !done.err.contains("geheim"), "{says}: {done:?}");
    }
    let left_out = home.run(&["import-pghero", "--databases", "primary=", &source.url]);
    assert!(left_out.code == 0 && left_out.out.contains("nothing to bring over"), "{left_out:?}");
}
