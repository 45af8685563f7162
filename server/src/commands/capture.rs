//! `heron capture`: captures without serving.

use super::{House, asked_to_stop, operator};
use crate::{
    cli::Capture,
    config::Config,
    exit::{Exit, Result},
};

/// Captures every database once, or until it is asked to stop.
///
/// # Errors
/// When the configuration makes no sense or the store does not open.
pub async fn run(capture: Capture) -> Result {
    let config = Config::load(&capture.common, &capture.watching)?.watching_something()?;
    let house = House::open(&config).await?;
    let exit = if capture.once {
        let mut exit = Exit::Fine;
        for id in house.dashboard.databases(&operator())? {
            match house.collector.capture(&id).await {
                Ok(Some(capture)) => println!("{id}: captured at {}", capture.taken_at),
                Ok(None) => println!("{id}: another process captures it"),
                // One database that fails does not keep the others from being captured.
                Err(error) => {
                    eprintln!("heron: {id}: {error}");
                    exit = Exit::Unreachable;
                }
            }
        }
        exit
    } else {
        tokio::select! { () = house.collector.clone().run() => {}, () = asked_to_stop() => {} }
        Exit::Fine
    };
    house.close().await;
    Ok(exit)
}
