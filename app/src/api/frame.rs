//! What stands around every page.

use dashboard::Dashboard;
use http::request::Parts;
use leptos::prelude::use_context;
use model::{DatabaseId, Person};

/// Who looks and where they can go; empty before signing in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FrameData {
    /// Who looks.
    pub(crate) person: Option<Person>,
    /// The databases of the switcher, and what people call them.
    pub(crate) databases: Vec<(DatabaseId, String)>,
}

impl FrameData {
    /// Of the request that is being answered.
    pub(crate) fn of_this_request() -> Self {
        let person = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Person>().cloned());
        match (use_context::<Dashboard>(), person) {
            (Some(dashboard), Some(person)) => {
                let databases = dashboard.databases(&person).unwrap_or_default().into_iter();
                let databases = databases.map(|id| (id.clone(), dashboard.called(&id))).collect();
                Self { person: Some(person), databases }
            }
            _ => Self::default(),
        }
    }
}
