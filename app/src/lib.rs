//! What people see and ask for.
//!
//! Pages are made on the server: the shell, the route table, and under them [`pages`], [`parts`], [`chart`] and the
//! server functions of [`api`]. Browsers get their HTML, and the code of [`islands`] alone.

// A release build lays out the whole future of a page, through the store and its database, at once.
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
mod address;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod base_path;
#[cfg(feature = "ssr")]
pub mod chart;
#[cfg(feature = "ssr")]
mod error;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "hydrate")]
pub mod islands;
#[cfg(not(feature = "hydrate"))]
mod islands;
#[cfg(feature = "ssr")]
mod layout;
#[cfg(feature = "ssr")]
mod listing;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
pub mod parts;
#[cfg(feature = "ssr")]
mod site;

#[cfg(feature = "ssr")]
pub use self::{
    base_path::BasePath,
    error::AppError,
    form::Form,
    listing::{Download, download},
    site::{App, shell},
};

/// The session's key for the id of the person who signed in, and the seal of the password they did it with.
pub const SESSION_PERSON: &str = "who";

/// The session's key for what the next page has to say.
pub const SESSION_SAID: &str = "said";

/// Where a request came from, as far as its connection tells.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub std::net::IpAddr);

/// What a page has to say about what was done on the page before.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// Whether it went well.
    pub well: bool,
    /// What came of it.
    pub sentence: String,
    /// The account for which the page is to make a one-time link.
    pub link_for: Option<String>,
}
