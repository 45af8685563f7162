//! `heron config`: what is in force.

use super::print;
use crate::{
    cli::ShowConfig,
    config::Config,
    exit::{Exit, Result},
};

/// Prints the configuration that `heron serve` would run with.
///
/// # Errors
/// When it makes no sense, as `heron serve` would say.
pub fn run(show: &ShowConfig) -> Result {
    print(&Config::serve(&show.serve)?.shown());
    Ok(Exit::Fine)
}
