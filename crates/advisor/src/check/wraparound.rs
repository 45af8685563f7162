//! What transaction ids and multixact ids have in common: both are counters of 32 bits, and vacuum has to freeze the old
//! before the new reach them.
//!
//! A table's age is compared with the server's own promise (§10.13): at `autovacuum_freeze_max_age` autovacuum starts to
//! freeze it whatever else is set, so a table that is a good deal older waits for a vacuum that does not come, does not
//! finish or cannot freeze. How many ids are left is judged besides, for servers that set that promise very late.

use model::{Check, Count, DatabaseAge, Finding, FreezeAge, Holder, Remedy, Severity, Vacuum, quote_identifier};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Draft, Said, finding},
};

/// So near to the age at which autovacuum is forced, a table is mentioned (PgHero's `autovacuum_danger`).
const NEAR: i64 = 2_000_000;

/// One of the two counters.
pub(super) struct Counter {
    pub(super) check: Check,
    /// `transaction`, `multixact`: one, many.
    pub(super) noun: (&'static str, &'static str),
    /// The setting that forces a vacuum.
    pub(super) setting: &'static str,
    pub(super) forced_at: fn(&Vacuum) -> i64,
    /// Age and what is left.
    pub(super) table: fn(&FreezeAge) -> (i64, i64),
    pub(super) database: fn(&DatabaseAge) -> (i64, i64),
    /// How old in transactions the rows have to be that somebody needs, to be why a table of that age is not frozen.
    pub(super) to_blame: fn(&Vacuum, i64) -> i64,
}

pub(super) fn judge(counter: &Counter, readings: &Readings, thresholds: &Thresholds) -> Said {
    let server = readings.server.answer.as_ref()?;
    let vacuum = readings.vacuum.answer.as_ref()?;
    let forced_at = (counter.forced_at)(vacuum);
    let overdue = (forced_at as f64 * thresholds.freeze_age_ratio) as i64;
    let level = |(age, left): (i64, i64)| match () {
        () if left < thresholds.transactions_left_critical => Some(Severity::Critical),
        () if left < thresholds.transactions_left || age > overdue => Some(Severity::Warning),
        () => None,
    };
    let facts = |draft: Draft, (age, left): (i64, i64)| {
        let draft = draft.fact("age", age).fact(&format!("{}_left", counter.noun.1), left);
        draft.fact(counter.setting, forced_at).fact(&format!("{}_to_forced_vacuum", counter.noun.1), forced_at - age)
    };
    let place = if server.in_recovery { "Run it on the primary. " } else { "" };

    let mut findings: Vec<_> = vacuum
        .tables
        .iter()
        .filter_map(|table| {
            let (age, left) = (counter.table)(table);
            let severity = level((age, left))?;
            let name = table.on();
            let cause = cause(vacuum, (counter.to_blame)(vacuum, age), table.schema == "pg_catalog");
            let mut sql = cause.map(release).unwrap_or_default();
            sql += &format!("VACUUM (FREEZE, VERBOSE) {name};");
            let found = finding(counter.check, severity, format!("{}.{}", table.schema, table.table))
                .title(format!("{name} has not been frozen for {}", Count(age).of(counter.noun.0, counter.noun.1)))
                .detail(format!(
                    "{} left until the server refuses to write. Autovacuum should have frozen it at an age of {} ({}). {}",
                    Count(left).of(&format!("{} is", counter.noun.0), &format!("{} are", counter.noun.1)),
                    Count(forced_at),
                    counter.setting,
                    why(vacuum, cause)
                ))
                .remedy(
                    sql,
                    format!(
                        "{place}It reads the whole table and what it changes goes to WAL. It freezes nothing younger than \
                         the oldest open transaction, prepared transaction or replication slot: whatever holds vacuum \
                         back has to end first."
                    ),
                )
                .maybe("held_back_by", cause.map(ToString::to_string))
                .maybe("held_back_to_age", cause.map(|holder| holder.age));
            Some(facts(found, (age, left)).build())
        })
        .collect();

    // The server stops for its oldest database, whichever it is; and a table of somebody's session is in no list.
    let nothing_here = findings.is_empty();
    findings.extend(vacuum.databases.iter().filter(|database| !database.here || nothing_here).filter_map(|database| {
        let (age, left) = (counter.database)(database);
        let severity = level((age, left))?;
        let name = quote_identifier(&database.name);
        let why = if database.here {
            "None of its tables is that old: a temporary table of a session that is still open is, or one that a crash \
             left behind."
        } else {
            "It is another database of this server, and all of them stop together: look at its tables there."
        };
        let found = finding(counter.check, severity, format!("database {}", database.name))
            .title(format!("Database {name} has not been frozen for {}", Count(age).of(counter.noun.0, counter.noun.1)))
            .detail(format!("{} are left until the server refuses to write. {why}", Count(left)))
            .remedy(
                format!("-- connected to {name}\nVACUUM (FREEZE, VERBOSE);"),
                format!("{place}It reads every table of the database."),
            );
        Some(facts(found, (age, left)).build())
    }));

    let near = vacuum.tables.iter().filter(|table| {
        let (age, _) = (counter.table)(table);
        forced_at - age < NEAR && age <= overdue
    });
    let near = near.count() as i64;
    let near = (near > 0).then(|| {
        let tables = Count(near).of("table is", "tables are");
        format!("{tables} within {} {} of a forced vacuum, or in the middle of it.", Count(NEAR), counter.noun.1)
    });
    let answer = Answer::found(findings, "Vacuuming healthy", |n| {
        Count(n).of("table is not vacuumed in time", "tables are not vacuumed in time")
    });
    let tables = vacuum.tables.iter().map(|table| (counter.table)(table).0);
    let oldest = tables.chain(vacuum.databases.iter().map(|database| (counter.database)(database).0)).max();
    let answer = answer.number(oldest.map(|oldest| Count(oldest).of(counter.noun.0, counter.noun.1)));
    Ok(answer.note(near))
}

