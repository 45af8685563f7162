//! The `heron` binary: it wires the libraries together and adds a command line, a configuration and HTTP.
//!
//! Start at [`commands`] for what it can do, at [`routes`] for what it serves, at [`config`] for what can be set.

// As in `app`.
#![recursion_limit = "256"]

pub mod cli;
pub mod commands;
pub mod config;
pub mod exit;
pub mod middleware;
pub mod routes;
pub mod site;
