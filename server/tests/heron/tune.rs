//! The tune page and the checks of settings and extensions, on real servers.

use crate::support::{TestApp, rows, run};
use testkit::{Postgres, majors};

/// PgHero's test `tune` (§7): shared_buffers is there; autovacuum too, without asking for it (P12).
#[tokio::test]
async fn tune_says_what_each_setting_should_be_and_why() {
    for major in majors() {
        let database = Postgres::shared(major).database_with_statements().await;
        let app = TestApp::watching(&database.url).await;
        let page = app.page("/shop/tune").await;
        let settings = rows(&page);
        let named = |name: &str| {
            settings.iter().find(|row| row["Setting"] == name).unwrap_or_else(|| panic!("{name} on {major}")).clone()
        };
        assert!(named("shared_buffers")["Value"].starts_with("64.0 MB"), "{settings:?}");
        assert_eq!(named("effective_cache_size")["Recommendation"], "Cannot tell");
        assert_eq!(named("autovacuum")["Recommendation"], "Keep");
        assert!(named("autovacuum_vacuum_cost_limit")["Why"].contains("vacuum_cost_limit, 200"));
        assert_eq!(settings.iter().any(|row| row["Setting"] == "io_method"), major >= 18);
        page.must_say(&format!("PostgreSQL {major}."));
        // What SQL cannot know stands in the URL.
        let told = app.page("/shop/tune?memory=16GB&cpus=4&storage=ssd").await;
        assert!(told.text().contains("ALTER SYSTEM SET effective_cache_size = '12GB';"), "{}", told.text());
        assert!(told.text().contains("ALTER SYSTEM SET random_page_cost = '1.1';"), "{}", told.text());
        assert!(told.text().contains("SELECT pg_reload_conf();"), "{}", told.text());
        told.must_say("value=\"16GB\"");
        app.page("/shop/tune?memory=%3Cb%3E&cpus=-1&storage=tape").await.must_say("Write memory as 16GB");
    }
}

/// P12, L1 `settings`.
#[tokio::test]
async fn the_servers_own_settings_are_shown_and_not_those_of_herons_session() {
    let database = Postgres::shared(testkit::major()).database().await;
    let app = TestApp::watching(&database.url).await;
    let settings = rows(&app.page("/shop/tune").await);
    // Heron's own session compiles nothing.
    assert!(settings.iter().any(|row| row["Setting"] == "jit" && row["Value"].starts_with("on")), "{settings:?}");
}

/// P12; defect 21.
#[tokio::test]
async fn dangerous_settings_and_old_extensions_are_findings() {
    for major in majors() {
        let database = Postgres::shared(major).database().await;
        let db = database.connect().await;
        run(&db, "CREATE EXTENSION pg_stat_statements VERSION '1.8'").await;
        db.close().await;
        let app = TestApp::watching(&database.url).await;
        let page = app.page("/shop").await;
        // A test server has them off.
        for said in ["fsync is off", "full_page_writes is off", "ALTER EXTENSION pg_stat_statements UPDATE;"] {
            assert!(page.text().contains(said), "{major}: no {said:?}:\n{}", page.text());
        }
        // Defect 21: an old extension is advice on the pages that need it, and no error.
        app.page("/shop/queries").await.must_say("ALTER EXTENSION pg_stat_statements UPDATE");
    }
}
