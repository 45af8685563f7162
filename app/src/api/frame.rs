//! What stands around every page.

use model::{DatabaseId, Person};
use serde::{Deserialize, Serialize};

/// Who looks and where they can go; empty before signing in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameData {
    /// Who looks.
    pub person: Option<Person>,
    /// The databases of the switcher.
    pub databases: Vec<DatabaseId>,
}

impl FrameData {
    /// Read on the server while a page is rendered; the browser gets it with the page.
    pub fn of_this_request() -> Self {
        #[cfg(feature = "ssr")]
        if let (Some(dashboard), Ok(person)) = (leptos::prelude::use_context::<dashboard::Dashboard>(), known_viewer()) {
            let databases = dashboard.databases(&person).unwrap_or_default();
            return Self { person: Some(person), databases };
        }
        Self::default()
    }
}

/// The viewer, without making a stranger's page an error.
#[cfg(feature = "ssr")]
fn known_viewer() -> Result<Person, ()> {
    leptos::prelude::use_context::<http::request::Parts>()
        .and_then(|parts| parts.extensions.get().cloned())
        .ok_or(())
}
