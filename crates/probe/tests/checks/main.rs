//! What the checks find on real servers, and that their remedies run.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod reading;
mod remedies;
mod shapes;
mod structure;
