//! Heron under a path: what is before it is taken off before anything is routed.

use app::BasePath;
use axum::{Router, extract::Request};
use http::{Uri, uri::PathAndQuery};
use tower::ServiceExt;

/// The site under a base path. A proxy may keep the path or take it away: both are understood, because no database's id
/// begins the path.
pub(crate) fn under(base: BasePath, site: Router) -> Router {
    if base.is_root() {
        return site;
    }
    Router::new().fallback_service(site.map_request(move |request| stripped(&base, request)))
}

fn stripped(base: &BasePath, mut request: Request) -> Request {
    let uri = request.uri();
    let path = match (base.strip(uri.path()), uri.query()) {
        (path, Some(query)) => PathAndQuery::try_from(format!("{path}?{query}")),
        (path, None) => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    // What was a URI stays one without its beginning.
    if let Ok(path) = path {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}
