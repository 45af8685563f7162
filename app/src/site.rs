//! The document and the route table.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{BasePath, api, layout::Layout, pages::*, parts::Theme};

/// The document around every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let base = BasePath::of_this_request();
    let theme = api::theme().map(Theme::name);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href=base.link("/favicon.svg") type="image/svg+xml"/>
                <HashedStylesheet id="style" options=options.clone() root=base.to_string()/>
                <HydrationScripts options islands=true root=base.to_string()/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The route table. Every page is rendered whole before it is sent: it has a status, and needs no script to be in order.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Layout>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Fleet ssr=SsrMode::Async/>
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async/>
                    <Route path=path!("/users") view=Users ssr=SsrMode::Async/>
                    <Route path=path!("/users/remove") view=RemoveUser ssr=SsrMode::Async/>
                    <Route path=path!("/audit") view=Audit ssr=SsrMode::Async/>
                    <Route path=path!("/settings") view=Settings ssr=SsrMode::Async/>
                    <Route path=path!("/settings/password") view=Password ssr=SsrMode::Async/>
                    <Route path=path!("/:database/confirm/:action") view=Confirm ssr=SsrMode::Async/>
                    <Route path=path!("/:database") view=Overview ssr=SsrMode::Async/>
                    <Route path=path!("/:database/live") view=Live ssr=SsrMode::Async/>
                    <Route path=path!("/:database/locks") view=Locks ssr=SsrMode::Async/>
                    <Route path=path!("/:database/connections") view=Connections ssr=SsrMode::Async/>
                    <Route path=path!("/:database/maintenance") view=Maintenance ssr=SsrMode::Async/>
                    <Route path=path!("/:database/replication") view=Replication ssr=SsrMode::Async/>
                    <Route path=path!("/:database/queries") view=Queries ssr=SsrMode::Async/>
                    <Route path=path!("/:database/queries/:queryid") view=Query ssr=SsrMode::Async/>
                    <Route path=path!("/:database/space") view=Space ssr=SsrMode::Async/>
                    <Route path=path!("/:database/space/:relation") view=Relation ssr=SsrMode::Async/>
                    <Route path=path!("/:database/indexes") view=Indexes ssr=SsrMode::Async/>
                    <Route path=path!("/:database/explain") view=Explain ssr=SsrMode::Async/>
                    <Route path=path!("/:database/system") view=System ssr=SsrMode::Async/>
                    <Route path=path!("/:database/tune") view=Tune ssr=SsrMode::Async/>
                </Routes>
            </Layout>
        </Router>
    }
}
