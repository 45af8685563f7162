//! The server's settings, and what they should be.

use leptos::prelude::*;
use model::{DatabaseId, Machine, Reading, Storage, Timestamp, Tuned, Tuning, TuningAdvice};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    address::Address,
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing},
    parts::{Level, Notice, Sql},
};

/// Settings with a recommendation each. What SQL cannot know of the machine is a form, and stands in the URL.
#[component]
pub(crate) fn Tune() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    view! {
        <Suspense>
            {Suspend::new(async move {
                let machine = machine(&here);
                let reading = api::tuning::read(database.clone(), machine).await;
                let as_of = reading.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                let form = form(&here, machine);
                view! {
                    <Heading title="Tune" database>{as_of}</Heading>
                    {form}
                    {match reading {
                        Ok(Reading { answer: Ok(tuning), taken_at, .. }) => shown(tuning, &here, taken_at).into_any(),
                        Ok(Reading { answer: Err(why), .. }) => missing("The settings could not be read", &why).into_any(),
                        Err(error) => failed(&error).into_any(),
                    }}
                }
            })}
        </Suspense>
    }
}

/// What the URL says of the machine; what cannot be read is not known.
fn machine(here: &Address) -> Machine {
    Machine {
        memory: here.get("memory").and_then(Machine::read_memory),
        cpus: here.get("cpus").and_then(|cpus| cpus.trim().parse().ok()).filter(|cpus| (1..=4096).contains(cpus)),
        storage: here.get("storage").and_then(|storage| storage.parse().ok()),
    }
}

