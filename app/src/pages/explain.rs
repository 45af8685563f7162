//! How PostgreSQL runs a statement: its plan as text, with real times, or drawn.

use dashboard::Explain as May;
use leptos::prelude::*;
use model::{DatabaseId, ExplainMode, ExplainOption, Explained};

use super::{Heading, escaped, failed};
use crate::{
    api,
    error::AppError,
    form::Form,
    layout::{use_address, use_database},
    parts::{Level, Notice, PlanTree, Sql, Verbatim},
};

/// The longest plan a page shows as text, in characters.
const LONGEST: usize = 200_000;

/// The name of the boxes for what EXPLAIN is to say.
const OPTIONS: &str = "options";

/// A form, and the answer to it. A GET shows the form alone, with the text of a statement if the URL names one by its
/// queryid; a statement itself never stands in a URL, because those are logged.
#[component]
pub(crate) fn Explain() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    let sent = api::extension::<Form>();
    let queryid = here.get("queryid").map(str::to_owned);
    let action = here.path();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let offered = api::explain::options(&database).await;
                let shown = match api::explain::explains(&database).and_then(|may| Ok((may, offered?))) {
                    Ok((may, offered)) => answered(&database, sent, queryid, may, offered, action).await,
                    Err(error) => not_shown(&error),
                };
                view! { <Heading title="Explain" database/><div class="page">{shown}</div> }
            })}
        </Suspense>
    }
}

async fn answered(
    database: &DatabaseId,
    sent: Option<Form>,
    queryid: Option<String>,
    may: May,
    offered: Vec<ExplainOption>,
    action: String,
) -> AnyView {
    // A box that is not ticked is not sent: that there were boxes is.
    let chosen: Option<Vec<ExplainOption>> = sent.as_ref().and_then(|sent| {
        sent.get(OPTIONS)?;
        Some(sent.all(OPTIONS).filter_map(|name| name.parse().ok()).collect())
    });
    let choice = choice(&offered, chosen.as_deref());
    let Some(sent) = sent else {
        let known = match &queryid {
            Some(queryid) => api::explain::text(database, queryid).await,
            None => Ok(None),
        };
        return match known {
            Ok(query) => {
                let forgotten = (queryid.is_some() && query.is_none())
                    .then(|| view! { <p class="note">"The text of that statement is not known any more."</p> });
                view! { {forgotten}{form(query.unwrap_or_default(), false, choice, may, action)} }.into_any()
            }
            Err(error) => not_shown(&error),
        };
    };
    let query = sent.get("query").unwrap_or_default().to_owned();
    let mode: ExplainMode = sent.get("mode").and_then(|mode| mode.parse().ok()).unwrap_or_default();
    let confirmed = sent.get("confirmed") == Some("true");
    let explained = api::explain::explain(database.clone(), query.clone(), mode, confirmed, chosen).await;
    let answer = match explained {
        Ok(explained) => result(explained).into_any(),
        Err(error) => not_shown(&error),
    };
    view! { {form(query, confirmed, choice, may, action)}{answer} }.into_any()
}

/// What EXPLAIN is to say, as boxes: first what there is to say of any plan.
fn choice(offered: &[ExplainOption], chosen: Option<&[ExplainOption]>) -> AnyView {
    let tick = |option: &ExplainOption| {
        let (name, option) = (option.name(), *option);
        let ticked = chosen.map_or(option.is_usual(), |chosen| chosen.contains(&option));
        view! {
            <label class="inline" title=says(option)>
                <input type="checkbox" name=OPTIONS value=name checked=ticked/>
                {name.to_uppercase()}
            </label>
        }
    };
    let of = |run: bool| offered.iter().filter(move |option| option.is_of_a_run() == run).map(tick).collect_view();
    let run = offered.iter().any(|option| option.is_of_a_run());
    view! {
        <fieldset class="options">
            <legend>"What to say"</legend>
            <input type="hidden" name=OPTIONS value=""/>
            {of(false)}
            {run.then(|| view! { <span class="muted">"and if it is run"</span> })}
            {of(true)}
        </fieldset>
    }
    .into_any()
}

