//! The browser's entry point: it hydrates what the server rendered, and nothing else.
#![cfg(target_arch = "wasm32")]
