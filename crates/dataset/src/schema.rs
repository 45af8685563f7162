//! What a database holds: its tables and views, and what they are made of.

mod mysql;
mod postgres;
mod sqlite;

use serde::Deserialize;

use crate::{Database, Dialect, Error, Kind, Result, Table, Tx, Value, keys, session::Session, statement::Statement};

/// A column of a table or view.
///
/// ```
#[doc = include_str!("example.md")]
/// let columns = db.columns("checks").await?;
/// assert!(columns[0].primary_key && columns[0].auto_increment);
/// assert_eq!((columns[2].name.as_str(), columns[2].nullable, columns[2].default.as_deref()), ("millis", false, Some("0")));
/// assert_eq!(db.tables().await?, ["checks", "folders", "servers"]);
/// assert_eq!(db.views().await?, ["roots"]);
/// assert_eq!(db.primary_key("servers").await?, ["name"]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type, in the database's own words.
    pub sql_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// The expression for rows that do not name it, in the database's own words.
    pub default: Option<String>,
    /// Whether it belongs to the primary key.
    pub primary_key: bool,
    /// Whether the database gives it ascending numbers.
    pub auto_increment: bool,
}

/// An index of a table, the one behind a primary key left out.
///
/// ```
#[doc = include_str!("example.md")]
/// let by_name = &db.indexes("folders").await?[0];
/// assert_eq!((by_name.name.as_str(), by_name.columns.join(","), by_name.unique), ("folders_by_name", "name".to_owned(), false));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexInfo {
    /// Its name.
    pub name: String,
    /// Its columns in order; one that is an expression is left out.
    pub columns: Vec<String>,
    /// Whether no two rows may be equal in it.
    pub unique: bool,
    /// Whether it holds only some of the rows.
    pub partial: bool,
}

/// A foreign key of a table.
///
/// ```
#[doc = include_str!("example.md")]
/// let parent = &db.foreign_keys("folders").await?[0];
/// assert_eq!((parent.columns.join(","), parent.table.as_str(), parent.target.join(",")), ("parent".to_owned(), "folders", "id".to_owned()));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKeyInfo {
    /// Its name; SQLite keeps none.
    pub name: Option<String>,
    /// The columns that point.
    pub columns: Vec<String>,
    /// The table they point at.
    pub table: String,
    /// The columns they point at, in the same order.
    pub target: Vec<String>,
    /// What happens when a row they point at is removed: `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL` or `SET DEFAULT`.
    pub on_delete: String,
}

macro_rules! introspection {
    ($on:ident, $session:expr) => {
        impl $on {
            /// The names of the tables in the current schema, sorted.
            ///
            /// # Errors
            /// When the database cannot be asked.
            pub async fn tables(&self) -> Result<Vec<String>> {
                names(&$session(self), false).await
            }

            /// The names of the views in the current schema, sorted.
            ///
            /// # Errors
            /// When the database cannot be asked.
            pub async fn views(&self) -> Result<Vec<String>> {
                names(&$session(self), true).await
            }

            /// A table's or view's columns, in their order.
            ///
            /// # Errors
            /// [`Kind::UndefinedObject`](crate::Kind::UndefinedObject) when there is no such table.
            pub async fn columns(&self, table: impl Into<Table>) -> Result<Vec<ColumnInfo>> {
                columns(&$session(self), &table.into()).await
            }

            /// The names of a table's primary key's columns, in the key's order; none when it has no key.
            ///
            /// # Errors
            /// As [`Database::columns`].
            pub async fn primary_key(&self, table: impl Into<Table>) -> Result<Vec<String>> {
                let key = keys::primary_key(&$session(self), &table.into()).await?;
                Ok(key.into_iter().map(|key| key.name).collect())
            }

            /// A table's indexes, sorted by name.
            ///
            /// # Errors
            /// As [`Database::columns`].
            pub async fn indexes(&self, table: impl Into<Table>) -> Result<Vec<IndexInfo>> {
                indexes(&$session(self), &table.into()).await
            }

            /// A table's foreign keys.
            ///
            /// # Errors
            /// As [`Database::columns`].
            pub async fn foreign_keys(&self, table: impl Into<Table>) -> Result<Vec<ForeignKeyInfo>> {
                foreign_keys(&$session(self), &table.into()).await
            }
        }
    };
}

