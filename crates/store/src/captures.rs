//! Writing captures: what grew since the snapshot before, and the snapshot to compare the next one with.

use std::{collections::HashMap, sync::Arc};

use dataset::{Kind, Tx, TxOptions, Values, col, row};
use model::{
    Bytes, Capture, DatabaseId, DatabaseSample, Node, Statement, StatementCounters, StatementKey, SystemGrowth,
    SystemSample, Timestamp, sql,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{Error, Result, Store, system};

/// The facts about a moment without which counters cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When the server had started.
    pub started_at: Timestamp,
    /// When all statement statistics had last been reset.
    pub stats_reset: Option<Timestamp>,
    /// How often statements had been evicted.
    pub dealloc: i64,
    /// Whether the role could see every role's statements.
    pub sees_all: bool,
    /// Which node of a cluster it was; none where that could not be asked.
    #[serde(flatten)]
    pub node: Option<Node>,
}

/// The last snapshot of a database with every statement's counters.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// The moment.
    pub snapshot: Snapshot,
    /// Each statement's row id and row.
    pub statements: HashMap<StatementKey, (i64, Statement)>,
}

/// A capture about to be written.
#[derive(Debug)]
pub struct NewCapture {
    /// When, over how long, and what happened.
    pub capture: Capture,
    /// The moment's facts, to compare the next capture with; none when the statements could not be read.
    pub snapshot: Option<Snapshot>,
    /// The database's vital figures, if they could be read.
    pub sample: Option<DatabaseSample>,
    /// Statements whose counters are not those of the baseline.
    pub changed: Vec<Change>,
    /// Row ids of statements that the server no longer knows.
    pub gone: Vec<i64>,
    /// The server's counters, and what they grew by; none if they could not be read.
    pub system: Option<(SystemSample, SystemGrowth)>,
}

/// A statement that did something since the baseline.
#[derive(Debug)]
pub struct Change {
    /// Its row id, unless it is new to the store.
    pub id: Option<i64>,
    /// Its counters now.
    pub statement: Statement,
    /// What they grew by; none when that cannot be known.
    pub growth: Option<StatementCounters>,
}

#[derive(Deserialize)]
struct BaselineRow {
    id: i64,
    #[serde(flatten)]
    statement: Statement,
}

/// The columns of [`StatementCounters`], wherever they are kept.
pub(crate) const COUNTERS: [&str; 7] =
    ["calls", "total_ms", "rows", "shared_hit", "shared_read", "temp_written", "wal_bytes"];

