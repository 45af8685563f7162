//! What statements did.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use dataset::{Tx, TxOptions, Values, col, row};
use model::{Mark, Millis, Timestamp, sql};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    ImportError, Imported, Route, note,
    source::{QueryStats, capture_before, next_captures},
};
use crate::{
    Result, Store,
    captures::{counters, hex},
    rollup,
};

/// Rows of a page: about a hundred of PgHero's captures.
const PAGE: u64 = 10_000;

/// PgHero's captures are minutes apart. After so long nobody knows when in between what happened.
const APART: Millis = Millis::from_secs(2 * 3600);

/// A statement of PgHero's: its queryid and its role.
type Key = (String, String);

/// What statements did between two captures: calls and milliseconds.
type Grown = HashMap<Key, (i64, f64)>;

/// Captures as they will be written: when, over how long, and what grew.
#[derive(Default)]
struct Page {
    captures: Vec<(Timestamp, Option<Millis>, Grown)>,
    texts: HashMap<String, String>,
}

impl Store {
    /// Brings over what statements did, up to where Heron's own captures of the database begin; tells how far it is after
    /// every page.
    ///
    /// # Errors
    /// When PgHero's tables cannot be read or the store cannot be written; what was told of stays.
    pub async fn import_statements(
        &self,
        route: Route<'_>,
        mut told: impl FnMut(Imported),
    ) -> Result<Imported, ImportError> {
        let mut imported = Imported::default();
        let Some(all) = route.source.query_stats(route.from) else { return Ok(imported) };
        let (watched, key) = (self.watched_id(route.into).await?, route.key("query_stats"));
        let own = self.first_own_capture(watched).await?;
        let mut after = self.imported_until(watched, &key).await?.unwrap_or_default().max(route.oldest);
        let mut last = capture_before(&all, after).await?;
        let mut known = HashSet::new();
        loop {
            let captures = next_captures::<QueryStats>(&all, after, own, PAGE).await?;
            let Some(until) = captures.last().map(|(at, _)| *at) else { return Ok(imported) };
            let mut page = Page { texts: texts(route, &captures, &mut known).await?, ..Page::default() };
            for (at, rows) in captures {
                imported.captures += 1;
                let mut grown = Grown::with_capacity(rows.len());
                for row in rows {
                    imported.rows += 1;
                    // Before PgHero 2 nothing said which statement a row was of.
                    let Some(hash) = row.query_hash else {
                        imported.nameless += 1;
                        continue;
                    };
                    // Inside functions and outside are one row each: they become one.
                    let sum = grown.entry((hash.to_string(), row.user.unwrap_or_default())).or_default();
                    sum.0 = sum.0.saturating_add(row.calls.unwrap_or(0).max(0));
                    sum.1 += row.total_time.filter(|ms| ms.is_finite()).unwrap_or(0.0).max(0.0);
                }
                page.captures.push((at, last.map(|last| at.since(last)), grown));
                last = Some(at);
            }
            self.write(watched, &key, until, page).await?;
            after = until;
            imported.until = Some(until);
            told(imported);
        }
    }

    /// When Heron itself captured a database first: with its vital figures, which PgHero does not write down.
    async fn first_own_capture(&self, watched: i64) -> Result<Option<Timestamp>> {
        let own = self.db.from("capture").filter(col("watched_id").eq(watched) & col("connections").is_not_null());
        Ok(own.get(col("taken_at").min()).await?)
    }

    async fn write(&self, watched: i64, key: &str, until: Timestamp, page: Page) -> Result<()> {
        let page = Arc::new(page);
        self.db
            .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| {
                let page = Arc::clone(&page);
                async move {
                    write(&tx, watched, &page).await?;
                    note(&tx, watched, key, until).await
                }
            })
            .await?;
        Ok(())
    }
}

