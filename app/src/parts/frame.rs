//! What stands around every page: the bar at the top, the rail at the left.

use leptos::prelude::*;
use model::{Person, Timestamp};

use crate::islands::ThemeToggle;

use super::{
    At, DatabaseLink, RailGroup, RailLink, WindowPickerView,
    rail::{Rail, RailButton, link},
    switcher::Switcher,
    window::WindowPicker,
};

/// The frame. Everything in it is given by the caller, hrefs included; what is empty is left out.
#[component]
pub fn Frame(
    /// The link to all databases.
    #[prop(default = "/".into(), into)]
    home: String,
    /// The databases of the switcher.
    #[prop(optional, into)]
    databases: Signal<Vec<DatabaseLink>>,
    /// Who looks.
    #[prop(optional, into)]
    person: Signal<Option<Person>>,
    /// Pages about Heron itself, in the person's menu.
    #[prop(optional, into)]
    account: Signal<Vec<RailLink>>,
    /// The form that signs out, in the person's menu.
    #[prop(optional, into)]
    sign_out: ViewFn,
    /// The pages of the database.
    #[prop(optional, into)]
    rail: Signal<Vec<RailGroup>>,
    /// The window of the page, if it has one.
    #[prop(optional, into)]
    window: Signal<Option<WindowPickerView>>,
    /// When the oldest number of the page was read.
    #[prop(optional, into)]
    as_of: Signal<Option<Timestamp>>,
    /// The page.
    children: Children,
) -> impl IntoView {
    let has_rail = Memo::new(move |_| rail.with(|rail| !rail.is_empty()));
    let has_databases = Memo::new(move |_| databases.with(|databases| !databases.is_empty()));
    view! {
        <a class="skip-link" href="#content">"Skip to the content"</a>
        <header class="bar">
            <Show when=move || has_rail.get()><RailButton/></Show>
            <a class="brand" href=home aria-label="Heron: all databases"><Mark/><span class="brand-name">"Heron"</span></a>
            <Show when=move || has_databases.get()><Switcher databases/></Show>
            <div class="bar-end">
                {move || as_of.get().map(|at| view! { <span class="as-of">"as of "<At at/></span> })}
                {move || window.get().map(|view| view! { <WindowPicker view/> })}
                <ThemeToggle/>
                {move || person.get().map(|person| view! { <PersonMenu person account sign_out=sign_out.clone()/> })}
            </div>
        </header>
        <div class="frame" class:frame-rail=move || has_rail.get()>
            <Show when=move || has_rail.get()><Rail groups=rail/></Show>
            <main id="content" class="content" tabindex="-1">{children()}</main>
        </div>
    }
    .into_any()
}

/// Who looks, what they may do, and the way out.
#[component]
fn PersonMenu(person: Person, account: Signal<Vec<RailLink>>, sign_out: ViewFn) -> impl IntoView {
    view! {
        <details class="menu person" name="bar">
            <summary aria-label=format!("Signed in as {}", person.name)>
                <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                    <path class="icon-line" d="M8 8.2a3 3 0 1 0 0-6a3 3 0 0 0 0 6ZM2.5 14c.4-2.6 2.6-4 5.5-4s5.1 1.4 5.5 4"></path>
                </svg>
                <span class="menu-label">{person.name.clone()}</span>
            </summary>
            <div class="menu-body">
                <p class="person-name"><strong>{person.name}</strong>" "<span class="muted">{person.role.to_string()}</span></p>
                <ul>{move || account.get().into_iter().map(link).collect_view()}</ul>
                {sign_out.run()}
            </div>
        </details>
    }
    .into_any()
}

/// The heron.
#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="7"></rect>
            <path d="M28 8.5 20.5 6.2C17.8 5.5 15.6 7.6 16.6 10c1 2.5 2.9 4 1.9 6.7"></path>
            <path class="mark-body" d="M18.5 16.7C14 14 8.5 15 4 19.5c5 2.8 13 2.5 14.5-2.8Z"></path>
            <path d="M12.5 22v6M12.5 28H10M15 21.5V25l-2.5 1"></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_frame_is_only_a_page() {
        let html = Owner::new().with(|| view! { <Frame><h1>"Sign in"</h1></Frame> }.to_html());
        assert!(html.contains("id=\"content\"") && html.contains("href=\"#content\""), "{html}");
        assert!(!html.contains("id=\"rail\"") && !html.contains("switcher") && !html.contains("person"), "{html}");
    }

    #[test]
    fn the_page_shown_is_marked_in_the_rail() {
        let html = Owner::new().with(|| {
            let links = vec![
                RailLink { label: "Overview".into(), href: "/shop".into(), current: false },
                RailLink { label: "Queries".into(), href: "/shop/queries".into(), current: true },
            ];
            let rail = vec![RailGroup { title: "Now".into(), links }];
            view! { <Frame rail>"page"</Frame> }.to_html()
        });
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
        assert!(html.contains("href=\"/shop/queries\" aria-current=\"page\""), "{html}");
    }
}
