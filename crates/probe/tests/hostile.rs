//! Hostile neighbours: everything Heron can ask, on servers and under roles that were made to break it.
//!
//! Each case runs the whole catalogue, so an entry that is added later is covered.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use common::{Watched, answer, binds, catalogue_rows, leak, majors, target};
use dataset::{Database, Options, Row, Value};
use model::Why;
use probe::{Question, Target};
use testkit::{PgBouncer, PoolMode, Postgres};

/// Objects of which each kind of probe finds something.
const SCHEMA: &str = r#"
    CREATE TABLE parent (id bigint PRIMARY KEY, name text NOT NULL);
    CREATE TABLE "Größe.x" (id serial PRIMARY KEY, parent_id bigint REFERENCES parent, mail text, at date DEFAULT DATE '2020-02-01');
    CREATE INDEX partial ON "Größe.x" (parent_id) WHERE parent_id IS NOT NULL;
    CREATE INDEX expression ON "Größe.x" (lower(mail), at) WHERE at > DATE '2020-01-02' AND mail <> E'a\\b';
    CREATE INDEX twin ON "Größe.x" (mail); CREATE INDEX "select" ON "Größe.x" (mail);
    ALTER TABLE "Größe.x" ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
    INSERT INTO parent SELECT n, 'parent ' || n FROM generate_series(1, 1000) AS n;
    INSERT INTO "Größe.x" (parent_id, mail) SELECT n, 'mail' || n FROM generate_series(1, 1000) AS n;
    ANALYZE"#;

/// The catalogue's rows by question; each question must have an answer.
async fn sweep(target: &Target) -> HashMap<&'static str, Vec<Row>> {
    let mut answers = HashMap::new();
    for question in probe::catalogue() {
        let rows = catalogue_rows(target, question).await;
        answers.insert(question.name, rows.unwrap_or_else(|missing| panic!("{}: {missing:?}", question.name)));
    }
    answers
}

/// Readings that only DDL changes: the same for every role that may see the same.
const STRUCTURE: [&str; 6] = ["indexes", "constraints", "foreign_keys", "sequences", "relations", "extensions"];

fn assert_same_structure(one: &HashMap<&str, Vec<Row>>, other: &HashMap<&str, Vec<Row>>, case: &str) {
    let counters = ["hit", "read", "scans", "last_scan"];
    let facts = |rows: &[Row]| -> Vec<String> {
        rows.iter()
            .map(|row| {
                let cells = row.names().iter().zip(row.values()).filter(|(name, _)| !counters.contains(&name.as_str()));
                format!("{:?}", cells.collect::<Vec<_>>())
            })
            .collect()
    };
    for question in STRUCTURE {
        assert!(!one[question].is_empty(), "{question}");
        assert_eq!(facts(&one[question]), facts(&other[question]), "{question}, {case}");
    }
}