impl Store {
    /// What the next capture of this database will be compared with; nothing before the first one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn baseline(&self, id: &DatabaseId) -> Result<Option<Baseline>> {
        let watched = self.watched_id(id).await?;
        let Some(snapshot) = self.db.from("snapshot").filter(col("watched_id").eq(watched)).first::<Snapshot>().await?
        else {
            return Ok(None);
        };
        let rows: Vec<BaselineRow> = self
            .db
            .from("snapshot_statement")
            .join("statement", col(("statement", "id")).eq(col(("snapshot_statement", "statement_id"))))
            .filter(col(("snapshot_statement", "watched_id")).eq(watched))
            .select(
                ["id", "queryid", "role", "toplevel"]
                    .map(|column| ("statement", column))
                    .into_iter()
                    .chain(COUNTERS.map(|column| ("snapshot_statement", column)))
                    .chain([("snapshot_statement", "stats_since")]),
            )
            .all()
            .await?;
        let statements = rows.into_iter().map(|row| (row.statement.key.clone(), (row.id, row.statement))).collect();
        Ok(Some(Baseline { snapshot, statements }))
    }

    /// Writes one capture, in one transaction.
    ///
    /// # Errors
    /// When the store cannot be written; nothing of the capture is then kept.
    pub async fn record(&self, id: &DatabaseId, capture: NewCapture) -> Result<()> {
        let watched = self.watched_id(id).await?;
        let capture = Arc::new(capture);
        self.db
            .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| {
                let capture = capture.clone();
                async move { write(&tx, watched, &capture).await }
            })
            .await?;
        Ok(())
    }

    /// The queryids of the last snapshot whose text the store does not have.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn textless(&self, id: &DatabaseId) -> Result<Vec<String>> {
        let watched = self.watched_id(id).await?;
        Ok(self
            .db
            .from("snapshot_statement")
            .join("statement", col(("statement", "id")).eq(col(("snapshot_statement", "statement_id"))))
            .filter(col(("snapshot_statement", "watched_id")).eq(watched) & col(("statement", "fingerprint")).is_null())
            .distinct()
            .select_map(("statement", "queryid"))
            .await?)
    }

    /// Keeps texts by queryid, their literals removed.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_texts(&self, id: &DatabaseId, texts: &[(String, String)]) -> Result<()> {
        let watched = self.watched_id(id).await?;
        let clean: Arc<[(String, String, String)]> = texts
            .iter()
            .map(|(queryid, text)| {
                let text = sql::redact(text);
                (queryid.clone(), hex(&Sha256::digest(text.as_bytes())), text)
            })
            .collect();
        // In one transaction: the first capture brings thousands of texts, and each commit waits for the disk.
        self.db
            .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| {
                let clean = Arc::clone(&clean);
                async move {
                    for (queryid, fingerprint, text) in clean.iter() {
                        let values = row! { fingerprint: fingerprint.as_str(), query: text.as_str() };
                        tx.from("statement_text").insert_ignore(values).await?;
                        tx.from("statement")
                            .filter(col("watched_id").eq(watched) & col("queryid").eq(queryid.as_str()))
                            .update(row! { fingerprint: fingerprint.as_str() })
                            .await?;
                    }
                    Ok(())
                }
            })
            .await?;
        Ok(())
    }

    /// The database's size, as last captured.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_size(&self, id: &DatabaseId) -> Result<Option<Bytes>> {
        let watched = self.watched_id(id).await?;
        let captures = self.db.from("capture").filter(col("watched_id").eq(watched) & col("size_bytes").is_not_null());
        Ok(captures.order([col("taken_at").desc()]).get(col("size_bytes")).await?)
    }

    /// The first size of a database that was captured at or after `from`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn first_size(&self, id: &DatabaseId, from: Timestamp) -> Result<Option<(Timestamp, Bytes)>> {
        let watched = self.watched_id(id).await?;
        let captures = self.db.from("capture").filter(col("watched_id").eq(watched) & col("size_bytes").is_not_null());
        let since = captures.filter(col("taken_at").gte(from.0)).select(["taken_at", "size_bytes"]);
        Ok(since.order([col("taken_at").asc()]).first().await?)
    }

    /// When this database was last captured.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_capture(&self, id: &DatabaseId) -> Result<Option<Timestamp>> {
        let watched = self.watched_id(id).await?;
        Ok(self.db.from("capture").filter(col("watched_id").eq(watched)).get(col("taken_at").max()).await?)
    }
}

