//! One table or index: what it takes, since when, and how it is used.

use leptos::prelude::*;
use model::{Action, BloatMeasure, Count, Index, Reading, RelationDetail, RelationKind, SizeHistory, Table, Timestamp};

use super::{
    Heading,
    actions::offer,
    as_of::AsOf,
    failed, missing,
    space::{bytes, counted, days, relation, signed, unused},
};
use crate::{
    address::Address,
    api,
    chart::{Chart, ChartData, Hue, Line, Measure, Side},
    error::AppError,
    layout::{use_address, use_database},
    listing::Fact,
    parts::{At, Cell, Num, Stat, Stats},
};

/// No more indexes are listed.
const AT_MOST: usize = 50;

/// A table or index by its name and schema.
#[component]
pub(crate) fn Relation() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let name = here.thing("space");
    let schema = here.get("schema").unwrap_or_default().to_owned();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let reading = api::space::relation(database.clone(), schema, name.clone(), days(&here, 30)).await;
                let measure = here.get("measure").is_some();
                // A measurement reads the file: it is not repeated every few seconds.
                let as_of = reading.as_ref().ok().map(|Reading { taken_at: at, .. }| match measure {
                    true => view! { <p class="as-of">"as of "<At at=*at/></p> }.into_any(),
                    false => view! { <AsOf at=*at/> }.into_any(),
                });
                let answer = match reading {
                    Ok(Reading { answer: Ok(detail), taken_at, .. }) => {
                        let measured = match measure {
                            true => Some(api::space::measure(&database, &detail.occupant.qualified()).await),
                            false => None,
                        };
                        let measured = measurable(detail.occupant.kind).then(|| measurement(measured, &here));
                        view! { {shown(detail, &here, taken_at)}{measured} }.into_any()
                    }
                    Ok(Reading { answer: Err(why), .. }) => missing("Sizes could not be read", &why).into_any(),
                    Err(error) => failed(&error).into_any(),
                };
                view! { <Heading title=name database>{as_of}</Heading><div class="page">{answer}</div> }
            })}
        </Suspense>
    }
}

fn shown(detail: RelationDetail, here: &Address, now: Timestamp) -> impl IntoView + use<> {
    let RelationDetail { occupant, table, indexes, bloat, partition_of, counted: since, history } = detail;
    let is_index = occupant.kind == RelationKind::Index;
    let space = here.to("space");
    let whose = match (&occupant.table, partition_of) {
        (Some(table), _) => {
            let table = model::QualifiedName::new(&occupant.schema, table);
            let href = relation(here, &table).href();
            view! { <p class="note">"Index of "<a href=href>{table.to_string()}</a></p> }.into_any()
        }
        (None, Some(parent)) => {
            let href = relation(here, &parent).href();
            view! { <p class="note">"Partition of "<a href=href>{parent.to_string()}</a></p> }.into_any()
        }
        (None, None) if occupant.partitions > 0 => {
            let href = space.with("parent", occupant.qualified().to_string()).href();
            let number = Count(occupant.partitions.into()).of("partition", "partitions");
            view! { <p class="note">{format!("{} in schema {}, ", occupant.kind.label(), occupant.schema)}<a href=href>{number}</a></p> }.into_any()
        }
        (None, None) => {
            view! { <p class="note">{format!("{} in schema {}", occupant.kind.label(), occupant.schema)}</p> }
                .into_any()
        }
    };
    let whence = match (occupant.measured, occupant.locked) {
        (true, _) => "as its files are",
        (false, true) => "as of the last VACUUM or ANALYZE: somebody alters it or waits to",
        (false, false) => "as of the last VACUUM or ANALYZE",
    };
    let grown = occupant.growth.map_or_else(|| "unknown".to_owned(), signed);
    let known_since = history.at.first().copied().unwrap_or(history.from);
    let rows =
        occupant.rows.map(|rows| view! { <Stat label="Rows" value=Count(rows as i64).to_string() sub="estimated"/> });
    let parts = (!is_index).then(|| {
        view! {
            <Stat label="Table" value=bytes(occupant.main)/>
            <Stat label="TOAST" value=occupant.toast.to_string()/>
            <Stat label="Indexes" value=occupant.indexes.to_string()/>
        }
    });
    let rolled = occupant.partitions > 0;
    let chart = (!rolled).then(|| chart(&history, is_index));
    let bloat = bloat.into_iter().map(|bloat| {
        let said = match &bloat.wasted {
            Ok(wasted) => format!(
                "about {wasted} of {} {}",
                bloat.size,
                bloat.share().map_or_else(String::new, |share| format!("({share})"))
            ),
            Err(reason) => format!("cannot tell: {reason}"),
        };
        view! { <div><dt>{bloat.index.unwrap_or(bloat.table)}</dt><dd>{said}</dd></div> }
    });
    let bloat = bloat.collect::<Vec<_>>();
    let analyze = table.is_some().then(|| offer(here, &Action::Analyze(occupant.qualified()), "Analyze"));
    view! {
        <div class="page" data-live="relation">
            {whose}
            <Stats>
                <Stat label="Total" value=bytes(occupant.size) sub=whence/>
                {parts}
                {rows}
                <Stat label="Growth" value=grown sub=format!("since {known_since}")/>
            </Stats>
        </div>
        {chart}
        <div class="page" data-live="relation-use">
            {list(&indexes, here, is_index, since.not().is_none())}
            {table.map(|table| statistics(&table, now))}
            {analyze.flatten().map(|link| view! { <p>{link}</p> })}
            {(!bloat.is_empty()).then(|| view! {
                <section class="section"><h2>"Estimated bloat"</h2><dl class="evidence">{bloat}</dl></section>
            })}
            <p class="note">{counted(&since)}</p>
        </div>
    }
}

