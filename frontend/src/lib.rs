//! The browser's entry point: it brings the islands of a page to life, and nothing else.
#![cfg(target_arch = "wasm32")]

/// Called by the page once the bundle has loaded; each island of the page is called after it.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    app::islands::enhance();
}
