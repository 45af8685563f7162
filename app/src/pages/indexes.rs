//! Indexes: which nobody uses, which are double or broken, which tables lack one, what is cached, what is bloated.

use leptos::prelude::*;
use model::{
    Bloat, Check, Count, DatabaseId, Index, IndexUse, Indexes as All, Missing, Reading, Table, TableKind, TableReads,
    Timestamp, Why,
};

use super::{
    missing, reading_page,
    relation::what,
    space::{counted, relation},
};
use crate::{
    address::Address,
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing, tabs},
    parts::{ShareBar, Sql, VerdictLine},
};

/// The views of the page, by their name in the URL.
const VIEWS: [(&str, &str); 8] = [
    ("unused", "Unused"),
    ("duplicate", "Duplicate"),
    ("invalid", "Invalid"),
    ("missing", "Missing"),
    ("usage", "Tables"),
    ("unread", "Unread tables"),
    ("caching", "Caching"),
    ("bloat", "Bloat"),
];

/// The indexes, seen from the side that the URL asks for.
#[component]
pub(crate) fn Indexes() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let views = VIEWS.map(|(name, title)| (name, title.to_owned()));
    let tabs = tabs(&here, "What about the indexes", "show", &views);
    match here.get("show").unwrap_or_default() {
        "missing" | "usage" | "unread" => {
            let reading = api::indexes::tables(database.clone());
            reading_page("Indexes", Some(database), reading, move |read, now| tables(read, &here, tabs, now)).into_any()
        }
        "bloat" => {
            let reading = api::indexes::bloat(database.clone());
            reading_page("Indexes", Some(database), reading, move |rows, now| bloat(&rows, &here, tabs, now)).into_any()
        }
        _ => {
            let across = here.get("across").unwrap_or_default().to_owned();
            let reading = api::indexes::read(database.clone(), across);
            reading_page("Indexes", Some(database), reading, move |all, now| indexes(all, &here, tabs, now)).into_any()
        }
    }
}

/// An index that nothing reads.
pub(crate) struct Unused(IndexUse);

impl Listed for Unused {
    const NAME: &'static str = "unused-indexes";
    const NOUN: (&'static str, &'static str) = ("unused index", "unused indexes");
    const SORT: &'static str = "size";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("index", "Index", |row: &Self| row.0.index.name.as_str().into())
                .shown(|row, here| link(&row.0.index, here)),
            Column::new("schema", "Schema", |row| row.0.index.schema.as_str().into()),
            Column::new("table", "Table", |row| row.0.index.table.as_str().into()),
            Column::new("columns", "Columns", |row| row.0.index.columns().into()),
            Column::new("size", "Size", |row| row.0.index.size.into()),
            Column::new("needed", "Needed for", |row: &Self| needed(&row.0.index).into()),
            Column::new("drop", "To drop it", |row: &Self| drop(&row.0.index).into())
                .shown(|row, _| folded(drop(&row.0.index))),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.0.index.schema)
    }
}

/// The unused indexes.
pub(crate) async fn unused(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<Unused>>, AppError> {
    let across = here.get("across").unwrap_or_default().to_owned();
    let Reading { taken_at, took, answer } = api::indexes::read(database.clone(), across).await?;
    let answer = answer.and_then(|all| match all.counted.not() {
        Some(reason) => Err(Missing::new(Why::Setting, reason)),
        None => Ok(only_unused(all.rows)),
    });
    Ok(Reading { taken_at, took, answer })
}

fn only_unused(rows: Vec<IndexUse>) -> Vec<Unused> {
    rows.into_iter().filter(|row| row.index.is_unused() && row.used_on.is_empty()).map(Unused).collect()
}

/// What an index that was never scanned may be there for all the same: a foreign key needs it once a row of the other side
/// is deleted.
fn needed(index: &Index) -> &'static str {
    if index.foreign_key { "foreign key" } else { "" }
}

/// The statement that drops an index, unless a foreign key would miss it.
fn drop(index: &Index) -> String {
    let concurrently = if index.partitioned { "" } else { "CONCURRENTLY " };
    if index.foreign_key { String::new() } else { format!("DROP INDEX {concurrently}{};", index.qualified()) }
}

/// SQL that takes no more than a word's room until it is asked for.
fn folded(sql: String) -> AnyView {
    (!sql.is_empty())
        .then(|| view! { <details class="more"><summary>"SQL"</summary><Sql text=sql/></details> })
        .into_any()
}

fn link(index: &Index, here: &Address) -> AnyView {
    let href = relation(here, &index.qualified()).href();
    view! { <a class="row-link" href=href>{index.name.clone()}</a> }.into_any()
}

/// An index with its scans and its blocks in the buffers.
pub(crate) struct Cached(Index);

