//! Accounts, sessions and the audit trail, as an administrator meets them.

use crate::support::{Answer, PASSWORD, TestApp, free_port, rows};
use dashboard::Settings;
use http::{Method, StatusCode};
use model::{Millis, Role};

/// Nobody listens here.
fn dead() -> String {
    format!("postgres://heron:s3cr3t-of-the-dead@127.0.0.1:{}/app", free_port())
}

async fn sign_in_as(app: &TestApp, name: &str, role: Role) {
    app.set_cookie(None);
    let person = app.store.add_account(name, role).await.unwrap();
    let ticket = app.store.issue_ticket(person.id, Millis::from_secs(60)).await.unwrap();
    app.post("/api/redeem", &[("ticket", ticket.secret()), ("password", PASSWORD), ("again", PASSWORD)]).await;
}

async fn is_signed_in(app: &TestApp) -> bool {
    app.get("/settings").await.status == StatusCode::OK
}

/// The one-time link on a page.
fn handed_over(page: &Answer) -> Option<String> {
    let found = page.body.split('"').find(|text| text.contains("/sign-in?ticket="))?;
    Some(found[found.find("/sign-in").unwrap()..].to_owned())
}

#[tokio::test]
async fn an_administrator_adds_somebody_and_hands_a_link_over_once() {
    let app = TestApp::watching(&dead()).await;
    let answer = app.post("/api/add_account", &[("name", "Eve <b>"), ("role", "operator")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "/users"), "{}", answer.body);
    let page = app.page("/users").await;
    let link = handed_over(&page).unwrap_or_else(|| panic!("no link:\n{}", page.text()));
    assert!(page.text().contains("Eve <b>") && !page.says("<b>\""), "{}", page.text());
    assert!(handed_over(&app.page("/users").await).is_none(), "the link is shown twice");

    app.set_cookie(None);
    let ticket = link.split_once("ticket=").unwrap().1;
    let form = [("ticket", ticket), ("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(app.post("/api/redeem", &form).await.location(), "/");
    assert!(is_signed_in(&app).await);
    for path in ["/users", "/users/remove?name=Ada"] {
        let page = app.get(path).await;
        assert!(page.status == StatusCode::FORBIDDEN || !page.says("Add somebody"), "{path}: {}", page.status);
    }
    assert_eq!(app.get("/users").await.status, StatusCode::FORBIDDEN);
    app.page("/audit").await.must_say("added operator");
}

#[tokio::test]
async fn roles_are_changed_and_accounts_removed_at_once() {
    let app = TestApp::watching(&dead()).await;
    let ada = app.cookie();
    sign_in_as(&app, "Eve", Role::Viewer).await;
    let eve = app.cookie();
    assert_eq!(app.get("/audit").await.status, StatusCode::FORBIDDEN);

    app.set_cookie(ada.clone());
    let answer = app.post("/api/set_role", &[("name", "Eve"), ("role", "operator")]).await;
    assert_eq!(answer.location(), "/users");
    app.page("/users").await.must_say("Eve is operator now.");
    app.set_cookie(eve.clone());
    assert_eq!(app.get("/audit").await.status, StatusCode::OK);

    app.set_cookie(ada);
    app.page("/users/remove?name=Eve").await.must_say("Remove the account");
    app.post("/api/remove_account", &[("name", "Eve")]).await;
    app.page("/users").await.must_say("Eve is removed and signed out.");
    app.set_cookie(eve);
    assert!(!is_signed_in(&app).await);
}

#[tokio::test]
async fn the_last_administrator_stays_one_and_nobody_else_manages_accounts() {
    let app = TestApp::watching(&dead()).await;
    let json = async |path: &str, form: &str| {
        app.send(Method::POST, path, &[("sec-fetch-site", "same-origin"), ("accept", "application/json")], form).await
    };
    for (path, form) in [("/api/set_role", "name=Ada&role=viewer"), ("/api/remove_account", "name=Ada")] {
        let answer = json(path, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
        assert!(answer.says("last administrator"), "{}", answer.body);
    }
    let back = app.post("/api/remove_account", &[("name", "Ada")]).await;
    assert!(back.status.is_redirection() && back.location().contains("__err"), "{back:?}");
    for (path, form) in [
        ("/api/add_account", "name=Ada&role=viewer"),
        ("/api/add_account", "name=+&role=viewer"),
        ("/api/set_role", "name=Nobody&role=viewer"),
        ("/api/remove_account", "name=Nobody"),
    ] {
        assert_eq!(json(path, form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {form}");
    }
    sign_in_as(&app, "Bob", Role::Operator).await;
    for (path, form) in [
        ("/api/add_account", "name=Mallory&role=administrator"),
        ("/api/set_role", "name=Bob&role=administrator"),
        ("/api/remove_account", "name=Ada"),
        ("/api/new_link", "name=Ada"),
    ] {
        assert_eq!(json(path, form).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(app.store.person("Ada").await.unwrap().unwrap().role, Role::Administrator);
    assert_eq!(app.store.person("Mallory").await.unwrap(), None);
}

#[tokio::test]
async fn who_guesses_passwords_waits_and_is_told_how_long() {
    let app = TestApp::watching(&dead()).await;
    app.set_cookie(None);
    let guess = async |name: &str, password: &str| {
        let form = format!("name={name}&password={password}");
        let headers = [("sec-fetch-site", "same-origin"), ("accept", "application/json")];
        app.send(Method::POST, "/api/sign_in", &headers, &form).await
    };
    for n in 0..5 {
        let answer = guess("Ada", "wrong").await;
        assert!(answer.says("WrongPassword"), "{n}: {}", answer.body);
    }
    let answer = guess("Ada", "correct+horse+battery").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    assert!(answer.says("Try again in 1.0 s"), "{}", answer.body);
    let back = app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    let back = back.location().replace("http://heron.test", "");
    app.page(&back).await.must_say("Too many attempts");
    assert!(guess("Bob", "wrong").await.says("WrongPassword"), "nobody else has to wait");

    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await.location(), "/");
    let trail = app.page("/audit?q=failed+to+sign+in").await;
    let failed: Vec<String> = rows(&trail).into_iter().map(|row| row["Who"].clone()).collect();
    assert_eq!(failed, ["Bob", "Ada", "Ada", "Ada", "Ada", "Ada"]);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let app = TestApp::watching(&dead()).await;
    let elsewhere = app.cookie();
    app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await;
    app.page("/settings/password").await.must_say("Present password");
    let change = async |present: &str, new: &str, again: &str| {
        app.post("/api/change_password", &[("present", present), ("password", new), ("again", again)]).await
    };
    for (present, new, again) in [
        ("not mine", "a longer password", "a longer password"),
        (PASSWORD, "a longer password", "another password"),
        (PASSWORD, "short", "short"),
    ] {
        assert!(change(present, new, again).await.location().contains("__err"), "{new}");
    }
    let before = app.cookie();
    assert_eq!(change(PASSWORD, "a longer password", "a longer password").await.location(), "/");
    assert!(is_signed_in(&app).await);
    app.page("/settings").await;
    for old in [elsewhere, before] {
        app.set_cookie(old);
        assert!(!is_signed_in(&app).await, "a session from before is still good");
    }
    assert!(app.post("/api/sign_in", &[("name", "Ada"), ("password", PASSWORD)]).await.location().contains("__err"));
}

/// §10.22: PgHero's random secret signs everybody out at every start, and breaks forms behind several processes.
/// C3, C4.
#[tokio::test]
async fn a_session_survives_restarts_and_is_good_in_every_process_10_22() {
    let app = TestApp::watching(&dead()).await;
    let app = app.restart().await;
    assert!(is_signed_in(&app).await);
    let beside = app.beside().await;
    assert!(is_signed_in(&beside).await);
    beside.post("/api/add_account", &[("name", "Eve"), ("role", "viewer")]).await;
    let page = app.page("/users").await;
    assert!(handed_over(&page).is_some(), "what one process has to say, another says:\n{}", page.text());
    app.post("/api/sign_out", &[]).await;
    assert!(!is_signed_in(&beside).await);
}

#[tokio::test]
async fn the_settings_in_force_are_shown_without_secrets() {
    let mut settings = Settings { actions: false, ..Settings::default() };
    settings.thresholds.slow_query_ms = 12.5;
    let app = TestApp::under(app::BasePath::default(), &[("shop", &dead())], settings).await;
    app.sign_in().await;
    let page = app.page("/settings").await;
    let rows = rows(&page);
    let row = |name: &str| {
        rows.iter().find(|row| row.get("Setting").is_some_and(|it| it == name)).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!((row("actions")["Value"].as_str(), row("actions")["From"].as_str()), ("off", "configuration"));
    assert_eq!(row("thresholds.slow_query_ms")["Value"], "12.5");
    assert_eq!(row("thresholds.slow_query_calls")["From"], "default");
    assert_eq!(row("store")["Value"], "SQLite");
    assert!(page.text().contains("as role heron"), "{}", page.text());
    page.must_not_say("s3cr3t");
}

#[tokio::test]
async fn the_trail_is_searched_and_paged() {
    let app = TestApp::watching(&dead()).await;
    for n in 0..60 {
        app.store.audit("command line", "did something", &format!("thing {n:02}")).await.unwrap();
    }
    let first = app.page("/audit?q=did+something").await;
    first.must_say("page 1 of 2");
    assert_eq!(rows(&first)[0]["To what"], "thing 59");
    let second = app.page("/audit?q=did+something&page=2").await;
    assert_eq!((rows(&second).len(), rows(&second)[9]["To what"].as_str()), (10, "thing 00"));
    assert_eq!(rows(&app.page("/audit?q=thing+07").await).len(), 1);
    app.page("/audit?q=%3Cscript%3E").await.must_say("No entry matches");
}
