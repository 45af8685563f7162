//! Writes are accepted from Heron's own pages only.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

/// Refuses a request that may change something unless the browser says that one of our pages sent it.
pub(crate) async fn only_from_our_own_pages(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    if (reads && !upgrades) || is_ours(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "This request did not come from a page of this site.\n").into_response()
    }
}

/// `Sec-Fetch-Site` if the browser sends it, else `Origin` compared with `Host`. A request with neither is no browser's,
/// and has no session to abuse unless it brings one along.
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), ..) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from == host),
        (None, Some(_), None) => false,
        (None, None, _) => !headers.contains_key(header::COOKIE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C4.
    #[test]
    fn only_our_own_pages_may_write() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://h"), ("host", "h")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://h:3100"), ("host", "h:3100")], true),
            (&[("origin", "http://evil"), ("host", "h:3100")], false),
            (&[("origin", "null"), ("host", "h")], false),
            (&[("host", "h")], true),
            (&[("host", "h"), ("cookie", "heron=x")], false),
        ];
        for (headers, ours) in cases {
            let map = headers
                .iter()
                .map(|(name, value)| (http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_ours(&map), ours, "{headers:?}");
        }
    }
}
