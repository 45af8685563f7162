//! `heron autoindex`: the indexes that the statements of a database ask for.

use model::{Check, DatabaseId, Outcome};

use super::{House, PATIENCE, chosen, operator, print};
use crate::{
    cli::{AutoIndex, Common, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Prints the suggested indexes as SQL. It creates none.
///
/// # Errors
/// When the configuration makes no sense, names no such database, or the store does not open.
pub async fn run(autoindex: AutoIndex) -> Result {
    let (config, ids) = databases(autoindex)?;
    let house = House::open(&config).await?;
    let dashboard = house.dashboard.clone().with_patience(PATIENCE);
    let mut first = None;
    for id in ids {
        let report = match dashboard.overview(&operator(), &id).await {
            Ok(overview) => overview.report.clone(),
            Err(error) => {
                let error = crate::exit::Error::from(error);
                eprintln!("heron: {id}: {error}");
                first.get_or_insert(error.exit());
                continue;
            }
        };
        for verdict in report.verdicts.iter().filter(|verdict| verdict.check == Check::SuggestedIndex) {
            if let Outcome::NotRun(why) = &verdict.outcome {
                eprintln!("heron: {id}: {why}");
                first.get_or_insert(Exit::Unreachable);
            }
            for finding in verdict.findings() {
                if let Some(remedy) = &finding.remedy {
                    print(&format!("-- {id}: {}\n{}", finding.title.replace('\n', " "), remedy.sql));
                }
            }
        }
    }
    house.close().await;
    Ok(first.unwrap_or(Exit::Fine))
}

/// The databases to look at: by id of the configuration, or by URL. Without any, all that are configured.
fn databases(autoindex: AutoIndex) -> std::result::Result<(Config, Vec<DatabaseId>), Error> {
    let is_url = |text: &String| ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    let (urls, ids): (Vec<String>, Vec<String>) = autoindex.databases.into_iter().partition(is_url);
    if urls.is_empty() {
        let config = Config::load(&autoindex.common, &Watching::ambient())?.watching_something()?;
        let ids = chosen(&config, &ids)?;
        return Ok((config, ids));
    }
    // What is asked of a URL needs no history, and leaves no store behind.
    let store = autoindex.common.store.clone().or_else(|| Some("sqlite::memory:".into()));
    let common = if ids.is_empty() { Common { store, ..autoindex.common } } else { autoindex.common };
    let config = Config::load(&common, &Watching { urls: urls.clone(), ..Watching::default() })?;
    let named = if ids.is_empty() { vec![] } else { chosen(&config, &ids)? };
    // URLs come after the databases of the file.
    let by_url = urls.iter().filter_map(|url| config.databases.iter().rev().find(|(_, known)| known == url));
    let by_url: Vec<DatabaseId> = by_url.map(|(id, _)| id.clone()).collect();
    let ids = named.into_iter().chain(by_url).collect();
    Ok((config, ids))
}
