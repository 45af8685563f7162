//! Indexes: which are in use, which are in the way, and which tables could do with another.

use std::{collections::HashMap, sync::Arc};

use advisor::{Readings as Judged, Requirement};
use futures::future::join_all;
use model::{
    Bloat, Check, Counted, DatabaseId, Index, IndexUse, Indexes, Missing, Person, QualifiedName, Reading, Role, Server,
    TableReads, Why,
};

use crate::{Dashboard, Result, allow, now};

/// What the checks say of indexes one by one.
const CHECKS: [Check; 2] = [Check::DuplicateIndex, Check::InvalidIndex];

/// Where indexes are in use besides the database asked about.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere {
    used: HashMap<QualifiedName, Vec<String>>,
    /// What could not be read, as sentences.
    pub(crate) notes: Vec<String>,
    unread: bool,
}

impl Elsewhere {
    /// Whether nothing reads an index here or there. Where there could not be asked, nobody knows.
    pub(crate) fn leaves_unused(&self, index: &Index) -> bool {
        index.is_unused() && !self.unread && !self.used.contains_key(&index.qualified())
    }
}

impl Dashboard {
    /// Every index of a database with its use, also on other databases (`across`: ids separated by commas), and what the
    /// checks say of them.
    ///
    /// # Errors
    /// For an unknown database, here or there.
    pub async fn indexes(&self, viewer: &Person, id: &DatabaseId, across: &str) -> Result<Reading<Indexes>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let (server, indexes, elsewhere) = futures::join!(
            readings.server(target, self.patience),
            readings.indexes(target, self.patience),
            self.elsewhere(across),
        );
        let elsewhere = elsewhere?;
        let judged = Judged { server: server.clone(), indexes: indexes.clone(), ..Judged::unasked(now()) };
        let verdicts = self.verdicts(id, &judged, &CHECKS);
        let Reading { taken_at, took, answer } = indexes;
        let answer = answer.map(|indexes| Indexes {
            rows: indexes
                .iter()
                .map(|index| IndexUse {
                    used_on: elsewhere.used.get(&index.qualified()).cloned().unwrap_or_default(),
                    index: index.clone(),
                })
                .collect(),
            counted: counted(&server),
            verdicts,
            notes: elsewhere.notes,
        });
        Ok(Reading { taken_at, took, answer })
    }

    /// Every user table and how it is read.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn table_reads(&self, viewer: &Person, id: &DatabaseId) -> Result<Reading<TableReads>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let (server, tables) =
            futures::join!(readings.server(target, self.patience), readings.tables(target, self.patience));
        let Reading { taken_at, took, answer } = tables;
        let counted = counted(&server);
        let answer = match counted.not() {
            Some(reason) => Err(Missing::new(Why::Setting, reason)),
            None => answer.map(|rows| TableReads { rows: Arc::unwrap_or_clone(rows), counted }),
        };
        Ok(Reading { taken_at, took, answer })
    }

    /// How much of the largest tables and btree indexes is empty, as far as it can be estimated.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn bloat(&self, viewer: &Person, id: &DatabaseId) -> Result<Reading<Vec<Bloat>>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let Reading { taken_at, took, answer } = readings.bloat(target, self.patience).await;
        let answer = answer.map(|packings| packings.iter().map(advisor::bloat).collect());
        Ok(Reading { taken_at, took, answer })
    }

    /// Which indexes the databases of `across` use.
    pub(crate) async fn elsewhere(&self, across: &str) -> Result<Elsewhere> {
        let ids = across.split(',').map(str::trim).filter(|id| !id.is_empty()).map(|id| DatabaseId(id.to_owned()));
        let asked: Result<Vec<_>> = ids.map(|id| self.target(&id).map(|asked| (id, asked))).collect();
        let answers = join_all(asked?.into_iter().map(|(id, (target, readings))| async move {
            let (server, indexes) =
                futures::join!(readings.server(target, self.patience), readings.indexes(target, self.patience));
            let answer = match counted(&server).not() {
                Some(reason) => Err(Missing::new(Why::Setting, reason)),
                None => indexes.answer,
            };
            (id, answer)
        }));
        let mut elsewhere = Elsewhere::default();
        for (id, answer) in answers.await {
            match answer {
                Ok(indexes) => {
                    for index in indexes.iter().filter(|index| index.scans > 0 || index.last_scan.is_some()) {
                        elsewhere.used.entry(index.qualified()).or_default().push(id.0.clone());
                    }
                }
                Err(missing) => {
                    elsewhere.unread = true;
                    elsewhere.notes.push(format!("Nobody knows what {id} uses: {missing}"));
                }
            }
        }
        Ok(elsewhere)
    }
}

/// Since when the use of a database's tables and indexes is counted, if it is.
pub(crate) fn counted(server: &Reading<Server>) -> Counted {
    let unmet = server.value().and_then(|server| Requirement::TrackCounts.unmet(server));
    let since = server.value().and_then(Server::counted_since);
    match (unmet, since) {
        (Some(unmet), _) => Counted::Not(unmet.to_string()),
        (None, Some(since)) => Counted::Since(since),
        (None, None) => Counted::Unknown,
    }
}
