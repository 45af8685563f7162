//! Index advice from real statements on real servers: which shapes get an index, that it can be created, and which get none.

use crate::program::{Home, eventually};
use dataset::Database;
use testkit::{Postgres, majors};

async fn run(db: &Database, sql: &str) {
    let sql: &'static str = sql.to_owned().leak();
    db.execute_script(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

const STRICT: &str = "[thresholds]\nsuggested_index_ms = 0.0\nsuggested_index_calls = 5\n";

/// Statements about tables of their own, each run ten times, and the index they get.
const CASES: &[(&str, &str, Option<&str>)] = &[
    ("plain", "SELECT count(*) FROM plain WHERE who = 5", Some("CREATE INDEX CONCURRENTLY ON public.plain (who);")),
    ("parted", "SELECT count(*) FROM parted WHERE who = 5", Some("CREATE INDEX ON public.parted (who);")),
    ("viewed", "SELECT count(*) FROM viewed WHERE who = 5", Some("CREATE INDEX CONCURRENTLY ON public.viewed (who);")),
    ("doubled", "SELECT count(*) FROM doubled WHERE amount > 4990::float8", None),
    ("same_row", "SELECT count(*) FROM same_row WHERE who = other", None),
    ("sampled", "SELECT count(*) FROM sampled TABLESAMPLE SYSTEM (50) WHERE who = 5", None),
    ("either", "SELECT count(*) FROM either WHERE who = 5 OR other = 7", None),
    ("casted", "SELECT count(*) FROM casted WHERE who::text = '5'", None),
    ("expressed", "SELECT count(*) FROM expressed WHERE who + 1 = 5", None),
    ("negated", "SELECT count(*) FROM negated WHERE NOT who = 5", None),
    ("named", "WITH named AS (SELECT 5 AS who) SELECT count(*) FROM named WHERE who = 5", None),
    ("aliased", "SELECT count(*) FROM generate_series(1, 10) AS aliased(who) WHERE aliased.who = 5", None),
    ("documents", "SELECT count(*) FROM documents WHERE data IS NULL", None),
    ("parents", "SELECT count(*) FROM parents WHERE who = 5", None),
];

const ROWS: &str = "SELECT n AS id, n % 5000 AS who, n % 5000 AS other, n::numeric AS amount,
    CASE WHEN n % 500 <> 0 THEN '{}'::json END AS data FROM generate_series(1, 20000) AS n";

#[tokio::test]
async fn advised_indexes_can_be_created_and_odd_shapes_get_none() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        let heron = server.role("IN ROLE pg_monitor, pg_read_all_data").await;
        let app = server.role("").await;
        for (table, _, _) in CASES {
            match *table {
                "viewed" => run(&db, &format!("CREATE MATERIALIZED VIEW viewed AS {ROWS}; ANALYZE viewed")).await,
                "parted" => {
                    run(&db, "CREATE TABLE parted (id int, who int, other int, amount numeric, data json) PARTITION BY RANGE (id);
                        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (9000);
                        CREATE TABLE parted_2 PARTITION OF parted DEFAULT").await;
                    run(&db, &format!("INSERT INTO parted {ROWS}; ANALYZE parted")).await;
                }
                table => run(&db, &format!("CREATE TABLE {table} AS {ROWS}; ANALYZE {table}")).await,
            }
        }
        run(
            &db,
            "CREATE TABLE child () INHERITS (parents); CREATE TABLE shadow AS SELECT * FROM plain; ANALYZE shadow",
        )
        .await;
        for tenant in ["t1", "t2"] {
            run(
                &db,
                &format!("CREATE SCHEMA {tenant}; CREATE TABLE {tenant}.tenant AS {ROWS}; ANALYZE {tenant}.tenant"),
            )
            .await;
        }
        run(&db, &format!("GRANT USAGE ON SCHEMA t2 TO {0}; GRANT SELECT ON t2.tenant TO {0}; ALTER ROLE {0} SET search_path = t2", app.name)).await;
        for (_, statement, _) in CASES {
            for _ in 0..10 {
                run(&db, statement).await;
            }
        }
        let session = database.connect().await;
        // Before 15 a new database says that its statistics were reset at its creation, which is later than the server's
        // statements: then nothing tells the temporary table's scans from those of its namesake.
        let shadow = if major < 15 { "plain_shadow" } else { "shadow" };
        run(&session, &format!("CREATE TEMP TABLE {shadow} AS SELECT n AS who FROM generate_series(1, 20000) AS n"))
            .await;
        let theirs = Database::connect(&app.url(&database.name)).await.unwrap();
        for _ in 0..10 {
            run(&session, &format!("SELECT count(*) FROM {shadow} WHERE who = 5")).await;
            run(&theirs, "SELECT count(*) FROM tenant WHERE who = 5").await;
        }
        session.close().await;
        theirs.close().await;
        db.close().await;

        let home = Home::new();
        home.write("strict.toml", STRICT);
        let url = heron.url(&database.name);
        // Sessions report what they scanned when they end.
        let out = eventually("the advice that is expected", || {
            let done = home.run(&["autoindex", "--config", "strict.toml", &url]);
            let expected = CASES.iter().filter_map(|(_, _, index)| *index);
            let expected = expected.chain(["CREATE INDEX CONCURRENTLY ON t2.tenant (who);"]);
            let all = expected.clone().all(|index| done.out.contains(index));
            println!("{major}: {done:?}");
            (done.code == 0 && all && done.out.matches("CREATE INDEX").count() == expected.count()).then_some(done.out)
        })
        .await;
        assert!(!home.path().join("heron.db").exists(), "a URL needs no store");
        let db = database.connect().await;
        for statement in out.lines().filter(|line| !line.starts_with("--")) {
            run(&db, statement).await;
        }
        db.close().await;
        let done = home.run(&["autoindex", "--config", "strict.toml", &url]);
        assert!(done.code == 0 && !done.out.contains("CREATE INDEX"), "{done:?}");
    }
}

/// `a-44`: what hides the statistics is named, and what shows them.
#[tokio::test]
async fn hidden_statistics_are_explained_by_their_cause() {
    for major in majors() {
        let server = Postgres::shared(major);
        let database = server.database_with_statements().await;
        let db = database.connect().await;
        let heron = server.role("IN ROLE pg_monitor").await;
        for (table, more) in [
            (
                "secured",
                format!("ALTER TABLE secured ENABLE ROW LEVEL SECURITY; GRANT SELECT ON secured TO {}", heron.name),
            ),
            ("closed", String::new()),
        ] {
            run(&db, &format!("CREATE TABLE {table} AS {ROWS}; ANALYZE {table}; {more}")).await;
        }
        run(
            &db,
            "CREATE TABLE parted (id int, who int) PARTITION BY RANGE (id);
            CREATE TABLE parted_1 PARTITION OF parted DEFAULT;
            INSERT INTO parted SELECT n, n % 5000 FROM generate_series(1, 20000) AS n; ANALYZE parted_1",
        )
        .await;
        run(&db, &format!("GRANT SELECT ON parted, parted_1 TO {}", heron.name)).await;
        for table in ["secured", "closed", "parted"] {
            for _ in 0..10 {
                run(&db, &format!("SELECT count(*) FROM {table} WHERE who = 5")).await;
            }
        }
        db.close().await;
        let home = Home::new();
        home.write("strict.toml", STRICT);
        let url = heron.url(&database.name);
        let done = home.run(&["check", "--config", "strict.toml", &url]);
        for sentence in [
            "Row-level security hides the statistics of public.secured from Heron's role.",
            "Heron's role may not read public.closed, so it does not see the statistics: GRANT SELECT",
            "There are no statistics for public.parted as a whole: run ANALYZE public.parted;",
        ] {
            assert!(done.out.contains(sentence), "{major}: {sentence}\n{}", done.out);
        }
    }
}
