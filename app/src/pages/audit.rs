//! Who did what, when, to which database, and what came of it.

use leptos::prelude::*;
use model::{AuditEntry, AuditPage};

use super::{Heading, failed};
use crate::{
    address::Address,
    api,
    layout::use_address,
    parts::{At, Cell, Pager, SearchForm},
};

/// The audit trail, the latest first.
#[component]
pub(crate) fn Audit() -> impl IntoView {
    let here = use_address();
    view! {
        <Suspense>
            {Suspend::new(async move {
                let search = here.get("q").unwrap_or_default().to_owned();
                let page = here.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
                let trail = api::audit::read(search.clone(), page).await;
                view! {
                    <Heading title="Audit"/>
                    <div class="page">
                        {match trail {
                            Ok(trail) => shown(trail, search, here).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

fn shown(trail: AuditPage, search: String, here: Address) -> impl IntoView {
    let AuditPage { entries, page, pages, total } = trail;
    let form = view! { <div class="toolbar"><SearchForm action=here.path() label="Search who, what, where" value=search/></div> };
    if entries.is_empty() {
        return view! { {form}<p class="empty">"Nothing was done, or nothing that matches."</p> }.into_any();
    }
    let href = Callback::new(move |page: u32| here.with("page", page.to_string()).href());
    view! {
        {form}
        <table class="table">
            <caption class="visually-hidden">"Who did what, the latest first"</caption>
            <thead>
                <tr>
                    <th scope="col">"When"</th>
                    <th scope="col">"Who"</th>
                    <th scope="col">"Did what"</th>
                    <th scope="col">"To what"</th>
                    <th scope="col">"Database"</th>
                    <th scope="col">"Outcome"</th>
                </tr>
            </thead>
            <tbody>{entries.into_iter().map(line).collect_view()}</tbody>
        </table>
        <Pager page pages total noun=("entry", "entries") href/>
    }
    .into_any()
}

fn line(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { at, account, action, object, database, outcome } = entry;
    let outcome = match (outcome, &database) {
        (Some(outcome), _) => outcome,
        (None, Some(_)) => "under way, or Heron stopped before it was known".into(),
        (None, None) => String::new(),
    };
    view! {
        <tr>
            <Cell label="When"><At at/></Cell>
            <Cell label="Who">{account}</Cell>
            <Cell label="Did what">{action.replace('_', " ")}</Cell>
            <Cell label="To what">{object}</Cell>
            <Cell label="Database">{database.unwrap_or_default()}</Cell>
            <Cell label="Outcome">{outcome}</Cell>
        </tr>
    }
}
