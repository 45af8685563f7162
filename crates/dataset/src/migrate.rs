//! Migrations: a list of SQL texts that a database has run so far, each once, in order.
//!
//! A runner of our own, because sqlx's does not lock SQLite and holds a session lock that PgBouncer breaks.
//! Here every migration is one transaction that takes the lock, looks again whether it is still to do, and does it.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{Database, Dialect, Error, Kind, Result, Value, engine::Lease, statement::Statement};

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
/// assert_eq!(CHECKS.version, 1);
/// ```
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
    /// The statements for MySQL and MariaDB, which cannot undo half a migration: give it one statement.
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

pub(crate) async fn up(db: &Database, migrations: &[Migration]) -> Result<()> {
    guard(db, migrations)?;
    let applied = in_lock(db, Step::Prepare).await?;
    known(&applied, migrations, db.dialect())?;
    for migration in migrations.iter().filter(|m| !applied.contains_key(&m.version)) {
        in_lock(db, Step::Up(migration)).await?;
    }
    Ok(())
}

pub(crate) async fn down(db: &Database, migrations: &[Migration], version: i64) -> Result<()> {
    guard(db, migrations)?;
    let applied = in_lock(db, Step::Prepare).await?;
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
    Prepare,
    Up(&'m Migration),
    Down(&'m Migration),
}

#[derive(Deserialize)]
struct Applied {
    version: i64,
    checksum: String,
}

/// One transaction under the lock; what the database has run by then.
async fn in_lock(db: &Database, step: Step<'_>) -> Result<BTreeMap<i64, String>> {
    let dialect = db.dialect();
    let mut lease = db.lease(true).await?;
    lease.unhurried();
    lease.set_open(true);
    lock(&mut lease, dialect).await?;
    let outcome = run(&mut lease, dialect, step).await;
    let end = match (&outcome, dialect) {
        (_, Dialect::MySql | Dialect::MariaDb) => "DO RELEASE_LOCK('dataset_migrations')",
        (Ok(_), _) => "COMMIT",
        (Err(_), _) => "ROLLBACK",
    };
    match (lease.script(end).await, outcome) {
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

async fn lock(lease: &mut Lease, dialect: Dialect) -> Result<()> {
    match dialect {
        Dialect::Postgres => {
            lease.script("BEGIN READ WRITE; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").await?;
            let statement = Statement::fixed("SELECT pg_catalog.pg_advisory_xact_lock($1)", vec![LOCK.into()]);
            lease.execute(statement).await.map(drop)
        }
        Dialect::Sqlite => lease.script("BEGIN IMMEDIATE").await,
        _ => {
            // The lock belongs to the session, so a session interrupted from here on must not be used again.
            lease.doom_if_dropped();
            let statement = Statement::fixed("SELECT GET_LOCK('dataset_migrations', 3600)", Vec::new());
            lease.execute(statement).await.map(drop)
        }
    }
}

async fn run(lease: &mut Lease, dialect: Dialect, step: Step<'_>) -> Result<BTreeMap<i64, String>> {
    if matches!(step, Step::Prepare) {
        lease.script(TABLE).await?;
    }
    let applied = applied(lease).await?;
    match step {
        Step::Up(migration) if !applied.contains_key(&migration.version) => {
            script(lease, migration.up(dialect)).await.map_err(|e| migration.failed("applied", e))?;
            let sql = match dialect {
                Dialect::Postgres => "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                _ => "INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)",
            };
            let binds: Vec<Value> =
                vec![migration.version.into(), migration.name.into(), migration.checksum(dialect).into()];
            lease.execute(Statement::fixed(sql, binds)).await?;
        }
        Step::Down(migration) if applied.contains_key(&migration.version) => {
            let undo =
                migration.down.ok_or_else(|| migration.failed("undone", Error::invalid("it has no way back")))?;
            script(lease, undo).await.map_err(|e| migration.failed("undone", e))?;
            let sql = match dialect {
                Dialect::Postgres => "DELETE FROM schema_migrations WHERE version = $1",
                _ => "DELETE FROM schema_migrations WHERE version = ?",
            };
            lease.execute(Statement::fixed(sql, vec![migration.version.into()])).await?;
        }
        _ => {}
    }
    Ok(applied)
}

/// Nothing to run is fine: a migration may concern only some databases.
async fn script(lease: &mut Lease, sql: &'static str) -> Result<()> {
    if sql.trim().is_empty() { Ok(()) } else { lease.script(sql).await }
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
