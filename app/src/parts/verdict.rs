//! A check's answer: one line, and behind it why it matters and what to do.

use leptos::{either::Either, prelude::*};
use model::{Outcome, Timestamp, Verdict};

use super::{Age, Findings, Level, LevelMark, Sparkline};

/// One verdict as one line; opened, it shows what was found and what mends it.
#[component]
pub fn VerdictLine(
    /// The verdict.
    verdict: Verdict,
    /// The moment the page speaks at: the report's.
    now: Timestamp,
    /// The recent past of its number, oldest first.
    #[prop(optional, into)]
    trend: Option<Vec<Option<f64>>>,
    /// Whether it is open at first.
    #[prop(optional)]
    open: bool,
) -> impl IntoView {
    let level = Level::of(&verdict);
    let title = verdict.check.title();
    let trend = trend.map(|values| view! { <Sparkline values label=format!("{title}: its recent past")/> });
    view! {
        <details id=verdict.check.name() class=format!("verdict {}", level.class()) open=open>
            <summary>
                <LevelMark level/>
                <span class="verdict-sentence">{verdict.sentence}</span>
                <span class="verdict-trend">{trend}</span>
                <span class="verdict-number">{verdict.number}</span>
                <span class="verdict-age"><Age at=verdict.taken_at now/></span>
            </summary>
            <div class="verdict-body">
                {verdict.notes.into_iter().map(|note| view! { <p class="note">{note}</p> }).collect_view()}
                {body(verdict.outcome)}
            </div>
        </details>
    }
    .into_any()
}

fn body(outcome: Outcome) -> impl IntoView {
    let said = |text: String| Either::Right(view! { <p>{text}</p> });
    match outcome {
        Outcome::Found(findings) => Either::Left(view! { <Findings findings/> }),
        Outcome::NotRun(reason) => said(reason),
        Outcome::Healthy => said("Nothing is wrong here.".into()),
        Outcome::NotApplicable => said("The question does not arise on this server.".into()),
    }
}
