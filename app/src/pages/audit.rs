//! Who did what, when, to which database, and what came of it.

use leptos::prelude::*;
use model::{AuditEntry, AuditPage};

use super::{Heading, failed};
use crate::{
    address::Address,
    api,
    error::AppError,
    layout::use_address,
    listing::{Column, Listed, Page, kept},
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
                let trail = api::audit::read(search, page).await;
                view! {
                    <Heading title="Audit"/>
                    <div class="page">
                        {match trail {
                            Ok(trail) => shown(&trail, &here).into_any(),
                            Err(error) => failed(&error).into_any(),
                        }}
                    </div>
                }
            })}
        </Suspense>
    }
}

/// The latest entries, for a file.
pub(crate) async fn rows(here: &Address) -> Result<Vec<AuditEntry>, AppError> {
    api::audit::latest(here.get("q").unwrap_or_default()).await
}

fn shown(trail: &AuditPage, here: &Address) -> impl IntoView + use<> {
    let rows = trail.entries.iter().collect();
    let page = Page { rows, found: trail.total as usize, page: trail.page as usize, pages: trail.pages as usize };
    kept(page, here)
}

impl Listed for AuditEntry {
    const NAME: &'static str = "audit";
    const NOUN: (&'static str, &'static str) = ("entry", "entries");
    const SORT: &'static str = "";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("at", "When", |entry: &Self| entry.at.into()),
            Column::new("who", "Who", |entry: &Self| entry.account.as_str().into()),
            Column::new("action", "Did what", |entry: &Self| entry.action.replace('_', " ").into()),
            Column::new("object", "To what", |entry: &Self| entry.object.as_str().into()),
            Column::new("database", "Database", |entry: &Self| entry.database.as_deref().unwrap_or_default().into()),
            Column::new("outcome", "Outcome", |entry: &Self| outcome(entry).into()),
        ]
    }
}

/// What is done to a database is written down before and after.
fn outcome(entry: &AuditEntry) -> &str {
    match (&entry.outcome, &entry.database) {
        (Some(outcome), _) => outcome,
        (None, Some(_)) => "under way, or Heron stopped before it was known",
        (None, None) => "",
    }
}
