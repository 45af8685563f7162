//! The server functions: each takes the viewer, asks `dashboard`, and maps the error.

#![expect(missing_docs, reason = "the macro makes a public struct of each function's arguments")]

pub mod activity;
pub mod fleet;
pub mod frame;
pub mod history;
pub mod overview;
pub mod people;
pub mod statements;

pub(crate) use self::request::{dashboard, session, set_status, theme, viewer};

/// What a server function needs of the request it answers.
mod request {
    use dashboard::Dashboard;
    use http::{Method, StatusCode, header, request::Parts};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use model::Person;
    use tower_sessions::Session;

    use crate::{error::AppError, parts::Theme};

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

    /// The theme the browser asks for.
    pub(crate) fn theme() -> Option<Theme> {
        let parts = use_context::<Parts>()?;
        parts.headers.get_all(header::COOKIE).iter().find_map(|cookies| Theme::from_cookies(cookies.to_str().ok()?))
    }

    /// Sets the status of a page or of an answer to a question. A form that fails sends the browser back to its page, and
    /// has the status that does so.
    pub(crate) fn set_status(status: StatusCode) {
        let asks = use_context::<Parts>().is_some_and(|parts| parts.method == Method::GET);
        if let Some(response) = use_context::<ResponseOptions>().filter(|_| asks) {
            response.set_status(status);
        }
    }

    fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
        use_context::<Parts>()?.extensions.get().cloned()
    }
}
