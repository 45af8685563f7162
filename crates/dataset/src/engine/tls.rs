//! What is said about TLS, in the URL or in the options, but not in both and not in words nobody understands:
//! a misspelt `sslmode` would otherwise be a connection in clear. Where nothing is said, a server across a network must
//! speak TLS: the drivers' own default is to prefer it, which somebody in between can talk them out of.

use std::{net::IpAddr, path::Path};

use sqlx::{
    mysql::{MySqlConnectOptions, MySqlSslMode},
    postgres::{PgConnectOptions, PgSslMode},
};
use url::Url;

use crate::{Error, Options, Result, TlsMode};

pub(super) fn postgres(how: PgConnectOptions, url: &Url, options: &Options) -> Result<PgConnectOptions> {
    let known =
        ["sslmode", "ssl-mode", "sslrootcert", "ssl-root-cert", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];
    let said = guard(url, &known, options)? || std::env::var_os("PGSSLMODE").is_some();
    let Some(tls) = &options.tls else {
        let afar = !said && how.get_socket().is_none() && !is_local(how.get_host());
        return Ok(if afar { how.ssl_mode(PgSslMode::Require) } else { how });
    };
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
    let known = ["sslmode", "ssl-mode", "sslca", "ssl-ca", "sslcert", "ssl-cert", "sslkey", "ssl-key"];
    let said = guard(url, &known, options)?;
    let Some(tls) = &options.tls else {
        let afar = !said && how.get_socket().is_none() && !is_local(how.get_host());
        return Ok(if afar { how.ssl_mode(MySqlSslMode::Required) } else { how });
    };
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

/// Whether the URL says which mode it shall be.
fn guard(url: &Url, known: &[&str], options: &Options) -> Result<bool> {
    let mut said = false;
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
        said |= ["sslmode", "ssl-mode"].contains(&&*name);
    }
    Ok(said)
}

/// Whether what is said to this host stays on this machine.
fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    Path::new(host).is_absolute()
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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

    #[test]
    fn tls_is_a_must_across_a_network_unless_somebody_says_otherwise() {
        let postgres_mode = |url: &str| {
            let (url, how) = (Url::parse(url).expect("a URL"), url.parse().expect("options"));
            postgres(how, &url, &Options::default()).expect("a mode").get_ssl_mode_name()
        };
        for local in ["localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert_eq!(postgres_mode(&format!("postgres://u@{local}/d")), "Prefer", "{local}");
        }
        assert_eq!(postgres_mode("postgres://u@h/d?host=/run/postgresql"), "Prefer");
        for afar in ["db1", "db1.example.org", "10.0.0.1", "[2001:db8::1]"] {
            assert_eq!(postgres_mode(&format!("postgres://u@{afar}/d")), "Require", "{afar}");
        }
        assert_eq!(postgres_mode("postgres://u@db1/d?sslrootcert=/x.pem"), "Require");
        assert_eq!(postgres_mode("postgres://u@db1/d?sslmode=prefer"), "Prefer");
        assert_eq!(postgres_mode("postgres://u@db1/d?sslmode=disable"), "Disable");

        let mysql_mode = |url: &str| {
            let (url, how) = (Url::parse(url).expect("a URL"), url.parse().expect("options"));
            format!("{:?}", mysql(how, &url, &Options::default()).expect("a mode").get_ssl_mode())
        };
        assert_eq!(mysql_mode("mysql://u@localhost/d"), "Preferred");
        assert_eq!(mysql_mode("mysql://u@db1/d"), "Required");
        assert_eq!(mysql_mode("mysql://u@db1/d?ssl-mode=preferred"), "Preferred");
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
