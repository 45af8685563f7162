//! Browser sessions, kept in the store so that a restart signs nobody out.

use std::{collections::HashMap, fmt};

use async_trait::async_trait;
use dataset::{col, row};
use serde::Deserialize;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{Store, accounts::fingerprint, captures::is_taken};

/// The store as `tower-sessions` wants it.
#[derive(Clone)]
pub struct Sessions(Store);

impl Sessions {
    /// Sessions of `store`.
    pub fn new(store: Store) -> Self {
        Self(store)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[derive(Deserialize)]
struct SessionRow {
    data: String,
    expires_at: i64,
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (data, expires_at) = encode(record)?;
            let values = row! { id: key(&record.id), data: data, expires_at: expires_at };
            match self.0.db.from("session").insert_only(values).await {
                Ok(_) => return Ok(()),
                Err(error) if is_taken(&error) => record.id = Id::default(),
                Err(error) => return Err(backend(&error)),
            }
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (data, expires_at) = encode(record)?;
        let values = row! { id: key(&record.id), data: data, expires_at: expires_at };
        self.0.db.from("session").upsert(&["id"], values).await.map(drop).map_err(|error| backend(&error))
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = crate::now().0;
        let row: Option<SessionRow> = self
            .0
            .db
            .from("session")
            .filter(col("id").eq(key(id)) & col("expires_at").gt(now))
            .first()
            .await
            .map_err(|error| backend(&error))?;
        row.map(|row| decode(*id, &row)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0
            .db
            .from("session")
            .filter(col("id").eq(key(id)))
            .delete()
            .await
            .map(drop)
            .map_err(|error| backend(&error))
    }
}

fn key(id: &Id) -> String {
    fingerprint(&id.to_string())
}

fn encode(record: &Record) -> Result<(String, i64)> {
    let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((data, (record.expiry_date.unix_timestamp_nanos() / 1000) as i64))
}

fn decode(id: Id, row: &SessionRow) -> Result<Record> {
    let data: HashMap<String, serde_json::Value> =
        serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
    let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(row.expires_at) * 1000)
        .map_err(|error| Error::Decode(error.to_string()))?;
    Ok(Record { id, data, expiry_date })
}

fn backend(error: &dataset::Error) -> Error {
    Error::Backend(error.to_string())
}
