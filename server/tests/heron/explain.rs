//! The explain page, by the names of PgHero's tests of its controller (§7), and who may do what on it.

use std::time::Duration;

use crate::support::{Answer, TestApp, run};
use app::BasePath;
use dashboard::{Explain, Settings};
use http::StatusCode;
use model::Role;
use testkit::{Postgres, TestDatabase, majors};

const PAGE: &str = "/shop/explain";

async fn database(major: u16) -> TestDatabase {
    let database = Postgres::shared(major).database_with_statements().await;
    let db = database.connect().await;
    run(
        &db,
        "CREATE TABLE users (id serial PRIMARY KEY, city_id int, email text);
         INSERT INTO users (city_id, email) SELECT n % 100, 'geheim' || n FROM generate_series(1, 5000) AS n;
         ANALYZE users",
    )
    .await;
    db.close().await;
    database
}

fn allowing(explain: Explain) -> Settings {
    Settings { explain, ..Settings::default() }
}

async fn app(database: &TestDatabase, settings: Settings) -> TestApp {
    let app = TestApp::under(BasePath::default(), &[("shop", &database.url)], settings).await;
    app.sign_in().await;
    app
}

async fn explain(app: &TestApp, query: &str, mode: &str) -> Answer {
    app.post(PAGE, &[("query", query), ("mode", mode)]).await
}

async fn run_it(app: &TestApp, query: &str, mode: &str) -> Answer {
    app.post(PAGE, &[("query", query), ("mode", mode), ("confirmed", "true")]).await
}

/// P11, A6, §7 `controller`.
#[tokio::test]
async fn explain_get_shows_the_form_and_runs_nothing() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Plan)).await;
    let page = app.page(PAGE).await;
    page.must_say("<textarea");
    page.must_say("value=\"visualize\"");
    page.must_not_say("value=\"analyze\"");
    // A statement in a URL is not even looked at: URLs are logged.
    app.page("/shop/explain?query=SELECT+1&mode=explain").await.must_not_say("cost=");
    app.page("/shop").await.must_say("href=\"/shop/explain\"");
}

/// P11, C7, §7 `controller`; defect 18: PgHero shows the button all the same.
#[tokio::test]
async fn explain_not_enabled_is_a_400_for_get_and_post() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Off)).await;
    for answer in [app.get(PAGE).await, explain(&app, "SELECT 1", "explain").await] {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        answer.must_say("Explain not enabled");
        answer.must_not_say("<textarea");
    }
    // Nor does any page lead there.
    let db = database.connect().await;
    run(&db, "SELECT count(*) FROM users").await;
    db.close().await;
    let list = app.page("/shop/queries?q=count(*)").await;
    let href = list.body.split('"').find(|text| text.starts_with("/shop/queries/")).unwrap().replace("&amp;", "&");
    for page in ["/shop", "/shop/live", &href] {
        app.page(page).await.must_not_say("/shop/explain");
    }
}

/// P11, A6, §7 `controller`.
#[tokio::test]
async fn explain_shows_the_plan_and_no_times() {
    for major in majors() {
        let database = database(major).await;
        let app = app(&database, allowing(Explain::Plan)).await;
        let page = explain(&app, "SELECT 1", "explain").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        assert!(page.text().contains("Result  (cost=0.00..0.01 rows=1 width=4)"), "{}", page.text());
        page.must_not_say("Planning Time");
        page.must_not_say("Execution Time");
        // What was typed is still there.
        page.must_say("SELECT 1</textarea>");
    }
}

/// P11, A6, §7 `controller`: PgHero can only from 16 on.
#[tokio::test]
async fn explain_of_a_parameter_is_a_generic_plan_on_every_version() {
    for major in majors() {
        let database = database(major).await;
        let app = app(&database, allowing(Explain::Analyze)).await;
        let page = explain(&app, "SELECT $1", "explain").await;
        assert!(page.text().contains("Result  (cost=0.00..0.01 rows=1 width=32)"), "{major}: {}", page.text());
        let refused = run_it(&app, "SELECT $1", "analyze").await;
        refused.must_say("analyze queries with bind parameters");
        // Visualize never analyzes them.
        let drawn = run_it(&app, "SELECT $1", "visualize").await;
        drawn.must_say("Node Type");
        drawn.must_not_say("Actual Total Time");
    }
}

