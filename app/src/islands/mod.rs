//! All that runs in a browser. The rest of a page is HTML when it arrives, and needs nothing.
//!
//! An island is a component that the server renders and the browser makes live. What needs no state of its own, as
//! copying a statement, is in `enhance`: it listens to the whole document and works on any HTML that comes later.

mod canvas;
#[cfg(feature = "hydrate")]
mod enhance;
mod live;
mod theme;

#[cfg(feature = "ssr")]
pub(crate) use self::{canvas::Canvas, live::Live, theme::ThemeToggle};

/// Called once by the page, before its islands come to life.
#[cfg(feature = "hydrate")]
pub fn enhance() {
    enhance::install();
}
