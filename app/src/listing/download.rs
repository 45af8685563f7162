//! A table as a file.

use model::{DatabaseId, Reading, Timestamp};
use serde_json::{Map, Value, json};

use super::{Column, Listed, part::Asked};
use crate::{address::Address, api, error::AppError, pages};

/// A file to send.
#[derive(Debug, PartialEq)]
pub struct Download {
    /// What it is called; plain ASCII.
    pub name: String,
    /// Its media type.
    pub media: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// The table that `file` names (`sessions.csv`, `sessions.json`), whole, as `query` sorts and narrows it.
///
/// Asks with the rights of the request it is called in, as a page does.
///
/// # Errors
/// [`AppError::NotFound`] for a file that is none; [`AppError::Refused`], with the reason, for one that could not be read; and
/// as the page.
pub async fn download(database: DatabaseId, file: &str, query: &str) -> Result<Download, AppError> {
    let unknown = || AppError::NotFound(format!("file {file}"));
    let (name, format) = file.rsplit_once('.').ok_or_else(unknown)?;
    let format = match format {
        "csv" => Format::Csv,
        "json" => Format::Json,
        _ => return Err(unknown()),
    };
    let here = Address::of(&database, "").asking(query);
    let wanted = Wanted { here, database, format };
    match name {
        "statements" => wanted.take(pages::queries::rows(&wanted.here, &wanted.database).await),
        "sessions" => wanted.take(pages::live::rows(&wanted.here, &wanted.database).await),
        "upkeep" => wanted.take(pages::maintenance::rows(&wanted.database).await),
        "sources" => wanted.take(pages::connections::rows(&wanted.database).await),
        "relations" => wanted.take(pages::space::rows(&wanted.here, &wanted.database).await),
        "unused-indexes" => wanted.take(pages::indexes::unused(&wanted.here, &wanted.database).await),
        "indexes" => wanted.take(pages::indexes::all(&wanted.database).await),
        "table-reads" => wanted.take(pages::indexes::reads(&wanted.here, &wanted.database).await),
        "bloat" => wanted.take(api::indexes::bloat(wanted.database.clone()).await),
        _ => Err(unknown()),
    }
}

enum Format {
    Csv,
    Json,
}

struct Wanted {
    database: DatabaseId,
    here: Address,
    format: Format,
}

impl Wanted {
    fn take<R: Listed>(&self, reading: Result<Reading<Vec<R>>, AppError>) -> Result<Download, AppError> {
        let Reading { taken_at, answer, .. } = reading?;
        let rows = answer.map_err(|missing| AppError::Refused(missing.to_string()))?;
        let asked = Asked::of(&rows, &self.here);
        let chosen = asked.rows(&rows);
        let (media, extension, content) = match self.format {
            Format::Csv => ("text/csv; charset=utf-8", "csv", csv(&asked.columns, &chosen)?),
            Format::Json => ("application/json", "json", self.json(&asked.columns, &chosen, taken_at)),
        };
        let of: String = self.database.0.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Ok(Download { name: format!("{of}-{}.{extension}", R::NAME), media, content })
    }

    fn json<R: Listed>(&self, columns: &[Column<R>], rows: &[&R], taken_at: Timestamp) -> Vec<u8> {
        let object = |row: &&R| -> Value {
            columns
                .iter()
                .map(|column| (column.key.to_owned(), (column.fact)(row).json()))
                .collect::<Map<_, _>>()
                .into()
        };
        let rows: Vec<Value> = rows.iter().map(object).collect();
        json!({ "database": self.database, "taken_at": taken_at.iso(), R::NAME: rows }).to_string().into_bytes()
    }
}

fn csv<R>(columns: &[Column<R>], rows: &[&R]) -> Result<Vec<u8>, AppError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = (|| {
        writer.write_record(columns.iter().map(|column| column.key))?;
        for row in rows {
            writer.write_record(columns.iter().map(|column| (column.fact)(row).csv()))?;
        }
        writer.flush().map_err(csv::Error::from)
    })();
    written.map_err(|_| AppError::Internal)?;
    writer.into_inner().map_err(|_| AppError::Internal)
}