/// P11, A6, §7 `controller`.
#[tokio::test]
async fn analyze_as_input_is_a_syntax_error() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Plan)).await;
    let page = explain(&app, "ANALYZE SELECT 1", "explain").await;
    page.must_say("Syntax error with query");
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// P11, A6, C7, §7 `controller`.
#[tokio::test]
async fn analyze_has_actual_times_once_it_is_confirmed_and_the_audit_says_who() {
    for major in majors() {
        let database = database(major).await;
        let app = app(&database, allowing(Explain::Analyze)).await;
        let query = "SELECT count(*) FROM users WHERE email = 'geheim7'";
        let asked = explain(&app, query, "analyze").await;
        asked.must_say("Confirm that it may be run");
        asked.must_not_say("actual time=");
        let page = run_it(&app, query, "analyze").await;
        for said in ["(actual time=", "Planning Time", "Execution Time"] {
            assert!(page.text().contains(said), "{major}: {}", page.text());
        }
        let trail = app.page("/audit").await;
        trail.must_say("explain analyze");
        trail.must_say("It was run and rolled back.");
        trail.must_not_say("geheim");
    }
}

/// P11, A6, C7, §7 `controller`.
#[tokio::test]
async fn analyze_not_enabled_is_a_400() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Plan)).await;
    let page = run_it(&app, "SELECT 1", "analyze").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    page.must_say("Explain analyze not enabled");
    let drawn = run_it(&app, "SELECT 1", "visualize").await;
    drawn.must_say("Node Type");
    drawn.must_not_say("Actual Total Time");
}

#[tokio::test]
async fn a_viewer_may_explain_and_not_analyze() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Analyze)).await;
    let person = app.sign_in_as("Bea", Role::Viewer).await;
    assert_eq!(person.role, Role::Viewer);
    app.page(PAGE).await.must_not_say("value=\"analyze\"");
    explain(&app, "SELECT 1", "explain").await.must_say("rows=1");
    let refused = run_it(&app, "SELECT 1", "analyze").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.must_not_say("actual time");
    run_it(&app, "SELECT 1", "visualize").await.must_not_say("Actual Total Time");
}

/// P11, A6, C1 `explain_timeout_sec`, §7 `controller`.
#[tokio::test]
async fn what_takes_too_long_timed_out() {
    let database = database(testkit::major()).await;
    let settings = Settings { explain_timeout: Duration::from_millis(10), ..allowing(Explain::Analyze) };
    let app = app(&database, settings).await;
    run_it(&app, "SELECT pg_sleep(1)", "analyze").await.must_say("Query timed out");
}

/// P11, A6, C11: PgHero sends people to another site, Heron draws the plan itself.
#[tokio::test]
async fn visualize_draws_the_plan_and_gives_its_json() {
    for major in majors() {
        let database = database(major).await;
        let app = app(&database, allowing(Explain::Analyze)).await;
        let query = "SELECT city_id, count(*) FROM users WHERE email LIKE 'geheim1%' GROUP BY 1 ORDER BY 2 DESC";
        let page = explain(&app, query, "visualize").await;
        page.must_say("Node Type");
        page.must_not_say("Actual Total Time");
        let nodes: Vec<String> = crate::support::rows(&page).iter().map(|row| row["Node"].clone()).collect();
        assert!(nodes[0].contains("1. Sort") && nodes.iter().any(|node| node.contains("public.users")), "{nodes:?}");
        page.must_say("Nothing was run");
        let run = run_it(&app, query, "visualize").await;
        run.must_say("Actual Total Time");
        let rows = crate::support::rows(&run);
        assert!(rows.iter().all(|row| row["Time"].ends_with('s')), "{major}: {rows:?}");
        assert!(rows.iter().any(|row| row["Own time"].ends_with('%')), "{major}: {rows:?}");
    }
}

