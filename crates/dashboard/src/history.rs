//! What the store remembers of a window.

use model::{DatabaseId, History, Person, Role, Window};

use crate::{Dashboard, Result, allow, now, to_its_end};

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
        let (store, id) = (self.store.clone(), id.clone());
        let statement = statement.map(|(queryid, role)| (queryid.to_owned(), role.map(str::to_owned)));
        let series = to_its_end(async move {
            let statement = statement.as_ref().map(|(queryid, role)| (queryid.as_str(), role.as_deref()));
            store.series(&id, from, to, statement).await
        });
        Ok(History { from, to, series: series.await? })
    }
}
