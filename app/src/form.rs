//! What a page was sent. Most forms lead to a server function and from there to another page; a page that answers a form
//! itself, because its answer fits into no URL, finds it here.

use std::sync::Arc;

/// The fields of the form that this request sends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form(Arc<Vec<(String, String)>>);

impl Form {
    /// Names and values, as they were sent.
    pub fn new(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(fields.into_iter().collect()))
    }

    /// What was sent as `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Everything that was sent as `name`.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
