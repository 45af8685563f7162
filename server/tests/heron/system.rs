//! The system page: what a server does over time, and its host where a cloud measures it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use crate::support::{TestApp, eventually, free_port, run};
use app::BasePath;
use axum::{Router, routing::post};
use dashboard::Settings;
use http::StatusCode;
use model::DatabaseId;
use probe::CloudSettings;
use testkit::{Postgres, majors};

/// P2, §7 `controller`, `system` (disabled, no provider).
#[tokio::test]
async fn a_server_without_history_or_cloud_says_how_to_have_them() {
    let database = Postgres::shared(testkit::major()).database().await;
    let app = TestApp::watching(&database.url).await;
    let page = app.page("/shop/system").await;
    page.must_say("<h1>System</h1>");
    page.must_say("Nothing was captured in this window");
    page.must_say("aws_db_instance_identifier");
    page.must_not_say("<figure");
    app.page("/shop").await.must_say("href=\"/shop/system\"");
    assert_eq!(app.get("/nowhere/system").await.status, StatusCode::NOT_FOUND);
}

/// R8 to R13 for a server without a cloud (P2).
#[tokio::test]
async fn what_was_captured_is_drawn_on_every_version() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let db = database.connect().await;
        let app = TestApp::watching(&database.url).await;
        let id = DatabaseId("shop".into());
        app.collector.capture(&id).await.unwrap();
        run(&db, "CREATE TABLE t AS SELECT generate_series(1, 20000) AS n").await;
        // A capture has something to compare with once the backend has reported what it did.
        eventually("what the backend did is drawn", || async {
            run(&db, "SELECT 1").await;
            app.collector.capture(&id).await.unwrap();
            let page = app.page("/shop/system").await;
            (page.says("Inserted per second: ") && !page.says("Inserted per second: 0.0 on average, 0.0 at most"))
                .then_some(())
        })
        .await;
        let page = app.page("/shop/system").await;
        for title in [
            "Transactions",
            "Connections by state",
            "Cache hit rate",
            "Write-ahead log",
            "Checkpoints",
            "Temporary files",
        ] {
            page.must_say(&format!("<figcaption class=\"chart-title\">{title}</figcaption>"));
        }
        assert_eq!(page.says("Autovacuum, per second"), major >= 16, "on {major}");
        assert_eq!(page.says("from PostgreSQL 16 on"), major < 16, "on {major}");
        page.must_say("Commits per second: ");
        page.must_not_say("NaN");
        page.must_not_say("Nothing was captured");
        // Other windows are pages too.
        for window in ["30d", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "nonsense"] {
            app.page(&format!("/shop/system?window={window}")).await;
        }
    }
}

/// A server that is not there has a page, with what was captured of it, and its cloud.
#[tokio::test]
async fn a_server_that_does_not_answer_has_its_page() {
    let app = TestApp::watching(&format!("postgres://heron@127.0.0.1:{}/app", free_port())).await;
    app.page("/shop/system").await.must_say("Nothing was captured in this window");
}

/// CloudWatch, played by the test: answers with half-used processors, or refuses.
async fn cloudwatch(refuses: bool, asked: Arc<AtomicUsize>) -> String {
    let answer = move |body: String| async move {
        asked.fetch_add(1, Ordering::SeqCst);
        if refuses {
            return (StatusCode::FORBIDDEN, r#"{"__type":"AccessDenied","message":"heron may not <look>"}"#.to_owned());
        }
        // The middle of what is asked for.
        let number = |name: &str| -> i64 {
            let rest = body.split(&format!("\"{name}\":")).nth(1).unwrap();
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
        };
        let at = (number("StartTime") + number("EndTime")) / 2;
        (StatusCode::OK, format!(r#"{{"Datapoints":[{{"Timestamp":{at}.0,"Average":50.0,"Unit":"None"}}]}}"#))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await.unwrap() });
    address
}

async fn in_the_cloud(url: &str, endpoint: String) -> TestApp {
    let cloud = CloudSettings {
        aws_db_instance_identifier: Some("production-1".into()),
        aws_access_key_id: Some("AKIDEXAMPLE".into()),
        aws_secret_access_key: Some("s3cr3t-of-the-cloud".into()),
        endpoint: Some(endpoint),
        ..CloudSettings::default()
    };
    let app = TestApp::under(BasePath::default(), &[("shop", url)], Settings { cloud, ..Settings::default() }).await;
    app.sign_in().await;
    app
}

/// R8 to R13, D3 (P2, P5 (free space)).
#[tokio::test]
async fn a_managed_server_s_host_is_drawn_and_asked_once_for_all() {
    let database = Postgres::shared(testkit::major()).database().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let app = in_the_cloud(&database.url, cloudwatch(false, asked.clone()).await).await;
    let page = app.page("/shop/system?window=24h").await;
    for title in ["CPU", "Load", "Connections", "Replication lag", "Free space"] {
        page.must_say(&format!("<figcaption class=\"chart-title\">{title}</figcaption>"));
    }
    page.must_say("In use: 50.0 % on average, 50.0 % at most.");
    page.must_say("By Amazon CloudWatch, means of 5 min.");
    page.must_not_say("s3cr3t-of-the-cloud");
    let once = asked.load(Ordering::SeqCst);
    app.page("/shop/system?window=24h").await.must_say("In use");
    // At most one more round, if the clock has just gone past a period.
    assert!([once, once + 6].contains(&asked.load(Ordering::SeqCst)), "{once} and then {asked:?}");
    assert_eq!(once, 6);
}

#[tokio::test]
async fn a_cloud_that_refuses_is_a_sentence_beside_what_is_known() {
    let database = Postgres::shared(testkit::major()).database().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let app = in_the_cloud(&database.url, cloudwatch(true, asked).await).await;
    let page = app.page("/shop/system").await;
    assert!(page.text().contains("Amazon CloudWatch refuses (403): heron may not <look>"), "{}", page.text());
    page.must_say("<h1>System</h1>");
    page.must_not_say("s3cr3t-of-the-cloud");
}