fn form(here: &Address, machine: Machine) -> impl IntoView + use<> {
    let hidden = here.fields_without(&["memory", "cpus", "storage"]);
    let said = |name: &str| here.get(name).unwrap_or_default().to_owned();
    let odd = |name: &str, read: bool| (!said(name).is_empty() && !read).then_some("true");
    let (memory, cpus) = (said("memory"), said("cpus"));
    let (odd_memory, odd_cpus) = (odd("memory", machine.memory.is_some()), odd("cpus", machine.cpus.is_some()));
    view! {
        <form class="toolbar" method="get" action=here.path()>
            {hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <label class="inline">"Memory "<input name="memory" value=memory size="8" placeholder="16GB" autocomplete="off" aria-invalid=odd_memory/></label>
            <label class="inline">"Processors "<input name="cpus" value=cpus size="4" inputmode="numeric" placeholder="4" autocomplete="off" aria-invalid=odd_cpus/></label>
            <label class="inline">
                "Storage "
                <select name="storage">
                    <option value="">"not said"</option>
                    {Storage::ALL.map(|storage| {
                        let chosen = machine.storage == Some(storage);
                        view! { <option value=storage.name() selected=chosen>{storage.to_string()}</option> }
                    })}
                </select>
            </label>
            <button type="submit" class="button">"Recommend"</button>
            {(odd_memory.is_some() || odd_cpus.is_some()).then(|| view! {
                <p class="field-error" role="alert">"Write memory as 16GB or 512MB, and processors as a number."</p>
            })}
        </form>
    }
}

fn shown(tuning: Tuning, here: &Address, now: Timestamp) -> impl IntoView + use<> {
    let settings = listing(&advised(&tuning), here, now);
    let recommended = recommended(&tuning);
    let Tuning { version, pending, unmeasured, .. } = tuning;
    let waits = (!pending.is_empty()).then(|| {
        let names: Vec<String> =
            pending.iter().map(|setting| format!("{} (in force: {})", setting.name, setting.shown())).collect();
        view! {
            <Notice level=Level::Info title="Changes wait for a restart">
                <p>{format!("The configuration says something else for {}.", names.join(", "))}</p>
            </Notice>
        }
    });
    let blind = unmeasured.map(|why| {
        view! { <Notice level=Level::Unknown title="What the server did could not be read"><p>{why}</p></Notice> }
    });
    view! {
        <p class="muted">
            {format!("PostgreSQL {version}. ")}
            "Recommendations rest on what the server did since its statistics began and on what is said of its machine above."
        </p>
        {waits}
        {blind}
        {settings}
        {recommended}
    }
}

/// All recommendations as one script.
fn recommended(tuning: &Tuning) -> Option<impl IntoView + use<>> {
    let changes: Vec<&Tuned> =
        tuning.settings.iter().chain(&tuning.autovacuum).filter(|tuned| tuned.sql().is_some()).collect();
    let restart: Vec<&str> =
        changes.iter().filter(|tuned| tuned.setting.needs_restart()).map(|tuned| tuned.setting.name.as_str()).collect();
    let lines: Vec<String> = changes.iter().filter_map(|tuned| tuned.sql()).collect();
    (!lines.is_empty()).then(|| {
        let sql = format!("{}\nSELECT pg_reload_conf();", lines.join("\n"));
        let restart = match restart.as_slice() {
            [] => "All of it is in force after the reload.".to_owned(),
            names => format!("After the reload all is in force but {}: that waits for a restart.", names.join(", ")),
        };
        view! {
            <section class="section">
                <h2>"To follow all of it"</h2>
                <Sql text=sql/>
                <p class="muted">
                    {restart}
                    " On a managed service the provider's parameters take the place of ALTER SYSTEM. Change one thing at a time, and look."
                </p>
            </section>
        }
    })
}

/// A setting in the table of all.
pub(crate) struct Advised {
    tuned: Tuned,
    about: &'static str,
}

fn advised(tuning: &Tuning) -> Vec<Advised> {
    let all = [("server", &tuning.settings), ("autovacuum", &tuning.autovacuum)];
    let rows = all.into_iter().flat_map(|(about, settings)| settings.iter().map(move |tuned| (about, tuned)));
    rows.map(|(about, tuned)| Advised { tuned: tuned.clone(), about }).collect()
}

/// The settings that matter, for a file.
pub(crate) async fn rows(here: &Address, database: &DatabaseId) -> Result<Reading<Vec<Advised>>, AppError> {
    let Reading { taken_at, took, answer } = api::tuning::read(database.clone(), machine(here)).await?;
    Ok(Reading { taken_at, took, answer: answer.map(|tuning| advised(&tuning)) })
}

impl Listed for Advised {
    const NAME: &'static str = "settings";
    const NOUN: (&'static str, &'static str) = ("setting", "settings");
    const SORT: &'static str = "";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("setting", "Setting", |row: &Self| row.tuned.setting.name.as_str().into())
                .shown(|row, _| view! { <code class="setting">{row.tuned.setting.name.clone()}</code> }.into_any()),
            Column::new("value", "Value", |row: &Self| row.tuned.setting.shown().into()).shown(|row, _| {
                let setting = &row.tuned.setting;
                let waits = setting.pending_restart.then(|| view! { <span class="tag">"restart pending"</span> });
                view! { {setting.shown()}" "<span class="muted source">{setting.source.clone()}</span>{waits} }
                    .into_any()
            }),
            Column::new("recommendation", "Recommendation", |row: &Self| match &row.tuned.advice {
                TuningAdvice::Keep => "Keep".into(),
                TuningAdvice::CannotTell => "Cannot tell".into(),
                TuningAdvice::Set(value) => value.as_str().into(),
            })
            .shown(|row, _| match &row.tuned.advice {
                TuningAdvice::Keep => view! { <span class="muted">"Keep"</span> }.into_any(),
                TuningAdvice::CannotTell => view! { <span class="muted">"Cannot tell"</span> }.into_any(),
                TuningAdvice::Set(value) => {
                    let restart = row.tuned.setting.needs_restart().then_some(" (restart)");
                    view! { <strong>{value.clone()}</strong>{restart} }.into_any()
                }
            }),
            Column::new("why", "Why", |row: &Self| row.tuned.reason.as_str().into()),
        ]
    }

    fn kind(&self) -> Option<&str> {
        Some(self.about)
    }
}
