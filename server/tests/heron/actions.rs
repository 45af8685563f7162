//! Acting on a database: by whom it is allowed, on whom it was confirmed, and written down (pghero.md §12, A1 to A5).

use std::time::Duration;

use crate::support::{Answer, PASSWORD, TestApp, eventually, run};
use dashboard::Settings;
use dataset::{Database, Options};
use http::{Method, StatusCode};
use model::{AuditEntry, DatabaseId, Millis, Role};
use testkit::{Postgres, TestDatabase, majors};
use tokio::task::JoinHandle;

/// Signs in as somebody new of this role.
async fn sign_in_as(app: &TestApp, role: Role) {
    app.set_cookie(None);
    let person = app.store.add_account(&format!("{role} {}", rand_name()), role).await.unwrap();
    let ticket = app.store.issue_ticket(person.id, Millis::from_secs(60)).await.unwrap();
    app.post("/api/redeem", &[("ticket", ticket.secret()), ("password", PASSWORD), ("again", PASSWORD)]).await;
}

fn rand_name() -> u16 {
    crate::support::free_port()
}

/// A session that calls itself so and runs one long statement.
async fn sleeper(url: &str, name: &str) -> JoinHandle<bool> {
    let options = Options { max_connections: 1, application_name: Some(name.into()), ..Options::default() };
    let session = Database::connect_with(url, options).await.unwrap();
    tokio::spawn(async move { session.execute("SELECT pg_sleep(60), 'a secret of mine'", []).await.is_ok() })
}

/// The process id of the session that calls itself so, once its statement sleeps: before, the driver has it parsed, and may
/// then leave the session idle for a moment.
async fn pid(db: &Database, name: &str) -> i32 {
    let sql = "SELECT pid FROM pg_stat_activity
                WHERE application_name = $1 AND datname = current_database() AND wait_event = 'PgSleep'";
    eventually("a session", async || db.fetch(sql, [name.into()]).get::<i32>().await.unwrap()).await
}

/// Whether a session that calls itself so is still there.
async fn lives(db: &Database, name: &str) -> bool {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()";
    db.fetch(sql, [name.into()]).get::<i64>().await.unwrap() > Some(0)
}

/// The link on the page whose address has this in it.
fn link(page: &Answer, part: &str) -> String {
    let found = page.body.split('"').find(|text| text.starts_with('/') && text.contains(part));
    found.unwrap_or_else(|| panic!("no link with {part}:\n{}", page.text())).replace("&amp;", "&")
}

/// The fields of the form that confirms.
fn form(page: &Answer) -> Vec<(String, String)> {
    let form = page.body.split("action=\"/api/act\"").nth(1).unwrap_or_else(|| panic!("no form:\n{}", page.text()));
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| -> String {
        let value =
            tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        value.replace("&amp;", "&").replace("&quot;", "\"")
    };
    form.split("<input").skip(1).map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect()
}

