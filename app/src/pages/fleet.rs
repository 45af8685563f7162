//! All databases at a glance; straight to the database when there is only one.

use leptos::prelude::*;
use model::{Count, FleetRow};

use super::{Heading, as_of::AsOf, failed};
use crate::{
    address::Address,
    api,
    layout::use_address,
    listing::{Column, Listed, listing},
    parts::{Level, LevelMark},
};

/// A row for every database, worst first, and for each server that several of them share.
#[component]
pub(crate) fn Fleet() -> impl IntoView {
    let here = use_address();
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::fleet::read().await {
                    Ok(rows) => {
                        if let [only] = rows.as_slice() {
                            leptos_axum::redirect(&Address::of(&only.id, "").href());
                        }
                        shown(&rows, &here).into_any()
                    }
                    Err(error) => view! { <Heading title="All databases"/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn shown(rows: &[FleetRow], here: &Address) -> impl IntoView + use<> {
    let at = rows.iter().map(|row| row.taken_at).min();
    view! {
        <Heading title="All databases">{at.map(|at| view! { <AsOf at/> })}</Heading>
        {listing(rows, here, at)}
    }
}

impl Listed for FleetRow {
    const NAME: &'static str = "fleet";
    const NOUN: (&'static str, &'static str) = ("database", "databases");
    const SORT: &'static str = "";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("database", "Database", |row: &Self| name(row).into()).shown(|row, _| {
                let href = Address::of(&row.id, "").href();
                view! { <a class="row-link" href=href>{name(row)}</a> }.into_any()
            }),
            Column::new("state", "State", |row: &Self| level(row).word().into())
                .shown(|row, _| view! { <LevelMark level=level(row)/> }.into_any()),
            Column::new("findings", "Findings", |row| i64::from(row.findings).into()),
            Column::new("worst", "The worst", |row: &Self| said(row).into()),
            Column::new("server_version", "PostgreSQL", |row: &Self| row.server_version.clone().into()),
        ]
    }

    fn kind(&self) -> Option<&str> {
        Some(level(self).word())
    }
}

/// The database, or the server by its address.
fn name(row: &FleetRow) -> String {
    row.of_server.as_ref().map_or_else(|| row.id.0.clone(), |address| format!("whole server {address}"))
}

fn level(row: &FleetRow) -> Level {
    match (&row.unreachable, row.worst) {
        (Some(_), _) => Level::Unknown,
        (None, Some(worst)) => worst.into(),
        (None, None) if row.not_run > 0 => Level::Unknown,
        (None, None) => Level::Healthy,
    }
}

/// Why nobody could look, or the worst finding; and how many checks could not.
fn said(row: &FleetRow) -> String {
    let not_run = (row.not_run > 0 && row.unreachable.is_none())
        .then(|| format!("{} could not look", Count(i64::from(row.not_run)).of("check", "checks")));
    let said = [row.unreachable.clone(), row.title.clone(), not_run];
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
