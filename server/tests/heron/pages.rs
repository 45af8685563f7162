//! Pages are whole, say what is known, and are nobody's but who signed in.

use crate::support::{PASSWORD, TestApp, free_port, rows, run};
use app::BasePath;
use dashboard::Settings;
use http::{Method, StatusCode};
use testkit::{Postgres, TestDatabase, major};

/// A little shop with an index too many, and what an application did to it.
async fn shop() -> TestDatabase {
    let database = Postgres::shared(major()).database_with_statements().await;
    let db = database.connect().await;
    run(
        &db,
        "CREATE TABLE orders (id serial PRIMARY KEY, customer int, status text);
         CREATE INDEX orders_customer ON orders (customer);
         CREATE INDEX orders_customer_status ON orders (customer, status)",
    )
    .await;
    run(&db, "INSERT INTO orders (customer, status) SELECT n, 'paid' FROM generate_series(1, 100) AS n").await;
    for _ in 0..3 {
        run(&db, "SELECT count(*) FROM orders WHERE customer = 42").await;
    }
    db.close().await;
    database
}

/// Nobody listens here, and the password is no common word.
fn dead() -> String {
    format!("postgres://heron:s3cr3t-of-the-dead@127.0.0.1:{}/app", free_port())
}

/// Text that would be markup if it were not escaped.
const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// P1.
#[tokio::test]
async fn the_overview_is_whole_before_any_script_runs() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let page = app.page("/shop").await;
    page.must_say("<h1>Overview</h1>");
    page.must_say("PostgreSQL");
    for check in
        ["duplicate_index", "unused_index", "connections", "sequence_overflow", "statistics_missing", "slow_query"]
    {
        page.must_say(&format!("id=\"{check}\""));
    }
    assert!(page.text().contains("DROP INDEX CONCURRENTLY public.orders_customer;"), "{}", page.text());
    // The chart of a store without history says so in words.
    page.must_say("Nothing was captured");
    assert_eq!(page.header("cache-control"), "no-store");
}

/// P3, §7 `controller` (queries).
#[tokio::test]
async fn the_queries_are_whole_before_any_script_runs() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let page = app.page("/shop/queries").await;
    let rows = rows(&page);
    let row = rows.iter().find(|row| row["Query"].contains("count(*)")).unwrap_or_else(|| panic!("{}", page.text()));
    assert!(row["Query"].contains("FROM orders WHERE customer = "), "{row:?}");
    assert_eq!((row["Calls"].as_str(), row["Rows"].as_str()), ("3", "3"));
    assert!(row["Share"].ends_with('%'), "{row:?}");
}

/// P4, §7 `controller` (show_query): an unknown hash is no 404, because it may have been evicted.
#[tokio::test]
async fn a_query_has_a_page_with_its_text_and_its_roles() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let list = app.page("/shop/queries?q=count(*)").await;
    let link = list.body.split('"').find(|text| text.starts_with("/shop/queries/"));
    let href = link.unwrap_or_else(|| panic!("no link: {}", list.text()));
    assert!(href.contains("role=postgres"), "{href}");
    let page = app.page(&href.replace("&amp;", "&")).await;
    page.must_say("<h1>Query</h1>");
    assert!(page.text().contains("count(*) FROM orders"), "{}", page.text());
    page.must_say("Total time");
    // One that nobody ever sent is no error: it may have been evicted.
    app.page("/shop/queries/1234567890").await.must_say("does not know this statement now");
    app.page("/shop/queries/nonsense").await.must_say("does not know this statement now");
}

/// Defect 20: every comment of the text is named, and nobody's share of the time is claimed that was not measured.
/// P4, §7 `query_stats` (origins).
#[tokio::test]
async fn a_query_says_where_it_comes_from_and_no_more() {
    let shop = shop().await;
    let db = shop.connect().await;
    run(&db, "SELECT max(id) /* controller:orders */ FROM orders /* job:nightly */").await;
    run(&db, "SELECT max(id) /* controller:carts */ FROM orders").await;
    let app = TestApp::watching(&shop.url).await;
    let list = app.page("/shop/queries?q=max(id)").await;
    let links: Vec<&str> = list.body.split('"').filter(|text| text.starts_with("/shop/queries/")).collect();
    assert_eq!(links.len(), 1, "PostgreSQL counts both as one: {}", list.text());
    let page = app.page(&links[0].replace("&amp;", "&")).await;
    page.must_say("controller:orders · job:nightly");
    page.must_say("the comment of who ran it first");
    page.must_not_say("controller:carts");
}