const fn says(option: ExplainOption) -> &'static str {
    match option {
        ExplainOption::Verbose => "Output columns and schemas; a drawn plan always has them",
        ExplainOption::Costs => "Estimated costs and rows; a drawn plan always has them",
        ExplainOption::Settings => "Settings that change plans and are not at their default",
        ExplainOption::Summary => "How long it took to plan",
        ExplainOption::Memory => "How much memory it took to plan",
        ExplainOption::Buffers => "Blocks hit, read and written",
        ExplainOption::Timing => "The time of each step; without it the statement runs faster",
        ExplainOption::Wal => "Write-ahead log written",
        ExplainOption::Serialize => "What it takes to make the rows ready to be sent",
    }
}

fn form(query: String, confirmed: bool, choice: AnyView, may: May, action: String) -> impl IntoView {
    let button = |mode: ExplainMode, label: &'static str, primary: bool| {
        view! { <button type="submit" class="button" class:primary=primary name="mode" value=mode.name()>{label}</button> }
    };
    let analyze = (may == May::Analyze).then(|| {
        view! {
            <p class="choice">
                <input id="confirmed" type="checkbox" name="confirmed" value="true" checked=confirmed/>
                <label for="confirmed">
                    "Run the statement, for real times and rows. It runs in a read-only transaction that is rolled back, and loads \
                     the server as it would anyway; the audit trail says who ran it."
                </label>
            </p>
        }
    });
    let analyze_button = analyze.is_some().then(|| button(ExplainMode::Analyze, "Analyze", false));
    view! {
        <form method="post" action=action class="explain">
            <label for="query">"Statement"</label>
            <textarea id="query" name="query" rows="8" required spellcheck="false" autocapitalize="none" autocomplete="off">
                // Leptos writes the text of this element as it is; and its first line break is not part of it.
                {format!("\n{}", escaped(&query))}
            </textarea>
            {analyze}
            {choice}
            <div class="toolbar">
                {button(ExplainMode::Explain, "Explain", true)}
                {analyze_button}
                {button(ExplainMode::Visualize, "Visualize", false)}
            </div>
        </form>
    }
}

fn result(explained: Explained) -> impl IntoView {
    let Explained { text, plan, analyzed, advice, remedy } = explained;
    let drawn = text.starts_with('[');
    let deep = (drawn && plan.is_none()).then(|| {
        view! { <p class="note">"This plan is nested too deeply to be drawn. Here it is as PostgreSQL wrote it."</p> }
    });
    let what = match (drawn, analyzed) {
        (true, _) => "The plan as JSON, for other tools",
        (false, true) => "What happened",
        (false, false) => "The plan",
    };
    let open = plan.is_none();
    let raw = view! { <Verbatim text limit=LONGEST what/> };
    let raw = if open {
        view! { <section class="section"><h2>{what}</h2>{raw}</section> }.into_any()
    } else {
        view! { <details class="more"><summary>{what}</summary>{raw}</details> }.into_any()
    };
    view! {
        {plan.map(|plan| view! { <PlanTree plan/> })}
        {deep}
        {raw}
        <section class="section">
            <h2>"Indexes"</h2>
            <p>{advice}</p>
            {remedy.map(|remedy| view! {
                <Sql text=remedy.sql/>
                {remedy.caution.map(|caution| view! { <p class="caution"><strong>"Mind: "</strong>{caution}</p> })}
            })}
        </section>
        <p class="muted">
            "What the words of a plan mean: "
            <a href="https://www.postgresql.org/docs/current/using-explain.html" rel="external noreferrer">"Using EXPLAIN"</a>
            " in PostgreSQL's manual."
        </p>
    }
}

/// What the configuration, the role or PostgreSQL refuses, as a sentence of ours.
fn not_shown(error: &AppError) -> AnyView {
    match error {
        AppError::Refused(why) => {
            let why = why.clone();
            view! { <Notice level=Level::Warning title="Not explained"><p role="alert">{why}</p></Notice> }.into_any()
        }
        error => failed(error).into_any(),
    }
}
