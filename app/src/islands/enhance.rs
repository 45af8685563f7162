//! What a browser adds to a page that works without it.

use leptos::{ev, leptos_dom::helpers::window_event_listener, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDetailsElement, HtmlElement, HtmlInputElement, KeyboardEvent};

/// What a click on a row must not take away from.
const INTERACTIVE: &str = "a,button,input,select,textarea,label,summary,audio,video";

/// Listens for the whole document: keys, menus that close, rows that are links, what is typed and copied.
pub(super) fn install() {
    let _ = window_event_listener(ev::keydown, |event| match event.key().as_str() {
        "/" if !event.ctrl_key() && !event.meta_key() && !event.alt_key() => open_switcher(&event),
        "Escape" => close_menus(None, true),
        "Enter" => {
            if let Some(input) = switchers_input(&event) {
                follow_first(&input);
            }
        }
        _ => {}
    });
    let _ = window_event_listener(ev::input, |event| {
        if let Some(input) = switchers_input(&event) {
            narrow(&input);
        }
    });
    let _ = window_event_listener(ev::click, |event| {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        close_menus(find(&target, ".menu").as_ref(), false);
        match find(&target, ".copy button") {
            Some(button) => copy(&button),
            None => follow_row(&target, event.ctrl_key() || event.meta_key()),
        }
    });
    // A button that can be seen is not yet one that works: whoever tests this waits for the mark.
    set_timeout(
        || {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("data-hydrated", "");
            }
        },
        std::time::Duration::ZERO,
    );
}

fn switchers_input(event: &web_sys::Event) -> Option<HtmlInputElement> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    input.closest(".switcher").ok()??;
    Some(input)
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

/// Hides the links of the switcher that do not have every word typed.
fn narrow(input: &HtmlInputElement) {
    let typed = input.value().to_lowercase();
    let Ok(Some(menu)) = input.closest(".switcher") else { return };
    let Ok(items) = menu.query_selector_all("li") else { return };
    for item in (0..items.length()).filter_map(|n| items.get(n)) {
        let item: HtmlElement = item.unchecked_into();
        let here = item.text_content().unwrap_or_default().to_lowercase();
        item.set_hidden(!typed.split_whitespace().all(|word| here.contains(word)));
    }
}

/// Follows the first link of the switcher that is still shown.
fn follow_first(input: &HtmlInputElement) {
    let link = input
        .closest(".switcher")
        .ok()
        .flatten()
        .and_then(|menu| menu.query_selector("li:not([hidden]) a").ok().flatten());
    if let Some(link) = link {
        link.unchecked_into::<HtmlElement>().click();
    }
}

/// Copies the statement a button stands on; where the browser does not allow it (no https), marks it so that a key can.
fn copy(button: &Element) {
    let Some(sql) = find(button, ".sql") else { return };
    let (Ok(Some(code)), Ok(Some(status))) = (sql.query_selector("code"), sql.query_selector(".copied")) else {
        return;
    };
    let clipboard = js_sys::Reflect::has(&window().navigator(), &JsValue::from_str("clipboard")).unwrap_or(false);
    if !(clipboard && window().is_secure_context()) {
        return mark(&code, &status);
    }
    let promise = window().navigator().clipboard().write_text(&code.text_content().unwrap_or_default());
    leptos::task::spawn_local(async move {
        match promise.await {
            Ok(_) => status.set_text_content(Some("Copied")),
            Err(_) => mark(&code, &status),
        }
    });
}

fn mark(code: &Element, status: &Element) {
    if let Ok(Some(selection)) = window().get_selection() {
        let _ = selection.select_all_children(code);
        status.set_text_content(Some("Marked: copy with Ctrl C"));
    }
}