/// P14, §7 `module` (databases).
#[tokio::test]
async fn the_fleet_shows_every_database_and_the_worst_first() {
    let (shop, dead) = (shop().await, dead());
    let app = TestApp::new(&[("shop", &shop.url), ("dead", &dead), ("empty", &shop.url)]).await;
    app.sign_in().await;
    let page = app.page("/").await;
    let rows = rows(&page);
    let names: Vec<&str> = rows.iter().map(|row| row["Database"].as_str()).collect();
    assert_eq!(names[0], "dead");
    // What is wrong with the server of both is said once, before them.
    assert!(names[1].starts_with("whole server 127.0.0.1:") && names.len() == 4, "{names:?}");
    assert!(rows[0]["The worst"].contains("cannot be reached") && rows[0]["PostgreSQL"] == "unknown", "{rows:?}");
    assert!(rows[1]["PostgreSQL"].starts_with(&major().to_string()), "{rows:?}");
    assert!(rows[1]["The worst"].contains("is off") && rows[1]["State"] == "Critical", "{rows:?}");
    assert!(rows[2..].iter().all(|row| row["State"] != "Critical"), "{rows:?}");
    let last = app.page("/?sort=database&order=desc").await;
    assert_eq!(crate::support::rows(&last)[1]["Database"], "shop", "after the whole server");
}

/// P14: with one database PgHero's URLs have no segment; Heron's root leads to it.
#[tokio::test]
async fn a_single_database_is_where_the_root_leads() {
    let app = TestApp::watching(&dead()).await;
    let answer = app.get("/").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "/shop"));
}

/// C1: `name` of a database (§7 `database`).
#[tokio::test]
async fn a_database_is_called_by_its_name() {
    let settings = Settings { name: Some("The shop".into()), ..Settings::default() };
    let app = TestApp::under(BasePath::default(), &[("shop", &dead())], settings).await;
    app.sign_in().await;
    app.page("/shop/explain").await.must_say("Database: The shop");
}

