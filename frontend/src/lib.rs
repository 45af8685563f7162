//! The browser's entry point: it hydrates what the server rendered, and nothing else.
#![cfg(target_arch = "wasm32")]

/// Called by the page once the bundle has loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    app::say_hydrated();
}
