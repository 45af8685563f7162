//! A real PostgreSQL for every test.
//!
//! ```no_run
//! # async fn test() {
//! use testkit::Postgres;
//!
//! for major in testkit::majors() {
//!     let server = Postgres::shared(major);             // one server for all tests, started when first asked for
//!     let database = server.database().await;           // an empty database of its own
//!     let watcher = server.role("IN ROLE pg_monitor").await;
//!     let locked = database.hold("LOCK TABLE pg_class IN SHARE MODE").await;
//!     let db = database.connect().await;                // as the superuser
//!     let url = watcher.url(&database.name);            // as somebody with fewer rights
//! #   let _ = (db, url);
//!     locked.release().await;
//! }
//! # }
//! ```
//!
//! A shared server lives under `target/clusters/<major>`. Every process that uses it holds a lock on a file there; a
//! supervisor ends the server half a minute after the last lock is gone, however its holder came to its end. So one
//! server serves all the processes of a test run, also of two at once, and none is left behind.
//!
//! A test that stops, crashes or reconfigures a server starts one of its own: [`Postgres::start_own`].
//!
//! [`PgBouncer::start`] puts a pooler in front of a server, in any pool mode.
//!
//! What goes wrong in here panics with a sentence: there is nobody to hand an error to.
#![expect(
    clippy::missing_panics_doc,
    reason = "every function here panics when the machine cannot do what a test needs"
)]

mod cluster;
mod database;
mod install;
mod mariadb;
mod pgbouncer;
mod postgres;
mod sql;

pub use database::{Held, Role, TestDatabase};
pub use mariadb::MariaDb;
pub use pgbouncer::{PgBouncer, PoolMode};
pub use postgres::Postgres;

/// Every major version of PostgreSQL that Heron supports.
pub const SUPPORTED: [u16; 5] = [14, 15, 16, 17, 18];

/// The versions to test with: those of the environment variable `PG` (`PG=16`, `PG="14 18"`, `PG=all`), or else the
/// oldest, the one in the middle and the newest.
pub fn majors() -> Vec<u16> {
    match std::env::var("PG").as_deref() {
        Err(_) | Ok("") => vec![14, 16, 18],
        Ok("all") => SUPPORTED.to_vec(),
        Ok(list) => list
            .split([' ', ','])
            .filter(|major| !major.is_empty())
            .map(|major| {
                let known = major.parse().ok().filter(|major| SUPPORTED.contains(major));
                known.unwrap_or_else(|| panic!("PG={list}: {major} is none of {SUPPORTED:?}"))
            })
            .collect(),
    }
}

/// One version for a test that is the same on all: the middle one of [`majors`].
pub fn major() -> u16 {
    let majors = majors();
    majors[majors.len() / 2]
}
