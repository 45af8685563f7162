//! Heron watches PostgreSQL.

// As in `app`.
#![recursion_limit = "256"]

use std::io::IsTerminal;

use clap::Parser;
use server::{
    cli::{Cli, Command},
    commands,
    exit::Exit,
};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Exit {
    let cli = Cli::parse();
    let log = EnvFilter::try_from_env("HERON_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(log).with_ansi(colours).with_writer(std::io::stderr).init();
    let done = match cli.command {
        Command::Serve(serve) => commands::serve::run(serve).await,
        Command::Check(check) => commands::check::run(check).await,
        Command::Capture(capture) => commands::capture::run(capture).await,
        Command::Top(top) => commands::top::run(top).await,
        Command::Catalogue(catalogue) => commands::catalogue::run(&catalogue),
        Command::Grants(grants) => commands::grants::run(&grants),
        Command::User(user) => commands::user::run(user).await,
        Command::Analyze(analyze) => commands::analyze::run(analyze).await,
        Command::Autoindex(autoindex) => commands::autoindex::run(autoindex).await,
        Command::ImportPgHero(import) => commands::import_pghero::run(import).await,
        Command::Config(show) => commands::config::run(&show),
        Command::Clean(clean) => commands::clean::run(clean).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("heron: {error}");
        error.exit()
    })
}