async fn confirm(app: &TestApp, page: &Answer) -> Answer {
    let fields = form(page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    app.post("/api/act", &fields).await
}

/// The same as a program sends it, which is answered with a status.
async fn send(app: &TestApp, fields: &[(String, String)], headers: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let headers = [&[("accept", "application/json")], headers].concat();
    app.send(Method::POST, "/api/act", &headers, &body).await
}

async fn trail(app: &TestApp, action: &str) -> Vec<AuditEntry> {
    let entries = app.store.trail("", 1, 100).await.unwrap().entries;
    entries.into_iter().filter(|entry| entry.action == action).collect()
}

struct Shop {
    database: TestDatabase,
    db: Database,
    app: TestApp,
}

impl Shop {
    async fn new(major: u16) -> Self {
        Self::with(major, Settings::default()).await
    }

    async fn with(major: u16, settings: Settings) -> Self {
        let database = Postgres::shared(major).database().await;
        let db = database.connect().await;
        let app = TestApp::under(app::BasePath::default(), &[("shop", &database.url)], settings).await;
        app.sign_in().await;
        Self { database, db, app }
    }
}

/// A1, §1.12 `kill`: PgHero asks nobody and writes nothing down.
#[tokio::test]
async fn a1_a_statement_is_cancelled_after_a_confirmation_that_shows_it() {
    for major in majors() {
        let Shop { database, db, app } = Shop::new(major).await;
        sign_in_as(&app, Role::Operator).await;
        let running = sleeper(&database.url, "victim").await;
        let pid = pid(&db, "victim").await;
        let live = app.page("/shop/live").await;
        let page = app.page(&link(&live, &format!("/shop/confirm/cancel?pid={pid}&"))).await;
        for said in ["<h1>Cancel query</h1>", "victim", "pg_sleep", &pid.to_string(), "0 sessions"] {
            assert!(page.says(said), "{said}: {}", page.text());
        }
        page.must_not_say("a secret of mine");

        let done = confirm(&app, &page).await;
        assert_eq!((done.status, done.location()), (StatusCode::FOUND, "/shop/live"), "{}", done.body);
        assert!(!running.await.unwrap());
        let live = app.page("/shop/live").await;
        live.must_say("role=\"status\"");
        live.must_say("1 statement cancelled.");
        app.page("/shop/live").await.must_not_say("1 statement cancelled.");

        // PgHero: "Query no longer running".
        confirm(&app, &page).await;
        app.page("/shop/live").await.must_say("no longer running");
        let written = trail(&app, "cancel").await;
        assert_eq!(written.len(), 2);
        let first = &written[1];
        assert!(first.account.starts_with("operator") && first.object.contains(&pid.to_string()), "{first:?}");
        assert_eq!(
            (first.database.as_deref(), first.outcome.as_deref()),
            (Some("shop"), Some("1 statement cancelled."))
        );
    }
}

/// A1, §7 `kill`.
#[tokio::test]
async fn a1_a_session_is_ended_and_a_process_id_used_again_is_somebody_else() {
    for major in majors() {
        let Shop { database, db, app } = Shop::new(major).await;
        let running = sleeper(&database.url, "victim").await;
        let pid = pid(&db, "victim").await;
        let href = link(&app.page("/shop/live").await, &format!("/shop/confirm/terminate?pid={pid}&"));
        // As if another session had this process id by now.
        let (before, after) = href.split_once("started=").unwrap();
        let other = format!("{before}started=1{after}");
        app.page(&other).await.must_say("no longer running");
        let forged = [("database", "shop"), ("action", "terminate"), ("parameters", other.split_once('?').unwrap().1)];
        let forged: Vec<(String, String)> = forged.map(|(name, value)| (name.into(), value.into())).into();
        send(&app, &forged, &[("sec-fetch-site", "same-origin")]).await;
        assert!(lives(&db, "victim").await);

        confirm(&app, &app.page(&href).await).await;
        assert!(!running.await.unwrap());
        app.page("/shop/live").await.must_say("1 session terminated.");
        app.page(&href).await.must_say("no longer running");
        assert_eq!(trail(&app, "terminate").await.len(), 2);
    }
}

/// A1, C4.
#[tokio::test]
async fn a1_only_operators_act_and_only_from_our_own_pages() {
    let Shop { database, db, app } = Shop::new(testkit::major()).await;
    let running = sleeper(&database.url, "victim").await;
    let pid = pid(&db, "victim").await;
    let href = link(&app.page("/shop/live").await, &format!("/shop/confirm/terminate?pid={pid}&"));
    let fields = form(&app.page(&href).await);

    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "http://evil.test")]] {
        assert_eq!(send(&app, &fields, &headers).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(send(&app, &fields, &[]).await.status, StatusCode::FORBIDDEN, "without a word of where it comes from");

    sign_in_as(&app, Role::Viewer).await;
    let live = app.page("/shop/live").await;
    live.must_say("pg_sleep");
    live.must_not_say("/confirm/");
    app.page("/shop").await.must_not_say("/confirm/");
    assert_eq!(app.get(&href).await.status, StatusCode::FORBIDDEN);
    let ours = [("sec-fetch-site", "same-origin")];
    assert_eq!(send(&app, &fields, &ours).await.status, StatusCode::FORBIDDEN);

    app.set_cookie(None);
    assert_eq!(send(&app, &fields, &ours).await.status, StatusCode::UNAUTHORIZED);
    assert!(app.get(&href).await.location().starts_with("/sign-in"));

    assert!(lives(&db, "victim").await && trail(&app, "terminate").await.is_empty());
    running.abort();
}

/// PgHero: 400 "Kill not enabled" (A1, C8, §7 `controller`).
#[tokio::test]
async fn a1_where_actions_are_not_enabled_nobody_is_offered_any() {
    let settings = Settings { actions: false, ..Settings::default() };
    let Shop { database, db, app } = Shop::with(testkit::major(), settings).await;
    let running = sleeper(&database.url, "victim").await;
    let pid = pid(&db, "victim").await;
    let live = app.page("/shop/live").await;
    live.must_say("pg_sleep");
    live.must_not_say("/confirm/");
    for action in
        ["cancel", "terminate", "terminate_long_running", "terminate_all", "enable_statistics", "reset_statistics"]
    {
        let page = app.get(&format!("/shop/confirm/{action}?pid={pid}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{action}");
        page.must_say("Actions are not enabled for database shop.");
        let fields = [("database", "shop"), ("action", action), ("parameters", &format!("pid={pid}"))]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = send(&app, &fields, &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{action}: {}", answer.body);
    }
    assert!(lives(&db, "victim").await && trail(&app, "terminate").await.is_empty());
    running.abort();
}

/// A1, A5: §7 `query_stats` (hash 0 is an error).
#[tokio::test]
async fn a1_nonsense_is_refused() {
    let Shop { app, .. } = Shop::new(testkit::major()).await;
    for path in [
        "/shop/confirm/drop",
        "/shop/confirm/analyze",
        "/shop/confirm/cancel?pid=x",
        "/shop/confirm/reset_statistics?queryid=0",
    ] {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        page.must_say("There is no action");
    }
    assert_eq!(app.get("/nowhere/confirm/terminate_all").await.status, StatusCode::NOT_FOUND);
    app.page("/shop/confirm/cancel?pid=1").await.must_say("no longer running");
}

/// §10.5: PgHero ends autovacuum and walsenders too, without a question (A2, O3, §7 `kill`, `controller`).
#[tokio::test]
async fn a2_long_running_sessions_are_ended_and_the_servers_own_spared() {
    for major in majors() {
        let mut settings = Settings::default();
        settings.thresholds.long_running_query_sec = 0.2;
        let Shop { database, db, app } = Shop::with(major, settings).await;
        let (one, two) = (sleeper(&database.url, "one").await, sleeper(&database.url, "two").await);
        let idle = database.hold("SELECT 1").await;
        pid(&db, "one").await;
        pid(&db, "two").await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        let overview = app.page("/shop").await;
        let page = app.page(&link(&overview, "/shop/confirm/terminate_long_running")).await;
        page.must_say("Autovacuum, replication and Heron are spared");
        assert_eq!(crate::support::rows(&page).len(), 2, "{}", page.text());
        confirm(&app, &page).await;
        app.page("/shop").await.must_say("2 sessions terminated.");
        assert!(!one.await.unwrap() && !two.await.unwrap());
        assert!(lives(&db, "held").await);
        let again = app.page("/shop/confirm/terminate_long_running").await;
        again.must_say("No statement runs for too long now.");
        assert!(!again.says("/api/act"));
        assert_eq!(trail(&app, "terminate_long_running").await[0].outcome.as_deref(), Some("2 sessions terminated."));
        idle.release().await;
    }
}

/// A3, §7 `kill`, `controller`.
#[tokio::test]
async fn a3_all_sessions_of_the_database_are_ended() {
    for major in majors() {
        let Shop { database, db, app } = Shop::new(major).await;
        let elsewhere = Postgres::shared(major).database().await;
        let (here, away) = (sleeper(&database.url, "here").await, sleeper(&elsewhere.url, "away").await);
        pid(&db, "here").await;
        let page = app.page(&link(&app.page("/shop/live").await, "/shop/confirm/terminate_all")).await;
        page.must_say("You may need to restart your application servers");
        page.must_not_say("away");
        confirm(&app, &page).await;
        assert!(!here.await.unwrap() && !away.is_finished());
        let live = app.page("/shop/live").await;
        assert!(live.text().contains("terminated."), "{}", live.text());
        away.abort();
    }
}

/// A4, §1.12, §7 `query_stats` (enable).
#[tokio::test]
async fn a4_query_statistics_are_enabled_and_whoever_may_not_is_told() {
    for major in majors() {
        let Shop { database, db, app } = Shop::new(major).await;
        let overview = app.page("/shop").await;
        let page = app.page(&link(&overview, "/shop/confirm/enable_statistics")).await;
        page.must_say("CREATE EXTENSION pg_stat_statements");
        confirm(&app, &page).await;
        app.page("/shop").await.must_say("Query statistics are enabled.");
        let sql = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'";
        assert_eq!(db.fetch(sql, []).get::<i64>().await.unwrap(), Some(1));
        app.page("/shop/confirm/enable_statistics").await.must_say("enabled in");

        run(&db, "DROP EXTENSION pg_stat_statements").await;
        let role = Postgres::shared(major).role("IN ROLE pg_monitor").await;
        let app = TestApp::watching(&role.url(&database.name)).await;
        confirm(&app, &app.page("/shop/confirm/enable_statistics").await).await;
        let told = app.page("/shop").await;
        told.must_say("Not done");
        assert!(told.text().contains("Query statistics could not be enabled"), "{}", told.text());
        let written = trail(&app, "enable_statistics").await;
        assert!(written[0].outcome.as_deref().unwrap().contains("could not be enabled"), "{written:?}");
    }
}

/// A5, §7 `controller` (400 where history is kept), `query_stats` (reset).
#[tokio::test]
async fn a5_statistics_are_reset_unless_history_is_kept() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let db = database.connect().await;
        run(&db, "SELECT 1 AS counted").await;
        let app = TestApp::watching(&database.url).await;
        let list = app.page("/shop/queries?of=all&q=counted").await;
        let page = app.page(&link(&list, "/shop/confirm/reset_statistics")).await;
        page.must_say("all statements");
        confirm(&app, &page).await;
        app.page("/shop/queries").await.must_say("Query statistics are reset.");
        app.page("/shop/queries?of=all&q=counted").await.must_say("No statement matches");

        app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
        app.page("/shop/queries").await.must_not_say("/confirm/reset_statistics");
        let refused = app.get("/shop/confirm/reset_statistics").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        refused.must_say("cannot be reset while Heron keeps their history");
        let answer = send(&app, &form(&page), &[("sec-fetch-site", "same-origin")]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(trail(&app, "reset_statistics").await.len(), 1);
    }
}

/// PgHero's `test_reset_query_stats` by hash (§7).
#[tokio::test]
async fn a5_one_statements_statistics_are_reset_and_no_others() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let db = database.connect().await;
        run(&db, "SELECT 1 AS counted").await;
        run(&db, "SELECT 2, 3 AS spared").await;
        let app = TestApp::watching(&database.url).await;
        let list = app.page("/shop/queries?of=all&q=counted").await;
        let details = link(&list, "/shop/queries/");
        let details = format!("{details}{}window=24h", if details.contains('?') { '&' } else { '?' });
        let page = app.page(&details).await;
        let page = app.page(&link(&page, "/shop/confirm/reset_statistics?")).await;
        for said in ["Reset a statement's statistics", "SELECT $1 AS counted", "queryid "] {
            assert!(page.text().contains(said), "{said}: {}", page.text());
        }
        let answer = confirm(&app, &page).await;
        assert!(
            answer.location().starts_with("/shop/queries/") && answer.location().contains("window=24h"),
            "{answer:?}"
        );
        let told = app.page(answer.location()).await;
        assert!(told.text().contains("The statement's statistics are reset."), "{}", told.text());
        told.must_say("does not know this statement now");
        app.page("/shop/queries?of=all&q=counted").await.must_say("No statement matches");
        let spared = app.page("/shop/queries?of=all&q=spared").await;
        let spared = link(&spared, "/shop/queries/");
        let written = trail(&app, "reset_statistics").await;
        assert!(written.len() == 1 && written[0].object.contains("queryid "), "{written:?}");

        sign_in_as(&app, Role::Viewer).await;
        app.page(&spared).await.must_not_say("/confirm/");
        sign_in_as(&app, Role::Operator).await;
        app.page(&spared).await.must_say("/confirm/reset_statistics?");
        app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
        app.page(&spared).await.must_not_say("/confirm/");
    }
}

