//! Whether vacuum keeps up: how far it is to wraparound and who is in its way, what runs now, and each table.

use leptos::prelude::*;
use model::{
    Count, DatabaseAge, DatabaseId, Holder, HolderKind, Maintenance as Kept, PreparedTransaction, PreparedTransactions,
    Progress, Ratio, Reading, Table, Timestamp, Vacuum, VacuumSettings,
};

use super::{Heading, as_of::AsOf, failed, holder::ways_out, missing};
use crate::{
    address::Address,
    api,
    chart::Hue,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing},
    parts::{Age, Notice, ShareBar, Stat, Stats, VerdictList},
};

/// The verdicts on vacuum, what keeps it back, what runs now, and the tables.
#[component]
pub(crate) fn Maintenance() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::maintenance::read(database.clone()).await {
                    Ok(kept) => {
                        let at = kept.vacuum.taken_at;
                        view! { <Heading title="Maintenance" database><AsOf at/></Heading>{shown(kept, &here)} }.into_any()
                    }
                    Err(error) => view! { <Heading title="Maintenance" database/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn shown(kept: Kept, here: &Address) -> impl IntoView + use<> {
    let Kept { verdicts, in_recovery, vacuum, prepared, progress, tables } = kept;
    let now = vacuum.taken_at;
    let standby = (in_recovery == Some(true)).then(|| {
        view! {
            <Notice title="This is a standby">
                <p>"Vacuum and ANALYZE run on the primary, and their work arrives here with its WAL. What a node counted, its
                    dead rows and when it was vacuumed, does not: look at the primary for that."</p>
            </Notice>
        }
    });
    let rows = upkeep(&tables, &vacuum);
    let (ages, in_the_way) = match &vacuum.answer {
        Ok(vacuum) => (ages(vacuum).into_any(), in_the_way(vacuum, here, now).into_any()),
        // The verdicts have said why.
        Err(_) => (().into_any(), ().into_any()),
    };
    view! {
        <div class="page" data-live="vacuum">
            {standby}
            <VerdictList verdicts now/>
            {ages}
        </div>
        {in_the_way}
        {prepared_transactions(&prepared, here)}
        {running(&progress, here)}
        <section class="section">
            <h2>"Tables"</h2>
            {match &rows.answer {
                Ok(upkeep) => listing(upkeep, here, rows.taken_at),
                Err(why) => missing("The tables could not be read", why).into_any(),
            }}
        </section>
    }
}

/// How much of the way to a forced vacuum is behind, of either counter.
fn ages(vacuum: &Vacuum) -> impl IntoView + use<> {
    let settings = &vacuum.settings;
    let stat = |label: &'static str, noun: (&str, &str), of: fn(&DatabaseAge) -> (i64, i64), forced: i64| {
        let database = vacuum.databases.iter().max_by_key(|database| of(database).0)?;
        let (age, left) = of(database);
        let share = Ratio::of(age as f64, forced as f64).unwrap_or_default();
        let place = if database.here { "here".to_owned() } else { format!("in {}", database.name) };
        let sub = format!("{place}; {share} of the way to a forced vacuum, {} left in all", Count(left));
        Some(view! { <Stat label=label value=Count(age).of(noun.0, noun.1) sub=sub/> })
    };
    let work = match (settings.autovacuum, settings.track_counts) {
        (true, true) => format!("on, up to {}", Count(settings.max_workers).of("worker", "workers")),
        (false, _) => "off".to_owned(),
        (true, false) => "blind: track_counts is off".to_owned(),
    };
    let due = format!("at {} + {} of the rows dead", settings.vacuum_threshold, Ratio(settings.vacuum_scale_factor));
    let transactions = ("transaction", "transactions");
    let xid = stat("Oldest transaction id", transactions, |age| (age.age, age.left), settings.freeze_max_age);
    let multixact = stat(
        "Oldest multixact",
        ("multixact", "multixacts"),
        |age| (age.multixact_age, age.multixact_left),
        settings.multixact_freeze_max_age,
    );
    view! {
        <Stats>
            {xid}
            {multixact}
            <Stat label="Autovacuum" value=work sub=due/>
        </Stats>
    }
}

/// Whoever may still need old rows.
fn in_the_way(vacuum: &Vacuum, here: &Address, now: Timestamp) -> impl IntoView + use<> {
    let table = if vacuum.holders.is_empty() {
        view! {
            <div data-live="holders">
                <p class="empty">"No transaction, prepared transaction, replication slot or standby needs old rows."</p>
            </div>
        }
        .into_any()
    } else {
        listing(&vacuum.holders, here, now)
    };
    view! {
        <section class="section">
            <h2>"What vacuum has to leave"</h2>
            <p class="muted">"Vacuum removes and freezes nothing that somebody may still have to see: who needs the oldest rows decides."</p>
            {table}
        </section>
    }
}

impl Listed for Holder {
    const NAME: &'static str = "holders";
    const NOUN: (&'static str, &'static str) = ("holder", "holders");
    const SORT: &'static str = "keeps_transactions";
    const BESIDE: bool = true;

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("who", "Who", |holder: &Self| format!("{} {}", kind(holder), holder.name).into()).shown(
                |holder, _| view! { <span>{kind(holder)}" "<strong>{holder.name.clone()}</strong></span> }.into_any(),
            ),
            Column::new("of", "Of", |holder: &Self| of(holder).into()),
            Column::new("keeps_transactions", "Keeps rows of the last", |holder: &Self| holder.age.into()).shown(
                |holder, _| {
                    let age = Count(holder.age).of("transaction", "transactions");
                    view! { <span class="whole">{age}</span> }.into_any()
                },
            ),
            Column::new("in", "In", |holder: &Self| reach(holder).into()),
            Column::new("since", "Since", |holder| holder.since.into()),
            Column::deeds("What ends it", |holder, here| ways_out(holder, here).into_any()),
        ]
    }
}

