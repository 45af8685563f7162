//! Migrations: a list of SQL texts that a database has run so far, each once, in order.
//!
//! A runner of our own, because sqlx's does not lock SQLite and holds a session lock that PgBouncer breaks.
//! Here every migration takes the lock, looks again whether it is still to do, and does it.

mod orphans;
mod statements;
mod stepwise;

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    Database, Dialect, Error, Kind, Result, Value,
    engine::{Lease, is_without_transaction},
    statement::Statement,
};

/// One step of a schema's history. What has run must never change: its checksum is kept.
///
/// ```
/// use dataset::Migration;
/// const CHECKS: Migration = Migration {
///     version: 1,
///     name: "checks",
///     postgres: "create table checks (id bigserial primary key, kind text not null)",
///     sqlite: "create table checks (id integer primary key, kind text not null)",
///     mysql: "create table checks (id bigint auto_increment primary key, kind text not null)",
///     down: Some("drop table checks"),
/// };
/// // Outside a transaction on PostgreSQL, and so that it can be run again after an interruption.
/// const BY_KIND: Migration = Migration {
///     version: 2,
///     name: "checks by kind",
///     postgres: "-- no-transaction
///         drop index concurrently if exists checks_by_kind;
///         create index concurrently checks_by_kind on checks (kind)",
///     sqlite: "create index checks_by_kind on checks (kind)",
///     mysql: "create index checks_by_kind on checks (kind(100))",
///     down: None,
/// };
/// assert!(CHECKS.version < BY_KIND.version);
/// ```
///
/// On PostgreSQL and SQLite a migration is one transaction, unless the first line of its text is `-- no-transaction`. Then
/// its statements run one by one, and all of them again if they were interrupted. On SQLite nothing keeps two programs
/// from running such a text at the same time; behind a pooler it is refused.
///
/// MySQL and MariaDB end a transaction at each change of a table. There it is written down after each statement how far
/// the migration is, and after an interruption it goes on from there.
///
/// On SQLite foreign keys are off while a migration runs, so that a table can be rebuilt: made under another name, filled,
/// and renamed when the old one is dropped. A migration in a transaction is undone if it leaves rows that refer to
/// nothing, also where ON DELETE would have removed them.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place; unique, ascending.
    pub version: i64,
    /// What it does, in a word or two.
    pub name: &'static str,
    /// The statements for PostgreSQL.
    pub postgres: &'static str,
    /// The statements for SQLite.
    pub sqlite: &'static str,
    /// The statements for MySQL and MariaDB.
    pub mysql: &'static str,
    /// The statements that undo it, on every database.
    pub down: Option<&'static str>,
}

impl Migration {
    fn up(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
            _ => self.mysql,
        }
    }

    fn checksum(&self, dialect: Dialect) -> String {
        Sha256::digest(self.up(dialect)).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn failed(&self, verb: &str, error: Error) -> Error {
        let message = format!("migration {} ({}) could not be {verb}: {error}", self.version, self.name);
        Error::new(Kind::Migration, message).caused_by(error)
    }
}

const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS schema_migrations (version bigint PRIMARY KEY, name varchar(200) NOT NULL, \
checksum varchar(64) NOT NULL, applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)";

/// Any number that no other program locks: "dataset" in ASCII.
const LOCK: i64 = 0x6461_7461_7365_7401;

/// The pause between two attempts to take the lock.
const RETRY: Duration = Duration::from_millis(50);

pub(crate) async fn up(db: &Database, migrations: &[Migration]) -> Result<()> {
    guard(db, migrations)?;
    let applied = in_lock(db, Step::Prepare { undo: false }).await?;
    known(&applied, migrations, db.dialect())?;
    for migration in migrations.iter().filter(|m| !applied.contains_key(&m.version)) {
        in_lock(db, Step::Up(migration)).await?;
    }
    Ok(())
}

pub(crate) async fn down(db: &Database, migrations: &[Migration], version: i64) -> Result<()> {
    guard(db, migrations)?;
    let applied = in_lock(db, Step::Prepare { undo: true }).await?;
    known(&applied, migrations, db.dialect())?;
    for migration in migrations.iter().rev().filter(|m| m.version > version && applied.contains_key(&m.version)) {
        in_lock(db, Step::Down(migration)).await?;
    }
    Ok(())
}