/// A page is left for the confirmation, and found again as it was.
#[tokio::test]
async fn whoever_confirms_or_leaves_it_comes_back_to_the_page_as_it_was() {
    let Shop { database, db, app } = Shop::new(testkit::major()).await;
    let running = sleeper(&database.url, "victim").await;
    pid(&db, "victim").await;
    let live = "/shop/live?state=active&q=victim";
    let page = app.page(live).await;
    let page = app.page(&link(&page, "/shop/confirm/cancel?")).await;
    assert_eq!(link(&page, "/shop/live?"), live, "the link that leaves it");
    assert_eq!(confirm(&app, &page).await.location(), live);
    assert!(!running.await.unwrap());
}

/// L5, §7 `maintenance` (analyze).
#[tokio::test]
async fn a_table_is_analyzed_whatever_its_name() {
    let Shop { db, app, .. } = Shop::new(testkit::major()).await;
    run(&db, "CREATE TABLE \"Größe, \"\"x\"\"\" AS SELECT generate_series(1, 100) AS n").await;
    let page = app.page("/shop/confirm/analyze?schema=public&table=Gr%C3%B6%C3%9Fe%2C+%22x%22&back=live").await;
    assert!(page.text().contains("public.\"Größe, \"\"x\"\"\""), "{}", page.text());
    confirm(&app, &page).await;
    let told = app.page("/shop/live").await;
    assert!(told.text().contains("is analyzed"), "{}", told.text());
    let sql = "SELECT reltuples::int8 FROM pg_class WHERE relname LIKE 'Größe%'";
    assert_eq!(db.fetch(sql, []).get::<i64>().await.unwrap(), Some(100));
    let page = app.page("/shop/confirm/analyze?schema=public&table=gone").await;
    confirm(&app, &page).await;
    app.page("/shop").await.must_say("does not exist");
}