/// An operator for every pair of types and a function for every name the catalogue uses, each with argument types that
/// pg_catalog has none for, so that PostgreSQL would prefer it; and a table and a type of every name in pg_catalog.
const SHADOWS: &str = r#"
    CREATE SCHEMA shadow;
    DO $$
    DECLARE
      types text[] := '{name,text,oid,int2,int4,int8,bool,float8,numeric,regclass,xid,"char",timestamptz,interval,pg_lsn,jsonb,text[],oid[]}';
      l text; r text; op text; fn text;
    BEGIN
      FOREACH l IN ARRAY types LOOP
        FOREACH r IN ARRAY types LOOP
          EXECUTE format('CREATE FUNCTION shadow.op(%s, %s) RETURNS bool LANGUAGE plpgsql AS
                         $f$ BEGIN RAISE EXCEPTION ''shadowed operator''; END $f$', l, r);
          FOREACH op IN ARRAY '{=,<>,<,>,<=,>=,~,!~,~~,!~~,||,+,-,*,/,->,->>,&&,@>,<@}'::text[] LOOP
            CONTINUE WHEN EXISTS (SELECT FROM pg_operator WHERE oprname = op AND oprleft = l::regtype AND oprright = r::regtype);
            EXECUTE format('CREATE OPERATOR shadow.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = shadow.op)', op, l, r);
          END LOOP;
        END LOOP;
      END LOOP;
      FOREACH fn IN ARRAY current_setting('probe.functions')::text[] LOOP
        FOREACH l IN ARRAY types LOOP
          EXECUTE format('CREATE OR REPLACE FUNCTION shadow.%I(%s) RETURNS text LANGUAGE plpgsql AS
                         $f$ BEGIN RAISE EXCEPTION ''shadowed function''; END $f$', fn, l);
          FOREACH r IN ARRAY '{text,int4,name,bool}'::text[] LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION shadow.%I(%s, %s) RETURNS text LANGUAGE plpgsql AS
                           $f$ BEGIN RAISE EXCEPTION ''shadowed function''; END $f$', fn, l, r);
          END LOOP;
        END LOOP;
      END LOOP;
    END $$;
    DO $$
    DECLARE
      relation text; type text;
    BEGIN
      FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v') LOOP
        EXECUTE format('CREATE TABLE shadow.%I (shadowed text)', relation);
      END LOOP;
      FOREACH type IN ARRAY '{text,name,oid,int2,int4,int8,bool,float8,numeric,regclass,regtype,jsonb,timestamptz}'::text[] LOOP
        EXECUTE format('CREATE TYPE shadow.%I AS (shadowed pg_catalog.text)', type);
      END LOOP;
    END $$;
    GRANT USAGE ON SCHEMA shadow TO PUBLIC"#;

/// The names that stand before a parenthesis in the catalogue.
fn functions() -> BTreeSet<&'static str> {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let sql = probe::catalogue().iter().map(|question| question.sql);
    sql.flat_map(|sql| sql.split('(').map(move |before| before.rsplit(|c| !word(c)).next().unwrap_or_default()))
        .filter(|name| name.len() > 2 && name.starts_with(|c: char| c.is_ascii_lowercase()))
        // The extension's own.
        .filter(|name| !name.starts_with("pg_stat_statements"))
        .collect()
}

#[tokio::test]
async fn search_path_with_shadowing_objects_changes_no_answer() {
    for major in majors() {
        // The extension lives where an ordinary user may create objects.
        let watched = Watched::new(major).await;
        watched.run(SCHEMA).await;
        watched.run("CREATE SCHEMA shadow_holder").await;
        let names: Vec<&str> = functions().into_iter().collect();
        let sql = SHADOWS.replace("current_setting('probe.functions')", &format!("'{{{}}}'", names.join(",")));
        watched.run("CREATE EXTENSION pg_stat_statements SCHEMA shadow_holder").await;
        watched.run("GRANT USAGE ON SCHEMA shadow_holder TO PUBLIC").await;
        let plain = sweep(&watched.target()).await;
        watched.run(&sql).await;
        watched.run("ALTER EXTENSION pg_stat_statements SET SCHEMA shadow").await;
        watched.run(&format!("ALTER ROLE {} SET search_path = shadow, public, pg_catalog", watched.role)).await;
        watched.run(&format!("ALTER DATABASE {} SET search_path = shadow, pg_catalog", watched.database)).await;
        let shadowed = sweep(&watched.target()).await;
        let without = |answers: HashMap<&'static str, Vec<Row>>| -> HashMap<&'static str, Vec<Row>> {
            // The shadows are relations, too.
            let own = |row: &Row| row.get("schema").is_none_or(|schema| schema.as_str() != Some("shadow"));
            answers.into_iter().map(|(name, rows)| (name, rows.into_iter().filter(own).collect())).collect()
        };
        assert_same_structure(&plain, &without(shadowed), "shadowed");
    }
}

/// What a role may have of its own, with values that would change or prevent an answer.
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", "'nowhere'"),
    ("default_transaction_isolation", "'serializable'"),
    ("default_transaction_deferrable", "on"),
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "'1ms'"),
    ("lock_timeout", "'1ms'"),
    ("idle_in_transaction_session_timeout", "'1ms'"),
    ("idle_session_timeout", "'100ms'"),
    ("quote_all_identifiers", "on"),
    ("standard_conforming_strings", "off"),
    ("escape_string_warning", "on"),
    ("backslash_quote", "off"),
    ("transform_null_equals", "on"),
    ("array_nulls", "off"),
    ("row_security", "off"),
    ("\"DateStyle\"", "'German, DMY'"),
    ("\"IntervalStyle\"", "'sql_standard'"),
    ("\"TimeZone\"", "'Asia/Kathmandu'"),
    ("bytea_output", "'escape'"),
    ("xmlbinary", "'hex'"),
    ("xmloption", "'document'"),
    ("extra_float_digits", "-15"),
    ("client_encoding", "'LATIN1'"),
    ("client_min_messages", "'debug5'"),
    ("default_text_search_config", "'pg_catalog.german'"),
    ("work_mem", "'64kB'"),
    ("random_page_cost", "99"),
    ("jit", "on"),
    ("jit_above_cost", "0"),
    ("plan_cache_mode", "'force_generic_plan'"),
    ("enable_hashjoin", "off"),
    ("enable_indexscan", "off"),
    ("join_collapse_limit", "1"),
    ("from_collapse_limit", "1"),
    ("geqo_threshold", "2"),
    ("lc_monetary", "'C'"),
    ("lc_numeric", "'C'"),
];

