//! The server functions: each takes the viewer, asks `dashboard`, and maps the error.

#![expect(missing_docs, reason = "the macro makes a public struct of each function's arguments")]

pub mod actions;
pub mod activity;
pub mod audit;
pub mod configuration;
pub mod explain;
pub mod fleet;
pub mod frame;
pub mod history;
pub mod indexes;
pub mod maintenance;
pub mod overview;
pub mod people;
pub mod replication;
pub mod space;
pub mod statements;
pub mod system;
pub mod tuning;

pub(crate) use self::request::{dashboard, extension, said, say, session, set_status, theme, viewer};

/// What a server function needs of the request it answers.
mod request {
    use dashboard::Dashboard;
    use http::{Method, StatusCode, header, request::Parts};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use model::Person;
    use tower_sessions::Session;

    use crate::{SESSION_SAID, Said, error::AppError, parts::Theme};

    /// The use cases.
    pub(crate) fn dashboard() -> Result<Dashboard, AppError> {
        use_context().ok_or(AppError::Internal)
    }

    /// Who asks, as the middleware found out.
    pub(crate) fn viewer() -> Result<Person, AppError> {
        extension().ok_or_else(|| {
            set_status(StatusCode::UNAUTHORIZED);
            AppError::Unauthenticated
        })
    }

    /// The browser's session.
    pub(crate) fn session() -> Result<Session, AppError> {
        extension().ok_or(AppError::Internal)
    }

    /// Has the next page say what came of this.
    pub(crate) async fn say(well: bool, sentence: &str) -> Result<(), AppError> {
        let said = Said { well, sentence: sentence.to_owned(), link_for: None };
        session()?.insert(SESSION_SAID, said).await.map_err(|_| AppError::Internal)
    }

    /// What this page has to say of what was done on the page before.
    pub(crate) fn said() -> Option<Said> {
        extension()
    }

    /// The theme the browser asks for.
    pub(crate) fn theme() -> Option<Theme> {
        let parts = use_context::<Parts>()?;
        parts.headers.get_all(header::COOKIE).iter().find_map(|cookies| Theme::from_cookies(cookies.to_str().ok()?))
    }

    /// Sets the status of an answer; of a page by what it shows. A form that leads to a server function and fails sends the
    /// browser back to its page, and has the status that does so.
    pub(crate) fn set_status(status: StatusCode) {
        let parts = use_context::<Parts>();
        let sends_back = parts.is_some_and(|parts| {
            let accepts = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
            let asks = parts.method == Method::GET || !parts.uri.path().starts_with("/api/");
            !asks && accepts.is_some_and(|accept| accept.contains("text/html"))
        });
        if let Some(response) = use_context::<ResponseOptions>().filter(|_| !sends_back) {
            response.set_status(status);
        }
    }

    /// What the middleware found out about the request.
    pub(crate) fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
        use_context::<Parts>()?.extensions.get().cloned()
    }
}