/// §10.10: one reader, a waiting ALTER and two waiting readers are three pairs, where PgHero shows nine.
/// L1 `blocked_queries`.
#[tokio::test]
async fn who_waits_for_whom_is_told_with_the_lock_10_10() {
    for major in majors() {
        let Shop { database, db, app } = Shop::new(major).await;
        run(&db, "CREATE TABLE orders (n int)").await;
        let reader = database.hold("SELECT * FROM orders").await;
        let mut waiting = Vec::new();
        for sql in ["ALTER TABLE orders ADD COLUMN m int", "SELECT * FROM orders", "SELECT count(*) FROM orders"] {
            let session = database.connect().await;
            waiting.push(tokio::spawn(async move { session.execute_script(sql).await }));
            let number = waiting.len() as i64;
            // A wait is in pg_locks a moment before its wait event, and a reading goes by the event.
            let sql =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
            eventually("a waiter", async || db.fetch(sql, []).get::<i64>().await.unwrap().filter(|n| *n == number))
                .await;
        }
        let page = app.page("/shop/locks").await;
        let text = page.text();
        assert!(text.contains(&format!("blocks 3 sessions pid {}", reader.pid)), "{text}");
        assert_eq!(text.matches("; waiting").count(), 3, "{text}");
        assert!(text.contains("for AccessExclusiveLock on public.orders"), "{text}");
        assert!(text.contains("2 sessions wait for AccessShareLock on public.orders"), "{text}");
        link(&page, &format!("/shop/confirm/terminate?pid={}&", reader.pid));
        reader.release().await;
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
    }
}