fn kind(holder: &Holder) -> &'static str {
    match holder.kind {
        HolderKind::Transaction => "transaction of session",
        HolderKind::PreparedTransaction => "prepared transaction",
        HolderKind::ReplicationSlot => "replication slot",
        HolderKind::Standby => "query on standby",
    }
}

/// What it keeps vacuum from.
fn reach(holder: &Holder) -> &'static str {
    match (holder.here, holder.catalog) {
        (false, _) => "shared catalogs only",
        (true, true) => "catalogs only",
        (true, false) => "every table",
    }
}
/// Role, database, program and state.
fn of(holder: &Holder) -> String {
    let known = [&holder.user, &holder.database, &holder.application, &holder.state];
    let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
    known.join(" · ")
}

/// Transactions that wait for COMMIT PREPARED or ROLLBACK PREPARED, where a server can have any.
fn prepared_transactions(reading: &Reading<PreparedTransactions>, here: &Address) -> impl IntoView + use<> {
    let table = match &reading.answer {
        Err(why) => missing("The prepared transactions could not be read", why).into_any(),
        Ok(prepared) if prepared.transactions.is_empty() => return None,
        Ok(prepared) => listing(&prepared.transactions, here, reading.taken_at),
    };
    Some(view! {
        <section class="section">
            <h2>"Prepared transactions"</h2>
            <p class="muted">
                "They keep their locks and hold VACUUM back until they are committed or rolled back, also after a restart."
            </p>
            {table}
        </section>
    })
}

