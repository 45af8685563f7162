//! What a browser adds to a page that works without it.

use leptos::{ev, html, leptos_dom::helpers::window_event_listener, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDetailsElement, HtmlDocument, HtmlElement, HtmlInputElement, KeyboardEvent};

/// What a click on a row must not take away from.
const INTERACTIVE: &str = "a,button,input,select,textarea,label,summary,audio,video";

/// Listens for the whole page, until the frame goes: keys, menus that close, rows that are links.
pub(super) fn install() {
    let keys = window_event_listener(ev::keydown, |event| match event.key().as_str() {
        "/" if !event.ctrl_key() && !event.meta_key() && !event.alt_key() => open_switcher(&event),
        "Escape" => close_menus(None, true),
        _ => {}
    });
    let clicks = window_event_listener(ev::click, |event| {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        let followed = find(&target, "a").is_some();
        close_menus(find(&target, ".menu").filter(|_| !followed).as_ref(), false);
        if followed && let Some(popover) = find(&target, "[popover]").and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            // It throws where the popover is not open: on a wide screen.
            let _ = popover.hide_popover();
        }
        follow_row(&target, event.ctrl_key() || event.meta_key());
    });
    on_cleanup(move || {
        keys.remove();
        clicks.remove();
    });
}

fn find(from: &Element, selector: &str) -> Option<Element> {
    from.closest(selector).ok().flatten()
}

fn open_switcher(event: &KeyboardEvent) {
    let typing = document().active_element().is_some_and(|active| {
        active.matches("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]").unwrap_or(false)
    });
    let Ok(Some(switcher)) = document().query_selector("details.switcher") else { return };
    if typing {
        return;
    }
    event.prevent_default();
    switcher.unchecked_ref::<HtmlDetailsElement>().set_open(true);
    if let Ok(Some(input)) = switcher.query_selector("input") {
        let input: HtmlInputElement = input.unchecked_into();
        let _ = input.focus();
        input.select();
    }
}

/// Closes every open menu but `keep`; with `back` the focus returns to what had opened it.
fn close_menus(keep: Option<&Element>, back: bool) {
    let Ok(open) = document().query_selector_all("details.menu[open]") else { return };
    for menu in (0..open.length()).filter_map(|n| open.get(n)) {
        let menu: HtmlDetailsElement = menu.unchecked_into();
        if keep.is_some_and(|keep| *keep == *AsRef::<Element>::as_ref(&menu)) {
            continue;
        }
        menu.set_open(false);
        if back && let Ok(Some(summary)) = menu.query_selector("summary") {
            let _ = summary.unchecked_into::<HtmlElement>().focus();
        }
    }
}

/// A click anywhere in a row follows its link, unless it meant something else or marked text.
fn follow_row(target: &Element, aside: bool) {
    if find(target, INTERACTIVE).is_some() {
        return;
    }
    let marked = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    let link = find(target, "tr").and_then(|row| row.query_selector("a.row-link").ok().flatten());
    let Some(link) = link.filter(|_| !marked) else { return };
    let link: HtmlElement = link.unchecked_into();
    match link.get_attribute("href") {
        Some(href) if aside => {
            let _ = window().open_with_url_and_target(&href, "_blank");
        }
        // Not from within the listener that would hear it.
        _ => leptos::task::spawn_local(async move { link.click() }),
    }
}

/// Follows the first link of the list that is still shown.
pub(super) fn follow_first(list: NodeRef<html::Ul>) {
    let link = list.get_untracked().and_then(|list| list.query_selector("li:not([hidden]) a").ok().flatten());
    if let Some(link) = link {
        link.unchecked_into::<HtmlElement>().click();
    }
}

/// Copies `text`; where the browser does not allow it (no https), marks what is shown so that a key can.
pub(super) fn copy(text: &str, button: NodeRef<html::Button>, said: RwSignal<Option<&'static str>>) {
    let navigator = window().navigator();
    let allowed = js_sys::Reflect::has(&navigator, &JsValue::from_str("clipboard")).unwrap_or(false);
    if allowed && window().is_secure_context() {
        let promise = navigator.clipboard().write_text(text);
        leptos::task::spawn_local(async move {
            match promise.await {
                Ok(_) => said.set(Some("Copied")),
                Err(_) => mark(button, said),
            }
        });
    } else {
        mark(button, said);
    }
}

fn mark(button: NodeRef<html::Button>, said: RwSignal<Option<&'static str>>) {
    let shown = button
        .get_untracked()
        .and_then(|button| button.closest(".sql").ok().flatten())
        .and_then(|sql| sql.query_selector("code").ok().flatten());
    if let (Some(shown), Ok(Some(selection))) = (shown, window().get_selection()) {
        let _ = selection.select_all_children(&shown);
        said.set(Some("Marked: copy it with Ctrl C"));
    }
}

/// Switches `<html data-theme>` and remembers the choice for a year.
pub(super) fn toggle_theme() {
    let Some(root) = document().document_element() else { return };
    let dark = match root.get_attribute("data-theme") {
        Some(theme) => theme == "dark",
        None => {
            window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches())
        }
    };
    let theme = if dark { super::Theme::Light } else { super::Theme::Dark };
    let _ = root.set_attribute("data-theme", theme.name());
    let _ = document()
        .unchecked_into::<HtmlDocument>()
        .set_cookie(&format!("theme={}; Path=/; Max-Age=31536000; SameSite=Lax", theme.name()));
}
