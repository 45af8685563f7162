//! What configuration is in force.

use leptos::prelude::*;
use model::{Configuration, Configured, DatabaseConfiguration, Met, RequirementState};

use super::{Heading, failed};
use crate::{
    api,
    parts::{Cell, Level, Sql},
};

/// Every setting with its value, and whether somebody chose it; no secrets.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    view! {
        <Suspense>
            {Suspend::new(async move {
                let configuration = api::configuration::read().await;
                view! {
                    <Heading title="Settings"/>
                    <div class="page">
                        {match configuration {
                            Ok(configuration) => shown(configuration).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

fn shown(configuration: Configuration) -> impl IntoView {
    let Configuration { general, databases } = configuration;
    view! {
        <p class="note">
            "What the configuration file, the environment and the command line came to when Heron started. "
            <code>"heron serve --help"</code>" says where each is set."
        </p>
        <section class="card"><h2>"All databases"</h2>{table("Settings of this Heron", general)}</section>
        {databases.into_iter().map(database).collect_view()}
    }
}

fn database(database: DatabaseConfiguration) -> impl IntoView {
    let DatabaseConfiguration { id, name, address, database, role, settings, requirements } = database;
    let (chosen, usual): (Vec<_>, Vec<_>) = settings.into_iter().partition(|one| !one.default);
    let number = usual.len();
    let title = name.map_or_else(|| id.0.clone(), |name| format!("{name} ({id})"));
    let chosen = (!chosen.is_empty()).then(|| table("Settings that were chosen", chosen));
    view! {
        <section class="card">
            <h2>{title}</h2>
            <p>{format!("Database {database} on {address}, as role {role}.")}</p>
            {needs(requirements)}
            {chosen}
            <details class="more">
                <summary>{format!("{number} settings have their default")}</summary>
                {table("Settings with their default", usual)}
            </details>
        </section>
    }
}

/// What the checks need of this database's server and role.
fn needs(requirements: Vec<RequirementState>) -> impl IntoView {
    let line = |RequirementState { name, checks, met, detail, fix }: RequirementState| {
        let checks: Vec<&str> = checks.iter().map(|check| check.title()).collect();
        let level = match met {
            Met::Yes => Level::Healthy,
            Met::No => Level::Warning,
            Met::Unknown => Level::Unknown,
        };
        view! {
            <tr>
                <Cell label="Needed">{name}</Cell>
                <Cell label="By the checks">{checks.join(", ")}</Cell>
                <td class=level.class() data-label="Met">{met.word()}</td>
                <Cell label="How to fix">{detail}{fix.map(|sql| view! { <Sql text=sql/> })}</Cell>
            </tr>
        }
    };
    view! {
        <table class="table">
            <caption>"What the checks need"</caption>
            <thead>
                <tr>
                    <th scope="col">"Needed"</th>
                    <th scope="col">"By the checks"</th>
                    <th scope="col">"Met"</th>
                    <th scope="col">"How to fix"</th>
                </tr>
            </thead>
            <tbody>{requirements.into_iter().map(line).collect_view()}</tbody>
        </table>
    }
}

fn table(caption: &'static str, settings: Vec<Configured>) -> impl IntoView {
    let line = |Configured { name, value, default }: Configured| {
        view! {
            <tr>
                <Cell label="Setting"><code>{name}</code></Cell>
                <Cell label="Value">{value}</Cell>
                <Cell label="From">{if default { "default" } else { "configuration" }}</Cell>
            </tr>
        }
    };
    view! {
        <table class="table">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Setting"</th>
                    <th scope="col">"Value"</th>
                    <th scope="col">"From"</th>
                </tr>
            </thead>
            <tbody>{settings.into_iter().map(line).collect_view()}</tbody>
        </table>
    }
}
