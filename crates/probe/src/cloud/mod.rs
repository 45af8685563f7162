//! The host under a managed PostgreSQL, as its cloud measures it: processor, disk, connections, lag.

mod settings;

pub use self::settings::CloudSettings;
