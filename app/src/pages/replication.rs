//! The server's place in replication: who receives its WAL, what its slots keep, how late a standby is.

use leptos::prelude::*;
use model::{
    Archiver, ArchivingState, Bytes, Count, DatabaseId, JudgedReplication, Millis, Reading, Replication as Place, Slot,
    Standby, Timestamp, Verdict,
};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    address::Address,
    api,
    error::AppError,
    layout::{use_address, use_database},
    listing::{Column, Listed, listing},
    parts::{Notice, Sql, Stat, Stats, VerdictList},
};

/// The verdicts, where the server stands, its standbys and its slots.
#[component]
pub(crate) fn Replication() -> impl IntoView {
    let (here, database) = (use_address(), use_database());
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::replication::read(database.clone()).await {
                    Ok(JudgedReplication { verdicts, reading, archiver }) => {
                        let now = reading.taken_at;
                        let place = match reading.answer {
                            Ok(place) => shown(&place, &archiver, verdicts, &here, now).into_any(),
                            Err(why) => missing("Replication could not be read", &why).into_any(),
                        };
                        view! { <Heading title="Replication" database><AsOf at=now/></Heading>{place} }.into_any()
                    }
                    Err(error) => view! { <Heading title="Replication" database/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn shown(
    place: &Place,
    archiver: &Reading<Archiver>,
    verdicts: Vec<Verdict>,
    here: &Address,
    now: Timestamp,
) -> impl IntoView + use<> {
    let alone = !place.in_recovery && place.standbys.is_empty() && place.slots.is_empty();
    let retained: i64 =
        place.slots.iter().filter_map(|slot| slot.retained).map(|bytes| bytes.0).max().unwrap_or_default();
    let position = place.position.clone().unwrap_or_else(|| "unknown".into());
    let standby = place.in_recovery.then(|| standby(place, now));
    let role = match (place.in_recovery, place.standbys.is_empty()) {
        (true, _) => "Standby",
        (false, false) => "Primary",
        (false, true) => "Primary without a standby",
    };
    let at = if place.in_recovery { "replayed to" } else { "written to" };
    let number = |number: usize| Count(number as i64).to_string();
    let (receivers, slots_of) = (number(place.standbys.len()), number(place.slots.len()));
    let senders = format!("of at most {} (max_wal_senders)", Count(place.max_wal_senders));
    let retained = format!("retain {}, of at most {} (max_replication_slots)", Bytes(retained), Count(place.max_slots));
    let conflicts = place.in_recovery.then(|| conflicts(place));
    let archiving = archiving(archiver);
    let how_to = alone.then(|| how_to(place));
    let receiving = (!place.standbys.is_empty()).then(|| {
        view! { <section class="section"><h2>"Who receives its WAL"</h2>{listing(&place.standbys, here, now)}</section> }
    });
    let slots = (!place.slots.is_empty()).then(|| {
        view! {
            <section class="section">
                <h2>"Slots"</h2>
                <p class="muted">"A slot retains WAL its consumer has not read, without limit unless max_slot_wal_keep_size is set."</p>
                {listing(&place.slots, here, now)}
            </section>
        }
    });
    view! {
        <div class="page" data-live="replication">
            <VerdictList verdicts now/>
            <Stats>
                <Stat label="Role" value=role sub=format!("{at} {position}")/>
                {standby}
                <Stat label="Receivers" value=receivers sub=senders/>
                <Stat label="Slots" value=slots_of sub=retained/>
                {archiving}
            </Stats>
            {conflicts}
            {how_to}
        </div>
        {receiving}
        {slots}
    }
}

/// Whether WAL is archived, as a figure.
fn archiving(reading: &Reading<Archiver>) -> impl IntoView + use<> {
    let (value, sub) = match &reading.answer {
        Err(why) => ("unknown", why.detail.clone()),
        Ok(archiver) => {
            let value = match archiver.state() {
                ArchivingState::Off => "off",
                ArchivingState::NotConfigured => "without a command",
                ArchivingState::Failing => "failing",
                ArchivingState::On => "on",
            };
            (value, archived(archiver, reading.taken_at))
        }
    };
    view! { <Stat label="WAL archiving" value=value sub=sub/> }
}

/// When WAL was last archived, and how much waits to be archived.
fn archived(archiver: &Archiver, now: Timestamp) -> String {
    if archiver.state() == ArchivingState::Off {
        return format!("archive_mode is {}", archiver.mode);
    }
    let last = match archiver.last_archived_at {
        Some(at) => format!("last file {} ago", Millis(now.since(at).0.max(0.0))),
        None => "no file yet".into(),
    };
    match (archiver.waiting_files(), archiver.backlog()) {
        (Some(files), Some(backlog)) if files > 0 => {
            format!("{last}; {} ({backlog})", Count(files).of("file waits", "files wait"))
        }
        (Some(_), _) => format!("{last}; none waits"),
        _ => last,
    }
}

/// Who receives the server's WAL, for a file.
pub(crate) async fn receivers(database: &DatabaseId) -> Result<Reading<Vec<Standby>>, AppError> {
    rows(database, |place| place.standbys).await
}

/// The server's slots, for a file.
pub(crate) async fn slots(database: &DatabaseId) -> Result<Reading<Vec<Slot>>, AppError> {
    rows(database, |place| place.slots).await
}

async fn rows<R>(database: &DatabaseId, of: fn(Place) -> Vec<R>) -> Result<Reading<Vec<R>>, AppError> {
    let Reading { taken_at, took, answer } = api::replication::read(database.clone()).await?.reading;
    Ok(Reading { taken_at, took, answer: answer.map(of) })
}

/// A standby's figures.
fn standby(place: &Place, now: Timestamp) -> impl IntoView + use<> {
    let lag = place.lag.map_or_else(|| "unknown".into(), |lag| lag.to_string());
    let behind = match place.replayed_at {
        Some(at) => format!("{} to replay; last transaction of {}", place.behind, at),
        None => format!("{} to replay", place.behind),
    };
    let receiver = place.receiver.clone().unwrap_or_default();
    let from = match (receiver.host, receiver.port) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host,
        _ if place.streaming => "not shown to this role".into(),
        _ => "nobody".into(),
    };
    let mut details: Vec<String> = receiver.status.into_iter().collect();
    details.extend(receiver.slot.map(|slot| format!("slot {slot}")));
    details.extend(receiver.timeline.map(|timeline| format!("timeline {timeline}")));
    details.extend(receiver.heard_at.map(|at| format!("heard {} ago", Millis(now.since(at).0.max(0.0)))));
    let (replay, hint) = match (place.paused, place.apply_delay.0 > 0.0) {
        (true, _) => ("paused", "pg_wal_replay_resume() resumes it".to_owned()),
        (false, true) => ("delayed", format!("by {} on purpose (recovery_min_apply_delay)", place.apply_delay)),
        (false, false) => ("running", String::new()),
    };
    view! {
        <Stat label="Behind" value=lag sub=behind/>
        <Stat label="Receives from" value=from sub=details.join(", ")/>
        <Stat label="Replay" value=replay sub=hint/>
    }
}

/// Queries that had to make way for replay.
fn conflicts(place: &Place) -> impl IntoView + use<> {
    let cancelled: Vec<String> = place
        .conflicts
        .iter()
        .filter(|(_, number)| **number > 0)
        .map(|(cause, number)| format!("{} ({})", cause.trim_start_matches("confl_").replace('_', " "), Count(*number)))
        .collect();
    let said = match cancelled.is_empty() {
        true => "Replay has not had to cancel a query of this database.".to_owned(),
        false => format!(
            "Replay has cancelled queries of this database, by cause: {}. max_standby_streaming_delay lets them finish and \
             replay wait; hot_standby_feedback lets the primary keep what they need.",
            cancelled.join(", ")
        ),
    };
    view! { <p class="muted">{said}</p> }
}

/// What it takes to have a standby.
fn how_to(place: &Place) -> impl IntoView + use<> {
    let ready = place.wal_level != "minimal" && place.max_wal_senders > 0;
    let settings = format!("wal_level is {}, max_wal_senders is {}.", place.wal_level, Count(place.max_wal_senders));
    let set = (!ready).then(|| {
        view! {
            <p>"Neither allows one yet; set them and restart the server:"</p>
            <Sql text="ALTER SYSTEM SET wal_level = replica;\nALTER SYSTEM SET max_wal_senders = 10;"/>
        }
    });
    view! {
        <Notice title="Nobody receives this server's WAL">
            <p>"It has no standby and no replication slot: when its disk is lost, so is what was written since the last backup. "{settings}</p>
            {set}
            <p>"A standby begins with a role and a slot here, so that no WAL is removed before it has read it:"</p>
            <Sql text="CREATE ROLE replicator LOGIN REPLICATION;\nSELECT pg_create_physical_replication_slot('standby_1');"/>
            <p>
                "then a line for the role in pg_hba.conf (database "<code>"replication"</code>"), and on the new machine "
                <code>"pg_basebackup -h PRIMARY -U replicator -S standby_1 -R -D DATA_DIRECTORY"</code>"; started, it follows."
            </p>
        </Notice>
    }
}

impl Listed for Standby {
    const NAME: &'static str = "receivers";
    const NOUN: (&'static str, &'static str) = ("receiver", "receivers");
    const SORT: &'static str = "not_replayed";
    const BESIDE: bool = true;

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("name", "Name", |one: &Self| one.name.as_str().into()).shown(|one, _| {
                let logical = one.logical.then(|| view! { " "<span class="tag">"logical"</span> });
                view! { <span>{one.name.clone()}{logical}</span> }.into_any()
            }),
            Column::new("from", "From", |one: &Self| {
                let slot = one.slot.as_ref().map(|slot| format!("slot {slot}"));
                joined(" · ", [one.user.clone(), one.client.clone(), slot]).into()
            }),
            Column::new("state", "State", |one: &Self| {
                let state = joined(", ", [one.state.clone(), one.sync_state.clone()]);
                if state.is_empty() { "not shown to this role".into() } else { state.into() }
            }),
            Column::new("replay_lag", "Replay lag", |one| one.replay_lag.into()),
            Column::new("not_sent", "Not sent", |one| one.sent_behind.into()),
            Column::new("not_written", "Not written", |one| one.write_behind.into()),
            Column::new("not_flushed", "Not flushed", |one| one.flush_behind.into()),
            Column::new("not_replayed", "Not replayed", |one| one.replay_behind.into()),
            Column::new("replayed_to", "Replayed to", |one: &Self| one.replayed.clone().into()),
            Column::new("connected", "Connected", |one| one.since.into()),
        ]
    }
}

