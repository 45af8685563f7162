//! The pages: resources in, parts out.

mod as_of;
mod connections;
mod fleet;
mod live;
mod locks;
mod not_found;
mod overview;
mod queries;
mod query;
mod sign_in;

pub(crate) use self::{
    connections::Connections, fleet::Fleet, live::Live, locks::Locks, not_found::NotFound, overview::Overview,
    queries::Queries, query::Query, sign_in::SignIn,
};

use leptos::prelude::*;
use leptos_meta::Title;
use model::{DatabaseId, Missing, Why};

use crate::{
    error::AppError,
    parts::{Level, Notice, Sql},
};

/// The page's title, in the tab and above it.
#[component]
fn Heading(
    /// What the page is.
    #[prop(into)]
    title: String,
    /// The database it is about.
    #[prop(optional)]
    database: Option<DatabaseId>,
    /// Beside the title: how old the page is.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let tab = match &database {
        Some(database) => format!("{title} · {database} · Heron"),
        None => format!("{title} · Heron"),
    };
    view! {
        <Title text=escaped(&tab)/>
        <div class="page-head">
            <h1>{title}</h1>
            {children.map(|children| children())}
        </div>
    }
}

/// `leptos_meta` writes a title into the page as it is, and a database's id may be anything somebody typed into the URL.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A server function that failed, as a sentence.
fn failed(error: &AppError) -> impl IntoView + use<> {
    let title = match error {
        AppError::NotFound(_) => "Not found",
        AppError::Unauthenticated => "Signed out",
        _ => "This could not be shown",
    };
    let sentence = error.to_string();
    let link = matches!(error, AppError::Unauthenticated)
        .then(|| view! { <p><a href="/sign-in" rel="external">"Sign in"</a></p> });
    view! { <Notice level=Level::Critical title><p>{sentence}</p>{link}</Notice> }
}

/// A reading that is missing, with what mends it.
fn missing(title: &'static str, missing: &Missing) -> impl IntoView + use<> {
    let sentence = missing.to_string();
    let mends = (missing.why == Why::Extension)
        .then(|| view! { <Sql text="CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"/> });
    view! { <Notice level=Level::Warning title><p>{sentence}</p>{mends}</Notice> }
}
