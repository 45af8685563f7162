use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use super::pool::{self, Pool, Trouble};
use crate::{Dialect, Error, Options, Result, database::Core};

pub(super) async fn connect(url: &str, options: Options) -> Result<Core> {
    let core = lazy(url, options)?;
    if let Pool::Sqlite { writer, .. } = &core.pool {
        drop(pool::checkout(writer, &core.options, &core.trouble).await?);
    }
    Ok(core)
}

pub(super) fn lazy(url: &str, mut options: Options) -> Result<Core> {
    if options.tls.is_some() {
        return Err(Error::value("SQLite has no server to speak to, in clear or otherwise"));
    }
    let memory = url.contains(":memory:") || url.contains("mode=memory");
    let how = how(url, &options, memory)?;
    let trouble = Arc::default();
    if memory {
        // Each connection to memory is a database of its own, and it goes when the connection does.
        options.max_connections = 1;
        options.min_connections = 1;
        options.max_lifetime = None;
        options.idle_timeout = None;
    }
    let reader = pool(&options, how.clone(), &trouble);
    let writer = if memory || options.read_only {
        reader.clone()
    } else {
        pool(&Options { max_connections: 1, ..options.clone() }, how, &trouble)
    };
    Ok(Core::new(Pool::Sqlite { writer, reader }, Dialect::Sqlite, options, trouble))
}

fn pool(options: &Options, how: SqliteConnectOptions, trouble: &Arc<Trouble>) -> SqlitePool {
    let sqls: Arc<[String]> = options.connect_sqls.iter().map(|sql| (*sql).to_owned()).collect();
    let seen = Arc::clone(trouble);
    pool::settings(options, Arc::clone(trouble))
        .after_connect(move |conn, _| {
            let (sqls, trouble) = (sqls.clone(), seen.clone());
            Box::pin(async move { pool::set_up::<sqlx::Sqlite>(conn, &sqls, &trouble).await })
        })
        .connect_lazy_with(how)
}

fn how(url: &str, options: &Options, memory: bool) -> Result<SqliteConnectOptions> {
    let how = SqliteConnectOptions::from_str(url).map_err(|e| Error::value(format!("malformed SQLite URL: {e}")))?;
    let how = how
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout.unwrap_or(Duration::from_secs(5)))
        // LIKE means the same as on PostgreSQL.
        .pragma("case_sensitive_like", "ON")
        .disable_statement_logging();
    Ok(if options.read_only {
        how.read_only(true).create_if_missing(false)
    } else if memory {
        how
    } else {
        how.create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
    })
}
