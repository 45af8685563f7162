//! Rows, read from the driver without a stop in between.

mod cell;
mod column;
mod json;
mod mysql;
mod native;
mod numeric;
mod postgres;
mod record;
mod sqlite;
mod untyped;

pub use json::Json;
pub(crate) use native::Native;
pub(crate) use postgres::InvalidText;
pub use untyped::Row;

use serde::de::DeserializeOwned;
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use crate::{Error, Kind, Result};

/// A driver's own row.
pub(crate) enum NativeRow {
    Postgres(sqlx::postgres::PgRow, postgres::InvalidText),
    MySql(sqlx::mysql::MySqlRow),
    Sqlite(sqlx::sqlite::SqliteRow),
}

macro_rules! on {
    ($row:expr, $bound:ident => $body:expr) => {
        match $row {
            NativeRow::Postgres($bound, _) => $body,
            NativeRow::MySql($bound) => $body,
            NativeRow::Sqlite($bound) => $body,
        }
    };
}

impl NativeRow {
    pub(crate) fn len(&self) -> usize {
        on!(self, row => row.len())
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        on!(self, row => row.columns().get(index).map_or("", |c| c.name()))
    }

    /// The cell's value, or why it cannot be read.
    pub(crate) fn cell(&self, index: usize) -> Result<Native<'_>, String> {
        match self {
            NativeRow::Postgres(row, invalid) => postgres::cell(row, index, *invalid),
            NativeRow::MySql(row) => mysql::cell(row, index),
            NativeRow::Sqlite(row) => sqlite::cell(row, index),
        }
    }

    /// The column and its type, for an error.
    pub(crate) fn describe(&self, index: usize) -> String {
        let kind = on!(self, row => row.try_get_raw(index).map(|v| v.type_info().name().to_lowercase()));
        format!("column `{}` ({})", self.name(index), kind.unwrap_or_default())
    }
}

/// A row as a value of `T`: a struct by column names, a tuple by position, anything else from the only column.
pub(crate) fn decode<T: DeserializeOwned>(row: &NativeRow) -> Result<T> {
    T::deserialize(record::Record(row)).map_err(|e| Error::new(Kind::Decode, e.0))
}

/// What serde reports while a row is read.
#[derive(Debug)]
pub(crate) struct Misfit(pub(crate) String);

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
