//! What takes the space of a database, and how it grew.

use leptos::prelude::*;
use model::{
    Bytes, Count, Counted, DatabaseId, Occupant, QualifiedName, Ratio, Reading, RelationKind, Space as Taken,
    SpaceQuery, Timestamp,
};

use super::reading_page;
use crate::{
    address::{Address, encode},
    api,
    chart::Hue,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Fact, Listed, listing, tabs},
    parts::{At, ShareBar, Stat, Stats},
};

/// The database's size, its growth, and what takes it.
#[component]
pub(crate) fn Space() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let reading = api::space::read(database.clone(), query(&here));
    reading_page("Space", Some(database), reading, move |taken, now| shown(&taken, &here, now))
}

/// What takes the space, as the URL asks for it.
pub(crate) async fn rows(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<Occupant>>, AppError> {
    let Reading { taken_at, took, answer } = api::space::read(database.clone(), query(here)).await?;
    Ok(Reading { taken_at, took, answer: answer.map(|taken| taken.occupants) })
}

fn query(here: &Address) -> SpaceQuery {
    let said = |name: &str| here.get(name).unwrap_or_default().to_owned();
    SpaceQuery {
        each: here.get("show") == Some("each"),
        parent: said("parent"),
        days: days(here, 7),
        across: said("across"),
    }
}

/// The days the URL speaks of.
pub(super) fn days(here: &Address, usual: u32) -> u32 {
    here.get("days").and_then(|days| days.parse().ok()).unwrap_or(usual)
}

/// The page of a table or index.
pub(super) fn relation(here: &Address, name: &QualifiedName) -> Address {
    here.to(&format!("space/{}", encode(&name.name))).with("schema", name.schema.as_str())
}

impl Listed for Occupant {
    const NAME: &'static str = "relations";
    const NOUN: (&'static str, &'static str) = ("relation", "relations");
    const SORT: &'static str = "size";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("name", "Name", |row: &Self| row.name.as_str().into()).shown(name),
            Column::new("schema", "Schema", |row| row.schema.as_str().into()),
            Column::new("kind", "Kind", |row: &Self| row.kind.label().into()).shown(kind),
            Column::new("rows", "Rows", |row: &Self| row.rows.map(|rows| rows as i64).into())
                .shown(|row, _| row.rows.map(|rows| Count(rows as i64).to_string()).into_any()),
            Column::new("main", "Itself", |row| row.main.into()),
            Column::new("toast", "TOAST", |row| row.toast.into()),
            Column::new("indexes", "Indexes", |row| row.indexes.into()),
            Column::new("size", "Total", |row| row.size.into()),
            Column::new("share", "Share", |row: &Self| row.share.into())
                .shown(|row, _| row.share.map(|ratio| view! { <ShareBar ratio hue=Hue::Size/> }).into_any()),
            Column::new("growth", "Growth", |row: &Self| row.growth.into()).shown(|row, _| match row.growth {
                Some(grown) => signed(grown).into_any(),
                None => view! { <span class="muted">"unknown"</span> }.into_any(),
            }),
            Column::new("note", "Note", |row: &Self| note(row).into()).shown(|row, _| match note(row) {
                "unused" => unused(true),
                note => note.into_any(),
            }),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.schema)
    }

    fn kind(&self) -> Option<&str> {
        Some(self.kind.label())
    }
}

/// With a sign, for what may also shrink.
pub(super) fn signed(bytes: Bytes) -> String {
    if bytes.0 > 0 { format!("+{bytes}") } else { bytes.to_string() }
}

fn name(row: &Occupant, here: &Address) -> AnyView {
    let href = relation(here, &row.qualified()).href();
    view! { <a class="row-link" href=href>{row.name.clone()}</a> }.into_any()
}

/// What to know before reading a row's numbers: somebody alters it, or waits to, and its files were not looked at; or
/// nothing has scanned it.
fn note(row: &Occupant) -> &'static str {
    match (row.locked, row.unused) {
        (true, _) => "locked",
        (false, true) => "unused",
        (false, false) => "",
    }
}

