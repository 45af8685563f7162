//! C9: with filter_data nobody's data leaves, and a text that no parser reads is not shown.

use crate::support::{TestApp, eventually};
use app::BasePath;
use dashboard::Settings;
use testkit::{Postgres, major};

/// C9, §7 `queries`, `query_stats` (filter_data).
#[tokio::test]
async fn texts_are_filtered_wherever_they_are_shown() {
    let database = Postgres::shared(major()).database_with_statements().await;
    let db = database.connect().await;
    // A comment that looks like the end of a string to whoever does not parse; and a statement no parser knows.
    db.execute_script("DO $geheim$ BEGIN PERFORM 'geheim'; END $geheim$").await.unwrap();
    db.execute("SELECT pg_sleep(0.05) AS \"Schlaf\", 'geheim'", []).await.unwrap();
    for (filter_data, sleeps, does) in [(true, "SELECT pg_sleep($1)", false), (false, "SELECT pg_sleep(?)", true)] {
        let settings = Settings { filter_data, ..Settings::default() };
        let app = TestApp::under(BasePath::default(), &[("shop", &database.url)], settings).await;
        app.sign_in().await;
        app.collector.capture(&model::DatabaseId("shop".into())).await.unwrap();
        let sleeper = database.connect().await;
        let sleeping = tokio::spawn({
            let sleeper = sleeper.clone();
            async move { sleeper.execute("SELECT pg_sleep(4), 'geheim'", []).await }
        });
        let live = eventually("it sleeps", || async {
            Some(app.page("/shop/live").await).filter(|page| page.text().contains("pg_sleep"))
        })
        .await;
        assert!(live.text().contains(&sleeps[..sleeps.len() - 1]), "{}", live.text());
        let queries = app.page("/shop/queries?of=all").await;
        assert!(queries.text().contains("Schlaf"), "{}", queries.text());
        assert_eq!(queries.text().contains("DO ?"), does, "{}", queries.text());
        assert_eq!(queries.text().contains("<unable to filter data>"), filter_data, "{}", queries.text());
        for page in ["/shop", "/shop/live", "/shop/locks", "/shop/queries", "/shop/connections"] {
            let answer = app.page(page).await;
            assert!(!answer.body.contains("geheim"), "{page}: {}", answer.text());
        }
        sleeping.abort();
        sleeper.close().await;
    }
    db.close().await;
}
