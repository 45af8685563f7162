//! Heron as a browser and a terminal meet it, one subject a module; one program, so that the site is linked once.
#![allow(clippy::unwrap_used, reason = "tests")]

mod actions;
mod autoindex;
mod base_path;
mod cli;
mod config;
mod docs;
mod explain;
mod filter_data;
mod findings;
mod hardship;
mod hostile;
mod import;
mod kill;
mod large;
mod listing;
mod locks;
mod maintenance;
mod moved;
mod pages;
mod people;
mod pghero;
mod politeness;
mod program;
mod requirements;
mod standby;
mod statements;
mod storage;
mod support;
mod system;
mod tasks;
mod tune;
