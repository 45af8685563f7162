//! What Heron asks a monitored PostgreSQL, and how politely.
//!
//! A subject is a module with a `read` and an `.sql` file of the same name beside it; the [`catalogue`] lists all that
//! can ever be asked, and [`actions`](actions()) all that can be done. A [`Fleet`] holds the watched databases, and for each PostgreSQL server two connections, however
//! many databases it has and however many people look. Every answer is a [`Reading`](model::Reading): what was said,
//! when, how long it took, or what stood in the way.
//!
//! ```no_run
//! # async fn example() -> Result<(), probe::BadUrl> {
//! use model::DatabaseId;
//! use probe::{Fleet, Limits};
//!
//! let app = DatabaseId("app".into());
//! let fleet = Fleet::new([(app.clone(), "postgres://heron@localhost/app".into())], Limits::default())?;
//! if let Some(target) = fleet.get(&app) {
//!     let sessions = probe::activity::read(target).await;
//!     println!("{:?} after {}", sessions.answer, sessions.took);
//! }
//! # Ok(()) }
//! ```

pub mod actions;
pub mod activity;
pub mod archiver;
pub mod bloat;
pub mod caches;
mod catalogue;
pub mod cloud;
pub mod connections;
pub mod constraints;
pub mod database;
pub mod definitions;
pub mod explain;
mod extension;
pub mod extensions;
mod fleet;
pub mod foreign_keys;
mod grants;
pub mod indexes;
mod limits;
pub mod measure;
pub mod node;
mod obstacle;
mod own;
pub mod prepared;
pub mod progress;
pub mod relations;
pub mod replication;
pub mod sequences;
pub mod server;
mod session;
pub mod settings;
mod slots;
pub mod space;
pub mod statements;
pub mod system;
pub mod tables;
mod target;
mod text;
pub mod vacuum;
pub mod work;

pub use self::{
    catalogue::{Action, Question, actions, catalogue, templates},
    cloud::CloudSettings,
    fleet::{BadUrl, Fleet},
    grants::{grants, grants_for_actions},
    limits::Limits,
    own::is_own,
    target::Target,
};