/// P11, A6, C9 (§5.6); defect 18.
#[tokio::test]
async fn what_explain_says_is_chosen_as_far_as_the_server_has_it() {
    for major in majors() {
        let database = database(major).await;
        let app = app(&database, allowing(Explain::Analyze)).await;
        let ticked = |page: &Answer| -> Vec<String> {
            let boxes =
                page.body.split("<input").filter(|tag| tag.contains("name=\"options\"") && tag.contains(" checked"));
            boxes.map(|tag| tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
        };
        let page = app.page(PAGE).await;
        assert_eq!(ticked(&page), ["costs", "settings", "buffers", "timing"]);
        for option in ["memory", "serialize"] {
            assert_eq!(page.says(&format!("value=\"{option}\"")), major >= 17, "{option} on {major}");
        }
        let ask = async |mode: &str, options: &[&str]| {
            let mut form =
                vec![("query", "SELECT id FROM users"), ("mode", mode), ("confirmed", "true"), ("options", "")];
            form.extend(options.iter().map(|option| ("options", *option)));
            app.post(PAGE, &form).await
        };
        let page = ask("explain", &["verbose", "summary"]).await;
        assert_eq!(ticked(&page), ["verbose", "summary"], "what was chosen stays");
        let text = page.text();
        assert!(text.contains("Seq Scan on public.users") && text.contains("Output: id"), "{text}");
        assert!(!text.contains("cost=") && text.contains("Planning Time: "), "{text}");

        let bare = ask("analyze", &[]).await;
        assert!(ticked(&bare).is_empty());
        let text = bare.text();
        assert!(text.contains("(actual rows=5000") && !text.contains("Buffers: "), "{major}: {text}");
        assert!(text.contains("Execution Time: "), "PostgreSQL says so of any run: {text}");
        let full = ask("analyze", &["costs", "buffers", "timing", "wal"]).await.text();
        assert!(
            full.contains("cost=") && full.contains("actual time=") && full.contains("Buffers: "),
            "{major}: {full}"
        );
        // A plan is drawn from names and costs, whatever is chosen.
        ask("visualize", &["wal"]).await.must_say("public.users");

        // What the server does not have is not asked for.
        let text = ask("analyze", &["memory", "serialize"]).await.text();
        for said in ["Memory: used=", "Serialization: "] {
            assert_eq!(text.contains(said), major >= 17, "{said} on {major}: {text}");
        }
        assert!(text.contains("(actual rows=5000"), "{major}: {text}");

        app.sign_in_as("Bea", Role::Viewer).await;
        let page = app.page(PAGE).await;
        assert!(page.says("value=\"verbose\"") && !page.says("value=\"wal\""), "{}", page.body);
        ask("explain", &["wal", "timing"]).await.must_say("Seq Scan");
    }
}

#[tokio::test]
async fn no_error_repeats_the_data_10_18() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Analyze)).await;
    let cases = [
        ("SELECT email::int FROM users", "Error explaining query"),
        ("SELECT 1; DELETE FROM users", "Unsafe statement"),
        ("DELETE FROM users", "read-only transaction"),
        ("SELECT * FROM nowhere", "is not known"),
        ("", "no statement"),
    ];
    for (query, said) in cases {
        let page = run_it(&app, query, "analyze").await;
        page.must_say(said);
        page.must_not_say("geheim");
    }
    let hostile = explain(&app, "SELECT '</textarea><script>alert(1)</script>' AS \"<b>\"", "explain").await;
    let body = hostile.body.split_once("<body").unwrap().1;
    assert!(!body.contains("<script>alert") && !body.contains("<b>"), "{body}");
}

/// P11, O10.
#[tokio::test]
async fn an_index_is_suggested_where_one_would_help() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Plan)).await;
    let page = explain(&app, "SELECT * FROM users WHERE city_id = 5", "explain").await;
    assert!(page.text().contains("CREATE INDEX CONCURRENTLY ON public.users (city_id);"), "{}", page.text());
    explain(&app, "SELECT * FROM users WHERE id = 5", "explain").await.must_say("serves it already");
    explain(&app, "SELECT 1", "explain").await.must_say("No index is suggested");
}

/// P11, C4.
#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Analyze)).await;
    let form = "query=SELECT+1&mode=explain";
    let answer = app.send(http::Method::POST, PAGE, &[("sec-fetch-site", "cross-site")], form).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    app.set_cookie(None);
    let answer = app.post(PAGE, &[("query", "SELECT 1")]).await;
    assert!(answer.status.is_redirection() && answer.location().starts_with("/sign-in"), "{answer:?}");
    let long = "x".repeat(2 << 20);
    app.sign_in_as("Cleo", Role::Viewer).await;
    assert_eq!(explain(&app, &long, "explain").await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(explain(&app, &"x".repeat(200_000), "explain").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// P4, P11, A6.
#[tokio::test]
async fn a_statement_that_is_counted_can_be_explained_by_its_id() {
    for major in majors() {
        let database = database(major).await;
        let db = database.connect().await;
        run(&db, "SELECT email FROM users WHERE city_id = 42").await;
        db.close().await;
        let app = app(&database, allowing(Explain::Plan)).await;
        let list = app.page("/shop/queries?q=SELECT+email").await;
        let href = list.body.split('"').find(|text| text.starts_with("/shop/queries/")).unwrap().replace("&amp;", "&");
        let details = app.page(&href).await;
        let link = details.body.split('"').find(|text| text.starts_with("/shop/explain?queryid=")).unwrap().to_owned();
        let page = app.page(&link).await;
        page.must_say("WHERE city_id = $1</textarea>");
        let plan = explain(&app, "SELECT email FROM users WHERE city_id = $1", "explain").await;
        assert!(plan.text().contains("Seq Scan on users"), "{major}: {}", plan.text());
        // Its tables stand beside it, with their rows and indexes (§1.4).
        let text = details.text();
        assert!(text.contains("public.users") && text.contains("5,000") && text.contains("users_pkey"), "{text}");
    }
    let database = database(testkit::major()).await;
    let app = app(&database, allowing(Explain::Plan)).await;
    app.page("/shop/explain?queryid=12345").await.must_say("not known any more");
}
