//! Nobody is let in without signing in.

use std::net::SocketAddr;

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use dashboard::Dashboard;
use http::{Method, StatusCode, header};
use model::Person;
use tower_sessions::Session;

use app::{BasePath, ClientAddress, SESSION_PERSON, SESSION_SAID, Said};

/// Lets a request pass that belongs to somebody, and says to whom; the others may only sign in.
pub(crate) async fn only_who_signed_in(
    State((dashboard, base)): State<(Dashboard, BasePath)>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(client)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        request.extensions_mut().insert(ClientAddress(client.ip()));
    }
    match person(&dashboard, &session).await {
        Ok(Some(person)) => {
            request.extensions_mut().insert(person);
            // A session that cannot be read has been refused already, and to remove what is not there would write it.
            if opens_a_page(&request)
                && let Ok(Some(said)) = session.get::<Said>(SESSION_SAID).await
                && session.remove_value(SESSION_SAID).await.is_ok()
            {
                request.extensions_mut().insert(said);
            }
            next.run(request).await
        }
        Ok(None) if is_open(request.uri().path()) => next.run(request).await,
        Ok(None) if request.uri().path().starts_with("/api/") => {
            (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], "\"Unauthenticated\"")
                .into_response()
        }
        Ok(None) => Redirect::to(&base.link(&sign_in_and_come_back(request.uri()))).into_response(),
        Err(error) => {
            tracing::error!("who asks could not be found out: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "Heron's store does not answer. Its log says why.\n").into_response()
        }
    }
}

async fn person(dashboard: &Dashboard, session: &Session) -> Result<Option<Person>, String> {
    let known: Option<(i64, String)> = session.get(SESSION_PERSON).await.map_err(|error| error.to_string())?;
    match known {
        Some((id, seal)) => dashboard.person(id, &seal).await.map_err(|error| error.to_string()),
        None => Ok(None),
    }
}

/// What the page before has to say is said once, and to a person, not to the copy that a live page asks for.
fn opens_a_page(request: &Request) -> bool {
    let destination = request.headers().get("sec-fetch-dest").and_then(|value| value.to_str().ok());
    request.method() == Method::GET
        && destination.is_none_or(|destination| destination == "document")
        && !request.uri().path().starts_with("/api/")
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
