//! A connection on loan. Whatever happens to the borrower, the pool gets back a clean connection or none:
//! a caller may be dropped at any await, and sqlx 0.9 alone would then leave transactions open (sqlx #4385)
//! or lose the place in the pool for good (sqlx #4349).

mod rows;

use std::{
    borrow::Cow,
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use tokio::runtime::Handle;
use tracing::Instrument;

use self::rows::Rows;
use super::{
    conn::{Conn, Done, is_without_transaction},
    pool::Pool,
    shelf::GRACE,
    span::Watch,
    sqlite::takes_all,
};
use crate::{
    Dialect, Error, Kind, Result, Value,
    database::Core,
    row::{InvalidText, NativeRow},
    statement::Statement,
};

pub(crate) struct Lease {
    conn: Option<Conn>,
    core: Arc<Core>,
    /// A statement is under way: what the server says next belongs to it.
    busy: bool,
    /// A transaction is open.
    open: bool,
    /// The open transaction holds a single statement, because a pooler is in between.
    single: bool,
    /// Not to be used again.
    doomed: bool,
    /// Holds more than a ROLLBACK would end.
    fragile: bool,
    /// Neither the server's nor the client's clock applies.
    unhurried: bool,
    /// Holds what only the end of the session gives back.
    last: bool,
    /// What to run before the next borrower gets the connection.
    restore: Option<&'static str>,
}

impl Lease {
    pub(crate) fn new(conn: Conn, core: Arc<Core>) -> Self {
        Self {
            conn: Some(conn),
            core,
            busy: false,
            open: false,
            single: false,
            doomed: false,
            fragile: false,
            unhurried: false,
            last: false,
            restore: None,
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.core.dialect
    }

    pub(crate) fn is_mock(&self) -> bool {
        matches!(self.core.pool, Pool::Mock(_))
    }

    /// From now on the connection holds a transaction, or no longer.
    pub(crate) fn set_open(&mut self, open: bool) {
        self.open = open;
    }

    /// The connection must not be used by anybody else.
    pub(crate) fn doom(&mut self) {
        self.doomed = true;
    }

    /// Dropped before `set_open(false)`, the connection must not be used by anybody else: a ROLLBACK would not clean it.
    pub(crate) fn doom_if_dropped(&mut self) {
        self.fragile = true;
    }

    /// The connection is closed when this lease ends.
    pub(crate) fn last(&mut self) {
        self.last = true;
    }

    /// Runs this, after a transaction has ended, before the next borrower gets the connection.
    pub(crate) fn restore(&mut self, sql: &'static str) {
        self.restore = Some(sql);
    }

    /// No time limits, for migrations.
    pub(crate) fn unhurried(&mut self) {
        self.unhurried = true;
    }

    /// Begins a transaction, with the settings that a pooler forgets.
    pub(crate) async fn begin_transaction(&mut self, sql: impl Into<Cow<'static, str>>) -> Result<()> {
        let sql = sql.into();
        // From the first byte on: a BEGIN whose caller went away may still have been carried out.
        self.open = true;
        let sql = match &self.core.pooled {
            Some(settings) => format!("{sql}; {settings}").into(),
            None => sql,
        };
        self.run_script(sql).await
    }

    /// Behind a pooler a statement is a transaction of its own. The driver sends its text and its values one after the
    /// other; only inside a transaction do both reach the same session.
    async fn begin_single(&mut self) -> Result<()> {
        if self.core.pooled.is_none() || self.open {
            return Ok(());
        }
        self.single = true;
        self.begin_transaction("BEGIN").await
    }

    /// Ends the transaction of a single statement. After an error COMMIT rolls back.
    pub(crate) async fn end_single<T>(&mut self, result: Result<T>) -> Result<T> {
        if !self.single || self.doomed {
            return result;
        }
        let ended = self.run_script("COMMIT".into()).await;
        if ended.is_ok() {
            self.open = false;
            self.single = false;
        }
        result.and_then(|value| ended.map(|()| value))
    }

    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<Done> {
        self.begin_single().await?;
        // VACUUM and the like: without values they reach the server in one piece, but no limit can hold them.
        let bare = self.single && statement.binds.is_empty() && self.core.pooled.as_deref() == Some("");
        let sql = bare.then(|| statement.sql.clone());
        let result = self.execute_once(statement).await;
        match (self.end_single(result).await, sql) {
            (Err(e), Some(sql)) if e.code() == Some("25001") => self.run_script(sql).await.map(|()| Done::default()),
            (result, _) => result,
        }
    }

    async fn execute_once(&mut self, statement: Statement) -> Result<Done> {
        let (sql, binds, kept) = self.prepare(statement);
        let (watch, limit) = (self.begin(&sql).await?, self.limit());
        let work = self.conn()?.execute(sql.clone(), binds, kept);
        let result = within(limit, work).instrument(watch.span.clone()).await;
        self.finish(&watch, &sql, result, |done| done.rows).await
    }

    /// Statements without values, in one message: COMMIT and the like, and scripts.
    pub(crate) async fn script(&mut self, sql: impl Into<Cow<'static, str>>) -> Result<()> {
        let sql = sql.into();
        match &self.core.pooled {
            // SET LOCAL lasts until the end of the message.
            Some(settings) if !self.open => self.run_script(format!("{settings}{sql}").into()).await,
            _ => self.run_script(sql).await,
        }
    }

    async fn run_script(&mut self, sql: Cow<'static, str>) -> Result<()> {
        let (watch, limit) = (self.begin(&sql).await?, self.limit());
        let work = self.conn()?.script(sql.clone());
        let result = within(limit, work).instrument(watch.span.clone()).await;
        self.finish(&watch, &sql, result, |()| 0).await
    }

    /// Hands every row to `each`.
    pub(crate) async fn each(
        &mut self,
        statement: Statement,
        each: &mut (dyn FnMut(NativeRow) -> Result<()> + Send),
    ) -> Result<u64> {
        self.begin_single().await?;
        let result = self.each_or_again(statement, each).await;
        self.end_single(result).await
    }

    async fn each_or_again(
        &mut self,
        statement: Statement,
        each: &mut (dyn FnMut(NativeRow) -> Result<()> + Send),
    ) -> Result<u64> {
        let told = statement.told();
        let (sql, binds, kept) = self.prepare(statement);
        // Outside a transaction a statement whose table has changed is prepared anew and sent again.
        let again = (kept && !self.open && self.core.dialect == Dialect::Postgres).then(|| binds.clone());
        match (self.each_once(&told, sql.clone(), binds, kept, each).await, again) {
            (Err(e), Some(binds)) if outdated(&e) => {
                self.conn()?.forget_statements().await?;
                self.each_once(&told, sql, binds, kept, each).await
            }
            (result, _) => result,
        }
    }

    async fn each_once(
        &mut self,
        told: &str,
        sql: Cow<'static, str>,
        binds: Vec<Value>,
        kept: bool,
        each: &mut (dyn FnMut(NativeRow) -> Result<()> + Send),
    ) -> Result<u64> {
        let (watch, limit) = (self.begin(told).await?, self.limit());
        let invalid = self.invalid_text();
        let conn = self.conn()?;
        let work = async {
            let mut rows = conn.fetch(sql, binds, kept, invalid)?;
            let (mut count, mut outcome) = (0, Ok(()));
            while let Some(row) = rows.next().await {
                let row = row?;
                count += 1;
                // After a row that does not fit, the rest is still read: the connection stays usable.
                if outcome.is_ok() {
                    outcome = each(row);
                }
            }
            outcome.map(|()| count)
        };
        let result = within(limit, work).instrument(watch.span.clone()).await;
        self.finish(&watch, told, result, |count| *count).await
    }

    /// The rows one by one. The lease counts as busy until the stream has ended; then comes [`Lease::end_single`].
    pub(crate) async fn stream(&mut self, statement: Statement) -> Result<Rows<'_>> {
        self.begin_single().await?;
        let told = statement.told();
        let (sql, binds, kept) = self.prepare(statement);
        let (watch, wait) = (self.begin(&told).await?, self.limit());
        let invalid = self.invalid_text();
        let conn = self.conn.as_mut().ok_or_else(gone)?;
        let rows = conn.fetch(sql, binds, kept, invalid)?;
        Ok(Rows {
            rows,
            sql: told,
            watch,
            wait,
            core: &self.core,
            count: 0,
            busy: &mut self.busy,
            doomed: &mut self.doomed,
        })
    }

    fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_mut().ok_or_else(gone)
    }

    fn invalid_text(&self) -> InvalidText {
        if self.core.options.replace_invalid_text { InvalidText::Replace } else { InvalidText::Refuse }
    }

    fn limit(&self) -> Option<Duration> {
        self.core.options.query_timeout.filter(|_| !self.unhurried)
    }

    /// Before a statement: the clock runs, and a caller who goes away leaves a connection that is known to be busy.
    async fn begin(&mut self, sql: &str) -> Result<Watch> {
        if self.doomed {
            return Err(gone());
        }
        self.busy = true;
        self.start_clock().await?;
        Ok(Watch::new(self.core.dialect, sql, self.core.options.slow_statement))
    }

    /// After a statement, or after its time (`None`).
    async fn finish<T>(
        &mut self,
        watch: &Watch,
        sql: &str,
        result: Option<Result<T>>,
        rows: fn(&T) -> u64,
    ) -> Result<T> {
        let result = result.unwrap_or_else(|| Err(self.out_of_time()));
        self.busy = self.doomed;
        watch.done(&result, result.as_ref().map_or(0, rows), sql);
        if self.timed() {
            self.stop_clock().await;
        }
        result.map_err(|e| self.noted(e).in_statement(sql))
    }

    /// Text, values, and whether the connection keeps the prepared statement. Texts that PostgreSQL must not confuse are
    /// told apart.
    fn prepare(&self, statement: Statement) -> (Cow<'static, str>, Vec<Value>, bool) {
        let Statement { sql, binds, .. } = statement;
        let kept = self.kept(&sql, &binds);
        let sql = match self.core.dialect {
            Dialect::Postgres if kept => self.core.shapes.marked(sql, &binds),
            _ => sql,
        };
        (sql, binds, kept)
    }

    /// Statements with many values come in many lengths, and would push out the others: they are kept from the second
    /// time on. On SQLite a kept `*` would mean the columns of its first use.
    fn kept(&self, sql: &str, binds: &[Value]) -> bool {
        let outdates = self.core.dialect == Dialect::Sqlite && takes_all(sql);
        let keeps = !self.core.options.pgbouncer && !outdates;
        keeps && (binds.len() <= 100 || self.core.shapes.known(sql, binds))
    }

    fn out_of_time(&mut self) -> Error {
        self.doomed = true;
        let limit = self.limit().unwrap_or_default();
        Error::new(Kind::StatementTimeout, format!("no answer within {limit:?}; the connection was dropped"))
    }

    /// A connection that broke is not used again, and its neighbours are looked at twice.
    fn noted(&mut self, error: Error) -> Error {
        if error.kind() == Kind::Disconnect || error.code().is_some_and(|code| code.starts_with("08")) {
            self.doomed = true;
            self.core.trouble.note();
        }
        // In a transaction it is too late to prepare it anew; whoever tries again gets another connection.
        self.last |= self.open && outdated(&error);
        error
    }

    fn timed(&self) -> bool {
        let options = &self.core.options;
        self.core.dialect == Dialect::Sqlite && (options.statement_timeout.is_some() || options.query_timeout.is_some())
    }

    async fn start_clock(&mut self) -> Result<()> {
        if !self.timed() || self.unhurried {
            return Ok(());
        }
        let options = &self.core.options;
        let limit = [options.statement_timeout, options.query_timeout].into_iter().flatten().min();
        let deadline = limit.map(|limit| Instant::now() + limit);
        self.conn()?.set_deadline(deadline).await
    }

    async fn stop_clock(&mut self) {
        if let Some(conn) = self.conn.as_mut().filter(|_| !self.doomed) {
            // A connection that cannot even do this is found out at its next use.
            let _ = conn.set_deadline(None).await;
        }
    }
}