/// Whether a finding is about a database as such: the server stops for its oldest one, so every database reports it.
pub(super) fn is_of_server(finding: &Finding) -> bool {
    finding.object.starts_with("database ")
}

/// Who keeps vacuum from freezing a table: whoever may need the oldest rows, if these are at least so old.
fn cause(vacuum: &Vacuum, at_least: i64, catalog: bool) -> Option<&Holder> {
    let concerned = vacuum.holders.iter().filter(|holder| holder.here && (catalog || !holder.catalog));
    concerned.max_by_key(|holder| holder.age).filter(|holder| holder.age >= at_least.max(1))
}

/// What there is to say of the cause.
fn why(vacuum: &Vacuum, cause: Option<&Holder>) -> String {
    match cause {
        Some(holder) => format!(
            "It could not: {holder} holds vacuum back{}, which may still need rows {} transactions old.",
            who(holder),
            Count(holder.age)
        ),
        None if !vacuum.settings.works() => "It could not: autovacuum is off.".into(),
        None => {
            "Nothing holds vacuum back, so it is switched off for the table, is waiting for a lock or for a worker, or \
                 is too slow: autovacuum_vacuum_cost_limit makes it faster."
                .into()
        }
    }
}

/// Who is behind it.
fn who(holder: &Holder) -> String {
    let known = [&holder.user, &holder.database, &holder.application].into_iter().flatten().cloned();
    let known: Vec<String> = known.chain(holder.state.clone()).collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

/// What ends it, with what to think of first.
fn release(holder: &Holder) -> String {
    match crate::release(holder) {
        // A name may have a line break in it, which would end the comment.
        Some(Remedy { sql, caution: Some(caution) }) => format!("-- {}\n{sql}\n", caution.replace(['\r', '\n'], " ")),
        Some(Remedy { sql, caution: None }) => format!("{sql}\n"),
        // What holds on to the rows is a query on the standby.
        None => "-- first, on the standby: end the oldest query of pg_stat_activity\n".into(),
    }
}