impl Listed for PreparedTransaction {
    const NAME: &'static str = "prepared";
    const NOUN: (&'static str, &'static str) = ("prepared transaction", "prepared transactions");
    // The oldest first.
    const SORT: &'static str = "";
    const BESIDE: bool = true;

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("gid", "Identifier", |one: &Self| one.gid.as_str().into()),
            Column::new("database", "Database", |one: &Self| one.database.as_str().into()),
            Column::new("owner", "Role", |one: &Self| one.owner.as_str().into()),
            Column::new("prepared_at", "Prepared", |one: &Self| Some(one.prepared_at).into()),
            Column::new("locks", "Locks", |one: &Self| one.locks.into()),
            Column::new("tables", "On", |one: &Self| one.tables.join(", ").into()),
            Column::new("waiting", "Sessions waiting", |one: &Self| one.waiting.into()),
            Column::new("xmin_age", "Keeps rows of the last", |one: &Self| one.age.into()).shown(|one, _| {
                let age = Count(one.age).of("transaction", "transactions");
                view! { <span class="whole">{age}</span> }.into_any()
            }),
        ]
    }
}

/// What maintenance runs on the server.
fn running(progress: &Reading<Vec<Progress>>, here: &Address) -> impl IntoView + use<> {
    let table = match &progress.answer {
        Err(why) => missing("What runs could not be read", why).into_any(),
        Ok(running) if running.is_empty() => view! {
            <div data-live="running">
                <p class="empty">"No VACUUM, ANALYZE, CREATE INDEX, CLUSTER, COPY or base backup runs on this server."</p>
            </div>
        }
        .into_any(),
        Ok(running) => listing(running, here, progress.taken_at),
    };
    view! { <section class="section"><h2>"Running now"</h2>{table}</section> }
}

impl Listed for Progress {
    const NAME: &'static str = "running";
    const NOUN: (&'static str, &'static str) = ("command", "commands");
    // The longest first.
    const SORT: &'static str = "";
    const BESIDE: bool = true;

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("command", "What", |one: &Self| command(one).into()).shown(|one, _| {
                let forced = one.wraparound.then(|| view! { " "<span class="tag">"against wraparound"</span> });
                view! { <span>{command(one).to_owned()}{forced}</span> }.into_any()
            }),
            Column::new("on", "On", |one: &Self| on(one).into()),
            Column::new("phase", "Phase", |one: &Self| one.phase.as_deref().unwrap_or("not shown to this role").into()),
            Column::new("done", "Of this phase", |one: &Self| one.share().into()).shown(|one, _| {
                let bar = one.share().map(|ratio| view! { <ShareBar ratio hue=Hue::Load/>" " });
                view! { {bar}<span class="muted">{one.amount()}</span> }.into_any()
            }),
            Column::new("since", "Began", |one| one.since.into()),
            Column::new("who", "Who", |one: &Self| {
                if one.automatic { "autovacuum" } else { one.user.as_deref().unwrap_or_default() }.into()
            }),
            Column::new("pid", "Pid", |one: &Self| one.pid.to_string().into()),
        ]
    }
}

fn command(one: &Progress) -> &str {
    one.command.as_deref().unwrap_or("a command")
}

fn on(one: &Progress) -> String {
    match (one.on(), &one.index, &one.database) {
        (Some(table), Some(index), _) => format!("{index} on {table}"),
        (Some(table), None, _) if one.toast => format!("TOAST of {table}"),
        (Some(table), None, _) => table.to_string(),
        // Names of another database are not known here.
        (None, _, None) => "the whole server".into(),
        (None, _, Some(database)) => format!("database {database}"),
    }
}

/// What vacuum and ANALYZE did to a table, and what waits for them.
pub(crate) struct Upkeep {
    table: Table,
    /// How autovacuum is set, if that is known.
    settings: Option<VacuumSettings>,
    /// When it was read.
    now: Timestamp,
}

impl Upkeep {
    fn dead_share(&self) -> Option<Ratio> {
        Ratio::of(self.table.n_dead_tup as f64, (self.table.n_live_tup + self.table.n_dead_tup) as f64)
    }

    /// How much of what autovacuum waits for is there.
    fn due(&self) -> Option<Ratio> {
        let settings = self.settings.filter(|settings| settings.works() && self.table.autovacuum)?;
        Ratio::of(
            self.table.n_dead_tup as f64,
            settings.with_options(&self.table.options).vacuum_at(self.table.rows.unwrap_or(0.0)),
        )
    }