#[tokio::test]
async fn role_with_every_hostile_setting_sees_the_same() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(SCHEMA).await;
        let plain = sweep(&watched.target()).await;
        for (name, value) in SETTINGS {
            watched.run(&format!("ALTER ROLE {} SET {name} = {value}", watched.role)).await;
        }
        if major >= 17 {
            watched.run(&format!("ALTER ROLE {} SET transaction_timeout = '30ms'", watched.role)).await;
        }
        // A role that takes on another one: its sessions are Heron's own all the same.
        let group = format!("group_{}", watched.database);
        watched.run(&format!("CREATE ROLE {group} IN ROLE pg_monitor; GRANT {group} TO {}", watched.role)).await;
        watched.run(&format!("ALTER ROLE {} SET role = '{group}'", watched.role)).await;
        let hostile = sweep(&watched.target()).await;
        assert_same_structure(&plain, &hostile, "hostile settings");
        let target = watched.target();
        let (one, other) = tokio::join!(probe::activity::read(&target), probe::activity::read(&target));
        for sessions in [answer(one), answer(other)] {
            assert!(!sessions.iter().any(|session| session.user.as_deref() == Some(&watched.role)), "{major}");
        }
        // Timeouts are Heron's, and a connection survives a pause.
        tokio::time::sleep(Duration::from_millis(300)).await;
        answer(probe::server::read(&target).await);

        let settings = answer(probe::settings::read(&target).await);
        let work_mem = settings.iter().find(|setting| setting.name == "work_mem").unwrap();
        assert!(work_mem.own && work_mem.setting == "4096", "{work_mem:?}");
        let jit = settings.iter().find(|setting| setting.name == "jit").unwrap();
        assert!(jit.own && jit.setting == "on", "{jit:?}");
        assert!(settings.iter().any(|setting| setting.name == "max_connections" && !setting.own));
    }
}

#[tokio::test]
async fn role_with_serializable_default_works_on_standby() {
    let mut primary = Postgres::start_own(common::major(), &[("wal_level", "replica")]);
    let role = primary.role("IN ROLE pg_monitor").await;
    let (name, url) = (role.name.clone(), role.url("postgres"));
    drop(role);
    let admin = primary.connect().await;
    admin
        .execute_script(leak(&format!("ALTER ROLE {name} SET default_transaction_isolation = 'serializable'")))
        .await
        .unwrap();
    let standby = primary.standby(&[("hot_standby", "on")]);
    primary.caught_up(&standby).await;
    let mut url = url::Url::parse(&url).unwrap();
    url.set_port(Some(standby.port())).unwrap();
    let target = target(url.as_str());
    assert!(answer(probe::server::read(&target).await).in_recovery);
    answer(probe::replication::read(&target).await);
}