/// P8, §7 `controller`, `queries` (running_queries): `?state=`; defect 23.
#[tokio::test]
async fn the_live_page_is_narrowed_by_state_process_and_search() {
    let Shop { database, db, app } = Shop::new(testkit::major()).await;
    let running = sleeper(&database.url, "victim").await;
    pid(&db, "victim").await;
    let idle = database.hold("SELECT 1").await;
    let active = app.page("/shop/live?state=active&q=victim").await;
    active.must_say("pg_sleep");
    active.must_not_say("idle in transaction</td>");
    app.page("/shop/live?state=active&q=held").await.must_say("matches");
    app.page("/shop/live?type=client+backend&q=victim").await.must_say("pg_sleep");
    app.page("/shop/live?type=walsender").await.must_say("Nothing runs now");
    let file = app.get("/shop/download/sessions.csv?q=victim").await;
    assert!(file.body.starts_with("statement,for_ms,state") && file.body.contains("victim"), "{}", file.body);
    idle.release().await;
    running.abort();
}

/// These change a whole server.
mod a_server_of_ones_own {
    use super::*;

    /// A1, A2, A3, O3; defect 5: a walsender and an autovacuum that have run for long are counted, and go on.
    #[tokio::test]
    async fn walsenders_and_autovacuum_are_spared() {
        for major in majors() {
            // A vacuum that sleeps after every page.
            let mut server = Postgres::start_own(
                major,
                &[
                    ("autovacuum_naptime", "1s"),
                    ("autovacuum_vacuum_cost_delay", "100ms"),
                    ("autovacuum_vacuum_cost_limit", "1"),
                    ("wal_level", "logical"),
                ],
            );
            let _standby = server.standby(&[]);
            let database = server.database().await;
            let db = database.connect().await;
            run(&db, "CREATE TABLE large AS SELECT n, repeat('x', 500) FROM generate_series(1, 20000) AS n").await;
            run(&db, "DELETE FROM large WHERE n % 2 = 0").await;
            // One walsender is the server's, the other, as PgHero sees them too, is connected to the database.
            run(&db, "CREATE PUBLICATION nothing").await;
            run(&db, "SELECT pg_create_logical_replication_slot('copy', 'pgoutput')").await;
            let subscription = format!(
                "CREATE SUBSCRIPTION copy CONNECTION '{}' PUBLICATION nothing WITH (create_slot = false, copy_data = false)",
                database.url
            );
            run(&server.database().await.connect().await, &subscription).await;
            let sql = "SELECT coalesce(string_agg(backend_type || ' ' || pid, ', ' ORDER BY backend_type, pid), '') FROM pg_stat_activity
                        WHERE backend_type = 'walsender' OR backend_type = 'autovacuum worker' AND query LIKE '%public.large%'";
            let own = async || db.fetch(sql, []).get::<String>().await.unwrap().unwrap();
            let before = eventually("all are at work", async || {
                // What was deleted is reported with a later statement.
                run(&db, "SELECT 1").await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                Some(own().await)
                    .filter(|own| own.contains("autovacuum worker") && own.matches("walsender").count() == 2)
            })
            .await;
            let mut settings = Settings::default();
            settings.thresholds.long_running_query_sec = 0.2;
            let app = TestApp::under(app::BasePath::default(), &[("shop", &database.url)], settings).await;
            app.sign_in().await;
            let running = sleeper(&database.url, "victim").await;
            pid(&db, "victim").await;
            tokio::time::sleep(Duration::from_millis(400)).await;

            let overview = app.page("/shop").await;
            overview.must_say("1 long running query");
            assert!(
                overview.text().contains("1 autovacuum worker and 1 WAL sender at work for longer"),
                "{}",
                overview.text()
            );
            let page = app.page("/shop/confirm/terminate_long_running").await;
            assert_eq!(crate::support::rows(&page).len(), 1, "on {major}: {}", page.text());
            confirm(&app, &page).await;
            app.page("/shop").await.must_say("1 session terminated.");
            assert!(!running.await.unwrap());
            // Named one by one they are spared as well.
            let live = app.page("/shop/live").await;
            for pid in before.split(", ").filter_map(|own| own.rsplit(' ').next()) {
                live.must_not_say(&format!("pid={pid}&amp;"));
                app.page(&format!("/shop/confirm/terminate?pid={pid}")).await.must_say("it is spared");
            }
            confirm(&app, &app.page("/shop/confirm/terminate_all").await).await;
            let db = database.connect().await;
            assert_eq!(db.fetch(sql, []).get::<String>().await.unwrap(), Some(before), "on {major}");
        }
    }
}
