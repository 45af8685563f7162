//! Live statements: what `pg_stat_statements` says now.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use model::{
    DatabaseId, Millis, Origin, Person, Ratio, Reading, Role, Statement, StatementList, StatementQuery, StatementRow,
    StatementSort, Statements, StatementsInfo, Window,
};
use probe::Target;

use crate::{Dashboard, Result, allow, now, origin::Origins, to_its_end};

/// Rows on one page of the list.
const PER_PAGE: usize = 50;

impl Dashboard {
    /// One page of the statements, live or of a window.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn statements(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        query: &StatementQuery,
    ) -> Result<Reading<StatementList>> {
        allow(viewer, Role::Viewer)?;
        let (target, _) = self.target(id)?;
        let Reading { taken_at, took, answer } = self.ran(id, query.window).await?;
        let answer = match answer {
            Ok(statements) => Ok(self.list(target, id, &statements, query).await?),
            Err(missing) => Err(missing),
        };
        Ok(Reading { taken_at, took, answer })
    }

    /// All statements a query finds, ranked, with the texts that are known: for a file, not for a page.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn all_statements(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        query: &StatementQuery,
    ) -> Result<Reading<Vec<StatementRow>>> {
        allow(viewer, Role::Viewer)?;
        let (target, _) = self.target(id)?;
        let Reading { taken_at, took, answer } = self.ran(id, query.window).await?;
        let answer = match answer {
            Ok(statements) => {
                let origins = self.origins(target, id, statements.rows.iter()).await?;
                let rows = self.ranked(target, id, &statements, query, &origins).await?;
                Ok(self.with_texts(target, id, &rows, total(&statements), &origins).await?)
            }
            Err(missing) => Err(missing),
        };
        Ok(Reading { taken_at, took, answer })
    }

    /// What the statements did: within a window as the store has it, else as the server says now.
    async fn ran(&self, id: &DatabaseId, window: Option<Window>) -> Result<Reading<Arc<Statements>>> {
        let (target, readings) = self.target(id)?;
        let Some(window) = window else { return Ok(readings.statements(target, self.patience).await) };
        let now = now();
        let (from, to) = window.bounds(now);
        let (store, id) = (self.store.clone(), id.clone());
        let rows = to_its_end(async move { store.statements(&id, from, to).await }).await?;
        let info = StatementsInfo { dealloc: 0, stats_reset: Some(from) };
        Ok(Reading { taken_at: now, took: Millis(0.0), answer: Ok(Statements { rows, info }.into()) })
    }

    /// One statement by its queryid: a row for each role that ran it, most time first.
    ///
    /// # Errors
    /// For an unknown database, or when the store cannot be read.
    pub async fn statement(
        &self,
        viewer: &Person,
        id: &DatabaseId,
        queryid: &str,
    ) -> Result<Reading<Vec<StatementRow>>> {
        allow(viewer, Role::Viewer)?;
        let (target, readings) = self.target(id)?;
        let Reading { taken_at, took, answer } = readings.statements(target, self.patience).await;
        let answer = match answer {
            Ok(statements) => {
                let mut rows: Vec<&Statement> =
                    statements.rows.iter().filter(|row| row.key.queryid == queryid).collect();
                rows.sort_by(|a, b| b.counters.total_ms.0.total_cmp(&a.counters.total_ms.0));
                let texts = self.texts(target, id, &[queryid.to_owned()]).await?;
                let origins = self.origins(target, id, rows.iter().copied()).await?;
                Ok(rows.into_iter().map(|row| shown(row, total(&statements), &texts, &origins)).collect())
            }
            Err(missing) => Err(missing),
        };
        Ok(Reading { taken_at, took, answer })
    }

    async fn list(
        &self,
        target: &Target,
        id: &DatabaseId,
        statements: &Statements,
        query: &StatementQuery,
    ) -> Result<StatementList> {
        let origins = self.origins(target, id, statements.rows.iter()).await?;
        let rows = self.ranked(target, id, statements, query, &origins).await?;
        let pages = rows.len().div_ceil(PER_PAGE).max(1);
        let page = (query.page.max(1) as usize).min(pages);
        let on_page: Vec<&Statement> = rows.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE).copied().collect();
        let total = total(statements);
        Ok(StatementList {
            found: rows.len() as u32,
            rows: self.with_texts(target, id, &on_page, total, &origins).await?,
            noise: origins.noise(statements),
            page: page as u32,
            pages: pages as u32,
            total_ms: total,
            since: statements.info.stats_reset,
            dealloc: statements.info.dealloc,
        })
    }

    /// The statements a query finds, in its order.
    async fn ranked<'a>(
        &self,
        target: &Target,
        id: &DatabaseId,
        statements: &'a Statements,
        query: &StatementQuery,
        origins: &Origins<'_>,
    ) -> Result<Vec<&'a Statement>> {
        let search = query.search.trim();
        let wanted: Option<HashSet<String>> = match search {
            "" => None,
            needle => Some(self.search(target, id, statements, needle).await?),
        };
        let mut rows: Vec<&Statement> = statements
            .rows
            .iter()
            .filter(|row| query.own || origins.origin(&row.key) == Origin::Application)
            .filter(|row| query.role.is_empty() || row.key.role == query.role)
            .filter(|row| row.counters.calls >= query.min_calls)
            .filter(|row| row.counters.mean().0 >= query.min_mean_ms as f64)
            .filter(|row| wanted.as_ref().is_none_or(|wanted| wanted.contains(&row.key.queryid)))
            .collect();
        // The key breaks ties, so that paging neither repeats nor loses a row.
        rows.sort_by(|a, b| rank(b, query.sort).total_cmp(&rank(a, query.sort)).then_with(|| a.key.cmp(&b.key)));
        if query.ascending {
            rows.reverse();
        }
        Ok(rows)
    }

    async fn with_texts(
        &self,
        target: &Target,
        id: &DatabaseId,
        rows: &[&Statement],
        total: Millis,
        origins: &Origins<'_>,
    ) -> Result<Vec<StatementRow>> {
        let queryids: Vec<String> = rows.iter().map(|row| row.key.queryid.clone()).collect();
        let texts = self.texts(target, id, &queryids).await?;
        Ok(rows.iter().map(|row| shown(row, total, &texts, origins)).collect())
    }

    /// Texts by queryid, as people may see them.
    pub(crate) async fn texts(
        &self,
        target: &Target,
        id: &DatabaseId,
        queryids: &[String],
    ) -> Result<HashMap<String, String>> {
        let mut texts = self.raw_texts(target, id, queryids).await?;
        for text in texts.values_mut() {
            *text = self.shown(id, text);
        }
        Ok(texts)
    }

    /// Texts by queryid: from the store, and only those it lacks from the server; literals removed.
    pub(crate) async fn raw_texts(
        &self,
        target: &Target,
        id: &DatabaseId,
        queryids: &[String],
    ) -> Result<HashMap<String, String>> {
        let mut texts: HashMap<String, String> = self.store.texts(id, queryids).await?.into_iter().collect();
        let missing: Vec<String> = queryids.iter().filter(|id| !texts.contains_key(*id)).cloned().collect();
        if !missing.is_empty() {
            let (_, readings) = self.target(id)?;
            let found = readings.texts(target, &self.store, missing, self.patience).await;
            texts.extend(found.into_iter().filter_map(|(queryid, text)| Some((queryid, text?))));
        }
        Ok(texts)
    }

    /// The queryids of statements whose text contains `needle`, whatever its case.
    async fn search(
        &self,
        target: &Target,
        id: &DatabaseId,
        statements: &Statements,
        needle: &str,
    ) -> Result<HashSet<String>> {
        let queryids: HashSet<&String> = statements.rows.iter().map(|row| &row.key.queryid).collect();
        let queryids: Vec<String> = queryids.into_iter().cloned().collect();
        let texts = self.texts(target, id, &queryids).await?;
        let needle = needle.to_lowercase();
        Ok(texts.into_iter().filter(|(_, text)| text.to_lowercase().contains(&needle)).map(|(id, _)| id).collect())
    }
}

fn total(statements: &Statements) -> Millis {
    Millis(statements.rows.iter().map(|row| row.counters.total_ms.0).sum())
}

fn rank(statement: &Statement, sort: StatementSort) -> f64 {
    match sort {
        StatementSort::Time => statement.counters.total_ms.0,
        StatementSort::Mean => statement.counters.mean().0,
        StatementSort::Calls => statement.counters.calls as f64,
        StatementSort::Rows => statement.counters.rows as f64,
    }
}

fn shown(statement: &Statement, total: Millis, texts: &HashMap<String, String>, origins: &Origins<'_>) -> StatementRow {
    StatementRow {
        key: statement.key.clone(),
        counters: statement.counters,
        share: Ratio::of(statement.counters.total_ms.0, total.0).unwrap_or_default(),
        origin: origins.origin(&statement.key),
        query: texts.get(&statement.key.queryid).cloned(),
    }
}
