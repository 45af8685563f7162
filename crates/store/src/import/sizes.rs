//! How large relations were.

use std::{collections::BTreeMap, sync::Arc};

use dataset::{TxOptions, col};
use model::{Bytes, QualifiedName, Timestamp};

use super::{
    ImportError, Imported, Route, note,
    source::{SpaceStats, next_captures},
};
use crate::{Result, Store, space};

/// Rows of a page; a capture has one for every table and index.
const PAGE: u64 = 20_000;

/// The sizes of one capture.
type Sizes = (Timestamp, BTreeMap<QualifiedName, Bytes>);

impl Store {
    /// Brings over how large relations were, up to where Heron's own sizes of the database begin; tells how far it is
    /// after every page.
    ///
    /// # Errors
    /// When PgHero's tables cannot be read or the store cannot be written; what was told of stays.
    pub async fn import_sizes(
        &self,
        route: Route<'_>,
        mut told: impl FnMut(Imported),
    ) -> Result<Imported, ImportError> {
        let mut imported = Imported::default();
        let Some(all) = route.source.space_stats(route.from) else { return Ok(imported) };
        let (watched, key) = (self.watched_id(route.into).await?, route.key("space_stats"));
        let mut last = self.imported_until(watched, &key).await?;
        let own = self.first_own_sizes(watched, last).await?;
        loop {
            let after = last.unwrap_or_default().max(route.oldest);
            let captures = next_captures::<SpaceStats>(&all, after, own, PAGE).await?;
            let Some(until) = captures.last().map(|(at, _)| *at) else { return Ok(imported) };
            let captures: Arc<[Sizes]> = captures
                .into_iter()
                .map(|(at, rows)| {
                    imported.captures += 1;
                    imported.rows += rows.len() as u64;
                    let named = rows.into_iter().filter_map(|row| {
                        Some((QualifiedName::new(row.schema?, row.relation?), Bytes(row.size?.max(0))))
                    });
                    (at, named.collect())
                })
                .collect();
            let (key, before) = (key.as_str(), last);
            self.db
                .transaction(TxOptions { retries: 3, ..TxOptions::default() }, move |tx| {
                    let captures = Arc::clone(&captures);
                    async move {
                        let mut last = before;
                        for (at, sizes) in captures.iter() {
                            space::append(&tx, watched, last, *at, sizes).await?;
                            last = Some(*at);
                        }
                        note(&tx, watched, key, until).await
                    }
                })
                .await
                .map_err(crate::Error::from)?;
            last = Some(until);
            imported.until = last;
            told(imported);
        }
    }

    /// When Heron itself looked at sizes first: after all that was brought over.
    async fn first_own_sizes(&self, watched: i64, imported: Option<Timestamp>) -> Result<Option<Timestamp>> {
        let own = self.db.from("relation_size").filter(col("watched_id").eq(watched));
        let own = own.filter(col("since").gt(imported.unwrap_or_default().0));
        Ok(own.get(col("since").min()).await?)
    }
}
