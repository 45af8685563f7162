//! A large catalogue: 2,000 tables, 6,000 indexes, 300 schemas, 5,000 statements, one of them of 7 MB.

use std::fmt::Write;

use crate::support::{PAGES, PAGES_WITHOUT_IT, TestApp, rows, run};
use model::DatabaseId;
use testkit::{Postgres, major};

/// No page is longer, however long the list is that it shows a page of.
const LONGEST: usize = 400_000;

const CATALOGUE: &str = "
DO $$
BEGIN
    FOR s IN 1..300 LOOP
        EXECUTE format('CREATE SCHEMA %I', 'Schema ' || s);
        FOR t IN 1..(CASE WHEN s <= 200 THEN 7 ELSE 6 END) LOOP
            EXECUTE format('CREATE TABLE %I.%I (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text)', 'Schema ' || s, 'table ' || t);
            EXECUTE format('CREATE INDEX ON %I.%I (a, b)', 'Schema ' || s, 'table ' || t);
            EXECUTE format('CREATE INDEX ON %I.%I (lower(b)) WHERE a > 0', 'Schema ' || s, 'table ' || t);
        END LOOP;
    END LOOP;
END $$";

/// PgHero shows all of it at once: 3.8 MB for `space`, and a long wait (defect 23).
#[tokio::test]
async fn every_page_of_a_large_catalogue_answers_and_none_is_longer_than_a_page() {
    let server = Postgres::start_own(
        major(),
        &[("max_locks_per_transaction", "2048"), ("pg_stat_statements.max", "10000"), ("fsync", "off")],
    );
    let database = server.database_with_statements().await;
    let db = database.connect().await;
    run(&db, CATALOGUE).await;
    // The tables' names make the statements; what they call their columns would not.
    let mut statements = String::new();
    for (schema, column) in (1..=300).flat_map(|schema| ["id", "a", "b"].map(|column| (schema, column))) {
        for table in 1..=6 {
            write!(statements, "SELECT {column} FROM \"Schema {schema}\".\"table {table}\";").unwrap();
        }
    }
    run(&db, &statements).await;
    run(&db, &format!("/* {} */ SELECT count(*) FROM pg_am", "w".repeat(7_000_000))).await;

    let app = TestApp::watching(&database.url).await;
    app.collector.capture(&DatabaseId("shop".into())).await.unwrap();
    for path in PAGES.iter().chain(PAGES_WITHOUT_IT) {
        let page = app.page(&format!("/shop{path}")).await;
        assert!(page.body.len() < LONGEST, "{path}: {} bytes", page.body.len());
        assert!(rows(&page).len() <= 400, "{path}: {} rows", rows(&page).len());
        page.must_not_say("not answered within");
    }
    for path in ["/queries?of=all&q=pg_am", "/queries?of=all&page=50"] {
        let page = app.page(&format!("/shop{path}")).await;
        assert!(page.body.len() < LONGEST, "{path}: {} bytes", page.body.len());
    }
    db.close().await;
}
