//! A small database toolkit in the spirit of Ruby's Sequel: the same call means the same on PostgreSQL, MySQL, MariaDB
//! and SQLite, or is a clear error before anything is sent.
//!
//! Five types carry it. A [`Database`] gives [`Dataset`]s, values that say which rows are meant; [`Expr`]s say what is
//! meant of them; a [`Tx`] is a transaction and gives the same datasets; an [`Error`] has a [`Kind`] that means the same
//! everywhere. Every value is bound, always. Rows become any type that serde can read.
//!
//! ```
//! use dataset::{col, row, Database, TxOptions};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Check {
//!     id: i64,
//!     kind: String,
//!     millis: f64,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> dataset::Result<()> {
//! let db = Database::connect("sqlite::memory:").await?;
//! db.execute("create table checks (id integer primary key, kind text, millis double)", []).await?;
//!
//! let checks = db.from("checks");
//! let id = checks.insert(row! { kind: "index", millis: 12.5 }).await?;
//! let slow: Vec<Check> = checks.clone().filter(col("millis").gt(10)).order(col("millis").desc()).all().await?;
//! assert_eq!((slow[0].id, slow[0].kind.as_str(), slow[0].millis), (id, "index", 12.5));
//!
//! db.transaction(TxOptions::default(), |tx| async move {
//!     tx.from("checks").filter(col("id").eq(id)).update(row! { millis: col("millis") * 2.0 }).await
//! }).await?;
//! assert_eq!(checks.get::<f64>(col("millis").sum()).await?, Some(25.0));
//! # Ok(()) }
//! ```

mod database;
mod dataset;
mod dialect;
mod engine;
mod error;
mod expr;
mod keys;
mod migrate;
mod name;
mod options;
mod page;
mod placeholder;
mod query;
mod raw;
mod render;
mod row;
mod schema;
mod secret;
mod servers;
mod session;
mod statement;
mod tls;
mod tx;
mod value;
mod values;
mod watch;

pub use database::Database;
pub use dataset::Dataset;
pub use dialect::Dialect;
pub use error::{Error, Kind, Result};
pub use expr::{
    Bound, Expr, Order, Selected, Window, case, col, default, excluded, exists, func, lit, star, star_of, subquery,
    tuple, val,
};
pub use migrate::Migration;
pub use name::{Column, Table};
pub use options::Options;
pub use page::Page;
pub use raw::RawQuery;
pub use row::{Json, Row};
pub use schema::{ColumnInfo, ForeignKeyInfo, IndexInfo};
pub use secret::Secret;
pub use tls::{Tls, TlsMode};
pub use tx::{Isolation, Tx, TxOptions};
pub use value::{Type, Typed, Value};
pub use values::Values;
pub use watch::{Blocked, PoolStats};

/// The value of a cell in an untyped [`Row`].
pub type Cell = Value;
