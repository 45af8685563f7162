//! Accounts, one-time links and sessions.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::collections::HashMap;

use model::{Millis, Role};
use store::{Error, Sessions};
use support::{Place, on_every_store};
use time::{Duration, OffsetDateTime};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

const DAY: Millis = Millis::from_secs(24 * 3600);

async fn a_password_lets_its_owner_in_and_nobody_else(place: Place) {
    let store = place.open().await;
    assert!(store.is_uninhabited().await.unwrap());
    let person = store.add_account("Ada", Role::Operator).await.unwrap();
    assert!(!store.is_uninhabited().await.unwrap());
    assert_eq!(store.check_password("Ada", "").await.unwrap(), None);
    store.set_password(person.id, "correct horse").await.unwrap();
    assert_eq!(store.check_password("Ada", "correct horse").await.unwrap(), Some(person));
    for (name, password) in [("Ada", "correct horsE"), ("ada", "correct horse"), ("nobody", "correct horse"), ("", "")]
    {
        assert_eq!(store.check_password(name, password).await.unwrap(), None, "{name}");
    }
}

async fn names_are_taken_once_and_short_passwords_refused(place: Place) {
    let store = place.open().await;
    let person = store.add_account(" Ada ", Role::Viewer).await.unwrap();
    assert_eq!(person.name, "Ada");
    assert!(matches!(store.add_account("Ada", Role::Viewer).await, Err(Error::NameTaken(_))));
    assert!(matches!(store.add_account(" \n ", Role::Viewer).await, Err(Error::Refused(_))));
    assert!(matches!(store.set_password(person.id, "short").await, Err(Error::Refused(_))));
    assert!(store.set_role("Ada", Role::Administrator).await.unwrap());
    assert!(!store.set_role("Bob", Role::Administrator).await.unwrap());
    assert_eq!(store.person("Ada").await.unwrap().unwrap().role, Role::Administrator);
    assert!(store.remove_account("Ada").await.unwrap());
    assert_eq!(store.person_by_id(person.id).await.unwrap(), None);
}

async fn a_ticket_is_good_once_and_for_a_time(place: Place) {
    let store = place.open().await;
    let person = store.add_account("Ada", Role::Viewer).await.unwrap();
    let stale = store.issue_ticket(person.id, Millis(-1.0)).await.unwrap();
    assert_eq!(store.ticket_holder(stale.secret()).await.unwrap(), None);
    let ticket = store.issue_ticket(person.id, DAY).await.unwrap();
    assert_eq!(store.ticket_holder(ticket.secret()).await.unwrap().as_ref(), Some(&person));
    assert_eq!(store.ticket_holder(&format!("{}x", ticket.secret())).await.unwrap(), None);
    store.set_password(person.id, "correct horse").await.unwrap();
    assert_eq!(store.ticket_holder(ticket.secret()).await.unwrap(), None);
    assert!(!format!("{ticket:?}").contains(ticket.secret()));
}

fn record(expires: Duration) -> Record {
    let data = HashMap::from([
        ("person".into(), serde_json::json!(7)),
        ("größe".into(), serde_json::json!({"a": [null, 1.5]})),
    ]);
    Record { id: Id::default(), data, expiry_date: OffsetDateTime::now_utc() + expires }
}

async fn sessions_survive_a_restart_and_end_when_they_should(place: Place) {
    let store = place.open().await;
    let sessions = Sessions::new(store.clone());
    let mut kept = record(Duration::days(1));
    let mut expired = record(Duration::seconds(-1));
    sessions.create(&mut kept).await.unwrap();
    sessions.create(&mut expired).await.unwrap();
    store.close().await;

    let store = place.open().await;
    let sessions = Sessions::new(store.clone());
    assert_eq!(sessions.load(&kept.id).await.unwrap().unwrap().data, kept.data);
    assert!(sessions.load(&expired.id).await.unwrap().is_none());
    kept.data.remove("person");
    sessions.save(&kept).await.unwrap();
    assert_eq!(sessions.load(&kept.id).await.unwrap().unwrap().data, kept.data);
    sessions.delete(&kept.id).await.unwrap();
    assert!(sessions.load(&kept.id).await.unwrap().is_none());
}

async fn an_id_that_is_taken_is_changed_not_overwritten(place: Place) {
    let store = place.open().await;
    let sessions = Sessions::new(store);
    let mut first = record(Duration::days(1));
    sessions.create(&mut first).await.unwrap();
    let mut second = Record { id: first.id, ..record(Duration::days(1)) };
    sessions.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id);
}

on_every_store! {
    a_password_lets_its_owner_in_and_nobody_else;
    names_are_taken_once_and_short_passwords_refused;
    a_ticket_is_good_once_and_for_a_time;
    sessions_survive_a_restart_and_end_when_they_should;
    an_id_that_is_taken_is_changed_not_overwritten;
}
