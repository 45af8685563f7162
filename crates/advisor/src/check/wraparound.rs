//! What transaction ids and multixact ids have in common: both are counters of 32 bits, and vacuum has to freeze the old
//! before the new reach them.
//!
//! A table's age is compared with the server's own promise (§10.13): at `autovacuum_freeze_max_age` autovacuum starts to
//! freeze it whatever else is set, so a table that is a good deal older waits for a vacuum that does not come, does not
//! finish or cannot freeze. How many ids are left is judged besides, for servers that set that promise very late.

use model::{
    Check, Count, DatabaseAge, Finding, FreezeAge, Holder, HolderKind, Remedy, Severity, TemporaryTable, Vacuum,
    quote_identifier,
};

use crate::{
    Readings, Thresholds,
    answer::{Answer, Draft, Said, finding},
    release::connected_to,
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
    /// Minimum xmin age at which a holder is blamed for an unfrozen table of that age.
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
    let case = Case {
        counter,
        vacuum,
        forced_at,
        major: server.major(),
        place: if server.in_recovery { "Run it on the primary. " } else { "" },
    };

    let mut findings: Vec<Finding> = vacuum
        .tables
        .iter()
        .filter_map(|table| {
            let severity = level((counter.table)(table))?;
            Some(match &table.temporary {
                Some(temporary) => case.temporary_table(table, temporary, severity),
                None => case.table(table, severity),
            })
        })
        .collect();
    // The server stops for its oldest database, whichever it is.
    let nothing_here = findings.is_empty();
    let databases = vacuum.databases.iter().filter(|database| !database.here || nothing_here);
    findings.extend(databases.filter_map(|database| {
        let severity = level((counter.database)(database))?;
        Some(case.database(database, severity))
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

/// What the findings of a counter have in common.
struct Case<'a> {
    counter: &'a Counter,
    vacuum: &'a Vacuum,
    forced_at: i64,
    /// The server's major version.
    major: i32,
    /// Where a remedy has to be run, if not here.
    place: &'static str,
}

impl Case<'_> {
    fn table(&self, table: &FreezeAge, severity: Severity) -> Finding {
        let (age, left) = (self.counter.table)(table);
        let name = table.on();
        let cause = self.cause(age, |holder| holds_table(holder, table));
        let mut sql = cause.map(release).unwrap_or_default();
        if let Some(here) = self.here().filter(|_| cause.is_some_and(ends_elsewhere)) {
            sql += &connected_to(here);
        }
        sql += &format!("VACUUM (FREEZE, VERBOSE) {name};");
        let toast = if table.toast && self.counter.check == Check::TransactionIdWraparound {
            " The oldest are in its TOAST table, which is vacuumed with it."
        } else {
            ""
        };
        let who = if table.shared {
            "All databases share this catalog, and only a superuser may vacuum it. "
        } else {
            "Its owner, the owner of the database or a superuser may run it. "
        };
        self.draft(severity, format!("{}.{}", table.schema, table.table), &name.to_string(), (age, left))
            .detail(format!("{}{toast} {}", self.left(left), self.why(cause)))
            .remedy(
                sql,
                format!(
                    "{}{who}It reads the whole table and what it changes goes to WAL. It freezes nothing younger than the \
                     oldest open transaction, prepared transaction or replication slot: whatever holds vacuum back has to \
                     end first.",
                    self.place
                ),
            )
            .maybe("held_back_by", cause.map(ToString::to_string))
            .maybe("held_back_in", cause.and_then(|holder| holder.database.clone()))
            .maybe("held_back_to_age", cause.map(|holder| holder.age))
            .build()
    }

    /// A temporary table, which only its own session can vacuum.
    fn temporary_table(&self, table: &FreezeAge, temporary: &TemporaryTable, severity: Severity) -> Finding {
        let (age, left) = (self.counter.table)(table);
        let name = table.on();
        let owner = temporary.owner.as_deref().map(|owner| format!(" of role {}", quote_identifier(owner)));
        let owner = owner.unwrap_or_default();
        let draft = self.draft(severity, format!("{}.{}", table.schema, table.table), &name.to_string(), (age, left));
        let ended = format!("DROP TABLE {name};");
        let ended_by = format!("{}A superuser may run it. Make sure that the session has ended.", self.place);
        let left = self.left(left);
        let draft = match temporary.pid {
            Some(pid) => draft
                .detail(format!(
                    "{left} It is a temporary table{owner}: only its own session can vacuum it, and that is session {pid} \
                     unless a crash left the table behind."
                ))
                .remedy(
                    format!("SELECT pg_terminate_backend({pid});"),
                    format!(
                        "{}The session loses its connection and its temporary tables. Look first whether it uses any; \
                         roles other than its own need pg_signal_backend.",
                        self.place
                    ),
                )
                .fact("pid", i64::from(pid)),
            None if self.major >= 16 => draft
                .detail(format!(
                    "{left} It is a temporary table{owner} whose session has ended. Autovacuum drops such tables where it \
                     works."
                ))
                .remedy(ended, ended_by),
            None => draft
                .detail(format!(
                    "{left} It is a temporary table{owner}: only its own session can vacuum it. PostgreSQL {} does not show \
                     which session that is; it has been connected since the table was created. If it has ended, autovacuum \
                     drops the table.",
                    self.major
                ))
                .remedy(ended, ended_by),
        };
        draft.maybe("owner", temporary.owner.clone()).build()
    }

    /// A database, of which only the age is known unless it is the one that was queried.
    fn database(&self, database: &DatabaseAge, severity: Severity) -> Finding {
        let (age, left) = (self.counter.database)(database);
        let name = quote_identifier(&database.name);
        // Its own transactions hold back all its tables; those of other databases only the shared catalogs.
        let cause = self.cause(age, |holder| concerns(holder, &database.name)).or_else(|| self.cause(age, |_| true));
        let shared = cause.filter(|holder| !concerns(holder, &database.name)).map(|_| {
            " A transaction of another database holds back the catalogs that all databases share, and each database has to \
             freeze them, too."
        });
        let standing = match (database.here, database.allows_connections) {
            (true, _) => {
                "No table here is that old, so the age of the database is only recorded late: any complete VACUUM records it."
            }
            (false, true) => "It is another database of this server, and all of them stop together.",
            (false, false) => {
                "It accepts no connections (datallowconn), and all databases of the server stop together. Autovacuum works \
                 in it all the same, so opening it is needed only if autovacuum does not come."
            }
        };
        let mut sql = cause.map(release).unwrap_or_default();
        let vacuum = format!("{}VACUUM (FREEZE, VERBOSE);", connected_to(&database.name));
        sql += &match database.allows_connections {
            true => vacuum,
            false => format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS true;\n{vacuum}\n-- connected to another database\n\
                 ALTER DATABASE {name} ALLOW_CONNECTIONS false;"
            ),
        };
        self.draft(severity, format!("database {}", database.name), &format!("Database {name}"), (age, left))
            .detail(format!(
                "{} {standing} {}{}",
                self.left(left),
                self.why(cause),
                shared.unwrap_or_default()
            ))
            .remedy(
                sql,
                format!(
                    "{}Run it as a superuser: other roles, the owner included, skip the shared catalogs, which count for the \
                     age of the database. It reads every table of the database.",
                    self.place
                ),
            )
            .maybe("owner", database.owner.clone())
            .fact("allows_connections", database.allows_connections)
            .fact("template", database.template)
            .maybe("held_back_by", cause.map(ToString::to_string))
            .maybe("held_back_in", cause.and_then(|holder| holder.database.clone()))
            .maybe("held_back_to_age", cause.map(|holder| holder.age))
            .build()
    }

    fn draft(&self, severity: Severity, object: String, name: &str, (age, left): (i64, i64)) -> Draft {
        let Counter { check, noun, setting, .. } = self.counter;
        finding(*check, severity, object)
            .title(format!("{name} has not been frozen for {}", Count(age).of(noun.0, noun.1)))
            .fact("age", age)
            .fact(&format!("{}_left", noun.1), left)
            .fact(setting, self.forced_at)
            .fact(&format!("{}_to_forced_vacuum", noun.1), self.forced_at - age)
    }

    fn left(&self, left: i64) -> String {
        let Counter { noun, setting, .. } = self.counter;
        format!(
            "{} left until the server refuses to write. Autovacuum should have frozen it at an age of {} ({setting}).",
            Count(left).of(&format!("{} is", noun.0), &format!("{} are", noun.1)),
            Count(self.forced_at),
        )
    }

    /// The database that was queried.
    fn here(&self) -> Option<&str> {
        self.vacuum.databases.iter().find(|database| database.here).map(|database| database.name.as_str())
    }

    /// The oldest holder that holds something of that age back.
    fn cause(&self, age: i64, holds: impl Fn(&Holder) -> bool) -> Option<&Holder> {
        let at_least = (self.counter.to_blame)(self.vacuum, age).max(1);
        let holders = self.vacuum.holders.iter().filter(|holder| holds(holder));
        holders.max_by_key(|holder| holder.age).filter(|holder| holder.age >= at_least)
    }

    /// What there is to say of the cause.
    fn why(&self, cause: Option<&Holder>) -> String {
        match cause {
            Some(holder) => format!(
                "It could not: {holder}{} holds vacuum back, which may still need rows {} transactions old.",
                who(holder),
                Count(holder.age)
            ),
            None if !self.vacuum.settings.works() => "It could not: autovacuum is off.".into(),
            None => {
                "Nothing holds vacuum back, so it is switched off for the table, is waiting for a lock or for a worker, or \
                 is too slow: autovacuum_vacuum_cost_limit makes it faster."
                    .into()
            }
        }
    }
}

/// Whether a holder keeps VACUUM from freezing a table of the database that was queried.
fn holds_table(holder: &Holder, table: &FreezeAge) -> bool {
    match (table.shared, table.schema == "pg_catalog") {
        (true, _) => true,
        (false, true) => holder.here,
        (false, false) => holder.here && !holder.catalog,
    }
}

/// Whether a holder keeps more than the shared catalogs of a database back.
fn concerns(holder: &Holder, database: &str) -> bool {
    match holder.kind {
        HolderKind::ReplicationSlot | HolderKind::Standby => true,
        HolderKind::Transaction | HolderKind::PreparedTransaction => {
            holder.database.as_deref().is_none_or(|name| name == database)
        }
    }
}

/// Whether the SQL that ends a holder has to be run in another database.
fn ends_elsewhere(holder: &Holder) -> bool {
    holder.kind == HolderKind::PreparedTransaction && !holder.here
}

/// Role, database, program and state of a holder, in brackets.
fn who(holder: &Holder) -> String {
    let name =
        |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} {}", quote_identifier(name)));
    let known = [
        name("role", &holder.user),
        name("database", &holder.database),
        holder.application.as_ref().map(|name| format!("application {name}")),
        holder.state.clone(),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { String::new() } else { format!(" ({})", known.join(", ")) }
}

/// What ends it, with what to think of first.
fn release(holder: &Holder) -> String {
    // A name may have a line break in it, which would end the comment.
    let comment = |text: &str| format!("-- {}\n", text.replace(['\r', '\n'], " "));
    match crate::release(holder) {
        Some(Remedy { sql, caution: Some(caution) }) => format!("{}{sql}\n", comment(&caution)),
        Some(Remedy { sql, caution: None }) => format!("{sql}\n"),
        None if holder.kind == HolderKind::ReplicationSlot => comment(&format!(
            "first, at the reader of slot {}: end the oldest transaction (on a standby the oldest query of pg_stat_activity)",
            holder.name
        )),
        // What holds on to the rows is a query on the standby.
        None => comment(&format!("first, on the standby {}: end the oldest query of pg_stat_activity", holder.name)),
    }
}
