//! The frame around the route table: what it shows follows from who looks and from the URL.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    address::Address,
    api::frame::FrameData,
    parts::{DatabaseLink, Frame, RailGroup, RailLink, WindowPickerView},
};

/// The pages of a database, in the groups of the rail: heading, then label and path of each.
const RAIL: [(&str, &[(&str, &str)]); 2] = [("Now", &[("Overview", "")]), ("Work", &[("Queries", "queries")])];

/// The address of the page shown, for links on it.
pub(crate) fn use_address() -> Memo<Address> {
    let location = use_location();
    Memo::new(move |_| Address::parse(&location.pathname.get(), &location.search.get()))
}

/// The frame, filled.
#[component]
pub(crate) fn Layout(children: Children) -> impl IntoView {
    let FrameData { person, databases } = SharedValue::new(FrameData::of_this_request).into_inner();
    let address = use_address();
    let rail = Signal::derive(move || address.with(|address| address.database.as_ref().map_or_else(Vec::new, |_| rail(address))));
    let window = Signal::derive(move || {
        address.with(|address| {
            address.database.as_ref()?;
            Some(WindowPickerView::new(address.window(), |window| address.with("window", window.to_string()).href()))
        })
    });
    let links = Signal::derive(move || address.with(|address| switcher(address, &databases)));
    view! {
        <Frame databases=links person=person rail=rail window=window sign_out=sign_out>
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
    RAIL.iter().map(|(title, links)| RailGroup { title: (*title).into(), links: links.iter().map(link).collect() }).collect()
}

fn switcher(address: &Address, databases: &[model::DatabaseId]) -> Vec<DatabaseLink> {
    let link = |id: &model::DatabaseId| DatabaseLink {
        id: id.0.clone(),
        label: id.0.clone(),
        href: address.at(id).href(),
        current: address.database.as_ref() == Some(id),
    };
    databases.iter().map(link).collect()
}

/// A plain form: signing out leaves the application, so the whole page goes.
fn sign_out() -> impl IntoView {
    view! { <form method="post" action="/api/sign_out"><button type="submit" class="button">"Sign out"</button></form> }
}