introspection!(Database, |db: &Database| Session::Database(db.clone()).on_primary());
introspection!(Tx, |tx: &Tx| Session::Tx(tx.clone()));

/// One column of an index, as all three databases are asked for it.
#[derive(Deserialize)]
struct IndexPart {
    name: String,
    is_unique: bool,
    is_partial: bool,
    column_name: Option<String>,
}

/// One column of a foreign key.
#[derive(Deserialize)]
struct ForeignKeyPart {
    id: String,
    name: Option<String>,
    column_name: String,
    target_table: String,
    target_column: Option<String>,
    on_delete: String,
}

struct Questions {
    names: &'static str,
    columns: &'static str,
    indexes: &'static str,
    foreign_keys: &'static str,
}

fn questions(dialect: Dialect) -> &'static Questions {
    match dialect {
        Dialect::Postgres => &postgres::QUESTIONS,
        Dialect::Sqlite => &sqlite::QUESTIONS,
        _ => &mysql::QUESTIONS,
    }
}

async fn names(session: &Session, views: bool) -> Result<Vec<String>> {
    session.all(Statement::fixed(questions(session.dialect()).names, vec![views.into()])).await
}

async fn columns(session: &Session, table: &Table) -> Result<Vec<ColumnInfo>> {
    let columns: Vec<ColumnInfo> = ask(session, table, questions(session.dialect()).columns).await?;
    match columns.is_empty() {
        true => Err(Error::new(Kind::UndefinedObject, format!("no such table: {}", table.name))),
        false => Ok(columns),
    }
}

async fn indexes(session: &Session, table: &Table) -> Result<Vec<IndexInfo>> {
    columns(session, table).await?;
    let mut indexes: Vec<IndexInfo> = Vec::new();
    for part in ask::<IndexPart>(session, table, questions(session.dialect()).indexes).await? {
        if indexes.last().is_none_or(|index| index.name != part.name) {
            let (unique, partial) = (part.is_unique, part.is_partial);
            indexes.push(IndexInfo { name: part.name, columns: Vec::new(), unique, partial });
        }
        if let Some(index) = indexes.last_mut() {
            index.columns.extend(part.column_name);
        }
    }
    Ok(indexes)
}

async fn foreign_keys(session: &Session, table: &Table) -> Result<Vec<ForeignKeyInfo>> {
    columns(session, table).await?;
    let mut found: Vec<(String, ForeignKeyInfo)> = Vec::new();
    for part in ask::<ForeignKeyPart>(session, table, questions(session.dialect()).foreign_keys).await? {
        if found.last().is_none_or(|(id, _)| *id != part.id) {
            let key = ForeignKeyInfo {
                name: part.name,
                columns: Vec::new(),
                table: part.target_table,
                target: Vec::new(),
                on_delete: part.on_delete,
            };
            found.push((part.id, key));
        }
        if let Some((_, key)) = found.last_mut() {
            key.columns.push(part.column_name);
            key.target.extend(part.target_column);
        }
    }
    let mut keys: Vec<ForeignKeyInfo> = found.into_iter().map(|(_, key)| key).collect();
    for key in keys.iter_mut().filter(|key| key.target.is_empty()) {
        // SQLite: `REFERENCES t` without columns means its primary key.
        let target = Table { schema: table.schema.clone(), ..Table::from(key.table.as_str()) };
        key.target = keys::primary_key(session, &target).await?.into_iter().map(|key| key.name).collect();
    }
    Ok(keys)
}

/// Asks about one table: every question has its name and its schema as its two values.
async fn ask<T: serde::de::DeserializeOwned + Send>(
    session: &Session,
    table: &Table,
    question: &'static str,
) -> Result<Vec<T>> {
    let binds: Vec<Value> = vec![table.name.clone().into(), table.schema.clone().into()];
    session.all(Statement::fixed(question, binds)).await
}
