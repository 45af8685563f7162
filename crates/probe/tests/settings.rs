//! The server's settings, what it did, and its extensions, on every version and as a role that may only look.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Watched, answer, majors};
use model::Setting;

fn named<'s>(settings: &'s [Setting], name: &str) -> &'s Setting {
    settings.iter().find(|setting| setting.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// PgHero's tests `settings`: max_connections, autovacuum and vacuum_cost_limit are there (§2.12) (P12).
#[tokio::test]
async fn settings_are_the_servers_and_not_those_of_heron() {
    for major in majors() {
        let watched = Watched::new(major).await;
        let settings = answer(probe::settings::read(&watched.target()).await);
        assert_eq!(named(&settings, "max_connections").number(), Some(100.0));
        assert_eq!(named(&settings, "shared_buffers").shown(), "64.0 MB");
        assert_eq!(named(&settings, "shared_buffers").source, "configuration file");
        assert_eq!(named(&settings, "autovacuum").setting, "on");
        assert_eq!(named(&settings, "vacuum_cost_limit").setting, "200");
        assert!(named(&settings, "max_connections").needs_restart());
        // Heron's own session has it off.
        assert_eq!(named(&settings, "jit").setting, "on", "{major}");
        assert!(settings.iter().all(|setting| setting.name != "statement_timeout"), "{major}");
        assert_eq!(settings.iter().any(|setting| setting.name == "io_method"), major >= 18);
        assert!(named(&settings, "wal_level").enumvals.contains(&"logical".to_owned()));
    }
}

#[tokio::test]
async fn what_the_server_did_is_counted_before_and_after_17() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched
            .run(
                "CREATE TABLE t AS SELECT generate_series(1, 1000) AS n; CREATE TABLE \"Käse\" (); ANALYZE; CHECKPOINT",
            )
            .await;
        let work = answer(probe::work::read(&watched.target()).await);
        assert!(work.checkpoints_requested >= 1 && work.wal_bytes.0 > 0 && work.connections >= 1, "{major}: {work:?}");
        assert!(work.database_size.0 > 1 << 20 && work.largest_rows >= Some(1000.0), "{major}: {work:?}");
        assert!(work.blocks_hit > 0 && work.now > work.wal_since.unwrap(), "{major}: {work:?}");
    }
}

#[tokio::test]
async fn an_extension_says_which_version_is_installed_and_which_is_ready() {
    for major in majors() {
        let watched = Watched::new(major).await;
        watched.run("CREATE EXTENSION pg_stat_statements VERSION '1.8'").await;
        let extensions = answer(probe::extensions::read(&watched.target()).await);
        let found = extensions.iter().find(|extension| extension.name == "pg_stat_statements").unwrap();
        assert_eq!(found.installed, "1.8");
        assert!(found.available.as_ref().is_some_and(|available| available != "1.8"), "{major}: {found:?}");
    }
}