impl Listed for Slot {
    const NAME: &'static str = "slots";
    const NOUN: (&'static str, &'static str) = ("slot", "slots");
    const SORT: &'static str = "retains";
    const BESIDE: bool = true;

    fn columns() -> Vec<Column<Self>> {
        vec![
            Column::new("slot", "Slot", |slot: &Self| slot.name.as_str().into()),
            Column::new("kind", "Kind", |slot: &Self| {
                joined(" · ", [Some(slot.kind.clone()), slot.plugin.clone(), slot.database.clone()]).into()
            }),
            Column::new("state", "State", |slot: &Self| state(slot).into()),
            Column::new("inactive_since", "Idle", |slot: &Self| slot.inactive_since.filter(|_| !slot.active).into()),
            Column::new("retains", "Retains", |slot: &Self| slot.retained.unwrap_or_default().into()),
            Column::new("xmin_age", "Keeps rows of the last", |slot: &Self| slot.xmin_age.into()).shown(|slot, _| {
                let age = slot.xmin_age.map(|age| Count(age).of("transaction", "transactions"));
                view! { <span class="whole">{age.unwrap_or_else(|| "none".into())}</span> }.into_any()
            }),
            Column::new("safe", "May still retain", |slot: &Self| slot.safe.into())
                .shown(|slot, _| safe(slot).into_any()),
            Column::new("wal", "WAL", |slot: &Self| {
                joined(", ", [slot.wal_status.clone(), slot.invalidation_reason.clone()]).into()
            }),
            Column::new("confirmed", "Confirmed", |slot: &Self| match (&slot.confirmed, slot.unconfirmed) {
                (Some(lsn), Some(bytes)) => format!("{lsn}, {bytes} to go").into(),
                _ => "".into(),
            }),
        ]
    }
}

fn state(slot: &Slot) -> &'static str {
    match (slot.active, slot.synced, slot.temporary) {
        (true, ..) => "active",
        (false, true, _) => "kept in step with the primary's",
        (false, false, true) => "temporary",
        (false, false, false) if slot.is_unused() => "never used",
        (false, false, false) => "inactive",
    }
}

fn safe(slot: &Slot) -> String {
    match (slot.safe, slot.wal_status.as_deref()) {
        (_, Some("lost")) => "lost".to_owned(),
        (None, None) => "reserves nothing".to_owned(),
        (Some(safe), _) => safe.to_string(),
        (None, _) => "without limit".to_owned(),
    }
}

fn joined<const N: usize>(by: &str, parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(by)
}
