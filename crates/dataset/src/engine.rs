//! What runs statements: drivers, connections, pools. The only place besides `row` that knows sqlx.

mod bind;
mod classify;
mod conn;
mod connect;
mod lease;
mod mock;
mod mysql;
mod pool;
mod postgres;
mod shapes;
mod shelf;
mod span;
mod sqlite;
mod tls;

pub(crate) use classify::classify;
pub(crate) use conn::{Done, is_without_transaction};
pub(crate) use connect::{connect, lazy};
pub(crate) use lease::Lease;
pub(crate) use mock::Mock;
pub(crate) use pool::{Pool, Trouble};
pub(crate) use shapes::Shapes;
