//! Foreign keys on SQLite while a migration runs. To rebuild a table, the old one is dropped, which would delete the rows
//! that refer to it: so they are off, and checked before the migration is committed
//! (<https://www.sqlite.org/lang_altertable.html#otheralter>).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    Error, Result,
    engine::Lease,
    row::{NativeRow, decode},
    statement::Statement,
};

/// Rows that refer to a row which is not there, counted by their table; none where this cannot be told.
pub(super) type Orphans = Option<BTreeMap<String, i64>>;

#[derive(Deserialize)]
struct Count {
    name: String,
    rows: i64,
}

/// Switches foreign keys off for this lease, if they are on. Inside a transaction it would have no effect.
pub(super) async fn switch_off(lease: &mut Lease) -> Result<bool> {
    let mut is_on = false;
    lease
        .each(Statement::fixed("PRAGMA foreign_keys", Vec::new()), &mut |row| {
            is_on = decode::<i64>(&row)? != 0;
            Ok(())
        })
        .await?;
    if is_on {
        lease.restore("PRAGMA foreign_keys = ON");
        lease.script("PRAGMA foreign_keys = OFF").await?;
    }
    Ok(is_on)
}

pub(super) async fn count(lease: &mut Lease) -> Orphans {
    let mut orphans = BTreeMap::new();
    let sql = "SELECT \"table\" AS name, count(*) AS \"rows\" FROM pragma_foreign_key_check GROUP BY 1";
    let mut insert = |row: NativeRow| -> Result<()> {
        let Count { name, rows } = decode(&row)?;
        orphans.insert(name, rows);
        Ok(())
    };
    let counted = lease.each(Statement::fixed(sql, Vec::new()), &mut insert).await;
    counted.is_ok().then_some(orphans)
}

/// Refuses a migration that leaves more of them than there were.
pub(super) fn compare(before: &Orphans, after: &Orphans) -> Result<()> {
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    match after.iter().find(|(name, rows)| **rows > before.get(*name).copied().unwrap_or_default()) {
        Some((name, rows)) => Err(Error::invalid(format!(
            "{rows} rows of {name} would refer to rows that are not there; foreign keys, and their ON DELETE, are off \
             while a migration runs"
        ))),
        None => Ok(()),
    }
}
