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
    store.add_account("Bob", Role::Administrator).await.unwrap();
    assert!(store.remove_account("Ada").await.unwrap());
    assert!(!store.remove_account("Ada").await.unwrap());
    assert_eq!(store.person_by_id(person.id).await.unwrap(), None);
}

async fn the_last_administrator_stays_one(place: Place) {
    let store = place.open().await;
    for (name, role) in [("Ada", Role::Administrator), ("Bob", Role::Administrator), ("Eve", Role::Viewer)] {
        store.add_account(name, role).await.unwrap();
    }
    // Both at once: one of them stays.
    let (ada, bob) = tokio::join!(store.set_role("Ada", Role::Operator), store.remove_account("Bob"));
    let refused = [ada, bob].into_iter().filter(|done| matches!(done, Err(Error::LastAdministrator(_)))).count();
    assert_eq!(refused, 1);
    let last = store.accounts().await.unwrap().into_iter().find(|one| one.person.role == Role::Administrator).unwrap();
    let name = last.person.name;
    let said = store.remove_account(&name).await.unwrap_err();
    assert!(matches!(&said, Error::LastAdministrator(who) if *who == name), "{said}");
    assert!(matches!(store.set_role(&name, Role::Viewer).await, Err(Error::LastAdministrator(_))));
    assert!(store.set_role(&name, Role::Administrator).await.unwrap());
    // Whoever lost the race above may still be there as an operator.
    for other in store.accounts().await.unwrap().into_iter().filter(|one| one.person.name != name) {
        assert!(store.remove_account(&other.person.name).await.unwrap());
    }
    // Alone there is nobody to shut out.
    assert!(matches!(store.set_role(&name, Role::Viewer).await, Err(Error::LastAdministrator(_))));
    assert!(store.remove_account(&name).await.unwrap() && store.is_uninhabited().await.unwrap());
}

async fn a_new_password_breaks_the_seal(place: Place) {
    let store = place.open().await;
    let id = store.add_account("Ada", Role::Viewer).await.unwrap().id;
    let seal = async || store.person_and_seal(id).await.unwrap().unwrap().1;
    let none = seal().await;
    store.set_password(id, "correct horse").await.unwrap();
    let first = seal().await;
    assert_eq!(first, seal().await);
    store.set_password(id, "correct horse").await.unwrap();
    assert!(none != first && first != seal().await, "the salt is another one");
}

async fn the_trail_tells_who_did_what_and_what_came_of_it(place: Place) {
    let store = place.open().await;
    store.audit("Ada", "signed in", "").await.unwrap();
    let done = store.intend("Ada", "terminate", "pid 42", "shop").await.unwrap();
    let _stopped = store.intend("Bob", "analyze", "public.\"Größe\"", "shop").await.unwrap();
    store.conclude(done, "1 session ended").await.unwrap();
    let trail = store.trail("", 1, 2).await.unwrap();
    assert_eq!((trail.total, trail.pages, trail.page), (3, 2, 1));
    let told: Vec<_> = trail.entries.iter().map(|entry| (entry.action.as_str(), entry.outcome.as_deref())).collect();
    assert_eq!(told, [("analyze", None), ("terminate", Some("1 session ended"))]);
    let last = store.trail("", 2, 2).await.unwrap();
    assert_eq!((last.entries[0].action.as_str(), &last.entries[0].database), ("signed in", &None));
    for (search, found) in [("ada", 2), ("ANALYZE", 1), ("größe", 1), ("shop", 2), ("%", 0), ("pid 42", 1)] {
        assert_eq!(store.trail(search, 1, 10).await.unwrap().total, found, "{search}");
    }
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
    the_last_administrator_stays_one;
    a_new_password_breaks_the_seal;
    the_trail_tells_who_did_what_and_what_came_of_it;
    a_ticket_is_good_once_and_for_a_time;
    sessions_survive_a_restart_and_end_when_they_should;
    an_id_that_is_taken_is_changed_not_overwritten;
}
