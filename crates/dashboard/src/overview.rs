//! A database at a glance.

use std::{collections::HashMap, sync::Arc, time::Duration};

use advisor::{Readings as Judged, Workload, advice};
use model::{
    Connections, DatabaseId, Millis, Missing, Origin, Overview, Person, Reading, Report, Role, Statement,
    StatementTotal, Statements, Why,
};
use probe::Target;

use crate::{
    Dashboard, Error, Result, allow, now,
    readings::{FAST, Readings},
};

/// Slow statements whose texts are fetched for a report; the worst come first.
const TEXTS: usize = 100;

impl Dashboard {
    /// Every check's verdict on a database, and its vital figures. Viewers share what was judged, as they share readings.
    ///
    /// All subjects are asked at once; one that takes longer than the patience is a check that says so.
    ///
    /// # Errors
    /// For an unknown database.
    pub async fn overview(&self, viewer: &Person, id: &DatabaseId) -> Result<Arc<Overview>> {
        allow(viewer, Role::Viewer)?;
        let (_, readings) = self.target(id)?;
        let (dashboard, of) = (self.clone(), id.clone());
        let judge = || async move {
            let answer = dashboard.judged(&of).await.map(Arc::new);
            Reading {
                taken_at: now(),
                took: Millis(0.0),
                answer: answer.map_err(|why| Missing::new(Why::Failed, why.to_string())),
            }
        };
        // Each reading has the patience; together they have as long as it takes.
        let judged = readings.overview.get(FAST, Duration::MAX, judge).await;
        judged.answer.map_err(|missing| Error::Refused(missing.detail))
    }

    async fn judged(&self, id: &DatabaseId) -> Result<Overview> {
        let (target, readings) = self.target(id)?;
        let judged = self.read(target, id, readings).await;
        let now = now();
        let connections = judged.activity.value().map(|sessions| Connections::count(sessions));
        let connection_use = judged.connections.value().cloned();
        let server = judged.server.value().cloned();
        let report = Report {
            database: id.0.clone(),
            server_version: server.as_ref().map(|server| server.version.clone()),
            taken_at: judged.server.taken_at,
            verdicts: advisor::judge(&judged, &self.settings(id).thresholds, now),
        };
        let size = self.store.last_size(id).await.unwrap_or_else(|error| {
            tracing::error!(database = %id, "the last size is not known: {error}");
            None
        });
        Ok(Overview { report, server, connections, connection_use, size, now })
    }

    /// Everything the checks look at, asked at once.
    async fn read(&self, target: &Target, id: &DatabaseId, readings: &Readings) -> Judged {
        let patience = self.patience;
        let (
            server,
            activity,
            connections,
            replication,
            archiver,
            caches,
            vacuum,
            prepared,
            sequences,
            indexes,
            constraints,
            tables,
            bloat,
            extensions,
            foreign_keys,
            settings,
            statements,
        ) = futures::join!(
            readings.server(target, patience),
            readings.activity(target, patience),
            readings.connections(target, patience),
            readings.replication(target, patience),
            readings.archiver(target, patience),
            readings.caches(target, patience),
            readings.vacuum(target, patience),
            readings.prepared(target, patience),
            readings.sequences(target, patience),
            readings.indexes(target, patience),
            readings.constraints(target, patience),
            readings.tables(target, patience),
            readings.bloat(target, patience),
            readings.extensions(target, patience),
            readings.foreign_keys(target, patience),
            readings.settings(target, patience),
            readings.statements(target, patience),
        );
        let activity = self.shown_sessions(id, activity);
        let archiver = self.with_free_disk(id, readings, archiver).await;
        let statements = self.workload(target, id, statements).await;
        let named = statements.value().map(|workload| advice::tables(workload, &self.settings(id).thresholds));
        let relations = match named {
            Some(named) if named.is_empty() => Reading { taken_at: now(), took: Millis(0.0), answer: Ok(vec![]) },
            Some(named) => readings.relations(target, named, patience).await,
            None => unasked(&statements),
        };
        Judged {
            server,
            activity,
            connections,
            replication,
            archiver,
            caches,
            vacuum,
            prepared,
            sequences,
            indexes,
            constraints,
            tables,
            bloat,
            extensions,
            foreign_keys,
            settings,
            statements,
            relations,
        }
    }

    /// The statements that may be slow, with their texts; texts of the others nobody looks at.
    async fn workload(&self, target: &Target, id: &DatabaseId, reading: Reading<Arc<Statements>>) -> Reading<Workload> {
        let Reading { taken_at, took, answer } = reading;
        let answer = match answer {
            Ok(statements) => {
                let limits = &self.settings(id).thresholds;
                let slow = |row: &&Statement| {
                    let (calls, mean) = (row.counters.calls, row.counters.mean().0);
                    calls >= limits.slow_query_calls.min(limits.suggested_index_calls)
                        && mean >= limits.slow_query_ms.min(limits.suggested_index_ms)
                };
                let mut rows: Vec<&Statement> = statements.rows.iter().filter(slow).collect();
                // Without its store Heron still sees what is slow, if not whose it is and how it reads.
                let origins = self.origins(target, id, rows.iter().copied()).await;
                match origins {
                    Ok(origins) => rows.retain(|row| origins.origin(&row.key) == Origin::Application),
                    Err(error) => tracing::error!(database = %id, "own statements are not known: {error}"),
                }
                rows.sort_by(|a, b| b.counters.total_ms.0.total_cmp(&a.counters.total_ms.0));
                let queryids: Vec<String> = rows.iter().take(TEXTS).map(|row| row.key.queryid.clone()).collect();
                let texts = self.texts(target, id, &queryids).await.unwrap_or_else(|error| {
                    tracing::error!(database = %id, "texts are not known: {error}");
                    HashMap::new()
                });
                let total = |row: &Statement| StatementTotal {
                    query: texts.get(&row.key.queryid).cloned(),
                    key: row.key.clone(),
                    counters: row.counters,
                };
                Ok(Workload { since: statements.info.stats_reset, statements: rows.into_iter().map(total).collect() })
            }
            Err(missing) => Err(missing),
        };
        Reading { taken_at, took, answer }
    }
}

/// A reading that was not asked for because another one is missing.
fn unasked<A, B>(other: &Reading<A>) -> Reading<B> {
    let missing = match &other.answer {
        Err(missing) => missing.clone(),
        Ok(_) => Missing::new(Why::Failed, "was not asked for"),
    };
    Reading { taken_at: other.taken_at, took: other.took, answer: Err(missing) }
}