impl Listed for Cached {
    const NAME: &'static str = "indexes";
    const NOUN: (&'static str, &'static str) = ("index", "indexes");
    const SORT: &'static str = "size";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("index", "Index", |row: &Self| row.0.name.as_str().into())
                .shown(|row, here| link(&row.0, here)),
            Column::new("schema", "Schema", |row| row.0.schema.as_str().into()),
            Column::new("table", "Table", |row| row.0.table.as_str().into()),
            Column::new("columns", "Columns", |row| row.0.columns().into()),
            Column::new("kind", "Kind", |row| what(&row.0).into()),
            Column::new("size", "Size", |row| row.0.size.into()),
            Column::new("scans", "Scans", |row| row.0.scans.into()),
            Column::new("last_scan", "Last scan", |row| row.0.last_scan.into()),
            Column::new("from_buffers", "From buffers", |row: &Self| row.0.cached().into())
                .shown(|row, _| share(row.0.cached())),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.0.schema)
    }
}

/// All indexes.
pub(crate) async fn all(database: &DatabaseId) -> Result<Reading<Vec<Cached>>, AppError> {
    let Reading { taken_at, took, answer } = api::indexes::read(database.clone(), String::new()).await?;
    Ok(Reading { taken_at, took, answer: answer.map(|all| cached(all.rows)) })
}

/// A partition's index is a part of the index it is attached to.
fn cached(rows: Vec<IndexUse>) -> Vec<Cached> {
    rows.into_iter().map(|row| Cached(row.index)).collect()
}

fn share(ratio: Option<model::Ratio>) -> AnyView {
    match ratio {
        Some(ratio) => view! { <ShareBar ratio/> }.into_any(),
        None => view! { <span class="muted">"not read yet"</span> }.into_any(),
    }
}

fn indexes(all: All, here: &Address, tabs: AnyView, now: Timestamp) -> AnyView {
    let All { rows, counted: since, verdicts, notes } = all;
    let uncounted = since.not().map(|reason| Missing::new(Why::Setting, reason));
    let verdict = |check: Check| {
        let verdict = verdicts.iter().find(|verdict| verdict.check == check).cloned();
        verdict.map(|verdict| view! { <VerdictLine verdict now open=true/> }).into_any()
    };
    let shown = match (here.get("show").unwrap_or_default(), uncounted) {
        ("duplicate", _) => verdict(Check::DuplicateIndex),
        ("invalid", _) => verdict(Check::InvalidIndex),
        (_, Some(reason)) => missing("Scans are not counted", &reason).into_any(),
        ("caching", None) => listing(&cached(rows), here, now),
        _ => {
            let elsewhere = rows.iter().filter(|row| row.index.is_unused() && !row.used_on.is_empty()).count() as i64;
            let notes = notes.into_iter().map(|note| view! { <p class="note">{note}</p> }).collect_view();
            let there = (elsewhere > 0).then(|| {
                let left = Count(elsewhere).of("index is", "indexes are");
                view! { <p class="note">{format!("{left} left out: used on {}.", here.get("across").unwrap_or_default())}</p> }
            });
            let list = listing(&only_unused(rows), here, now);
            view! {
                <div class="page" data-live="evidence">
                    <p class="note">{counted(&since)}" Standbys count by themselves, and a report that runs once a month may not have run yet."</p>
                    {there}
                    {notes}
                </div>
                {across(here)}
                {list}
            }
            .into_any()
        }
    };
    view! { {tabs}{shown} }.into_any()
}

/// Asks for databases whose scans count as well.
fn across(here: &Address) -> impl IntoView + use<> {
    let hidden = here.fields_without(&["across", "page"]);
    let hidden: Vec<_> =
        hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect();
    let value = here.get("across").unwrap_or_default().to_owned();
    view! {
        <form class="toolbar" method="get" action=here.path()>
            {hidden}
            <label>"Unused also on "<input name="across" value=value placeholder="ids of databases, with commas" autocomplete="off" spellcheck="false"/></label>
            <button type="submit" class="button">"Look"</button>
        </form>
    }
}

/// A table and how it is read.
pub(crate) struct Read(Table);

impl Listed for Read {
    const NAME: &'static str = "table-reads";
    const NOUN: (&'static str, &'static str) = ("table", "tables");
    const SORT: &'static str = "rows";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("table", "Table", |row: &Self| row.0.name.as_str().into()).shown(|row, here| {
                let href = relation(here, &row.0.qualified()).href();
                view! { <a class="row-link" href=href>{row.0.name.clone()}</a> }.into_any()
            }),
            Column::new("schema", "Schema", |row| row.0.schema.as_str().into()),
            Column::new("rows", "Rows", |row| row.0.n_live_tup.into()),
            Column::new("seq_scan", "Sequential scans", |row| row.0.seq_scan.into()),
            Column::new("seq_tup_read", "Rows they read", |row| row.0.seq_tup_read.into()),
            Column::new("idx_scan", "Index scans", |row: &Self| row.0.idx_scan.into()).shown(|row, _| {
                match row.0.idx_scan {
                    Some(scans) => Count(scans).to_string().into_any(),
                    None => view! { <span class="muted">"no index"</span> }.into_any(),
                }
            }),
            Column::new("index_usage", "By index", |row: &Self| row.0.index_usage().into())
                .shown(|row, _| usage(&row.0)),
            Column::new("from_buffers", "From buffers", |row: &Self| row.0.caches().tables().into())
                .shown(|row, _| share(row.0.caches().tables())),
            Column::new("size", "Size", |row| row.0.size.into()),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.0.schema)
    }
}

