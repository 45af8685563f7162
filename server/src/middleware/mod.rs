//! The middleware, in order, on one page. What stands first in a function is nearest to the handlers.

mod base_path;
pub mod csp;
mod csrf;
mod gate;
mod moved;

pub(crate) use self::base_path::under;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use dashboard::Dashboard;
use http::{HeaderValue, header};
use store::Sessions;
use tower::Layer;
use tower_http::{
    compression::CompressionLayer,
    set_header::{SetResponseHeader, SetResponseHeaderLayer},
    trace::TraceLayer,
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

use crate::config::Config;

/// Around pages and server functions: who asks, whether the request comes from our own pages, and what may be kept.
pub(crate) fn around_pages(pages: Router, dashboard: Dashboard, sessions: Sessions, config: &Config) -> Router {
    let tls = config.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let sessions = SessionManagerLayer::new(sessions)
        .with_name("heron")
        .with_same_site(SameSite::Lax)
        .with_path(if config.base_path.is_root() { "/".into() } else { config.base_path.to_string() })
        .with_secure(tls)
        .with_expiry(Expiry::OnInactivity(time::Duration::days(14)));
    let state = (dashboard, config.base_path.clone());
    pages
        .layer(from_fn_with_state(state.clone(), moved::to_where_it_is_now))
        .layer(from_fn_with_state(state, gate::only_who_signed_in))
        .layer(sessions)
        .layer(from_fn(csrf::only_from_our_own_pages))
        .layer(CompressionLayer::new())
        .layer(if_absent(header::CACHE_CONTROL, "no-store"))
}

/// Around everything: headers that every answer has.
pub(crate) fn around_all(router: Router) -> Router {
    router
        .layer(if_absent(header::CONTENT_SECURITY_POLICY, csp::WITHOUT_SCRIPTS))
        .layer(if_absent(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(if_absent(header::REFERRER_POLICY, "same-origin"))
        .layer(if_absent(
            http::HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ))
        .layer(TraceLayer::new_for_http())
}

/// For files whose names change with their content.
pub(crate) fn immutable<S>(files: S) -> SetResponseHeader<S, HeaderValue> {
    if_absent(header::CACHE_CONTROL, "public, max-age=31536000, immutable").layer(files)
}

/// For files that keep their names.
pub(crate) fn brief<S>(file: S) -> SetResponseHeader<S, HeaderValue> {
    if_absent(header::CACHE_CONTROL, "public, max-age=3600").layer(file)
}

fn if_absent(name: http::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
