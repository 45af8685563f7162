//! What the store remembers of a window.

use model::{DatabaseId, History, Person, Role, StatementSort, StatementTotal, Timestamp, Window};

use crate::{Dashboard, Result, allow, now};

impl Dashboard {
    /// Statement time and calls over a window, of the database or of one statement.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn history(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        window: Window,
        statement: Option<(&str, Option<&str>)>,
    ) -> Result<History> {
        allow(viewer, Role::Viewer)?;
        self.target(id)?;
        let (from, to) = window.bounds(now());
        Ok(History { from, to, series: self.store.series(id, from, to, statement).await? })
    }

    /// The statements of a stretch of time, ranked; at most `limit`.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn top(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        (from, to): (Timestamp, Timestamp),
        sort: StatementSort,
        limit: u32,
    ) -> Result<Vec<StatementTotal>> {
        allow(viewer, Role::Viewer)?;
        self.target(id)?;
        Ok(self.store.top(id, from, to, sort, limit).await?.statements)
    }
}