/// Whether a kept statement no longer fits its table: <https://www.postgresql.org/docs/current/sql-prepare.html>.
fn outdated(error: &Error) -> bool {
    error.kind() == Kind::Serialization && error.code() == Some("0A000")
}

fn gone() -> Error {
    Error::new(Kind::Disconnect, "the connection is gone")
}

/// The result, or nothing when time ran out first.
async fn within<T>(limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.ok(),
        None => Some(work.await),
    }
}

impl Lease {
    /// Gives the connection back, cleaned or not at all; what is asked of the lease afterwards is an error.
    pub(crate) fn end(&mut self) {
        let Some(conn) = self.conn.take() else { return };
        match Handle::try_current() {
            Ok(runtime) if !(self.doomed || self.last || self.fragile && self.open) => {
                if self.busy || self.open || self.restore.is_some() {
                    let end = self.open.then_some(if self.single { "COMMIT" } else { "ROLLBACK" });
                    drop(runtime.spawn(clean_up(conn, end, self.restore)));
                } else {
                    conn.give_back(&runtime);
                }
            }
            _ => conn.discard(),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.end();
    }
}

/// Ends what an interrupted borrower left behind, or gives the connection up.
async fn clean_up(mut conn: Conn, end: Option<&'static str>, restore: Option<&'static str>) {
    let work = async {
        conn.ping().await?;
        conn.set_deadline(None).await?;
        for sql in end.into_iter().chain(restore) {
            match conn.script(sql.into()).await {
                Err(e) if !is_without_transaction(&e) => return Err(e),
                _ => {}
            }
        }
        Ok(())
    };
    let is_clean = matches!(tokio::time::timeout(GRACE, work).await, Ok(Ok(())));
    if is_clean { conn.give_back(&Handle::current()) } else { conn.discard() }
}
