//! One connection, whichever driver it belongs to.

use std::{
    borrow::Cow,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use futures::{StreamExt, stream::BoxStream};
use sqlx::{AssertSqlSafe, Connection, Either, Executor, MySql, Postgres, Sqlite};

use super::{
    bind, classify,
    mock::Mock,
    shelf::Loan,
    sqlite::{LOOK, takes_all},
};
use crate::{
    Error, Result, Value,
    row::{InvalidText, NativeRow},
};

pub(crate) enum Conn {
    Postgres(Loan<Postgres>),
    MySql(Loan<MySql>),
    Sqlite(Loan<Sqlite>),
    Mock(Arc<Mock>),
}

/// What a statement without rows came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Done {
    pub(crate) rows: u64,
    /// The key the database generated (MySQL).
    pub(crate) key: i64,
}

/// Text and values; the text is known to hold no value, which is what `AssertSqlSafe` asks for.
macro_rules! query {
    ($driver:ident, $sql:expr, $binds:expr, $persistent:expr) => {
        sqlx::query_with(AssertSqlSafe($sql), bind::$driver($binds)?).persistent($persistent)
    };
}

impl Conn {
    pub(super) async fn execute(
        &mut self,
        sql: Cow<'static, str>,
        binds: Vec<Value>,
        persistent: bool,
    ) -> Result<Done> {
        Ok(match self {
            Conn::Postgres(c) => {
                let done = query!(postgres, sql, binds, persistent).execute(&mut **c).await.map_err(classify)?;
                Done { rows: done.rows_affected(), key: 0 }
            }
            Conn::MySql(c) => {
                let done = query!(mysql, sql, binds, persistent).execute(&mut **c).await.map_err(classify)?;
                Done { rows: done.rows_affected(), key: done.last_insert_id().try_into().unwrap_or(i64::MAX) }
            }
            Conn::Sqlite(c) => {
                let done = query!(sqlite, sql, binds, persistent).execute(&mut **c).await.map_err(classify)?;
                Done { rows: done.rows_affected(), key: done.last_insert_rowid() }
            }
            Conn::Mock(mock) => {
                mock.record(&sql);
                Done { rows: 0, key: mock.next_key() }
            }
        })
    }

    pub(super) fn fetch(
        &mut self,
        sql: Cow<'static, str>,
        binds: Vec<Value>,
        persistent: bool,
        invalid: InvalidText,
    ) -> Result<BoxStream<'_, Result<NativeRow>>> {
        Ok(match self {
            Conn::Postgres(c) => {
                let steps = (&mut **c).fetch_many(query!(postgres, sql, binds, persistent));
                rows(steps, move |row| NativeRow::Postgres(row, invalid), 0)
            }
            Conn::MySql(c) => rows((&mut **c).fetch_many(query!(mysql, sql, binds, persistent)), NativeRow::MySql, 0),
            Conn::Sqlite(c) => {
                let looks = !persistent && takes_all(&sql);
                let sql = if looks { Cow::Owned(format!("{LOOK}{sql}")) } else { sql };
                let steps = (&mut **c).fetch_many(query!(sqlite, sql, binds, persistent));
                rows(steps, NativeRow::Sqlite, 1 + usize::from(looks))
            }
            Conn::Mock(mock) => {
                mock.record(&sql);
                futures::stream::empty().boxed()
            }
        })
    }

    /// Statements without values, by the simple protocol: several at once, and those that cannot be prepared.
    pub(super) async fn script(&mut self, sql: Cow<'static, str>) -> Result<()> {
        let text = AssertSqlSafe(sql);
        match self {
            Conn::Postgres(c) => sqlx::raw_sql(text).execute(&mut **c).await.map(drop),
            Conn::MySql(c) => sqlx::raw_sql(text).execute(&mut **c).await.map(drop),
            Conn::Sqlite(c) => sqlx::raw_sql(text).execute(&mut **c).await.map(drop),
            Conn::Mock(mock) => {
                mock.record(&text.0);
                Ok(())
            }
        }
        .map_err(classify)
    }

    pub(super) async fn ping(&mut self) -> Result<()> {
        match self {
            Conn::Postgres(c) => c.ping().await,
            Conn::MySql(c) => c.ping().await,
            Conn::Sqlite(c) => c.ping().await,
            Conn::Mock(_) => Ok(()),
        }
        .map_err(classify)
    }

    /// Prepared statements are prepared anew from here on.
    pub(super) async fn forget_statements(&mut self) -> Result<()> {
        match self {
            Conn::Postgres(c) => c.clear_cached_statements().await,
            Conn::MySql(c) => c.clear_cached_statements().await,
            Conn::Sqlite(c) => c.clear_cached_statements().await,
            Conn::Mock(_) => Ok(()),
        }
        .map_err(classify)
    }

    /// SQLite has no server to stop a statement: it must be asked to look at the clock itself.
    pub(super) async fn set_deadline(&mut self, deadline: Option<Instant>) -> Result<()> {
        if let Conn::Sqlite(c) = self {
            let mut handle = c.lock_handle().await.map_err(classify)?;
            match deadline {
                Some(deadline) => handle.set_progress_handler(1_000, move || Instant::now() < deadline),
                None => handle.remove_progress_handler(),
            }
        }
        Ok(())
    }

    /// For the next borrower.
    pub(super) fn give_back(self, runtime: &tokio::runtime::Handle) {
        match self {
            Conn::Postgres(c) => c.give_back(runtime),
            Conn::MySql(c) => c.give_back(runtime),
            Conn::Sqlite(c) => c.give_back(runtime),
            Conn::Mock(_) => {}
        }
    }

    /// Takes the connection out of its pool and drops it without a word, so that its place is free at once.
    pub(super) fn discard(self) {
        match self {
            Conn::Postgres(c) => c.discard(),
            Conn::MySql(c) => c.discard(),
            Conn::Sqlite(c) => c.discard(),
            Conn::Mock(_) => {}
        }
    }
}

/// Whether a COMMIT or ROLLBACK failed only because there was nothing to end.
pub(crate) fn is_without_transaction(error: &Error) -> bool {
    error.message().contains("no transaction is active")
}

/// The rows of so many statements. A worker thread of sqlx's that died on the way would look like the end of them.
fn rows<'c, R: 'c, D: 'c>(
    mut steps: BoxStream<'c, sqlx::Result<Either<D, R>>>,
    native: impl Fn(R) -> NativeRow + Send + 'c,
    statements: usize,
) -> BoxStream<'c, Result<NativeRow>> {
    let mut left = statements;
    let next = move |context: &mut Context<'_>| loop {
        return Poll::Ready(match ready!(steps.poll_next_unpin(context)) {
            Some(Ok(Either::Right(row))) => Some(Ok(native(row))),
            Some(Ok(Either::Left(_))) => {
                left = left.saturating_sub(1);
                continue;
            }
            Some(Err(e)) => {
                left = 0;
                Some(Err(classify(e)))
            }
            None if left > 0 => {
                left = 0;
                Some(Err(classify(sqlx::Error::WorkerCrashed)))
            }
            None => None,
        });
    };
    futures::stream::poll_fn(next).boxed()
}
