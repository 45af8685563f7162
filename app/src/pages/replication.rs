//! The server's place in replication: who receives its WAL, what its slots keep, how late a standby is.

use leptos::prelude::*;
use model::{Bytes, Count, JudgedReplication, Millis, Replication as Place, Slot, Standby, Timestamp};

use super::{Heading, as_of::AsOf, failed, missing};
use crate::{
    api,
    layout::use_database,
    parts::{Age, Cell, Notice, Num, Sql, Stat, Stats, VerdictList},
};

/// No table has more rows; a server with more slots or standbys is a rare one.
const AT_MOST: usize = 100;

/// The verdicts, where the server stands, its standbys and its slots.
#[component]
pub(crate) fn Replication() -> impl IntoView {
    let database = use_database();
    view! {
        <Suspense>
            {Suspend::new(async move {
                match api::replication::read(database.clone()).await {
                    Ok(JudgedReplication { verdicts, reading }) => {
                        let now = reading.taken_at;
                        let place = match reading.answer {
                            Ok(place) => view! { <VerdictList verdicts now/>{shown(&place, now)} }.into_any(),
                            Err(why) => missing("Replication could not be read", &why).into_any(),
                        };
                        view! {
                            <Heading title="Replication" database><AsOf at=now/></Heading>
                            <div class="page" data-live="replication">{place}</div>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Heading title="Replication" database/>{failed(&error)} }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn shown(place: &Place, now: Timestamp) -> impl IntoView + use<> {
    let alone = !place.in_recovery && place.standbys.is_empty() && place.slots.is_empty();
    let retained: i64 =
        place.slots.iter().filter_map(|slot| slot.retained).map(|bytes| bytes.0).max().unwrap_or_default();
    let position = place.position.clone().unwrap_or_else(|| "unknown".into());
    let here = if place.in_recovery { standby(place, now).into_any() } else { ().into_any() };
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
    let how_to = alone.then(|| how_to(place));
    let standbys = (!place.standbys.is_empty()).then(|| standbys(&place.standbys, now));
    let slots = (!place.slots.is_empty()).then(|| slots(&place.slots, now));
    view! {
        <Stats>
            <Stat label="Role" value=role sub=format!("{at} {position}")/>
            {here}
            <Stat label="Receivers" value=receivers sub=senders/>
            <Stat label="Slots" value=slots_of sub=retained/>
        </Stats>
        {conflicts}
        {how_to}
        {standbys}
        {slots}
    }
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
    let (replay, hint) = if place.paused { ("paused", "pg_wal_replay_resume() goes on") } else { ("running", "") };
    view! {
        <Stat label="Behind" value=lag sub=behind/>
        <Stat label="Receives from" value=from sub=details.join(", ")/>
        <Stat label="Replay" value=replay sub=hint.to_owned()/>
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

fn standbys(standbys: &[Standby], now: Timestamp) -> impl IntoView + use<> {
    let bytes = |bytes: Option<Bytes>| bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
    let lag = |lag: Option<Millis>| lag.map_or_else(|| "unknown".into(), |lag| lag.to_string());
    let rows = standbys.iter().take(AT_MOST).map(|one| {
        let logical = one.logical.then(|| view! { " "<span class="tag">"logical"</span> });
        let place = [one.user.clone(), one.client.clone(), one.slot.clone().map(|slot| format!("slot {slot}"))];
        let place: Vec<String> = place.into_iter().flatten().collect();
        let state = [one.state.clone(), one.sync_state.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
        let state = if state.is_empty() { "not shown to this role".to_owned() } else { state };
        let (name, place, replayed) = (one.name.clone(), place.join(" · "), one.replayed.clone());
        let since = one.since.map(|at| view! { <Age at now/> });
        let (replay_lag, not_replayed) = (lag(one.replay_lag), bytes(one.replay_behind));
        let (not_sent, not_written, not_flushed) =
            (bytes(one.sent_behind), bytes(one.write_behind), bytes(one.flush_behind));
        view! {
            <tr>
                <Cell label="Name">{name}{logical}</Cell>
                <Cell label="From">{place}</Cell>
                <Cell label="State">{state}</Cell>
                <Num label="Replay lag" value=replay_lag/>
                <Num label="Not sent" value=not_sent/>
                <Num label="Not written" value=not_written/>
                <Num label="Not flushed" value=not_flushed/>
                <Num label="Not replayed" value=not_replayed/>
                <Cell label="Replayed to">{replayed}</Cell>
                <Cell label="Connected">{since}</Cell>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    let cut = cut(standbys.len(), ("receiver", "receivers"));
    view! {
        <section class="section">
            <h2>"Who receives its WAL"</h2>
            <table class="table">
                <caption class="visually-hidden">"Receivers of this server's WAL"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"From"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="num">"Replay lag"</th>
                        <th scope="col" class="num">"Not sent"</th>
                        <th scope="col" class="num">"Not written"</th>
                        <th scope="col" class="num">"Not flushed"</th>
                        <th scope="col" class="num">"Not replayed"</th>
                        <th scope="col">"Replayed to"</th>
                        <th scope="col">"Connected"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {cut}
        </section>
    }
}

fn slots(slots: &[Slot], now: Timestamp) -> impl IntoView + use<> {
    let bytes = |bytes: Option<Bytes>| bytes.map_or_else(|| "unknown".into(), |bytes| bytes.to_string());
    let rows = slots.iter().take(AT_MOST).map(|slot| {
        let kind = [Some(slot.kind.clone()), slot.plugin.clone(), slot.database.clone()];
        let kind: Vec<String> = kind.into_iter().flatten().collect();
        let state = match (slot.active, slot.synced, slot.temporary) {
            (true, ..) => "active",
            (false, true, _) => "kept in step with the primary's",
            (false, false, true) => "temporary",
            (false, false, false) => "nobody reads from it",
        };
        let since = slot.inactive_since.filter(|_| !slot.active).map(|at| view! { " "<Age at now/> });
        let safe = match (slot.safe, slot.wal_status.as_deref()) {
            (_, Some("lost")) => "lost".to_owned(),
            (Some(safe), _) => safe.to_string(),
            (None, _) => "without limit".to_owned(),
        };
        let status = [slot.wal_status.clone(), slot.invalidation_reason.clone()];
        let status: Vec<String> = status.into_iter().flatten().collect();
        let confirmed = match (&slot.confirmed, slot.unconfirmed) {
            (Some(lsn), Some(bytes)) => format!("{lsn}, {bytes} to go"),
            _ => String::new(),
        };
        let (name, kind, retained, status) =
            (slot.name.clone(), kind.join(" · "), bytes(slot.retained), status.join(", "));
        view! {
            <tr>
                <Cell label="Slot">{name}</Cell>
                <Cell label="Kind">{kind}</Cell>
                <Cell label="State">{state}{since}</Cell>
                <Num label="Retains" value=retained/>
                <Num label="May still retain" value=safe/>
                <Cell label="WAL">{status}</Cell>
                <Cell label="Confirmed">{confirmed}</Cell>
            </tr>
        }
    });
    let rows: Vec<_> = rows.collect();
    let cut = cut(slots.len(), ("slot", "slots"));
    view! {
        <section class="section">
            <h2>"Slots"</h2>
            <p class="muted">"A slot keeps the WAL its reader has not read, until the disk is full unless max_slot_wal_keep_size says less."</p>
            <table class="table">
                <caption class="visually-hidden">"Replication slots"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Slot"</th>
                        <th scope="col">"Kind"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="num">"Retains"</th>
                        <th scope="col" class="num">"May still retain"</th>
                        <th scope="col">"WAL"</th>
                        <th scope="col">"Confirmed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {cut}
        </section>
    }
}

fn cut(number: usize, noun: (&str, &str)) -> Option<impl IntoView + use<>> {
    let all = Count(number as i64).of(noun.0, noun.1);
    (number > AT_MOST).then(|| view! { <p class="note">{format!("The first {AT_MOST} of {all}.")}</p> })
}
