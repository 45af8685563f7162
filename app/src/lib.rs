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
pub mod chart;
#[cfg(feature = "ssr")]
mod error;
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
    error::AppError,
    listing::{Download, download},
    site::{App, shell},
};

/// The session's key for the id of the person who signed in.
pub const SESSION_PERSON: &str = "person";