/// A session that runs a query which ends with a byte that is no UTF-8.
async fn odd_session(latin1_url: &str) -> tokio::task::JoinHandle<()> {
    let database = Database::connect(latin1_url).await.unwrap();
    tokio::spawn(async move {
        let _ = database.execute_script("SELECT pg_sleep(60) -- caf\u{e9}").await;
    })
}

#[tokio::test]
async fn session_of_latin1_database_spoils_no_reading() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        let latin1 = format!("{}_latin1", watched.database);
        watched
            .run(&format!("CREATE DATABASE {latin1} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"))
            .await;
        let url = watched.admin_url().replace(&watched.database, &latin1);
        common::run(&Database::connect(&url).await.unwrap(), "CREATE EXTENSION pg_stat_statements").await;
        let session = odd_session(&url).await;
        let query = common::until(async || {
            let sessions = probe::activity::read(&watched.target()).await;
            let found = answer(sessions).into_iter().find(|session| session.database.as_deref() == Some(&latin1));
            found.and_then(|session| session.query).filter(|query| query.contains("pg_sleep(60)"))
        })
        .await;
        assert!(query.starts_with("SELECT pg_sleep(60) -- caf"), "{query}");
        sweep(&watched.target()).await;
        // And from within it, where the extension cannot return texts with characters that LATIN1 does not have.
        common::run(&watched.admin, "SELECT 1 AS \"caf\u{65}\u{301}\"").await;
        let inside = target(&watched.url_of(&latin1));
        for question in probe::catalogue() {
            match catalogue_rows(&inside, question).await {
                Err(missing) if question.name == "statement_texts" => {
                    assert!(missing.detail.contains("no equivalent in the encoding"), "{missing}");
                }
                rows => assert!(rows.is_ok(), "{} on {major}: {rows:?}", question.name),
            }
        }
        session.abort();
    }
}

#[tokio::test]
async fn names_in_another_encoding_are_read_from_shared_catalogs() {
    for major in majors() {
        let server = Postgres::start_own(major, &[("max_prepared_transactions", "2")]);
        let role = server.role("IN ROLE pg_monitor").await;
        let admin = server.connect().await;
        common::run(&admin, "CREATE DATABASE latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            .await;
        let latin1 = Database::connect(&server.url("latin1")).await.unwrap();
        common::run(&latin1, "CREATE ROLE \"rol\u{e9}\" LOGIN SUPERUSER PASSWORD 'pw'").await;
        common::run(&latin1, "ALTER ROLE \"rol\u{e9}\" SET work_mem = '1MB'").await;
        common::run(&latin1, "CREATE DATABASE \"dat\u{e9}\"").await;
        common::run(&latin1, "SET SESSION AUTHORIZATION \"rol\u{e9}\"; CREATE TABLE t (); BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'gid \u{e9}'").await;
        let database = server.database_with_statements().await;
        common::run(&database.connect().await, SCHEMA).await;
        let target = target(&role.url(&database.name));
        sweep(&target).await;
        let vacuum = answer(probe::vacuum::read(&target).await);
        assert!(vacuum.databases.iter().any(|database| database.name == "dat\u{fffd}"), "{:?}", vacuum.databases);
        answer(probe::activity::read(&target).await);
        answer(probe::replication::read(&target).await);
    }
}

#[tokio::test]
async fn sql_ascii_database_with_invalid_text_is_read() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let ascii = format!("{}_ascii", watched.database);
        watched
            .run(&format!(
                "CREATE DATABASE {ascii} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
            ))
            .await;
        let url = watched.admin_url().replace(&watched.database, &ascii);
        let admin = Database::connect(&url).await.unwrap();
        common::run(
            &admin,
            "CREATE EXTENSION pg_stat_statements;
             CREATE TABLE \"größe\" (id int, v text); CREATE INDEX g1 ON \"größe\" (id); CREATE INDEX g2 ON \"größe\" (id);
             DO $$ BEGIN EXECUTE format('CREATE TABLE %I (id int PRIMARY KEY)', convert_from('\\x636166e9', 'SQL_ASCII')); END $$;
             DO $$ BEGIN EXECUTE format('SELECT 1 AS %I', convert_from('\\x636166e9', 'SQL_ASCII')); END $$;",
        )
        .await;
        let target = target(&watched.url_of(&ascii));
        sweep(&target).await;
        let indexes = answer(probe::indexes::read(&target).await);
        assert_eq!(indexes.iter().filter(|index| index.table == "größe").count(), 2, "{indexes:?}");
        assert!(indexes.iter().any(|index| index.table == "caf\u{fffd}"), "{indexes:?}");
        let statements = answer(probe::statements::read(&target).await);
        let ids: Vec<String> = statements.rows.iter().map(|row| row.key.queryid.clone()).collect();
        let texts = answer(probe::statements::texts(&target, &ids).await);
        assert!(texts.iter().any(|(_, text)| text.contains("\"größe\"")), "{texts:?}");

        // Its statements are in the shared file of texts, which no other database must be made to fail by for good.
        admin.execute_script("SELECT pg_stat_statements_reset()").await.unwrap();
        admin.close().await;
    }
}

