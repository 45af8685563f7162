//! The frame around the route table: what it shows follows from who looks and from the URL.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{DatabaseId, Window};

use crate::{
    address::{Address, link},
    api::frame::FrameData,
    parts::{DatabaseLink, Frame, RailGroup, RailLink, WindowPickerView},
};

/// The pages of a database, in the groups of the rail: heading, then label and path of each.
const RAIL: [(&str, &[(&str, &str)]); 2] = [
    ("Now", &[("Overview", ""), ("Live", "live"), ("Locks", "locks"), ("Connections", "connections")]),
    ("Work", &[("Queries", "queries")]),
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
    view! {
        <Frame home=link("/") databases=links person=person rail=rail window=window sign_out=sign_out>
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
    RAIL.iter()
        .map(|(title, links)| RailGroup { title: (*title).into(), links: links.iter().map(link).collect() })
        .collect()
}

fn switcher(address: &Address, databases: &[DatabaseId]) -> Vec<DatabaseLink> {
    let link = |id: &DatabaseId| DatabaseLink {
        id: id.0.clone(),
        label: id.0.clone(),
        href: address.at(id).href(),
        current: address.database.as_ref() == Some(id),
    };
    databases.iter().map(link).collect()
}

/// A plain form: signing out leaves the application, so the whole page goes.
fn sign_out() -> impl IntoView {
    view! { <form method="post" action=link("/api/sign_out")><button type="submit" class="button">"Sign out"</button></form> }
}
