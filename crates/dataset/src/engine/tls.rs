//! What is said about TLS, in the URL or in the options, but not in both and not in words nobody understands:
//! a misspelt `sslmode` would otherwise be a connection in clear.

use sqlx::{
    mysql::{MySqlConnectOptions, MySqlSslMode},
    postgres::{PgConnectOptions, PgSslMode},
};
use url::Url;

use crate::{Error, Options, Result, TlsMode};

pub(super) fn postgres(how: PgConnectOptions, url: &Url, options: &Options) -> Result<PgConnectOptions> {
    let known =
        ["sslmode", "ssl-mode", "sslrootcert", "ssl-root-cert", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];
    guard(url, &known, options)?;
    let Some(tls) = &options.tls else { return Ok(how) };
    let mut how = how.ssl_mode(match tls.mode {
        TlsMode::Disable => PgSslMode::Disable,
        TlsMode::Prefer => PgSslMode::Prefer,
        TlsMode::Require => PgSslMode::Require,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
    });
    if let Some(root) = &tls.root_cert {
        how = how.ssl_root_cert(root);
    }
    if let Some((cert, key)) = &tls.client_cert {
        how = how.ssl_client_cert(cert).ssl_client_key(key);
    }
    Ok(how)
}

pub(super) fn mysql(how: MySqlConnectOptions, url: &Url, options: &Options) -> Result<MySqlConnectOptions> {
    guard(url, &["sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"], options)?;
    let Some(tls) = &options.tls else { return Ok(how) };
    let mut how = how.ssl_mode(match tls.mode {
        TlsMode::Disable => MySqlSslMode::Disabled,
        TlsMode::Prefer => MySqlSslMode::Preferred,
        TlsMode::Require => MySqlSslMode::Required,
        TlsMode::VerifyCa => MySqlSslMode::VerifyCa,
        TlsMode::VerifyFull => MySqlSslMode::VerifyIdentity,
    });
    if let Some(root) = &tls.root_cert {
        how = how.ssl_ca(root);
    }
    if let Some((cert, key)) = &tls.client_cert {
        how = how.ssl_client_cert(cert).ssl_client_key(key);
    }
    Ok(how)
}

fn guard(url: &Url, known: &[&str], options: &Options) -> Result<()> {
    for (name, _) in url.query_pairs() {
        if !(name.starts_with("ssl") || name.starts_with("tls")) {
            continue;
        }
        if !known.contains(&&*name) {
            return Err(Error::value(format!("the URL's `{name}` is not understood; known are {}", known.join(", "))));
        }
        if options.tls.is_some() {
            return Err(Error::value(format!(
                "TLS is set by the options and by the URL's `{name}`; which shall it be?"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kind, Tls};

    #[test]
    fn tls_is_said_once_and_clearly() {
        let url = |query: &str| Url::parse(&format!("postgres://u@h/d?{query}")).expect("a URL");
        let said = |query: &str, tls| {
            let options = Options { tls, ..Options::default() };
            postgres(PgConnectOptions::new(), &url(query), &options).map(|how| how.get_ssl_mode_name())
        };
        assert!(said("application_name=x", None).is_ok());
        assert!(said("sslmode=verify-full&sslrootcert=/x.pem", None).is_ok());
        assert_eq!(said("sslmod=require", None).expect_err("a slip").kind(), Kind::InvalidValue);
        assert_eq!(said("", Some(Tls::new(TlsMode::VerifyFull))).expect("set"), "VerifyFull");
        let twice = said("sslmode=disable", Some(Tls::new(TlsMode::Require)));
        assert_eq!(twice.expect_err("twice").kind(), Kind::InvalidValue);
    }

    trait ModeName {
        fn get_ssl_mode_name(&self) -> String;
    }

    impl ModeName for PgConnectOptions {
        fn get_ssl_mode_name(&self) -> String {
            format!("{:?}", self.get_ssl_mode())
        }
    }
}
