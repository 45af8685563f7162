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

/// The table that `file` names (`sessions.csv`, `sessions.json`), whole, as `query` sorts and narrows it: of a database, or of
/// none, as the accounts.
///
/// Asks with the rights of the request it is called in, as a page does.
///
/// # Errors
/// [`AppError::NotFound`] for a file that is none; [`AppError::Refused`], with the reason, for one that could not be read; and
/// as the page.
pub async fn download(database: Option<DatabaseId>, file: &str, query: &str) -> Result<Download, AppError> {
    let unknown = || AppError::NotFound(format!("file {file}"));
    let (name, format) = file.rsplit_once('.').ok_or_else(unknown)?;
    let format = match format {
        "csv" => Format::Csv,
        "json" => Format::Json,
        _ => return Err(unknown()),
    };
    let here = database.as_ref().map_or_else(Address::default, |database| Address::of(database, "")).asking(query);
    let file = File { here: &here, database: database.as_ref(), format };
    let Some(database) = &database else {
        return match name {
            "fleet" => file.of(&api::fleet::read().await?, None),
            "accounts" => file.of(&api::people::accounts().await?, None),
            "audit" => file.of(&pages::audit::rows(&here).await?, None),
            _ => Err(unknown()),
        };
    };
    match name {
        "statements" => file.read(pages::queries::rows(&here, database).await),
        "sessions" => file.read(pages::live::rows(&here, database).await),
        "locks" => file.read(pages::locks::rows(database).await),
        "upkeep" => file.read(pages::maintenance::rows(database).await),
        "holders" => file.read(pages::maintenance::holders(database).await),
        "prepared" => file.read(pages::maintenance::prepared(database).await),
        "running" => file.read(pages::maintenance::progress(database).await),
        "receivers" => file.read(pages::replication::receivers(database).await),
        "slots" => file.read(pages::replication::slots(database).await),
        "settings" => file.read(pages::tune::rows(&here, database).await),
        "sources" => file.read(pages::connections::rows(database).await),
        "relations" => file.read(pages::space::rows(&here, database).await),
        "unused-indexes" => file.read(pages::indexes::unused(&here, database).await),
        "indexes" => file.read(pages::indexes::all(database).await),
        "table-reads" => file.read(pages::indexes::reads(&here, database).await),
        "bloat" => file.read(api::indexes::bloat(database.clone()).await),
        _ => Err(unknown()),
    }
}

enum Format {
    Csv,
    Json,
}

/// A file that is asked for.
struct File<'a> {
    here: &'a Address,
    database: Option<&'a DatabaseId>,
    format: Format,
}

impl File<'_> {
    fn read<R: Listed>(&self, reading: Result<Reading<Vec<R>>, AppError>) -> Result<Download, AppError> {
        let Reading { taken_at, answer, .. } = reading?;
        self.of(&answer.map_err(|missing| AppError::Refused(missing.to_string()))?, Some(taken_at))
    }

    fn of<R: Listed>(&self, rows: &[R], taken_at: Option<Timestamp>) -> Result<Download, AppError> {
        let mut asked = Asked::of(rows, self.here);
        let chosen = asked.rows(rows);
        asked.columns.retain(Column::says);
        let (media, extension, content) = match self.format {
            Format::Csv => ("text/csv; charset=utf-8", "csv", csv(&asked.columns, &chosen)?),
            Format::Json => ("application/json", "json", self.json(&asked.columns, &chosen, taken_at)),
        };
        let of = self.database.map_or("heron", |database| &database.0);
        let of: String = of.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        Ok(Download { name: format!("{of}-{}.{extension}", R::NAME), media, content })
    }

    fn json<R: Listed>(&self, columns: &[Column<R>], rows: &[&R], taken_at: Option<Timestamp>) -> Vec<u8> {
        let object = |row: &&R| -> Value {
            columns
                .iter()
                .map(|column| (column.key.to_owned(), (column.fact)(row).json()))
                .collect::<Map<_, _>>()
                .into()
        };
        let mut file = Map::new();
        if let Some(database) = self.database {
            file.insert("database".into(), json!(database));
        }
        if let Some(at) = taken_at {
            file.insert("taken_at".into(), json!(at.iso()));
        }
        file.insert(R::NAME.into(), rows.iter().map(object).collect());
        Value::Object(file).to_string().into_bytes()
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
