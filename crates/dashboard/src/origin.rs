//! Whose statement it is: the application's, Heron's own or the platform's.

use std::{
    collections::{HashMap, HashSet},
    sync::PoisonError,
};

use model::{DatabaseId, Noise, Origin, Ratio, Statement, StatementKey, Statements, is_platform_role};
use probe::Target;

use crate::{Dashboard, Result};

/// Texts fetched at once to recognize Heron's statements by, where its role is the application's too.
const TEXTS: usize = 1_000;

/// Statements remembered per database; beyond that all are looked at again.
const KNOWN: usize = 50_000;

/// What is known of a database's statements.
pub(crate) struct Origins<'a> {
    role: &'a str,
    own: HashSet<String>,
}

impl Origins<'_> {
    /// Whose statement it is.
    pub(crate) fn origin(&self, key: &StatementKey) -> Origin {
        match () {
            () if key.role == self.role && self.own.contains(&key.queryid) => Origin::Heron,
            () if is_platform_role(&key.role) => Origin::Platform,
            () => Origin::Application,
        }
    }

    /// How much of the time of all is not the application's.
    pub(crate) fn noise(&self, statements: &Statements) -> Noise {
        let (mut count, mut heron, mut platform, mut total) = (0, 0.0, 0.0, 0.0);
        for Statement { key, counters, .. } in &statements.rows {
            total += counters.total_ms.0;
            match self.origin(key) {
                Origin::Application => continue,
                Origin::Heron => heron += counters.total_ms.0,
                Origin::Platform => platform += counters.total_ms.0,
            }
            count += 1;
        }
        let share = |part: f64| Ratio::of(part, total).unwrap_or_default();
        Noise { statements: count, heron: share(heron), platform: share(platform) }
    }
}

impl Dashboard {
    /// Learns which of these statements are Heron's own. Only texts of its own role are looked at, each once; of more than a
    /// thousand unknown ones those that took most time come first.
    pub(crate) async fn origins<'a, 's>(
        &self,
        target: &'a Target,
        id: &DatabaseId,
        rows: impl Iterator<Item = &'s Statement>,
    ) -> Result<Origins<'a>> {
        let (_, readings) = self.target(id)?;
        let mut candidates: HashMap<&str, f64> = HashMap::new();
        for row in rows.filter(|row| row.key.role == target.role()) {
            *candidates.entry(&row.key.queryid).or_default() += row.counters.total_ms.0;
        }
        let mut unknown: Vec<(&str, f64)> = {
            let known = readings.own.lock().unwrap_or_else(PoisonError::into_inner);
            candidates.iter().filter(|(queryid, _)| !known.contains_key(**queryid)).map(|(id, ms)| (*id, *ms)).collect()
        };
        unknown.sort_by(|a, b| b.1.total_cmp(&a.1));
        let unknown: Vec<String> = unknown.into_iter().take(TEXTS).map(|(queryid, _)| queryid.to_owned()).collect();
        let texts = if unknown.is_empty() { HashMap::new() } else { self.raw_texts(target, id, &unknown).await? };
        let mut known = readings.own.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > KNOWN {
            known.clear();
        }
        known.extend(texts.into_iter().map(|(queryid, text)| (queryid, probe::is_own(&text))));
        let own = candidates.into_keys().filter(|queryid| known.get(*queryid) == Some(&true)).map(str::to_owned);
        Ok(Origins { role: target.role(), own: own.collect() })
    }
}
