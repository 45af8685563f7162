//! What people see and ask for: the shell, the route table, and under them pages, parts and server functions.

mod address;
pub mod api;
pub mod chart;
mod error;
mod layout;
mod pages;
pub mod parts;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

pub use self::error::AppError;
use self::{layout::Layout, pages::*};

/// The session's key for the id of the person who signed in.
pub const SESSION_PERSON: &str = "person";

/// The document around every page.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = api::theme().map(parts::Theme::name);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <leptos_meta::HashedStylesheet id="style" options=options.clone()/>
                <HydrationScripts options/>
                <leptos_meta::MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The route table.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Layout>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Fleet ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async/>
                    <Route path=path!("/:database") view=Overview ssr=SsrMode::Async/>
                    <Route path=path!("/:database/queries") view=Queries ssr=SsrMode::Async/>
                    <Route path=path!("/:database/queries/:queryid") view=Query ssr=SsrMode::Async/>
                </Routes>
            </Layout>
        </Router>
    }
}

/// Marks the document once the page reacts: a button that can be seen is not yet one that works.
#[cfg(feature = "hydrate")]
pub fn say_hydrated() {
    if let Some(root) = document().document_element() {
        // Setting an attribute of an element that is there does not fail.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
