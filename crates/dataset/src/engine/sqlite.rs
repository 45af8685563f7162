use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

use super::{
    pool::{self, Pool, Trouble},
    shelf::Shelf,
};
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

fn pool(options: &Options, how: SqliteConnectOptions, trouble: &Arc<Trouble>) -> Arc<Shelf<sqlx::Sqlite>> {
    let sqls: Arc<[String]> = options.connect_sqls.iter().map(|sql| (*sql).to_owned()).collect();
    let seen = Arc::clone(trouble);
    let pool = pool::settings(options, Arc::clone(trouble))
        .after_connect(move |conn, _| {
            let (sqls, trouble) = (sqls.clone(), seen.clone());
            Box::pin(async move { pool::set_up::<sqlx::Sqlite>(conn, &sqls, &trouble).await })
        })
        .connect_lazy_with(how);
    Shelf::new(pool, options)
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

/// Whether the statement asks for all columns, whichever they are: `*` behind SELECT, a comma or a table.
pub(super) fn takes_all(sql: &str) -> bool {
    sql.match_indices('*').any(|(at, _)| {
        let before = sql[..at].trim_ascii_end().as_bytes();
        ["select", "distinct", "all", "returning", ",", "."].iter().any(|word| {
            let start = before.len().checked_sub(word.len());
            start.is_some_and(|start| before[start..].eq_ignore_ascii_case(word.as_bytes()))
        })
    })
}

/// A statement that finds out whether another connection changed the tables, and has no rows. sqlx asks for the columns
/// when a statement is prepared; SQLite looks at the file only when it runs one, and a `*` would have other columns then.
pub(super) const LOOK: &str = "SELECT 1 FROM sqlite_schema LIMIT 0; ";

#[cfg(test)]
mod tests {
    use super::takes_all;

    #[test]
    fn b76_all_columns_and_other_stars() {
        let all = [
            "SELECT * FROM t",
            "select a, * from t",
            "select t.* from t",
            "select distinct\n* from t",
            "é returning *",
        ];
        assert!(all.into_iter().all(takes_all));
        assert!(!["SELECT COUNT(*) FROM t", "select a * b from t", "select /* x */ a", "*"].into_iter().any(takes_all));
    }
}
