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
    /// Whether the role may see other roles' sessions and statements (member of `pg_read_all_stats`, or superuser).
    pub reads_all_stats: bool,
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
}