async fn write(tx: &Tx, watched: i64, new: &NewCapture) -> dataset::Result<()> {
    let ids = identify(tx, watched, &new.changed).await?;
    let at = new.capture.taken_at.0;

    let growths: Vec<Values> = new
        .changed
        .iter()
        .filter_map(|change| {
            let growth = change.growth?;
            let id = change.id.or_else(|| ids.get(&change.statement.key).copied())?;
            Some(counters(growth).set("watched_id", watched).set("taken_at", at).set("statement_id", id))
        })
        .collect();
    let sums = new
        .changed
        .iter()
        .filter_map(|change| change.growth)
        .fold((0, 0.0), |(calls, ms), growth| (growth.calls.saturating_add(calls), growth.total_ms.0 + ms));
    tx.from("statement_growth").multi_insert(growths).await?;

    let sample = new.sample;
    tx.from("capture")
        .insert_only(row! {
            watched_id: watched,
            taken_at: at,
            span_ms: new.capture.span.map(|span| span.0),
            marks: new.capture.marks.iter().map(|mark| mark.name()).collect::<Vec<_>>().join(","),
            calls: sums.0,
            total_ms: sums.1,
            size_bytes: sample.map(|sample| sample.size.0),
            connections: sample.map(|sample| sample.connections.total),
            active: sample.map(|sample| sample.connections.active),
            idle: sample.map(|sample| sample.connections.idle),
            idle_in_transaction: sample.map(|sample| sample.connections.idle_in_transaction),
        })
        .await?;

    if let Some((sample, growth)) = &new.system {
        system::write(tx, watched, sample, growth).await?;
    }

    let Some(snapshot) = new.snapshot else { return Ok(()) };
    tx.from("snapshot")
        .upsert(
            &["watched_id"],
            row! {
                watched_id: watched,
                taken_at: snapshot.taken_at.0,
                started_at: snapshot.started_at.0,
                stats_reset: snapshot.stats_reset.map(|at| at.0),
                dealloc: snapshot.dealloc,
                sees_all: snapshot.sees_all,
                system_identifier: snapshot.node.map(|node| node.system_identifier),
                timeline: snapshot.node.map(|node| node.timeline),
                in_recovery: snapshot.node.map(|node| node.in_recovery),
            },
        )
        .await?;
    let now: Vec<Values> = new
        .changed
        .iter()
        .filter_map(|change| {
            let id = change.id.or_else(|| ids.get(&change.statement.key).copied())?;
            let since = change.statement.stats_since.map(|at| at.0);
            let values = counters(change.statement.counters).set("statement_id", id).set("watched_id", watched);
            Some(values.set("stats_since", since))
        })
        .collect();
    tx.from("snapshot_statement").multi_upsert(&["statement_id"], now).await?;
    for gone in new.gone.chunks(1000) {
        tx.from("snapshot_statement").filter(col("statement_id").is_in(gone.iter().copied())).delete().await?;
    }
    Ok(())
}

/// Gives every statement that is new to the store a row, and returns the row ids of all that came without one.
async fn identify(tx: &Tx, watched: i64, changed: &[Change]) -> dataset::Result<HashMap<StatementKey, i64>> {
    #[derive(Deserialize)]
    struct Identity {
        id: i64,
        #[serde(flatten)]
        key: StatementKey,
    }
    let new: Vec<&StatementKey> =
        changed.iter().filter(|change| change.id.is_none()).map(|change| &change.statement.key).collect();
    let mut ids = HashMap::with_capacity(new.len());
    for keys in new.chunks(1000) {
        for key in keys {
            let values = row! {
                watched_id: watched, queryid: key.queryid.as_str(), role: key.role.as_str(), toplevel: key.toplevel,
            };
            tx.from("statement").insert_ignore(values).await?;
        }
        let rows: Vec<Identity> = tx
            .from("statement")
            .filter(col("watched_id").eq(watched) & col("queryid").is_in(keys.iter().map(|key| key.queryid.as_str())))
            .select(["id", "queryid", "role", "toplevel"])
            .all()
            .await?;
        ids.extend(rows.into_iter().map(|row| (row.key, row.id)));
    }
    Ok(ids)
}

pub(crate) fn counters(counters: StatementCounters) -> Values {
    row! {
        calls: counters.calls,
        total_ms: counters.total_ms.0,
        rows: counters.rows,
        shared_hit: counters.shared_hit,
        shared_read: counters.shared_read,
        temp_written: counters.temp_written,
        wal_bytes: counters.wal_bytes.0,
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether an error says that a name is taken.
pub(crate) fn is_taken(error: &dataset::Error) -> bool {
    error.kind() == Kind::Unique
}

impl From<Error> for tower_sessions::session_store::Error {
    fn from(error: Error) -> Self {
        Self::Backend(error.to_string())
    }
}
