//! All databases at a glance; straight to the database when there is only one.

use leptos::prelude::*;
use model::{Count, FleetRow};

use super::{Heading, as_of::AsOf, failed};
use crate::{
    address::Address,
    api,
    parts::{Cell, Level, LevelMark, Num},
};

/// A row for every database, worst first.
#[component]
pub(crate) fn Fleet() -> impl IntoView {
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::fleet::read().await {
                    Ok(rows) => {
                        if let [only] = rows.as_slice() {
                            leptos_axum::redirect(&Address::of(&only.id, "").href());
                        }
                        table(rows).into_any()
                    }
                    Err(error) => view! { <Heading title="All databases"/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn table(rows: Vec<FleetRow>) -> impl IntoView {
    let at = rows.iter().map(|row| row.taken_at).min();
    view! {
        <Heading title="All databases">{at.map(|at| view! { <AsOf at/> })}</Heading>
        <table class="table" data-live="fleet">
            <caption class="visually-hidden">"The databases Heron watches"</caption>
            <thead>
                <tr>
                    <th scope="col">"Database"</th>
                    <th scope="col">"State"</th>
                    <th scope="col" class="num">"Findings"</th>
                    <th scope="col">"PostgreSQL"</th>
                </tr>
            </thead>
            <tbody>{rows.into_iter().map(line).collect_view()}</tbody>
        </table>
    }
}

fn line(row: FleetRow) -> impl IntoView {
    let href = Address::of(&row.id, "").href();
    let level = match (&row.unreachable, row.worst) {
        (Some(_), _) => Level::Unknown,
        (None, Some(worst)) => worst.into(),
        (None, None) if row.not_run > 0 => Level::Unknown,
        (None, None) => Level::Healthy,
    };
    let not_run = (row.not_run > 0 && row.unreachable.is_none())
        .then(|| format!("; {} could not look", Count(i64::from(row.not_run)).of("check", "checks")));
    view! {
        <tr>
            <Cell label="Database"><a class="row-link" href=href>{row.id.0}</a></Cell>
            <td><LevelMark level/>{row.unreachable.map(|why| format!(" {why}"))}{not_run}</td>
            <Num label="Findings" value=Count(i64::from(row.findings)).to_string()/>
            <Cell label="PostgreSQL">{row.server_version.unwrap_or_else(|| "unknown".into())}</Cell>
        </tr>
    }
}
