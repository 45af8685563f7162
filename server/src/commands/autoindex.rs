//! `heron autoindex`: the indexes that the statements of a database ask for.

use model::{Check, Outcome};

use super::{House, PATIENCE, chosen, operator, print};
use crate::{
    cli::{AutoIndex, Watching},
    config::Config,
    exit::{Exit, Result},
};

/// Prints the suggested indexes as SQL. It creates none: whoever reads them does.
///
/// # Errors
/// When the configuration makes no sense, names no such database, or the store does not open.
pub async fn run(autoindex: AutoIndex) -> Result {
    let config = Config::load(&autoindex.common, &Watching::ambient())?.watching_something()?;
    let ids = chosen(&config, &autoindex.databases)?;
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
