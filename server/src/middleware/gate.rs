//! Nobody is let in without signing in.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use dashboard::Dashboard;
use http::{StatusCode, header};
use model::Person;
use tower_sessions::Session;

use app::SESSION_PERSON;

/// Lets a request pass that belongs to somebody, and says to whom; the others may only sign in.
pub(crate) async fn only_who_signed_in(
    State(dashboard): State<Dashboard>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    match person(&dashboard, &session).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            next.run(request).await
        }
        Ok(None) if is_open(request.uri().path()) => next.run(request).await,
        Ok(None) if request.uri().path().starts_with("/api/") => {
            (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], "\"Unauthenticated\"")
                .into_response()
        }
        Ok(None) => Redirect::to(&sign_in_and_come_back(request.uri())).into_response(),
        Err(error) => {
            tracing::error!("who asks could not be found out: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "Heron's store does not answer. Its log says why.\n").into_response()
        }
    }
}

async fn person(dashboard: &Dashboard, session: &Session) -> Result<Option<Person>, String> {
    let id: Option<i64> = session.get(SESSION_PERSON).await.map_err(|error| error.to_string())?;
    match id {
        Some(id) => dashboard.person(id).await.map_err(|error| error.to_string()),
        None => Ok(None),
    }
}

/// The sign-in page and its two server functions.
fn is_open(path: &str) -> bool {
    matches!(path, "/sign-in" | "/api/sign_in" | "/api/redeem")
}

fn sign_in_and_come_back(uri: &http::Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    if wanted == "/" {
        return "/sign-in".into();
    }
    let next: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    format!("/sign-in?next={next}")
}