/// Whether it has a file of its own.
fn measurable(kind: RelationKind) -> bool {
    kind != RelationKind::Partitioned
}

/// The measured bloat, or the link that measures it.
fn measurement(measured: Option<Result<Reading<BloatMeasure>, AppError>>, here: &Address) -> impl IntoView + use<> {
    let content = match measured {
        None if !api::space::may_measure() => return None,
        None => {
            let href = here.with("measure", "yes").href();
            view! {
                <p><a class="button" href=href>"Measure bloat"</a></p>
                <p class="note">
                    "Exact, with the extension pgstattuple. It reads the whole index, or the pages of the table that are not
                    all-visible, and is stopped after the statement timeout."
                </p>
            }
            .into_any()
        }
        Some(Ok(Reading { answer: Ok(measure), .. })) => {
            let facts: Vec<_> = measure
                .facts()
                .into_iter()
                .map(|(label, value)| view! { <div><dt>{label}</dt><dd>{value}</dd></div> })
                .collect();
            view! { <dl class="evidence">{facts}</dl> }.into_any()
        }
        Some(Ok(Reading { answer: Err(why), .. })) => missing("Bloat could not be measured", &why).into_any(),
        Some(Err(error)) => failed(&error).into_any(),
    };
    Some(view! { <div class="page"><section class="section"><h2>"Measured bloat"</h2>{content}</section></div> })
}

fn chart(history: &SizeHistory, is_index: bool) -> impl IntoView + use<> {
    let line = Line {
        name: if is_index { "Index".into() } else { "Table with TOAST".into() },
        measure: Measure::Bytes,
        side: Side::Left,
        hue: Hue::Size,
        values: history.bytes.iter().map(|bytes| Some(bytes.0 as f64)).collect(),
    };
    let sentence = match (history.bytes.first(), history.bytes.last()) {
        (Some(first), Some(last)) => {
            format!("From {} to {} the size went from {first} to {last}.", history.from, history.to)
        }
        _ => "No size is known.".into(),
    };
    let data = ChartData {
        from: history.from,
        to: history.to,
        at: history.at.clone(),
        lines: vec![line],
        marks: vec![],
        gaps: history.gaps.clone(),
    };
    view! { <section class="card"><Chart title="Size" sentence data/></section> }
}