#[tokio::test]
async fn what_is_not_there_is_a_page_with_its_status() {
    let app = TestApp::watching(&dead()).await;
    for path in ["/nowhere", "/nowhere/queries", "/nowhere/queries/1", "/shop/nowhere", "/a/b/c/d", "/index.php"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
        assert!(answer.says("There is no "), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn names_and_texts_of_others_stay_text() {
    let server = Postgres::shared(major());
    let database = server.database_with_statements().await;
    let db = database.connect().await;
    let name = HOSTILE.replace('"', "\"\"");
    run(
        &db,
        &format!(
            "CREATE TABLE \"{name}\" (a int, b int); CREATE INDEX \"1{name}\" ON \"{name}\" (a); CREATE INDEX \"2{name}\" ON \"{name}\" (a, b)"
        ),
    )
    .await;
    run(&db, &format!("SELECT 1 AS \"{name}\"")).await;
    db.close().await;
    let app = TestApp::new(&[("<b>\"'&", &database.url), ("other", &database.url)]).await;
    app.sign_in().await;
    let id = "%3Cb%3E%22%27%26";
    let hostile: String = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for path in [
        "/".to_owned(),
        format!("/{id}"),
        format!("/{id}/queries"),
        format!("/{id}/queries?q={hostile}&role={hostile}&sort={hostile}&window={hostile}&page={hostile}"),
        format!("/{id}/queries/{id}?role={hostile}"),
        format!("/{id}?window={hostile}&{hostile}={hostile}"),
        format!("/nowhere{id}"),
        format!("/sign-in?next={hostile}"),
        format!("/sign-in?ticket={hostile}"),
    ] {
        let page = app.get(&path).await;
        // The title is looked at by a test of its own.
        let body = page.body.split_once("<body").map_or(page.body.as_str(), |(_, body)| body);
        assert!(!body.contains("<script>alert") && !body.contains("<b>"), "{path}: {body}");
    }
    let overview = app.page(&format!("/{id}")).await;
    assert!(overview.text().contains(&format!("2{HOSTILE}")), "the index is not named:\n{}", overview.text());
    overview.must_say("&lt;script&gt;alert(1)&lt;/script&gt;");
    app.page(&format!("/{id}/queries")).await.must_say("&lt;script&gt;alert(1)&lt;/script&gt;");
}

#[tokio::test]
async fn the_title_of_a_page_is_text_too() {
    let app = TestApp::watching(&dead()).await;
    let page = app.get("/%3C%2Ftitle%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    page.must_not_say("</title><script>alert");
}

/// P3, C9.
#[tokio::test]
async fn every_literal_of_a_text_is_somebodys_data() {
    let server = Postgres::shared(major());
    let database = server.database_with_statements().await;
    let db = database.connect().await;
    // PostgreSQL normalises queries, and keeps the literals of everything else.
    run(&db, "CREATE ROLE heron_test_literal PASSWORD 'geheimes Wort'; DROP ROLE heron_test_literal").await;
    run(&db, "SET application_name = 'geheime Anwendung'").await;
    db.close().await;
    let app = TestApp::watching(&database.url).await;
    let page = app.page("/shop/queries").await;
    // From 18 on it normalises this one too.
    let value = if server.major() >= 18 { "$1" } else { "?" };
    assert!(page.text().contains(&format!("SET application_name = {value}")), "{}", page.text());
    page.must_not_say("geheim");
}

/// P3, §7 `query_stats` (sorts, user); defect 23.
#[tokio::test]
async fn sort_search_role_and_page_stand_in_the_url() {
    let server = Postgres::shared(major());
    let database = server.database_with_statements().await;
    let role = server.role("").await;
    let db = database.connect().await;
    let columns: Vec<String> = (0..70).map(|n| format!("column_{n:02}")).collect();
    run(&db, &format!("CREATE TABLE wide ({} int); GRANT SELECT ON wide TO PUBLIC", columns.join(" int, "))).await;
    for column in &columns {
        run(&db, &format!("SELECT {column} FROM wide")).await;
    }
    for _ in 0..5 {
        run(&db, "SELECT generate_series(1, 7) AS sevens").await;
    }
    let other = dataset::Database::connect(&role.url(&database.name)).await.unwrap();
    run(&other, "SELECT column_00 FROM wide").await;
    other.close().await;
    db.close().await;
    let app = TestApp::watching(&database.url).await;

    let by_calls = app.page("/shop/queries?sort=calls&q=sevens").await;
    by_calls.must_say("aria-sort=\"descending\"");
    let found = rows(&by_calls);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0]["Calls"].as_str(), found[0]["Rows"].as_str()), ("5", "35"));

    let rows_of = |page: &crate::support::Answer| -> Vec<i64> {
        rows(page).iter().map(|row| row["Rows"].replace(',', "").parse().unwrap()).collect()
    };
    let descending = rows_of(&app.page("/shop/queries?sort=rows").await);
    assert!(descending.is_sorted_by(|a, b| a >= b) && descending.contains(&35), "{descending:?}");
    let page = app.page("/shop/queries?sort=rows&order=asc&window=24h").await;
    page.must_say("aria-sort=\"ascending\"");
    assert!(rows_of(&page).is_sorted(), "{:?}", rows_of(&page));
    page.must_say("last 24 hours");
    // Links of the page keep the window.
    page.must_say("href=\"/shop?window=24h\"");

    let (first, second) =
        (app.page("/shop/queries?q=from+wide").await, app.page("/shop/queries?q=from+wide&page=2").await);
    let texts = |page: &crate::support::Answer| -> Vec<String> {
        rows(page).into_iter().map(|row| row["Query"].replace("Details", "")).collect()
    };
    let (one, two) = (texts(&first), texts(&second));
    assert_eq!((one.len(), two.len()), (50, 21));
    assert!(one.iter().all(|text| !two.contains(text)), "a row stands on both pages");
    first.must_say("page 1 of 2");
    first.must_say("rel=\"next\"");
    assert_eq!(texts(&app.page("/shop/queries?q=from+wide&page=99").await), two, "past the end is the end");
    assert_eq!(rows(&app.page("/shop/queries?q=COLUMN_07+FROM").await).len(), 1);

    let only = app.page(&format!("/shop/queries?role={}", role.name)).await;
    assert!(rows(&only).iter().all(|row| row["Query"].contains(&role.name)), "{}", only.text());
    only.must_say("Show all roles");
    app.page("/shop/queries?q=no_such_thing").await.must_say("No statement matches");
}

/// P3, §7 `query_stats` (a bad sort): PgHero raises "Invalid sort".
#[tokio::test]
async fn nonsense_in_the_url_is_the_usual_page() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    for query in
        ["sort=%00", "page=-1", "page=99999999999999999999", "window=forever", "order=sideways", "q=%ff", "&&=&%"]
    {
        let page = app.page(&format!("/shop/queries?{query}")).await;
        page.must_say("<h1>Queries</h1>");
        page.must_say("last hour");
    }
}

