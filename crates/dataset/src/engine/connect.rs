use url::Url;

use super::{mysql, postgres, sqlite};
use crate::{Dialect, Error, Options, Result, database::Core};

/// Connects once, so that what is wrong is known now, and makes the pool.
pub(crate) async fn connect(url: &str, options: Options) -> Result<Core> {
    match scheme(url)? {
        Dialect::Postgres => postgres::connect(url, options).await,
        Dialect::Sqlite => sqlite::connect(url, options).await,
        _ => mysql::connect(url, options).await,
    }
}

/// The pool without a connection.
pub(crate) fn lazy(url: &str, options: Options) -> Result<Core> {
    match scheme(url)? {
        Dialect::Postgres => postgres::lazy(url, options),
        Dialect::Sqlite => sqlite::lazy(url, options),
        dialect => mysql::lazy(url, options, dialect),
    }
}

fn scheme(url: &str) -> Result<Dialect> {
    match url.split_once(':').map_or("", |(scheme, _)| scheme) {
        "postgres" | "postgresql" => Ok(Dialect::Postgres),
        "mysql" => Ok(Dialect::MySql),
        "mariadb" => Ok(Dialect::MariaDb),
        "sqlite" => Ok(Dialect::Sqlite),
        _ => Err(Error::value("a database URL begins with postgres://, mysql://, mariadb:// or sqlite://")),
    }
}

/// The URL, or what is wrong with it in words that repeat none of it: it may hold a password.
pub(super) fn parsed(url: &str) -> Result<Url> {
    Url::parse(url).map_err(|e| Error::value(format!("malformed database URL: {e}")))
}

/// What a driver says about a URL, unless it would repeat the password.
pub(super) fn refused(url: &Url, error: &sqlx::Error) -> Error {
    let message = error.to_string();
    let tells = url.password().is_some_and(|secret| !secret.is_empty() && message.contains(secret));
    let message = if tells { "an option is not understood".to_owned() } else { message };
    Error::value(format!("malformed database URL: {message}"))
}
