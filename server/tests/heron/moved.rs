//! P14, P15, R23: who follows a bookmark of PgHero's arrives.

use crate::support::TestApp;
use app::BasePath;
use dashboard::Settings;
use http::StatusCode;
use testkit::{Postgres, major};

/// P14, P15, R23, §7 `controller` (show_query by hex with v=2).
#[tokio::test]
async fn bookmarks_of_pghero_lead_to_the_page() {
    let database = Postgres::shared(major()).database_with_statements().await;
    for base in ["", "/team/heron"] {
        let databases = [("shop", database.url.as_str()), ("other", database.url.as_str())];
        let app = TestApp::under(BasePath::parse(base).unwrap(), &databases, Settings::default()).await;
        let signed_out = app.get("/live_queries").await;
        assert_eq!(
            signed_out.location(),
            format!("{base}/sign-in?next=%2Flive_queries"),
            "the databases are nobody's business"
        );
        app.sign_in_under(base).await;
        for (old, new) in [
            ("/live_queries", "/shop/live"),
            ("/other/live_queries?state=active", "/other/live?state=active"),
            ("/query_stats", "/shop/queries"),
            ("/queries/ff?v=2&user=postgres", "/shop/queries/255?role=postgres"),
            ("/connections", "/shop/connections"),
        ] {
            let answer = app.get(old).await;
            assert_eq!(
                (answer.status, answer.location()),
                (StatusCode::TEMPORARY_REDIRECT, &*format!("{base}{new}")),
                "{old}"
            );
        }
        app.page("/shop/live").await;
        assert_eq!(app.get("/nope/live_queries").await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.get("/nope").await.status, StatusCode::NOT_FOUND);
    }
}
