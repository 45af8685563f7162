//! One PostgreSQL instance, and what it lets Heron see.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What a server says of itself; asked once per visit of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// `server_version_num`, as 160014.
    pub version_num: i32,
    /// `server_version`, as people write it.
    pub version: String,
    /// `current_database()`.
    pub database: String,
    /// `current_user`.
    pub user: String,
    /// Whether it replays another server's WAL (`pg_is_in_recovery()`).
    pub in_recovery: bool,
    /// `pg_postmaster_start_time()`.
    pub started_at: Timestamp,
    /// `max_connections`.
    pub max_connections: i64,
    /// `autovacuum_freeze_max_age`.
    pub freeze_max_age: i64,
    /// When the statistics of this database were last reset (`pg_stat_database.stats_reset`).
    pub stats_reset: Option<Timestamp>,
    /// When the statistics of the whole server began: at initdb, at the last crash recovery, or at a reset of all of them.
    ///
    /// The earliest `stats_reset` of the shared views. They may be older if each view was reset by itself since.
    pub stats_began: Option<Timestamp>,
    /// Whether the role may see other roles' sessions and statements (member of `pg_read_all_stats`, or superuser).
    pub reads_all_stats: bool,
    /// Whether the role may see every setting (member of `pg_read_all_settings`, or superuser).
    pub reads_all_settings: bool,
    /// Whether the role Heron signs in as is a superuser.
    pub superuser: bool,
    /// The settings that decide what PostgreSQL records; a setting of a library that is not loaded is missing.
    pub tracking: Vec<Tracking>,
    /// `pg_stat_statements`, if it is created in this database.
    pub stat_statements: Option<Extension>,
    /// Whether `pg_stat_statements` stands ready to be created.
    pub stat_statements_available: bool,
}

impl Server {
    /// The major version, as 16.
    pub fn major(&self) -> i32 {
        self.version_num / 10_000
    }

    /// Since when, at least, the counters of this database count; none where nothing says.
    ///
    /// The start of the server says nothing: counters survive a clean restart, and a crash recovery that discards them does
    /// not change `pg_postmaster_start_time()`.
    pub fn counted_since(&self) -> Option<Timestamp> {
        self.stats_reset.or(self.stats_began)
    }

    /// A setting that decides what PostgreSQL records.
    pub fn tracking(&self, name: &str) -> Option<&Tracking> {
        self.tracking.iter().find(|setting| setting.name == name)
    }
}

/// A setting that decides what PostgreSQL records, as a session of this database starts with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Its name, as `track_counts`.
    pub name: String,
    /// Its value, as `on`.
    pub value: String,
    /// What set it (`pg_settings.source`), as `configuration file`.
    pub source: String,
    /// The other roles for which it is off in this database (`pg_db_role_setting`).
    pub off_for: Vec<RoleOverride>,
}

/// A role with a setting of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleOverride {
    /// The role.
    pub role: String,
    /// Whether it is set for the role in this database only.
    pub in_database: bool,
}

impl Tracking {
    /// Whether nothing is recorded.
    pub fn is_off(&self) -> bool {
        self.value == "off" || self.value == "none"
    }
}

/// An installed extension (`pg_extension`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Its version, as `1.10`.
    pub version: String,
    /// The schema its objects live in.
    pub schema: String,
}

impl Extension {
    /// Whether its version is at least `major.minor`.
    pub fn at_least(&self, major: u32, minor: u32) -> bool {
        let mut parts = self.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (major, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_versions_compare_as_numbers() {
        let extension = |version: &str| Extension { version: version.into(), schema: "public".into() };
        assert!(extension("1.10").at_least(1, 9));
        assert!(!extension("1.8").at_least(1, 9));
        assert!(extension("2.0").at_least(1, 9));
        assert!(!extension("nonsense").at_least(1, 9));
    }

    #[test]
    fn counted_since_without_reset_is_not_the_start() {
        let server = |stats_reset, stats_began| {
            let mut server: Server = serde_json::from_value(serde_json::json!({
                "version_num": 160_014, "version": "16.14", "database": "app", "user": "heron", "in_recovery": false,
                "started_at": 1, "max_connections": 100, "freeze_max_age": 1, "reads_all_stats": true,
                "reads_all_settings": true, "superuser": false, "tracking": [], "stat_statements_available": true
            }))
            .unwrap();
            (server.stats_reset, server.stats_began) = (stats_reset, stats_began);
            server.counted_since()
        };
        assert_eq!(server(Some(Timestamp(5)), Some(Timestamp(3))), Some(Timestamp(5)));
        assert_eq!(server(None, Some(Timestamp(3))), Some(Timestamp(3)));
        assert_eq!(server(None, None), None);
    }
}