fn kind(row: &Occupant, here: &Address) -> AnyView {
    match (row.kind, &row.table) {
        (RelationKind::Partitioned, _) if row.partitions > 0 => {
            let there = here.with("parent", row.qualified().to_string());
            let there = ["show", "q", "page", "sort", "order", "schema", "kind"]
                .iter()
                .fold(there, |at, name| at.with(name, ""));
            let partitions = Count(row.partitions.into()).of("partition", "partitions");
            view! { <a class="above" href=there.href()>{partitions}</a> }.into_any()
        }
        (kind, Some(table)) => format!("{} of {table}", kind.label()).into_any(),
        (kind, None) => kind.label().into_any(),
    }
}

pub(super) fn unused(unused: bool) -> AnyView {
    unused
        .then(
            || view! { <span class="tag level-warning" title="Not scanned since the statistics began">"unused"</span> },
        )
        .into_any()
}

fn shown(taken: &Taken, here: &Address, now: Timestamp) -> AnyView {
    let asked = query(here);
    let from_files = taken.occupants.iter().filter(|one| one.measured).count();
    let whence = if from_files == taken.occupants.len() {
        "Sizes are those of the files.".to_owned()
    } else {
        format!(
            "Sizes of {} are those of the files; of the others, as of their last VACUUM or ANALYZE.",
            Count(from_files as i64).of("relation", "relations")
        )
    };
    let days = |n: u32| Count(n.into()).of("day", "days");
    let spans = [("7", 7), ("1", 1), ("30", 30), ("90", 90)].map(|(value, n)| (value, days(n)));
    let parent = (!asked.parent.is_empty()).then(|| {
        let all = here.with("parent", "").href();
        view! { <p class="note">"Partitions of "<strong>{asked.parent.clone()}</strong>". "<a href=all>"All tables"</a></p> }
    });
    let views = [("tables", "Tables with their indexes".to_owned()), ("each", "Each by itself".to_owned())];
    let (database, grown) = (taken.database, taken.growth.zip(taken.grown_since));
    let unused = unused_indexes(taken, here);
    let notes: Vec<_> = taken.notes.iter().map(|note| view! { <p class="note">{note.clone()}</p> }).collect();
    let (growth, counted) = (growth(taken.grown_since), counted(&taken.counted));
    view! {
        <div class="page" data-live="space">
            <Stats>
                {database.map(|size| view! { <Stat label="Database" value=size.to_string() sub="with system catalogs"/> })}
                {grown.map(|(grown, since)| view! {
                    <Stat label=format!("Growth in {}", days(asked.days)) value=signed(grown) sub=format!("since {since}")/>
                })}
                {unused}
            </Stats>
            {notes}
            <p class="note">{whence}" "{growth}" "{counted}</p>
        </div>
        {parent.is_none().then(|| tabs(here, "What stands in a line", "show", &views))}
        {tabs(here, "Days of growth", "days", &spans)}
        {parent}
        {listing(&taken.occupants, here, now)}
    }
    .into_any()
}

fn unused_indexes(taken: &Taken, here: &Address) -> Option<impl IntoView + use<>> {
    let (number, size) = taken.unused?;
    let href = here.to("indexes").with("across", here.get("across").unwrap_or_default()).href();
    let share = taken.database.and_then(|whole| Ratio::of(size.0 as f64, whole.0 as f64));
    let sub = match (number, share) {
        (0, _) => "none large enough to matter".to_owned(),
        (_, Some(share)) => format!("{size}, {share} of the database"),
        (_, None) => size.to_string(),
    };
    Some(view! { <Stat label="Unused indexes" value=Count(number.into()).to_string() sub href/> })
}

fn growth(since: Option<Timestamp>) -> impl IntoView {
    match since {
        Some(at) => view! { "Growth is counted from "<At at/>"." }.into_any(),
        None => "Growth is unknown until Heron has captured sizes, which it does once an hour.".into_any(),
    }
}

/// Since when "never" is.
pub(super) fn counted(since: &Counted) -> impl IntoView + use<> {
    match since {
        Counted::Since(at) => {
            view! { "Scans are counted since "<At at=*at/>" at least, on this server alone." }.into_any()
        }
        Counted::Unknown => "Since when scans are counted is not known.".into_any(),
        Counted::Not(reason) => format!("Scans are not counted. {reason}").into_any(),
    }
}

/// A number of bytes where it is known.
pub(super) fn bytes(size: Option<Bytes>) -> String {
    Fact::from(size).to_string()
}