fn list(indexes: &[Index], here: &Address, is_index: bool, counts: bool) -> impl IntoView + use<> {
    if indexes.is_empty() {
        return (!is_index).then(|| view! { <p class="empty">"It has no indexes."</p> }).into_any();
    }
    let rows: Vec<_> = indexes
        .iter()
        .take(AT_MOST)
        .map(|index| {
            let href = relation(here, &index.qualified()).href();
            let (name, columns, what) = (index.name.clone(), index.columns(), what(index));
            let unused = unused(counts && index.is_unused() && !index.foreign_key);
            view! {
                <tr>
                    <Cell label="Index"><a href=href>{name}</a>" "{unused}</Cell>
                    <Cell label="Columns"><code>{columns}</code></Cell>
                    <Cell label="Kind">{what}</Cell>
                    <Num label="Size" value=index.size.to_string()/>
                    <Num label="Scans" value=Count(index.scans).to_string()/>
                    <Num label="From buffers" value=Fact::from(index.cached()).to_string()/>
                </tr>
            }
        })
        .collect();
    let more = indexes.len().saturating_sub(AT_MOST);
    view! {
        <table class="table">
            <caption>{if is_index { "The index" } else { "Indexes" }}</caption>
            <thead>
                <tr>
                    <th scope="col">"Index"</th>
                    <th scope="col">"Columns"</th>
                    <th scope="col">"Kind"</th>
                    <th scope="col" class="num">"Size"</th>
                    <th scope="col" class="num">"Scans"</th>
                    <th scope="col" class="num">"From buffers"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {(more > 0).then(|| view! { <p class="note">{format!("and {} more", Count(more as i64))}</p> })}
    }
    .into_any()
}

/// What an index is besides a way to find rows.
pub(super) fn what(index: &Index) -> String {
    let facts = [
        (index.primary, "primary key"),
        (index.unique && !index.primary, "unique"),
        (index.constraint && !index.unique, "constraint"),
        (index.predicate.is_some(), "partial"),
        (index.foreign_key, "supports a foreign key"),
        (!index.valid && !index.building, "invalid"),
        (index.building, "being built"),
    ];
    let facts = facts.into_iter().filter(|(so, _)| *so).map(|(_, word)| word);
    [index.method.as_str()].into_iter().chain(facts).collect::<Vec<_>>().join(", ")
}

fn statistics(table: &Table, now: Timestamp) -> impl IntoView + use<> {
    let ago = |at: Option<Timestamp>| {
        at.map_or_else(|| "never counted".to_owned(), |at| format!("{} ago ({at})", now.since(at)))
    };
    let maybe = |number: Option<i64>| number.map_or_else(|| "no index".to_owned(), |number| Count(number).to_string());
    let facts = [
        ("Sequential scans", Count(table.seq_scan).to_string()),
        ("Rows they read", Count(table.seq_tup_read).to_string()),
        ("Index scans", maybe(table.idx_scan)),
        ("Scans by index", Fact::from(table.index_usage()).to_string()),
        ("Blocks from buffers", Fact::from(table.caches().tables()).to_string()),
        ("Index blocks from buffers", Fact::from(table.caches().indexes()).to_string()),
        ("Inserted", Count(table.n_tup_ins).to_string()),
        ("Updated", format!("{}, {} without new index entries", Count(table.n_tup_upd), Count(table.n_tup_hot_upd))),
        ("Deleted", Count(table.n_tup_del).to_string()),
        ("Live rows", Count(table.n_live_tup).to_string()),
        ("Dead rows", Count(table.n_dead_tup).to_string()),
        ("Last VACUUM", ago(table.vacuumed_at())),
        ("Last ANALYZE", ago(table.analyzed_at())),
        ("Autovacuum", if table.autovacuum { "on".to_owned() } else { "switched off for this table".to_owned() }),
    ];
    let facts: Vec<_> =
        facts.into_iter().map(|(name, fact)| view! { <div><dt>{name}</dt><dd>{fact}</dd></div> }).collect();
    view! { <section class="section"><h2>"Statistics"</h2><dl class="evidence">{facts}</dl></section> }
}
