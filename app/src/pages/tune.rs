//! The server's settings, and what they should be.

use leptos::prelude::*;
use model::{Machine, Reading, Storage, Tuned, Tuning, TuningAdvice};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    address::Address,
    api,
    layout::{use_address, use_database},
    parts::{Cell, Level, Notice, Sql},
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
                    <div class="page" data-live="tune">
                        {match reading {
                            Ok(Reading { answer: Ok(tuning), .. }) => shown(tuning).into_any(),
                            Ok(Reading { answer: Err(why), .. }) => missing("The settings could not be read", &why).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
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

fn shown(tuning: Tuning) -> impl IntoView {
    let Tuning { version, settings, autovacuum, pending, unmeasured } = tuning;
    let changes: Vec<&Tuned> = settings.iter().chain(&autovacuum).filter(|tuned| tuned.sql().is_some()).collect();
    let restart: Vec<&str> =
        changes.iter().filter(|tuned| tuned.setting.needs_restart()).map(|tuned| tuned.setting.name.as_str()).collect();
    let lines: Vec<String> = changes.iter().filter_map(|tuned| tuned.sql()).collect();
    let script = (!lines.is_empty()).then(|| {
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
    });
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
        {table("Memory, planner, WAL and I/O", settings)}
        {table("Autovacuum", autovacuum)}
        {script}
    }
}

fn table(title: &'static str, rows: Vec<Tuned>) -> impl IntoView {
    view! {
        <section class="section">
            <h2>{title}</h2>
            <table class="table">
                <caption class="visually-hidden">{title}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Setting"</th>
                        <th scope="col" class="num">"Value"</th>
                        <th scope="col">"Recommendation"</th>
                        <th scope="col" class="wide">"Why"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
}

fn row(tuned: Tuned) -> impl IntoView {
    let Tuned { setting, advice, reason } = tuned;
    let (value, source) = (setting.shown(), setting.source.clone());
    let waits = setting.pending_restart.then(|| view! { <span class="tag">"restart pending"</span> });
    let advice = match advice {
        TuningAdvice::Keep => view! { <span class="muted">"Keep"</span> }.into_any(),
        TuningAdvice::CannotTell => view! { <span class="muted">"Cannot tell"</span> }.into_any(),
        TuningAdvice::Set(value) => {
            let restart = setting.needs_restart().then_some(" (restart)");
            view! { <strong>{value}</strong>{restart} }.into_any()
        }
    };
    view! {
        <tr>
            <td class="setting" data-label="Setting"><code>{setting.name}</code></td>
            <td class="num" data-label="Value">{value}" "<span class="muted source">{source}</span>{waits}</td>
            <Cell label="Recommendation">{advice}</Cell>
            <Cell label="Why">{reason}</Cell>
        </tr>
    }
}