fn guard(db: &Database, migrations: &[Migration]) -> Result<()> {
    if db.options().read_only {
        return Err(Error::new(Kind::ReadOnly, "the database was opened read-only"));
    }
    match migrations.windows(2).find(|pair| pair[0].version >= pair[1].version) {
        Some(pair) => Err(Error::new(
            Kind::Migration,
            format!("migration {} must come after {}", pair[1].version, pair[0].version),
        )),
        None => Ok(()),
    }
}

/// Whether the program knows all that the database has run, word for word.
fn known(applied: &BTreeMap<i64, String>, migrations: &[Migration], dialect: Dialect) -> Result<()> {
    for (version, checksum) in applied {
        let Some(migration) = migrations.iter().find(|m| m.version == *version) else {
            let message = format!(
                "the database has migration {version}, which this program does not know; is it older than the database?"
            );
            return Err(Error::new(Kind::Migration, message));
        };
        if migration.checksum(dialect) != *checksum {
            let message = format!("migration {version} ({}) was changed after it ran", migration.name);
            return Err(Error::new(Kind::Migration, message));
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Step<'m> {
    /// Before the way up, or down.
    Prepare {
        undo: bool,
    },
    Up(&'m Migration),
    Down(&'m Migration),
}

/// How the statements of a step are held together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Transaction,
    /// Not at all.
    Bare,
    /// By what is written down beside them.
    Stepwise,
}

impl Step<'_> {
    fn sql(&self, dialect: Dialect) -> &'static str {
        match self {
            Step::Prepare { .. } => "",
            Step::Up(migration) => migration.up(dialect),
            Step::Down(migration) => migration.down.unwrap_or_default(),
        }
    }

    fn form(&self, dialect: Dialect) -> Form {
        let first_line = self.sql(dialect).lines().map(str::trim).find(|line| !line.is_empty());
        match dialect {
            Dialect::MySql | Dialect::MariaDb => Form::Stepwise,
            _ if first_line == Some("-- no-transaction") => Form::Bare,
            _ => Form::Transaction,
        }
    }
}

#[derive(Deserialize)]
struct Applied {
    version: i64,
    checksum: String,
}

/// One step under the lock; what the database has run by then.
async fn in_lock(db: &Database, step: Step<'_>) -> Result<BTreeMap<i64, String>> {
    let dialect = db.dialect();
    let form = step.form(dialect);
    if let (Form::Bare, Some(_), Step::Up(migration) | Step::Down(migration)) = (form, &db.0.pooled, step) {
        let error = Error::invalid("without a transaction it needs a session of its own, not one behind a pooler");
        return Err(migration.failed("run", error));
    }
    let mut lease = db.lease(true).await?;
    lease.unhurried();
    let is_sqlite_change = dialect == Dialect::Sqlite && !matches!(step, Step::Prepare { .. });
    let checks_keys = is_sqlite_change && orphans::switch_off(&mut lease).await?;
    lock(&mut lease, form).await?;
    let outcome = run(&mut lease, form, step, checks_keys).await;
    match (unlock(&mut lease, form, outcome.is_ok()).await, outcome) {
        (Ok(()), outcome) => {
            lease.set_open(false);
            outcome
        }
        // The connection holds a lock or a transaction that did not end: it ends with the connection.
        (Err(e), outcome) => {
            lease.doom();
            outcome.and(Err(e))
        }
    }
}

async fn lock(lease: &mut Lease, form: Form) -> Result<()> {
    match (lease.dialect(), form) {
        (Dialect::Postgres, Form::Transaction) => loop {
            lease.begin_transaction("BEGIN READ WRITE").await?;
            lease.script("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
            if try_lock(lease, "SELECT pg_catalog.pg_try_advisory_xact_lock($1)").await? {
                return Ok(());
            }
            lease.script("ROLLBACK").await?;
            lease.set_open(false);
            tokio::time::sleep(RETRY).await;
        },
        (Dialect::Postgres, _) => {
            hold_session(lease);
            lease.script("SET lock_timeout = 0; SET statement_timeout = 0").await?;
            while !try_lock(lease, "SELECT pg_catalog.pg_try_advisory_lock($1)").await? {
                tokio::time::sleep(RETRY).await;
            }
            Ok(())
        }
        (Dialect::Sqlite, Form::Transaction) => {
            lease.set_open(true);
            lease.script("BEGIN IMMEDIATE").await
        }
        (Dialect::Sqlite, _) => {
            // The text may begin a transaction itself.
            lease.set_open(true);
            Ok(())
        }
        _ => {
            hold_session(lease);
            let statement = Statement::fixed("SELECT GET_LOCK('dataset_migrations', 3600)", Vec::new());
            lease.execute(statement).await.map(drop)
        }
    }
}

/// The lock belongs to the session, so a session interrupted from here on must not be used again.
fn hold_session(lease: &mut Lease) {
    lease.set_open(true);
    lease.doom_if_dropped();
}

/// Whether the lock was free. To wait for it inside the server would keep CREATE INDEX CONCURRENTLY from its end.
async fn try_lock(lease: &mut Lease, sql: &'static str) -> Result<bool> {
    let mut is_taken = false;
    lease
        .each(Statement::fixed(sql, vec![LOCK.into()]), &mut |row| {
            is_taken = crate::row::decode(&row)?;
            Ok(())
        })
        .await?;
    Ok(is_taken)
}

async fn unlock(lease: &mut Lease, form: Form, is_ok: bool) -> Result<()> {
    match (lease.dialect(), form) {
        (Dialect::MySql | Dialect::MariaDb, _) => lease.script("DO RELEASE_LOCK('dataset_migrations')").await,
        (Dialect::Postgres, Form::Bare) => {
            let unlock = Statement::fixed("SELECT pg_catalog.pg_advisory_unlock($1)", vec![LOCK.into()]);
            lease.execute(unlock).await?;
            lease.script("RESET lock_timeout; RESET statement_timeout").await
        }
        (_, form) => match lease.script(if is_ok { "COMMIT" } else { "ROLLBACK" }).await {
            Err(e) if (form == Form::Bare || !is_ok) && is_without_transaction(&e) => Ok(()),
            ended => ended,
        },
    }
}

async fn run(lease: &mut Lease, form: Form, step: Step<'_>, checks_keys: bool) -> Result<BTreeMap<i64, String>> {
    if let Step::Prepare { undo } = step {
        lease.script(TABLE).await?;
        if form == Form::Stepwise {
            stepwise::guard(lease, undo).await?;
        }
    }
    let dialect = lease.dialect();
    let applied = applied(lease).await?;
    match step {
        Step::Up(migration) if !applied.contains_key(&migration.version) => {
            let sql = match dialect {
                Dialect::Postgres => "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                _ => "INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)",
            };
            let binds: Vec<Value> =
                vec![migration.version.into(), migration.name.into(), migration.checksum(dialect).into()];
            let record = Statement::fixed(sql, binds);
            let run = run_text(lease, form, migration, false, migration.up(dialect), record, checks_keys);
            run.await.map_err(|e| migration.failed("applied", e))?;
        }
        Step::Down(migration) if applied.contains_key(&migration.version) => {
            let undo =
                migration.down.ok_or_else(|| migration.failed("undone", Error::invalid("it has no way back")))?;
            let sql = match dialect {
                Dialect::Postgres => "DELETE FROM schema_migrations WHERE version = $1",
                _ => "DELETE FROM schema_migrations WHERE version = ?",
            };
            let record = Statement::fixed(sql, vec![migration.version.into()]);
            let run = run_text(lease, form, migration, true, undo, record, checks_keys);
            run.await.map_err(|e| migration.failed("undone", e))?;
        }
        _ => {}
    }
    Ok(applied)
}

/// Runs a migration's text, then `record`.
async fn run_text(
    lease: &mut Lease,
    form: Form,
    migration: &Migration,
    undo: bool,
    sql: &'static str,
    record: Statement,
    checks_keys: bool,
) -> Result<()> {
    if form == Form::Stepwise {
        return stepwise::run(lease, migration, undo, sql, record).await;
    }
    let before = if checks_keys { orphans::count(lease).await } else { None };
    // PostgreSQL takes what comes in one message for a transaction. Nothing to run is fine: a migration may concern only
    // some databases.
    let pieces = match (form, lease.dialect()) {
        (Form::Bare, Dialect::Postgres) => statements::statements(sql, Dialect::Postgres),
        _ => vec![sql],
    };
    for piece in pieces.into_iter().filter(|piece| !piece.trim().is_empty()) {
        lease.script(piece).await?;
    }
    if checks_keys {
        orphans::compare(&before, &orphans::count(lease).await)?;
    }
    lease.execute(record).await.map(drop)
}

async fn applied(lease: &mut Lease) -> Result<BTreeMap<i64, String>> {
    let mut applied = BTreeMap::new();
    let statement = Statement::fixed("SELECT version, checksum FROM schema_migrations", Vec::new());
    lease
        .each(statement, &mut |row| {
            let row: Applied = crate::row::decode(&row)?;
            applied.insert(row.version, row.checksum);
            Ok(())
        })
        .await?;
    Ok(applied)
}
