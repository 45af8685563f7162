//! `heron analyze`: the planner's statistics of every table anew.

use model::{Action, Bytes, DatabaseId, QualifiedName, RelationKind, SpaceQuery};

use super::{House, PATIENCE, chosen, operator};
use crate::{
    cli::{Analyze, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Analyzes table by table; what fails does not stop the others. The first error decides the exit code.
///
/// # Errors
/// When the configuration makes no sense, names no such database, or the store does not open.
pub async fn run(analyze: Analyze) -> Result {
    let config = Config::load(&analyze.common, &Watching::ambient())?.watching_something()?;
    let ids = chosen(&config, &analyze.databases)?;
    let house = House::open(&config).await?;
    let least = Bytes((analyze.min_size_gb * f64::from(1 << 30)) as i64);
    let mut first = None;
    for id in ids {
        match of(&house, &id, least).await {
            Ok(Exit::Fine) => {}
            Ok(exit) => drop(first.get_or_insert(exit)),
            Err(error) => {
                eprintln!("heron: {id}: {error}");
                first.get_or_insert(error.exit());
            }
        }
    }
    house.close().await;
    Ok(first.unwrap_or(Exit::Fine))
}

async fn of(house: &House, id: &DatabaseId, least: Bytes) -> Result {
    let dashboard = house.dashboard.clone().with_patience(PATIENCE);
    if dashboard.maintenance(&operator(), id).await?.in_recovery == Some(true) {
        println!("{id}: a standby has the statistics of its primary");
        return Ok(Exit::Fine);
    }
    let each = SpaceQuery { each: true, days: 7, ..SpaceQuery::default() };
    let space = dashboard.space(&operator(), id, &each).await?.answer;
    let space = space.map_err(|missing| Error::Unreachable(missing.detail))?;
    let tables = space.occupants.into_iter().filter(|one| one.kind == RelationKind::Table);
    let mut exit = Exit::Fine;
    for table in tables.filter(|table| least.0 == 0 || table.main.is_some_and(|size| size > least)) {
        let name = QualifiedName::new(table.schema, table.name);
        let deed = dashboard.act(&operator(), id, Action::Analyze(name)).await?;
        if deed.done {
            println!("{id}: {}", deed.sentence);
        } else {
            eprintln!("heron: {id}: {}", deed.sentence);
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}
