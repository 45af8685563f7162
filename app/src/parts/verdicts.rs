//! All verdicts on one database.

use leptos::prelude::*;
use model::{Count, Timestamp, Verdict};

use super::{Level, LevelMark, VerdictLine};

/// Every verdict, worst first; the healthy ones are one line.
#[component]
pub fn VerdictList(
    /// The verdicts, in any order.
    verdicts: Vec<Verdict>,
    /// The moment the page speaks at: the report's.
    now: Timestamp,
) -> impl IntoView {
    let mut verdicts = verdicts;
    verdicts.sort_by_key(Level::of);
    let quiet = verdicts.split_off(verdicts.partition_point(|verdict| Level::of(verdict) < Level::Healthy));
    let healthy = quiet.iter().filter(|verdict| Level::of(verdict) == Level::Healthy).count() as i64;
    let rest = quiet.len() as i64 - healthy;
    let lines = move |verdicts: Vec<Verdict>| {
        verdicts.into_iter().map(|verdict| view! { <li><VerdictLine verdict now/></li> }).collect_view()
    };
    let fold = (!quiet.is_empty()).then(|| {
        let level = if healthy > 0 { Level::Healthy } else { Level::Inapplicable };
        view! {
            <details class=format!("verdict verdict-fold {}", level.class())>
                <summary>
                    <LevelMark level/>
                    <span class="verdict-sentence">{counted(healthy, rest)}</span>
                </summary>
                <ul class="verdicts">{lines(quiet)}</ul>
            </details>
        }
    });
    view! {
        <ul class="verdicts">
            {lines(verdicts)}
            {fold.map(|fold| view! { <li>{fold}</li> })}
        </ul>
    }
    .into_any()
}

fn counted(healthy: i64, rest: i64) -> String {
    let checks = |number| Count(number).of("check", "checks");
    match (healthy, rest) {
        (_, 0) => format!("{} healthy", checks(healthy)),
        (0, _) => format!("{} not applicable here", checks(rest)),
        _ => format!("{} healthy, {} not applicable here", checks(healthy), Count(rest)),
    }
}

#[cfg(test)]
mod tests {
    use model::{Check, Finding, Outcome, Severity};

    use super::*;

    fn verdict(check: Check, outcome: Outcome) -> Verdict {
        Verdict {
            check,
            sentence: format!("About {}", check.title()),
            number: None,
            outcome,
            notes: Vec::new(),
            taken_at: Timestamp(0),
        }
    }

    fn found(check: Check, severity: Severity) -> Verdict {
        let finding = Finding {
            check,
            severity,
            object: "x".into(),
            scope: model::Scope::Database,
            title: "A finding".into(),
            detail: "Why".into(),
            remedy: None,
            evidence: [].into(),
        };
        verdict(check, Outcome::Found(vec![finding]))
    }

    fn list(verdicts: Vec<Verdict>) -> String {
        Owner::new().with(|| view! { <VerdictList verdicts now=Timestamp(0)/> }.to_html())
    }

    #[test]
    fn the_worst_comes_first_and_the_healthy_are_one_line() {
        let html = list(vec![
            verdict(Check::Connections, Outcome::Healthy),
            verdict(Check::CacheHitRate, Outcome::Healthy),
            verdict(Check::ReplicationLag, Outcome::NotApplicable),
            found(Check::UnusedIndex, Severity::Info),
            verdict(Check::SlowQuery, Outcome::NotRun("The extension is missing.".into())),
            found(Check::BlockedQuery, Severity::Critical),
        ]);
        let order: Vec<_> = ["blocked_query", "slow_query", "unused_index", "connections", "replication_lag"]
            .iter()
            .map(|name| html.find(&format!("id=\"{name}\"")).unwrap())
            .collect();
        assert!(order.is_sorted(), "{html}");
        assert!(html.contains("2 checks healthy, 1 not applicable here"), "{html}");
        assert!(html.contains("The extension is missing."));
    }

    #[test]
    fn a_check_that_saw_only_a_part_is_not_healthy() {
        let mut partial = verdict(Check::Connections, Outcome::Healthy);
        partial.notes.push("Sessions of other roles are hidden.".into());
        let html = list(vec![partial]);
        assert!(html.contains("Looked in part") && !html.contains("Healthy"), "{html}");
    }
}
