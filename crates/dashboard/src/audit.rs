//! Who did what.

use model::{AuditEntry, AuditPage, Person, Role};

use crate::{Dashboard, Result, allow};

/// Entries on one page of the trail.
const PER_PAGE: u64 = 50;

/// Entries in a file.
const AT_MOST: u64 = 100_000;

impl Dashboard {
    /// A page of the audit trail, the latest first; with `search` only entries that have it somewhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden); when the store cannot be read.
    pub async fn trail(&self, viewer: &Person, search: &str, page: u32) -> Result<AuditPage> {
        allow(viewer, Role::Operator)?;
        Ok(self.store.trail(search.trim(), page.into(), PER_PAGE).await?)
    }

    /// The latest 100,000 entries of the audit trail; with `search` only those that have it somewhere.
    ///
    /// # Errors
    /// As [`Dashboard::trail`].
    pub async fn latest_trail(&self, viewer: &Person, search: &str) -> Result<Vec<AuditEntry>> {
        allow(viewer, Role::Operator)?;
        Ok(self.store.trail(search.trim(), 1, AT_MOST).await?.entries)
    }
}
