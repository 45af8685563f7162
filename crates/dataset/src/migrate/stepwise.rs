//! Migrations on MySQL and MariaDB, which commit at each change of a table: how far one has come is written down before
//! and after each statement, so that the next start goes on where the last one was interrupted.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    Migration,
    statements::{is_definition, statements},
};
use crate::{Error, Kind, Result, Value, engine::Lease, row::decode, statement::Statement};

/// There only while a migration is under way.
const TABLE: &str = "\
CREATE TABLE IF NOT EXISTS schema_migration_progress (version bigint NOT NULL, is_undo boolean NOT NULL, \
begun bigint NOT NULL, done bigint NOT NULL, checksum varchar(64) NOT NULL, PRIMARY KEY (version, is_undo))";

/// What the database must have finished first, before it can go the other way.
#[derive(Deserialize)]
struct Interrupted {
    version: i64,
    is_undo: bool,
}

/// How many statements were begun and done when the migration was interrupted.
#[derive(Default, Deserialize)]
struct Progress {
    begun: usize,
    done: usize,
    checksum: String,
}

/// Refuses to go up while a way down is unfinished, and the reverse.
pub(super) async fn guard(lease: &mut Lease, undo: bool) -> Result<()> {
    if !is_there(lease).await? {
        return Ok(());
    }
    let mut other = None;
    let sql = "SELECT version, is_undo FROM schema_migration_progress WHERE begun > 0";
    lease
        .each(Statement::fixed(sql, Vec::new()), &mut |row| {
            let row: Interrupted = decode(&row)?;
            other = Some(row).filter(|row| row.is_undo != undo).or(other.take());
            Ok(())
        })
        .await?;
    match other {
        Some(Interrupted { version, .. }) => {
            let (was, first) = if undo { ("applied", "migrate") } else { ("undone", "migrate_down") };
            let message =
                format!("migration {version} was interrupted while it was {was}: finish it with `{first}` first");
            Err(Error::new(Kind::Migration, message))
        }
        // The last start may have been interrupted just before this.
        None => drop_if_empty(lease).await,
    }
}

/// Runs what is left of the migration's statements, then `record`.
pub(super) async fn run(
    lease: &mut Lease,
    migration: &Migration,
    undo: bool,
    sql: &'static str,
    record: Statement,
) -> Result<()> {
    let id: [Value; 2] = [migration.version.into(), undo.into()];
    let statements = statements(sql, lease.dialect());
    lease.script(TABLE).await?;
    let Progress { begun, done, .. } = progress(lease, migration, &id, &statements).await?;
    for (index, statement) in statements.iter().enumerate().skip(done) {
        note(lease, &id, &statements[..=index], index).await?;
        // Changes of rows are undone if they are interrupted; a change of a table ends this transaction.
        lease.script("START TRANSACTION").await?;
        match lease.script(*statement).await {
            Ok(()) => {}
            Err(e) if index < begun && is_definition(statement, lease.dialect()) && is_there_already(&e) => {}
            Err(e) => {
                // It did nothing, and may be corrected. Where even this fails the connection is gone.
                if lease.script("ROLLBACK").await.is_ok() {
                    note(lease, &id, &statements[..index], index).await?;
                }
                return Err(e);
            }
        }
        let done: Value = i64::try_from(index + 1).unwrap_or(i64::MAX).into();
        let sql = "UPDATE schema_migration_progress SET done = ? WHERE version = ? AND is_undo = ?";
        lease.execute(Statement::fixed(sql, [&[done][..], &id].concat())).await?;
        lease.script("COMMIT").await?;
    }
    lease.script("START TRANSACTION").await?;
    lease.execute(record).await?;
    let sql = "DELETE FROM schema_migration_progress WHERE version = ? AND is_undo = ?";
    lease.execute(Statement::fixed(sql, id.into())).await?;
    lease.script("COMMIT").await?;
    drop_if_empty(lease).await
}

async fn drop_if_empty(lease: &mut Lease) -> Result<()> {
    match count(lease, "SELECT count(*) FROM schema_migration_progress").await? {
        0 => lease.script("DROP TABLE schema_migration_progress").await,
        _ => Ok(()),
    }
}

async fn is_there(lease: &mut Lease) -> Result<bool> {
    let sql = "SELECT count(*) FROM information_schema.tables \
               WHERE table_schema = database() AND table_name = 'schema_migration_progress'";
    Ok(count(lease, sql).await? > 0)
}

async fn count(lease: &mut Lease, sql: &'static str) -> Result<i64> {
    let mut count = 0;
    lease
        .each(Statement::fixed(sql, Vec::new()), &mut |row| {
            count = decode(&row)?;
            Ok(())
        })
        .await?;
    Ok(count)
}

async fn progress(
    lease: &mut Lease,
    migration: &Migration,
    id: &[Value; 2],
    statements: &[&'static str],
) -> Result<Progress> {
    let mut progress = None;
    let sql = "SELECT begun, done, checksum FROM schema_migration_progress WHERE version = ? AND is_undo = ?";
    lease
        .each(Statement::fixed(sql, id.to_vec()), &mut |row| {
            progress = Some(decode::<Progress>(&row)?);
            Ok(())
        })
        .await?;
    let Some(progress) = progress else { return Ok(Progress::default()) };
    if statements.get(..progress.begun).map(checksum) == Some(progress.checksum.clone()) {
        return Ok(progress);
    }
    let Progress { begun, .. } = progress;
    let message = format!(
        "migration {} ({}) was interrupted, and the first {begun} of its statements have changed since: restore them, or \
         undo them by hand and delete the migration's row of schema_migration_progress",
        migration.version, migration.name
    );
    Err(Error::new(Kind::Migration, message))
}

/// Writes down that these statements were begun, and so many of them done.
async fn note(lease: &mut Lease, id: &[Value; 2], begun: &[&'static str], done: usize) -> Result<()> {
    let number = |n: usize| -> Value { i64::try_from(n).unwrap_or(i64::MAX).into() };
    let more = [number(begun.len()), number(done), checksum(begun).into()];
    let sql = "REPLACE INTO schema_migration_progress (version, is_undo, begun, done, checksum) VALUES (?, ?, ?, ?, ?)";
    lease.execute(Statement::fixed(sql, [&id[..], &more].concat())).await.map(drop)
}

fn checksum(statements: &[&'static str]) -> String {
    Sha256::digest(statements.join(";\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the interrupted statement had done its work: what it makes is there, or what it removes or renames is not.
/// Numbers of MySQL's and MariaDB's error references: tables, columns, keys, databases, routines, triggers, constraints.
fn is_there_already(error: &Error) -> bool {
    const CODES: [&str; 16] = [
        "1007", "1008", "1050", "1051", "1054", "1060", "1061", "1068", "1091", "1146", "1304", "1305", "1359", "1360",
        "1826", "4091",
    ];
    match error.code() {
        // MariaDB has no number of its own for a foreign key that is there.
        Some("1005") => error.message().contains("errno: 121"),
        code => code.is_some_and(|code| CODES.contains(&code)),
    }
}
