//! How a server is spoken to so that nobody listens in.
#![allow(clippy::unwrap_used, missing_docs)]

use dataset::{Database, Kind, Options, Tls, TlsMode};

#[tokio::test]
async fn tls_that_cannot_be_is_refused() {
    let tls = Options { tls: Some(Tls::new(TlsMode::Require)), ..Options::default() };
    assert_eq!(Database::connect_with("sqlite::memory:", tls.clone()).await.unwrap_err().kind(), Kind::InvalidValue);
    for url in ["postgres://h/d?sslmode=disable", "mysql://h/d?ssl-mode=disabled", "postgres://h/d?sslmod=require"] {
        assert_eq!(Database::lazy(url, tls.clone()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
    for url in ["postgres://h/d?sslmod=require", "mysql://h/d?sslmod=x", "postgres://h/d?sslmode=nonsense"] {
        assert_eq!(Database::lazy(url, Options::default()).unwrap_err().kind(), Kind::InvalidValue, "{url}");
    }
}