    /// A moment, and whether somebody did it or autovacuum.
    fn when(&self, at: Option<Timestamp>, by_hand: Option<Timestamp>) -> AnyView {
        let Some(at) = at else { return view! { <span class="muted">"never counted"</span> }.into_any() };
        let who = if by_hand == Some(at) { "by hand" } else { "auto" };
        view! { <span><Age at now=self.now/>", "<span class="muted">{who}</span></span> }.into_any()
    }
}

impl Listed for Upkeep {
    const NAME: &'static str = "upkeep";
    const NOUN: (&'static str, &'static str) = ("table", "tables");
    const SORT: &'static str = "dead_rows";

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("table", "Table", |row: &Self| row.table.qualified().to_string().into()).shown(|row, _| {
                let off = (!row.table.autovacuum).then(|| view! { " "<span class="tag">"autovacuum off"</span> });
                view! { <span>{row.table.qualified().to_string()}{off}</span> }.into_any()
            }),
            Column::new("last_vacuum", "Last vacuum", |row: &Self| row.table.vacuumed_at().into())
                .shown(|row, _| row.when(row.table.vacuumed_at(), row.table.last_vacuum)),
            Column::new("last_analyze", "Last analyze", |row: &Self| row.table.analyzed_at().into())
                .shown(|row, _| row.when(row.table.analyzed_at(), row.table.last_analyze)),
            Column::new("live_rows", "Live rows", |row| row.table.n_live_tup.into()),
            Column::new("dead_rows", "Dead rows", |row| row.table.n_dead_tup.into()),
            Column::new("dead_share", "Dead share", |row| row.dead_share().into()),
            Column::new("vacuum_due", "Vacuum due", |row| row.due().into()),
            Column::new("changed_since_analyze", "Unanalyzed", |row| row.table.n_mod_since_analyze.into()),
            Column::new("freeze_age", "Freeze age", |row| row.table.freeze_age.into()),
        ]
    }

    fn schema(&self) -> Option<&str> {
        Some(&self.table.schema)
    }
}

fn upkeep(tables: &Reading<Vec<Table>>, vacuum: &Reading<Vacuum>) -> Reading<Vec<Upkeep>> {
    let (settings, now) = (vacuum.value().map(|vacuum| vacuum.settings), tables.taken_at);
    let rows =
        |tables: &Vec<Table>| tables.iter().map(|table| Upkeep { table: table.clone(), settings, now }).collect();
    Reading { taken_at: now, took: tables.took, answer: tables.answer.as_ref().map(rows).map_err(Clone::clone) }
}

/// The tables of a database.
pub(crate) async fn rows(database: &DatabaseId) -> Result<Reading<Vec<Upkeep>>, AppError> {
    let kept = api::maintenance::read(database.clone()).await?;
    Ok(upkeep(&kept.tables, &kept.vacuum))
}

/// Whoever may still need old rows, for a file.
pub(crate) async fn holders(database: &DatabaseId) -> Result<Reading<Vec<Holder>>, AppError> {
    let Reading { taken_at, took, answer } = api::maintenance::read(database.clone()).await?.vacuum;
    Ok(Reading { taken_at, took, answer: answer.map(|vacuum| vacuum.holders) })
}

/// What maintenance runs, for a file.
pub(crate) async fn progress(database: &DatabaseId) -> Result<Reading<Vec<Progress>>, AppError> {
    Ok(api::maintenance::read(database.clone()).await?.progress)
}

/// The prepared transactions of the server, for a file.
pub(crate) async fn prepared(database: &DatabaseId) -> Result<Reading<Vec<PreparedTransaction>>, AppError> {
    let Reading { taken_at, took, answer } = api::maintenance::read(database.clone()).await?.prepared;
    Ok(Reading { taken_at, took, answer: answer.map(|prepared| prepared.transactions) })
}