/// The texts of statements that were not seen in this import, by queryid.
async fn texts(
    route: Route<'_>,
    captures: &[(Timestamp, Vec<QueryStats>)],
    known: &mut HashSet<String>,
) -> Result<HashMap<String, String>, ImportError> {
    let (mut texts, mut elsewhere) = (HashMap::new(), HashMap::new());
    for row in captures.iter().flat_map(|(_, rows)| rows) {
        let Some(queryid) = row.query_hash.map(|hash| hash.to_string()) else { continue };
        if (row.query.is_some() || row.query_id.is_some()) && known.insert(queryid.clone()) {
            match (&row.query, row.query_id) {
                (Some(text), _) => drop(texts.insert(queryid, text.clone())),
                (None, Some(id)) => drop(elsewhere.insert(id, queryid)),
                (None, None) => {}
            }
        }
    }
    let ids: Vec<i64> = elsewhere.keys().copied().collect();
    for some in ids.chunks(1000) {
        for (id, text) in route.source.texts(some).await? {
            if let (Some(text), Some(queryid)) = (text, elsewhere.get(&id)) {
                texts.insert(queryid.clone(), text);
            }
        }
    }
    Ok(texts)
}

async fn write(tx: &Tx, watched: i64, page: &Page) -> dataset::Result<()> {
    if let Some(first) = page.captures.iter().map(|(at, ..)| *at).min() {
        rollup::undo(tx, watched, first).await?;
    }
    let keys: HashSet<&Key> = page.captures.iter().flat_map(|(_, _, grown)| grown.keys()).collect();
    let ids = identify(tx, watched, &keys.into_iter().collect::<Vec<_>>()).await?;
    for (queryid, text) in &page.texts {
        let text = sql::redact(text);
        let fingerprint = hex(&Sha256::digest(text.as_bytes()));
        let values = row! { fingerprint: fingerprint.as_str(), query: text.as_str() };
        tx.from("statement_text").insert_ignore(values).await?;
        // What Heron read itself is newer.
        let textless = col("queryid").eq(queryid.as_str()) & col("fingerprint").is_null();
        let statement = tx.from("statement").filter(col("watched_id").eq(watched) & textless);
        statement.update(row! { fingerprint: fingerprint.as_str() }).await?;
    }
    let (mut growths, mut captures): (Vec<Values>, Vec<Values>) = (vec![], vec![]);
    for (at, span, grown) in &page.captures {
        let mut sums = (0_i64, 0.0);
        for (key, &(calls, total_ms)) in grown {
            let Some(id) = ids.get(key) else { continue };
            sums = (sums.0.saturating_add(calls), sums.1 + total_ms);
            let grown = model::StatementCounters { calls, total_ms: Millis(total_ms), ..Default::default() };
            growths.push(counters(grown).set("watched_id", watched).set("taken_at", at.0).set("statement_id", *id));
        }
        let gap = span.is_some_and(|span| span.0 > APART.0);
        captures.push(row! {
            watched_id: watched,
            taken_at: at.0,
            span_ms: span.map(|span| span.0),
            marks: match span { None => Mark::First.name(), Some(_) if gap => Mark::Gap.name(), Some(_) => "" },
            calls: sums.0,
            total_ms: sums.1,
        });
    }
    tx.from("statement_growth").multi_upsert(&["watched_id", "taken_at", "statement_id"], growths).await?;
    tx.from("capture").multi_upsert(&["watched_id", "taken_at"], captures).await?;
    Ok(())
}

/// The row ids of statements, made for those that are new to the store. PgHero does not tell statements inside functions
/// from others.
async fn identify(tx: &Tx, watched: i64, keys: &[&Key]) -> dataset::Result<HashMap<Key, i64>> {
    #[derive(Deserialize)]
    struct Identity {
        id: i64,
        queryid: String,
        role: String,
    }
    let mut ids = HashMap::with_capacity(keys.len());
    for some in keys.chunks(1000) {
        let here = col("watched_id").eq(watched) & col("toplevel").eq(true);
        let these = here & col("queryid").is_in(some.iter().map(|(queryid, _)| queryid.as_str()));
        let statements = tx.from("statement").filter(these).select(["id", "queryid", "role"]);
        let known = |rows: Vec<Identity>| rows.into_iter().map(|row| ((row.queryid, row.role), row.id));
        ids.extend(known(statements.all().await?));
        let new: Vec<Values> = some
            .iter()
            .filter(|key| !ids.contains_key(**key))
            .map(|(queryid, role)| {
                row! { watched_id: watched, queryid: queryid.as_str(), role: role.as_str(), toplevel: true }
            })
            .collect();
        if !new.is_empty() {
            for values in new {
                tx.from("statement").insert_ignore(values).await?;
            }
            ids.extend(known(statements.all().await?));
        }
    }
    Ok(ids)
}
