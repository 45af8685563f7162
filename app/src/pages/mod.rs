//! The pages: resources in, parts out.

mod actions;
mod as_of;
pub(crate) mod audit;
pub(crate) mod connections;
mod explain;
mod fleet;
mod holder;
pub(crate) mod indexes;
pub(crate) mod live;
pub(crate) mod locks;
pub(crate) mod maintenance;
mod not_found;
mod overview;
mod password;
pub(crate) mod queries;
mod query;
mod relation;
pub(crate) mod replication;
mod settings;
mod sign_in;
pub(crate) mod space;
mod system;
pub(crate) mod tune;
mod users;

pub(crate) use self::{
    actions::Confirm, audit::Audit, connections::Connections, explain::Explain, fleet::Fleet, indexes::Indexes,
    live::Live, locks::Locks, maintenance::Maintenance, not_found::NotFound, overview::Overview, password::Password,
    queries::Queries, query::Query, relation::Relation, replication::Replication, settings::Settings, sign_in::SignIn,
    space::Space, system::System, tune::Tune, users::RemoveUser, users::Users,
};

use leptos::prelude::*;
use leptos_meta::Title;
use model::{Check, DatabaseId, Missing, Reading, Timestamp, Why};

use self::as_of::AsOf;
use crate::{
    address::link,
    api,
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

/// A page about one reading: its heading and age, then what the answer shows, or why there is none. Only what lies in a
/// `data-live` is read again while people look.
fn reading_page<T: Send + 'static>(
    title: &'static str,
    database: Option<DatabaseId>,
    reading: impl Future<Output = Result<Reading<T>, AppError>> + Send + 'static,
    shown: impl FnOnce(T, Timestamp) -> AnyView + Send + 'static,
) -> impl IntoView {
    checked_page(title, database, None, reading, shown)
}

/// The same, about what a check looks at as well: what that check lacks is said above the answer.
fn checked_page<T: Send + 'static>(
    title: &'static str,
    database: Option<DatabaseId>,
    check: Option<Check>,
    reading: impl Future<Output = Result<Reading<T>, AppError>> + Send + 'static,
    shown: impl FnOnce(T, Timestamp) -> AnyView + Send + 'static,
) -> impl IntoView {
    view! {
        <Suspense>
            {Suspend::new(async move {
                let reading = reading.await;
                // Why there is no answer at all is said in its place.
                let answered = matches!(reading, Ok(Reading { answer: Ok(_), .. }));
                let lacking = match (check, &database) {
                    (Some(check), Some(database)) if answered => Some(lacking(database.clone(), check).await),
                    _ => None,
                };
                let as_of = reading.as_ref().ok().map(|reading| view! { <AsOf at=reading.taken_at/> });
                let answer = match reading {
                    Ok(Reading { answer: Ok(answer), taken_at, .. }) => shown(answer, taken_at),
                    Ok(Reading { answer: Err(why), .. }) => missing("This could not be read", &why).into_any(),
                    Err(error) => failed(&error).into_any(),
                };
                match database {
                    Some(database) => {
                        view! { <Heading title database>{as_of}</Heading>{lacking}{answer} }.into_any()
                    }
                    None => view! { <Heading title>{as_of}</Heading>{answer} }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// What a check lacks to see all that the page is about; nothing if it lacks nothing.
async fn lacking(database: DatabaseId, check: Check) -> impl IntoView {
    let reasons = api::overview::lacking(database, check).await.unwrap_or_default();
    let notice = |reason: String| {
        view! { <Notice level=Level::Unknown title="Not all can be seen"><p>{reason}</p></Notice> }
    };
    view! { <div data-live="lacking">{reasons.into_iter().map(notice).collect_view()}</div> }
}

/// `leptos_meta` writes a title into the page as it is, and a database's id may be anything somebody typed into the URL.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A server function that failed, as a sentence.
fn failed(error: &AppError) -> impl IntoView + use<> {
    let (level, title) = match error {
        AppError::NotFound(_) => (Level::Critical, "Not found"),
        AppError::Unauthenticated => (Level::Critical, "Signed out"),
        AppError::Forbidden => (Level::Info, "Not allowed"),
        AppError::NotEnabled(_) => (Level::Info, "Not done here"),
        _ => (Level::Critical, "This could not be shown"),
    };
    let sentence = error.to_string();
    let link = matches!(error, AppError::Unauthenticated)
        .then(|| view! { <p><a href=link("/sign-in") rel="external">"Sign in"</a></p> });
    view! { <Notice level title><p>{sentence}</p>{link}</Notice> }
}

/// What was wrong with what a form sent: where one fails, the browser is sent back with the error in the URL.
fn refusal(value: Option<Result<(), AppError>>) -> Option<impl IntoView> {
    let error = value?.err()?;
    Some(view! { <p class="refusal" role="alert">{error.to_string()}</p> })
}

/// A reading that is missing, with what mends it.
fn missing(title: &'static str, missing: &Missing) -> impl IntoView + use<> {
    let sentence = missing.to_string();
    let mends = (missing.why == Why::Extension)
        .then(|| view! { <Sql text="CREATE EXTENSION IF NOT EXISTS pg_stat_statements;"/> });
    view! { <Notice level=Level::Warning title><p>{sentence}</p>{mends}</Notice> }
}