#[tokio::test]
async fn connection_poolers_are_refused_before_anything_is_set() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run("CREATE TABLE app_table (id int)").await;
        let ignoring: &[(&str, &str)] = &[("ignore_startup_parameters", "options,extra_float_digits")];
        for (mode, settings) in [
            (PoolMode::Session, &[][..]),
            (PoolMode::Transaction, &[]),
            (PoolMode::Session, ignoring),
            (PoolMode::Transaction, ignoring),
            (PoolMode::Statement, ignoring),
        ] {
            let pooler = PgBouncer::start_with(watched.server, mode, 1, settings);
            let target = target(&pooler.url(watched.server, &watched.database));
            for _ in 0..3 {
                for question in probe::catalogue() {
                    let missing = catalogue_rows(&target, question).await.unwrap_err();
                    assert_eq!(missing.why, Why::Pooler, "{mode:?} {settings:?} {}: {missing}", question.name);
                    assert!(missing.detail.contains("connection pooler"), "{missing}");
                }
            }
            // The one server session the pooler has is as the application left it. In statement mode only a plain client works.
            if mode == PoolMode::Statement {
                continue;
            }
            let options = Options { max_connections: 1, pgbouncer: true, ..Options::default() };
            let app = Database::connect_with(&pooler.url(watched.server, &watched.database), options).await.unwrap();
            let path: Option<String> = app.fetch("SELECT current_setting('search_path')", []).get().await.unwrap();
            assert_eq!(path.as_deref(), Some("\"$user\", public"), "{mode:?}");
            let writes: Option<String> =
                app.fetch("SELECT current_setting('default_transaction_read_only')", []).get().await.unwrap();
            assert_eq!(writes.as_deref(), Some("off"), "{mode:?}");
            assert_eq!(app.fetch("SELECT count(*) FROM app_table", []).get::<i64>().await.unwrap(), Some(0));
            app.close().await;
        }
    }
}

#[tokio::test]
async fn role_with_one_connection_gets_every_answer() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(&format!("ALTER ROLE {} CONNECTION LIMIT 1", watched.role)).await;
        let target = watched.target();
        // Two at a time, as a page asks.
        let questions: Vec<&'static Question> = probe::catalogue().iter().collect();
        for pair in questions.chunks(2) {
            let answers =
                futures::future::join_all(pair.iter().map(|question| catalogue_rows(&target, question))).await;
            for (question, answer) in pair.iter().zip(answers) {
                assert!(answer.is_ok(), "{} on {major}: {answer:?}", question.name);
            }
        }
        // An action takes the place of the questions.
        answer(probe::server::read(&target).await);
        probe::actions::terminate_all(&target).await.unwrap();
        answer(probe::server::read(&target).await);
    }
}