fn usage(table: &Table) -> AnyView {
    match (table.index_usage(), table.idx_scan) {
        (Some(ratio), _) => view! { <ShareBar ratio/> }.into_any(),
        (None, Some(_)) => view! { <span class="muted">"not read yet"</span> }.into_any(),
        (None, None) => view! { <span class="muted">"no index"</span> }.into_any(),
    }
}

/// The tables that the URL asks for.
pub(crate) async fn reads(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<Read>>, AppError> {
    let Reading { taken_at, took, answer } = api::indexes::tables(database.clone()).await?;
    Ok(Reading { taken_at, took, answer: answer.map(|read| asked(read.rows, here)) })
}

fn asked(rows: Vec<Table>, here: &Address) -> Vec<Read> {
    let wanted: fn(&Table) -> bool = match here.get("show").unwrap_or_default() {
        "missing" => Table::is_short_of_indexes,
        "unread" => Table::is_unused,
        _ => |table| table.kind != TableKind::Partitioned,
    };
    rows.into_iter().filter(wanted).map(Read).collect()
}

fn tables(read: TableReads, here: &Address, tabs: AnyView, now: Timestamp) -> AnyView {
    let about = match here.get("show").unwrap_or_default() {
        "missing" => {
            "Tables of ten thousand rows and more of whose scans fewer than 95 of 100 use an index: another index may help. \
             The slow queries tell which one."
        }
        "unread" => "Tables that nothing has read: they may be left over, or wait for their day.",
        _ => "How tables are read, and how often their blocks were found in shared buffers.",
    };
    let rows = asked(read.rows, here);
    view! {
        {tabs}
        <p class="note">{about}" "{counted(&read.counted)}</p>
        {listing(&rows, here, now)}
    }
    .into_any()
}

impl Listed for Bloat {
    const NAME: &'static str = "bloat";
    const NOUN: (&'static str, &'static str) = ("table or index", "tables and indexes");
    const SORT: &'static str = "wasted";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("name", "Name", |row: &Self| row.qualified().name.into()).shown(|row, here| {
                let href = relation(here, &row.qualified()).href();
                let primary = row.primary.then(|| view! { " "<span class="tag">"primary key"</span> });
                view! { <a class="row-link" href=href>{row.qualified().name}</a>{primary} }.into_any()
            }),
            Column::new("schema", "Schema", |row| row.schema.as_str().into()),
            Column::new("table", "Table", |row| row.table.as_str().into()),
            Column::new("kind", "Kind", |row| if row.index.is_some() { "index" } else { "table" }.into()),
            Column::new("size", "Size", |row| row.size.into()),
            Column::new("wasted", "Empty, about", |row: &Self| row.wasted.clone().ok().into()).shown(
                |row, _| match &row.wasted {
                    Ok(wasted) => wasted.to_string().into_any(),
                    Err(reason) => view! { <span class="muted" title=reason.clone()>"cannot tell"</span> }.into_any(),
                },
            ),
            Column::new("share", "Share", |row: &Self| row.share().into())
                .shown(|row, _| row.share().map(|ratio| view! { <ShareBar ratio/> }).into_any()),
            Column::new("mend", "What mends it", |row: &Self| mend(row).unwrap_or_else(Into::into).into()).shown(
                |row, _| match mend(row) {
                    Ok(sql) => folded(sql),
                    Err(reason) => view! { <span class="muted">{reason.to_owned()}</span> }.into_any(),
                },
            ),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.schema)
    }
}

/// The statement that makes a table or index anew where at least a tenth of it is empty; or why it cannot be told.
fn mend(row: &Bloat) -> Result<String, &str> {
    let worth = row.wasted.as_ref().map_err(String::as_str).map(|_| row.share().is_some_and(|share| share.0 >= 0.1))?;
    Ok(match &row.index {
        _ if !worth => String::new(),
        Some(_) => format!("REINDEX INDEX CONCURRENTLY {};", row.qualified()),
        None => format!("VACUUM (FULL, ANALYZE) {};", row.qualified()),
    })
}

fn bloat(rows: &[Bloat], here: &Address, tabs: AnyView, now: Timestamp) -> AnyView {
    view! {
        {tabs}
        <p class="note">
            "An estimate from the rows, pages and column widths that VACUUM and ANALYZE left, of tables and btree indexes of a
            megabyte and more. Where these leave too much open, only the most that can be empty is known; with pgstattuple it can
            be measured on the page of the table or index. REINDEX CONCURRENTLY waits for open transactions and needs room for the copy; VACUUM FULL keeps
            readers out as long as it copies."
        </p>
        {listing(rows, here, now)}
    }
    .into_any()
}
