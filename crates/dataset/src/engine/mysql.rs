use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, mysql::MySqlConnectOptions};

use super::{
    classify,
    connect::{parsed, refused},
    pool::{self, Pool, Trouble},
    shelf::Shelf,
    tls,
};
use crate::{Dialect, Options, Result, database::Core};

pub(super) async fn connect(url: &str, options: Options) -> Result<Core> {
    let how = how(url, &options)?;
    let mut first = pool::open(&how, options.connect_timeout).await?;
    // The URL's scheme is only a hint: the two speak different SQL and are told apart by what they say they are.
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(&mut first).await.map_err(classify)?;
    let dialect = if version.to_lowercase().contains("mariadb") { Dialect::MariaDb } else { Dialect::MySql };
    pool::try_out::<sqlx::MySql>(&mut first, &settings(&options, dialect)).await?;
    let _ = tokio::time::timeout(Duration::from_secs(1), first.close()).await;
    Ok(build(how, options, dialect))
}

pub(super) fn lazy(url: &str, options: Options, dialect: Dialect) -> Result<Core> {
    Ok(build(how(url, &options)?, options, dialect))
}

fn build(how: MySqlConnectOptions, options: Options, dialect: Dialect) -> Core {
    let trouble: Arc<Trouble> = Arc::default();
    let (sqls, seen): (Arc<[String]>, _) = (settings(&options, dialect).into(), Arc::clone(&trouble));
    let pool = pool::settings(&options, Arc::clone(&trouble))
        .after_connect(move |conn, _| {
            let (sqls, trouble) = (sqls.clone(), seen.clone());
            Box::pin(async move { pool::set_up::<sqlx::MySql>(conn, &sqls, &trouble).await })
        })
        .connect_lazy_with(how);
    Core::new(Pool::MySql(Shelf::new(pool, &options)), dialect, options, trouble)
}

fn how(url: &str, options: &Options) -> Result<MySqlConnectOptions> {
    let url = parsed(url)?;
    let text = url.as_str().replacen("mariadb:", "mysql:", 1);
    let mut how = MySqlConnectOptions::from_str(&text).map_err(|e| refused(&url, &e))?.disable_statement_logging();
    how = tls::mysql(how, &url, options)?;
    if let Some(password) = &options.password {
        how = how.password(password.expose());
    }
    Ok(how)
}

fn settings(options: &Options, dialect: Dialect) -> Vec<String> {
    // As elsewhere: what does not fit is an error, a key of 0 is a key of 0, and a column beside an aggregate must be
    // one that is grouped by.
    let mut sqls = vec![
        "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ONLY_FULL_GROUP_BY')"
            .to_owned(),
        // MariaDB's own limit; MySQL's would end a text after a kilobyte without a word.
        "SET SESSION group_concat_max_len = 1048576".to_owned(),
    ];
    if let Some(limit) = options.statement_timeout {
        sqls.push(match dialect {
            Dialect::MariaDb => format!("SET SESSION max_statement_time = {:.3}", limit.as_secs_f64()),
            _ => format!("SET SESSION max_execution_time = {}", limit.as_millis().max(1)),
        });
    }
    if let Some(limit) = options.lock_timeout {
        sqls.push(format!("SET SESSION innodb_lock_wait_timeout = {}", limit.as_secs().max(1)));
    }
    if let Some(limit) = options.idle_in_transaction_timeout.filter(|_| dialect == Dialect::MariaDb) {
        sqls.push(format!("SET SESSION idle_transaction_timeout = {}", limit.as_secs().max(1)));
    }
    if options.read_only {
        sqls.push("SET SESSION TRANSACTION READ ONLY".to_owned());
    }
    sqls.extend(options.connect_sqls.iter().map(|sql| (*sql).to_owned()));
    sqls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b59_each_of_the_two_has_a_time_limit_of_its_own() {
        let options = Options { statement_timeout: Some(Duration::from_millis(1500)), ..Options::default() };
        let has = |dialect, sql: &str| settings(&options, dialect).iter().any(|set| set == sql);
        assert!(has(Dialect::MySql, "SET SESSION max_execution_time = 1500"));
        assert!(has(Dialect::MariaDb, "SET SESSION max_statement_time = 1.500"));
    }
}
