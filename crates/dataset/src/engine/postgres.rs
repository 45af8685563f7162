use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use super::{
    connect::{parsed, refused},
    pool::{self, Pool, Trouble},
    shelf::Shelf,
    tls,
};
use crate::{Dialect, Error, Options, Result, database::Core};

pub(super) async fn connect(url: &str, options: Options) -> Result<Core> {
    let how = how(url, &options)?;
    let core = build(how.clone(), options)?;
    let mut first = pool::open(&how, core.options.connect_timeout).await?;
    let sqls = match &core.pooled {
        Some(settings) => vec![format!("BEGIN; {settings}"), "COMMIT".to_owned()],
        None => set_up(&core.options),
    };
    pool::try_out::<sqlx::Postgres>(&mut first, &sqls).await?;
    // A goodbye that takes long is not worth waiting for.
    let _ = tokio::time::timeout(Duration::from_secs(1), first.close()).await;
    Ok(core)
}

pub(super) fn lazy(url: &str, options: Options) -> Result<Core> {
    build(how(url, &options)?, options)
}

fn build(how: PgConnectOptions, options: Options) -> Result<Core> {
    let pooled = options.pgbouncer.then(|| local_settings(&options)).transpose()?;
    let trouble: Arc<Trouble> = Arc::default();
    let (sqls, seen): (Arc<[String]>, _) = (set_up(&options).into(), Arc::clone(&trouble));
    let pool = pool::settings(&options, Arc::clone(&trouble))
        .after_connect(move |conn, _| {
            let (sqls, trouble) = (sqls.clone(), seen.clone());
            Box::pin(async move { pool::set_up::<sqlx::Postgres>(conn, &sqls, &trouble).await })
        })
        .connect_lazy_with(how);
    let core = Core::new(Pool::Postgres(Shelf::new(pool, &options)), Dialect::Postgres, options, trouble);
    Ok(Core { pooled, ..core })
}

/// The statements for a new connection. Behind a pooler there are none: they would stay on a session that others share.
fn set_up(options: &Options) -> Vec<String> {
    if options.pgbouncer {
        return Vec::new();
    }
    options.connect_sqls.iter().map(|sql| (*sql).to_owned()).collect()
}

/// The statements that begin each transaction behind a pooler, each followed by a semicolon.
fn local_settings(options: &Options) -> Result<String> {
    let mut sqls = String::new();
    for (name, value) in limits(options) {
        sqls += &format!("SET LOCAL {name} = '{value}'; ");
    }
    if options.read_only {
        sqls += "SET LOCAL transaction_read_only = on; ";
    }
    for sql in &options.connect_sqls {
        let sql = sql.trim().trim_end_matches(';');
        if !sql.to_ascii_lowercase().starts_with("set local ") || sql.contains(';') {
            let message =
                "behind a pooler each of `connect_sqls` must be one SET LOCAL statement: others share the session";
            return Err(Error::value(message).in_statement(sql));
        }
        sqls += &format!("{sql}; ");
    }
    Ok(sqls)
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

/// The time limits of a session or transaction.
fn limits(options: &Options) -> Vec<(&'static str, String)> {
    let mut settings = Vec::new();
    let mut limit = |name, limit: Option<Duration>| {
        settings.extend(limit.map(|limit| (name, limit.as_millis().max(1).to_string())));
    };
    limit("statement_timeout", options.statement_timeout);
    limit("lock_timeout", options.lock_timeout);
    limit("idle_in_transaction_session_timeout", options.idle_in_transaction_timeout);
    settings
}

/// What the server shall hold this session to.
fn settings(options: &Options) -> Vec<(&'static str, String)> {
    let mut settings = limits(options);
    if options.read_only {
        settings.push(("default_transaction_read_only", "on".to_owned()));
    }
    settings.extend(options.startup_settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
    // The server's half of keepalive; the client's socket is out of reach behind sqlx.
    settings.push(("tcp_keepalives_idle", "60".to_owned()));
    settings
}