/// C3: signing in where PgHero has basic authentication.
#[tokio::test]
async fn a_stranger_gets_nothing_but_the_sign_in_page() {
    let shop = shop().await;
    let app = TestApp::new(&[("shop", &shop.url)]).await;
    for path in ["/", "/shop", "/shop/queries?sort=calls", "/shop/queries/1", "/nowhere", "/a/b/c", "/sign-in/x"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.location().starts_with("/sign-in") && answer.body.is_empty(), "{path}: {answer:?}");
    }
    assert_eq!(app.get("/shop/queries?sort=calls").await.location(), "/sign-in?next=%2Fshop%2Fqueries%3Fsort%3Dcalls");
    for path in ["/api/fleet", "/api/overview?database=shop", "/api/statements?database=shop", "/api/nothing", "/api/"]
    {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {}", answer.body);
        assert!(!answer.says("shop"), "{path}: {}", answer.body);
    }
    let answer = app.post("/api/sign_out", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // A cookie that somebody made up is no session.
    app.set_cookie(Some("heron=AAAAAAAAAAAAAAAAAAAAAA".into()));
    assert_eq!(app.get("/shop").await.status, StatusCode::SEE_OTHER);
    app.set_cookie(Some("heron=\u{1}nonsense%%%".replace('\u{1}', "")));
    assert_eq!(app.get("/shop").await.status, StatusCode::SEE_OTHER);

    let page = app.page("/sign-in").await;
    page.must_say("autocomplete=\"current-password\"");
    page.must_not_say("shop");
}

#[tokio::test]
async fn machines_are_answered_in_json() {
    let shop = shop().await;
    let app = TestApp::watching(&shop.url).await;
    let answer = app.send(Method::GET, "/api/overview?database=shop", &[("accept", "application/json")], "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(json["report"]["database"], "shop");
    let unknown = app.send(Method::GET, "/api/overview?database=nowhere", &[("accept", "application/json")], "").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.body);
}

