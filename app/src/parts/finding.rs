//! What a check found: what is wrong, why it matters, what to do.

use std::sync::Arc;

use leptos::{either::Either, prelude::*};
use model::{Check, Count, Finding, Remedy, Scope};

use super::{LevelMark, Sql};

/// So many are shown at once, the rest behind a line that counts them.
const AT_ONCE: usize = 10;

/// No more than so many are on the page.
const AT_MOST: usize = 100;

/// What the page that shows findings can do about one, or about all of a check: links, put into the context by the page.
#[derive(Clone)]
pub struct Remedies(pub Arc<Offers>);

type Offers = dyn Fn(Check, Option<&Finding>) -> Vec<AnyView> + Send + Sync;

impl Remedies {
    fn offered(check: Check, finding: Option<&Finding>) -> Option<impl IntoView + use<>> {
        let links =
            use_context::<Self>().map(|remedies| (remedies.0)(check, finding)).filter(|links| !links.is_empty())?;
        Some(view! { <p class="toolbar">{links}</p> })
    }
}

/// Findings, worst first as they come; a long list is folded, a very long one cut, and both say so.
#[component]
pub fn Findings(
    /// The findings of one check.
    findings: Vec<Finding>,
) -> impl IntoView {
    let total = findings.len();
    let for_all = findings.first().and_then(|first| Remedies::offered(first.check, None));
    // Said once, by the verdict, unless they differ.
    let mixed = findings.iter().any(|finding| finding.severity != findings[0].severity);
    let mut shown = findings.into_iter().take(AT_MOST);
    let first: Vec<_> = shown.by_ref().take(AT_ONCE).map(|finding| one(finding, mixed)).collect();
    let rest: Vec<_> = shown.map(|finding| one(finding, mixed)).collect();
    let more = format!("and {} more", Count(total.saturating_sub(AT_ONCE) as i64));
    let cut = (total > AT_MOST).then(|| {
        view! {
            <p class="note">
                {format!("The first {AT_MOST} of {} are on this page; ", Count(total as i64))}
                <code>"heron check --format json"</code>" prints all."
            </p>
        }
    });
    view! {
        {for_all}
        <ol class="findings">{first}</ol>
        {if rest.is_empty() {
            Either::Left(())
        } else {
            Either::Right(view! {
                <details class="more">
                    <summary>{more}</summary>
                    <ol class="findings" start=(AT_ONCE + 1).to_string()>{rest}</ol>
                    {cut}
                </details>
            })
        }}
    }
    .into_any()
}

fn one(finding: Finding, with_level: bool) -> impl IntoView {
    let offered = Remedies::offered(finding.check, Some(&finding));
    let facts = finding.evidence.into_iter().map(|(name, fact)| {
        let (name, fact) = fact.written(&name);
        view! { <div><dt>{name}</dt><dd>{fact}</dd></div> }
    });
    view! {
        <li class="finding">
            <p class="finding-title">
                {with_level.then(|| view! { <LevelMark level=finding.severity.into()/> })}
                <strong>{finding.title}</strong>
                {(finding.scope == Scope::Server).then(|| view! { " "<span class="tag">"whole server"</span> })}
            </p>
            <p class="finding-detail">{finding.detail}</p>
            <dl class="evidence">{facts.collect_view()}</dl>
            {finding.remedy.map(remedy)}
            {offered}
        </li>
    }
    .into_any()
}

fn remedy(remedy: Remedy) -> impl IntoView {
    view! {
        <div class="remedy">
            <p class="remedy-title">"What to do"</p>
            <Sql text=remedy.sql/>
            {remedy.caution.map(|caution| view! { <p class="caution"><strong>"Mind: "</strong>{caution}</p> })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use super::*;

    fn html(count: usize) -> String {
        let finding = |n: usize| Finding {
            check: Check::UnusedIndex,
            severity: Severity::Info,
            object: format!("public.i{n}"),
            scope: model::Scope::Database,
            title: format!("Index <i{n}> is never scanned"),
            detail: String::new(),
            remedy: None,
            evidence: [("size_bytes".to_owned(), (n as i64).into())].into(),
        };
        Owner::new().with(|| view! { <Findings findings=(0..count).map(finding).collect()/> }.to_html())
    }

    #[test]
    fn a_long_list_is_folded_and_counted() {
        assert!(!html(10).contains("<details"));
        let html = html(45);
        assert!(html.contains("and 35 more") && html.contains("start=\"11\""), "{html}");
        assert_eq!(html.matches("class=\"finding\"").count(), 45);
        assert!(html.contains("Index &lt;i3&gt;"));
    }

    #[test]
    fn a_very_long_list_is_cut_and_says_so() {
        let html = html(1204);
        assert_eq!(html.matches("class=\"finding\"").count(), 100);
        assert!(html.contains("and 1,194 more") && html.contains("The first 100 of 1,204"), "{html}");
    }
}
