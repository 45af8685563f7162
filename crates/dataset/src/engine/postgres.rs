use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use super::{
    connect::{parsed, refused},
    pool::{self, Pool, Trouble},
    shelf::Shelf,
    tls,
};
use crate::{Dialect, Options, Result, database::Core};

pub(super) async fn connect(url: &str, options: Options) -> Result<Core> {
    let how = how(url, &options)?;
    let mut first = pool::open(&how, options.connect_timeout).await?;
    pool::try_out::<sqlx::Postgres>(&mut first, &set_up(&options)).await?;
    // A goodbye that takes long is not worth waiting for.
    let _ = tokio::time::timeout(Duration::from_secs(1), first.close()).await;
    Ok(build(how, options))
}

pub(super) fn lazy(url: &str, options: Options) -> Result<Core> {
    Ok(build(how(url, &options)?, options))
}

fn build(how: PgConnectOptions, options: Options) -> Core {
    let trouble: Arc<Trouble> = Arc::default();
    let (sqls, seen): (Arc<[String]>, _) = (set_up(&options).into(), Arc::clone(&trouble));
    let pool = pool::settings(&options, Arc::clone(&trouble))
        .after_connect(move |conn, _| {
            let (sqls, trouble) = (sqls.clone(), seen.clone());
            Box::pin(async move { pool::set_up::<sqlx::Postgres>(conn, &sqls, &trouble).await })
        })
        .connect_lazy_with(how);
    Core::new(Pool::Postgres(Shelf::new(pool, &options)), Dialect::Postgres, options, trouble)
}

/// The statements for a new connection.
fn set_up(options: &Options) -> Vec<String> {
    let mut sqls: Vec<String> = options.connect_sqls.iter().map(|sql| (*sql).to_owned()).collect();
    if options.pgbouncer {
        sqls.extend(settings(options).into_iter().map(|(name, value)| format!("SET {name} = '{value}'")));
    }
    sqls
}

fn how(url: &str, options: &Options) -> Result<PgConnectOptions> {
    let url = parsed(url)?;
    let mut how = PgConnectOptions::from_str(url.as_str()).map_err(|e| refused(&url, &e))?.disable_statement_logging();
    how = tls::postgres(how, &url, options)?;
    if let Some(password) = &options.password {
        how = how.password(password.expose());
    }
    if let Some(name) = &options.application_name {
        how = how.application_name(name);
    }
    Ok(if options.pgbouncer {
        how.statement_cache_capacity(0).extra_float_digits(None)
    } else {
        how.options(settings(options))
    })
}

/// What the server shall hold this session to.
fn settings(options: &Options) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    let mut limit = |name, limit: Option<Duration>| {
        settings.extend(limit.map(|limit| (name, limit.as_millis().max(1).to_string())));
    };
    limit("statement_timeout", options.statement_timeout);
    limit("lock_timeout", options.lock_timeout);
    limit("idle_in_transaction_session_timeout", options.idle_in_transaction_timeout);
    if options.read_only {
        settings.push(("default_transaction_read_only", "on".to_owned()));
    }
    settings.extend(options.startup_settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    // The server's half of keepalive; the client's socket is out of reach behind sqlx.
    settings.push(("tcp_keepalives_idle", "60".to_owned()));
    settings
}