/// C4.
#[tokio::test]
async fn writes_from_other_sites_are_refused() {
    let app = TestApp::watching(&dead()).await;
    let cases: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.test")],
        &[("origin", "null")],
        // With a cookie and no word of where it comes from.
        &[],
    ];
    for headers in cases {
        for path in ["/api/sign_out", "/api/sign_in", "/api/redeem", "/shop", "/api/nothing"] {
            let answer = app.send(Method::POST, path, headers, "name=x").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert_eq!(app.get("/sign-in").await.status, StatusCode::OK);
    assert_eq!(app.get("/").await.location(), "/shop", "still signed in");
}

#[tokio::test]
async fn a_wrong_password_lets_nobody_in_and_is_said() {
    let app = TestApp::watching(&dead()).await;
    app.set_cookie(None);
    for (name, password) in [("Ada", "wrong"), ("nobody", PASSWORD), ("Ada", ""), ("", "")] {
        let answer = app.post("/api/sign_in", &[("name", name), ("password", password), ("next", "/shop")]).await;
        assert!(answer.status.is_redirection() || answer.status == StatusCode::UNAUTHORIZED, "{name}: {answer:?}");
        assert!(app.get("/shop").await.location().starts_with("/sign-in"), "{name} was let in with {password:?}");
    }
    let answer = app.post("/api/sign_in", &[("name", "Ada"), ("password", "wrong"), ("next", "/shop")]).await;
    let back = answer.location().replace("http://heron.test", "");
    assert!(back.starts_with("/sign-in?"), "{answer:?}");
    app.page(&back).await.must_say("do not go together");
}

#[tokio::test]
async fn signing_in_leads_to_where_one_was_going_and_nowhere_else() {
    let app = TestApp::watching(&dead()).await;
    for (next, leads) in [
        ("/shop/queries?sort=calls", "/shop/queries?sort=calls"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\r\nset-cookie: x=y", "/"),
        ("", "/"),
    ] {
        app.set_cookie(None);
        let answer = app.post("/api/sign_in", &[("name", " Ada "), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, leads), "{next:?}");
        assert_eq!(app.get("/").await.location(), "/shop", "not signed in");
    }
}

#[tokio::test]
async fn a_session_begins_with_an_id_of_its_own() {
    let app = TestApp::watching(&dead()).await;
    let before = app.cookie().unwrap();
    app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    let after = app.cookie().unwrap();
    assert_ne!(before, after);
    app.set_cookie(Some(before));
    assert!(app.get("/shop").await.location().starts_with("/sign-in"), "the id from before is still good");
}

#[tokio::test]
async fn a_cookie_is_for_the_browser_alone() {
    let app = TestApp::new(&[("shop", &dead())]).await;
    app.sign_in().await;
    let answer = app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    let cookie = answer.header("set-cookie");
    for attribute in ["heron=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[tokio::test]
async fn who_signs_out_is_out() {
    let app = TestApp::watching(&dead()).await;
    let cookie = app.cookie();
    let answer = app.post("/api/sign_out", &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "/sign-in"));
    assert!(app.get("/shop").await.location().starts_with("/sign-in"));
    // Also who kept the cookie.
    app.set_cookie(cookie);
    assert!(app.get("/shop").await.location().starts_with("/sign-in"));
}

/// C3, C4; defect 22.
#[tokio::test]
async fn a_restart_signs_nobody_out() {
    let app = TestApp::watching(&dead()).await.restart().await;
    assert_eq!(app.get("/").await.location(), "/shop");
    app.set_cookie(None);
    app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert_eq!(app.get("/").await.location(), "/shop");
}

#[tokio::test]
async fn a_removed_account_is_signed_out_at_once() {
    let app = TestApp::watching(&dead()).await;
    assert!(app.store.remove_account("Ada").await.unwrap());
    assert!(app.get("/shop").await.location().starts_with("/sign-in"));
    // And stays so when somebody of that name comes.
    app.store.add_account("Ada", model::Role::Administrator).await.unwrap();
    assert!(app.get("/shop").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_one_time_link_works_once() {
    let app = TestApp::watching(&dead()).await;
    let person = app.store.person("Ada").await.unwrap().unwrap();
    let ticket = app.store.issue_ticket(person.id, model::Millis::from_secs(60)).await.unwrap();
    let page = format!("/sign-in?ticket={}", ticket.secret());
    app.set_cookie(None);
    app.page(&page).await.must_say("You are <strong>Ada</strong>");
    let redeem = async |password: &str, again: &str| {
        app.post("/api/redeem", &[("ticket", ticket.secret()), ("password", password), ("again", again)]).await
    };
    for (password, again) in [("short", "short"), ("one long password", "another long one")] {
        redeem(password, again).await;
        assert!(app.get("/shop").await.location().starts_with("/sign-in"), "{password}");
    }
    assert_eq!(redeem(PASSWORD, PASSWORD).await.location(), "/");
    app.set_cookie(None);
    redeem(PASSWORD, PASSWORD).await;
    assert!(app.get("/shop").await.location().starts_with("/sign-in"), "the link worked twice");
    app.page(&page).await.must_say("This link was used already");
}

/// P13.
#[tokio::test]
async fn health_asks_neither_a_database_nor_the_store() {
    let app = TestApp::new(&[("dead", &dead())]).await;
    app.store.close().await;
    let answer = app.get("/health").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "OK\n"));
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn without_its_store_heron_says_so_and_lets_nobody_in() {
    let app = TestApp::watching(&dead()).await;
    app.store.close().await;
    let answer = app.get("/shop").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
    answer.must_say("Its log says why");
}

/// What `TestApp` looks at on every answer is there on the rare ones too.
/// C5.
#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_it_safe() {
    let app = TestApp::watching(&dead()).await;
    for (method, path, status) in [
        (Method::GET, "/sign-in", StatusCode::OK),
        (Method::GET, "/nowhere", StatusCode::NOT_FOUND),
        (Method::GET, "/", StatusCode::FOUND),
        (Method::GET, "/health", StatusCode::OK),
        (Method::GET, "/pkg/nothing.js", StatusCode::NOT_FOUND),
        (Method::GET, "/robots.txt.bak", StatusCode::NOT_FOUND),
        (Method::POST, "/api/sign_out", StatusCode::FORBIDDEN),
        (Method::DELETE, "/shop", StatusCode::FORBIDDEN),
        (Method::GET, "/api/nothing", StatusCode::NOT_FOUND),
    ] {
        let answer = app.send(method.clone(), path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[tokio::test]
async fn no_file_beside_the_site_can_be_had() {
    let app = TestApp::watching(&dead()).await;
    for path in
        ["/pkg/../Cargo.toml", "/pkg/..%2f..%2fCargo.toml", "/..%2fCargo.toml", "/pkg/%2e%2e/heron", "/hash.txt"]
    {
        let answer = app.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.body);
        answer.must_not_say("[workspace]");
    }
}

/// Each nonce is used once: a policy that repeats one protects nothing.
#[tokio::test]
async fn no_two_pages_have_the_same_nonce() {
    let app = TestApp::new(&[("shop", &dead())]).await;
    let policy = async || app.page("/sign-in").await.header("content-security-policy").to_owned();
    assert_ne!(policy().await, policy().await);
}
