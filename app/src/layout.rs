//! The frame around the route table: what it shows follows from who looks and from the URL.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{DatabaseId, Role, Window};

use crate::{
    Said,
    address::{Address, link},
    api::{self, frame::FrameData},
    parts::{DatabaseLink, Frame, Level, Notice, RailGroup, RailLink, WindowPickerView},
};

/// The pages of a database, in the groups of the rail: heading, then label and path of each.
const RAIL: &[(&str, &[(&str, &str)])] = &[
    ("Now", &[("Overview", ""), ("Live", "live"), ("Locks", "locks"), ("Connections", "connections")]),
    ("Work", &[("Queries", "queries"), ("Explain", "explain")]),
    ("Storage", &[("Space", "space"), ("Indexes", "indexes"), ("Maintenance", "maintenance")]),
    ("Server", &[("Replication", "replication"), ("System", "system"), ("Tune", "tune")]),
];

/// The address of the page shown, for links on it.
pub(crate) fn use_address() -> Address {
    let location = use_location();
    Address::parse(&location.pathname.get_untracked(), &location.search.get_untracked())
}

/// The database of the page shown.
pub(crate) fn use_database() -> DatabaseId {
    use_address().database.unwrap_or(DatabaseId(String::new()))
}

/// The frame, filled.
#[component]
pub(crate) fn Layout(children: Children) -> impl IntoView {
    let FrameData { person, databases } = FrameData::of_this_request();
    let address = use_address();
    let (rail, window) = match address.database {
        Some(_) => {
            let href = |window: Window| address.with("window", window.to_string()).href();
            (rail(&address), Some(WindowPickerView::new(address.window(), href)))
        }
        None => (vec![], None),
    };
    let links = switcher(&address, &databases);
    let account = person.as_ref().map(|person| account(person.role, &address)).unwrap_or_default();
    let said = api::said().map(said);
    view! {
        <Frame home=link("/") databases=links person=person account=account rail=rail window=window sign_out=sign_out>
            {said}
            {children()}
        </Frame>
    }
}

fn rail(address: &Address) -> Vec<RailGroup> {
    let link = |&(label, page): &(&str, &str)| RailLink {
        label: label.into(),
        href: address.to(page).href(),
        current: address.page == page || (!page.is_empty() && address.page.starts_with(&format!("{page}/"))),
    };
    let explains = address.database.as_ref().is_some_and(api::explain::offered);
    let there = |(_, page): &&(&str, &str)| explains || *page != "explain";
    RAIL.iter()
        .map(|(title, links)| RailGroup {
            title: (*title).into(),
            links: links.iter().filter(there).map(link).collect(),
        })
        .collect()
}

fn switcher(address: &Address, databases: &[(DatabaseId, String)]) -> Vec<DatabaseLink> {
    let link = |(id, name): &(DatabaseId, String)| DatabaseLink {
        id: id.0.clone(),
        label: name.clone(),
        href: address.at(id).href(),
        current: address.database.as_ref() == Some(id),
    };
    databases.iter().map(link).collect()
}

/// The pages about Heron itself that somebody of this role may see.
fn account(role: Role, address: &Address) -> Vec<RailLink> {
    const PAGES: [(Role, &str, &str); 4] = [
        (Role::Viewer, "Settings", "settings"),
        (Role::Operator, "Audit", "audit"),
        (Role::Administrator, "People", "users"),
        (Role::Viewer, "Change password", "settings/password"),
    ];
    let to = |(_, label, page): (Role, &str, &str)| RailLink {
        label: label.into(),
        href: link(&format!("/{page}")),
        current: address.database.is_none() && address.page == page,
    };
    PAGES.into_iter().filter(|(needed, ..)| role >= *needed).map(to).collect()
}

/// What came of what was done on the page before.
fn said(said: Said) -> impl IntoView {
    let (level, title) = if said.well { (Level::Healthy, "Done") } else { (Level::Warning, "Not done") };
    view! { <div class="said" role="status"><Notice level title><p>{said.sentence}</p></Notice></div> }
}

/// A plain form: signing out leaves the application, so the whole page goes.
fn sign_out() -> impl IntoView {
    view! { <form method="post" action=link("/api/sign_out")><button type="submit" class="button">"Sign out"</button></form> }
}
