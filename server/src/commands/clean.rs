//! `heron clean`: retention, by hand.

use model::{Count, Millis, Timestamp};

use super::House;
use crate::{
    cli::{Clean, Watching},
    config::Config,
    exit::{Exit, Result},
};

/// Deletes history older than is kept.
///
/// # Errors
/// When the store does not open or cannot be written.
pub async fn run(clean: Clean) -> Result {
    let config = Config::load(&clean.common, &Watching { keep: clean.keep, ..Watching::ambient() })?;
    let config = if clean.removed { config.watching_something()? } else { config };
    let house = House::open(&config).await?;
    let now: Timestamp = std::time::SystemTime::now().into();
    let captures = house.store.forget(now - Millis(config.keep.as_secs_f64() * 1000.0)).await?;
    if clean.removed {
        for id in house.store.watched().await? {
            if config.databases.iter().all(|(known, _)| *known != id) {
                house.store.forget_database(&id).await?;
                println!("deleted the history of {id}");
            }
        }
    }
    house.close().await;
    println!("deleted {}", Count(captures as i64).of("capture", "captures"));
    Ok(Exit::Fine)
}