#[tokio::test]
async fn objects_that_come_and_go_fail_no_reading() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        let churn: Vec<_> = (0..2)
            .map(|n| {
                let url = watched.admin_url().to_owned();
                let sql = leak(&format!(
                    "CREATE TABLE c{n} (id serial PRIMARY KEY, v text, w int REFERENCES c{n}, CHECK (w > 0)) WITH (fillfactor = 70);
                     CREATE INDEX ON c{n} (lower(v)) WHERE w > 1; CREATE INDEX ON c{n} (v, w);
                     CREATE VIEW v{n} AS SELECT * FROM c{n}; DROP VIEW v{n}; DROP TABLE c{n};"
                ));
                tokio::spawn(async move {
                    let database = Database::connect(&url).await.unwrap();
                    loop {
                        for part in sql.split_inclusive(';') {
                            database.execute_script(leak(part)).await.unwrap();
                        }
                    }
                })
            })
            .collect();
        let target = watched.target();
        for _ in 0..20 {
            for question in probe::catalogue() {
                // A statement that opens relations may fail; the readings below ask again without.
                let binds = binds(question.name).into_iter().map(|value| match value {
                    Value::Bool(true) => Value::Bool(false),
                    other => other,
                });
                let rows = target.rows(question, binds.collect()).await.answer;
                assert!(rows.is_ok(), "{} on {major}: {rows:?}", question.name);
            }
            answer(probe::indexes::read(&target).await);
            answer(probe::tables::read(&target).await);
            answer(probe::foreign_keys::read(&target).await);
            answer(probe::sequences::read(&target).await);
            answer(probe::space::read(&target).await);
            answer(probe::bloat::read(&target).await);
        }
        churn.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test]
async fn ddl_that_waits_for_locks_fails_no_reading() {
    for major in majors() {
        let watched = Watched::with_statements(major).await;
        watched.run(SCHEMA).await;
        watched
            .run(
                "CREATE TABLE a (id serial PRIMARY KEY, v text); CREATE INDEX ap ON a (lower(v)) WHERE id > 1;
                 CREATE MATERIALIZED VIEW m AS SELECT * FROM a; CREATE INDEX ON m (lower(v));
                 CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
                 CREATE INDEX ON p (lower(id::text)); CREATE TABLE c (id int); CREATE INDEX ON c ((id + 1))",
            )
            .await;
        let _holder = watched
            .hold(
                "LOCK TABLE a IN ROW EXCLUSIVE MODE; SELECT nextval('a_id_seq'); SELECT count(*) FROM m, p;
                 LOCK TABLE c IN ACCESS EXCLUSIVE MODE",
            )
            .await;
        let ddl = [
            "REINDEX INDEX ap",
            "VACUUM FULL a",
            "TRUNCATE a",
            "ALTER SEQUENCE a_id_seq RESTART",
            "REFRESH MATERIALIZED VIEW m",
            "DROP TABLE p1",
            "DROP TABLE c",
            "CREATE INDEX ON a (v)",
        ];
        let mut waiting = Vec::new();
        for sql in ddl {
            waiting.push(watched.wait_for(sql).await);
        }
        sweep(&watched.target()).await;
        let indexes = answer(probe::indexes::read(&watched.target()).await);
        let index =
            |table: &str| indexes.iter().find(|index| index.table == table && index.keys[0].text != "id").unwrap();
        assert!(index("a").locked && index("c").locked, "{major}");
        assert!(!index("Größe.x").locked, "{major}");
        waiting.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test]
async fn binds_cover_every_question() {
    for question in probe::catalogue() {
        let parameters = (1..=9).filter(|n| question.sql.contains(&format!("${n}::"))).count();
        assert_eq!(binds(question.name).len(), parameters, "{}", question.name);
    }
}
