//! The command line. Each setting is documented here once; `heron help COMMAND` prints it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use app::BasePath;
use clap::{Args, Parser, Subcommand, ValueEnum};
use model::{Role, Severity, StatementSort, Timestamp};

/// Heron watches PostgreSQL: what is wrong, what is slow, what changed, and what to do.
#[derive(Debug, Parser)]
#[command(name = "heron", version, max_term_width = 110, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 fine, 1 findings at or above --fail-on, 2 usage, 3 could not connect.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the web page and capture history.
    Serve(Serve),
    /// Report on one database in the terminal or a pipeline.
    Check(Check),
    /// Capture history without serving.
    Capture(Capture),
    /// Show the statements of a stretch of history.
    Top(Top),
    /// Print every statement Heron may send to a watched database, and every action people can take, with the privileges each needs.
    Catalogue(Catalogue),
    /// Print the SQL that makes a role with no more privileges than Heron needs.
    Grants(Grants),
    /// Manage accounts.
    User(User),
    /// Gather the planner's statistics of every table anew, one table after the other; on standbys of none.
    Analyze(Analyze),
    /// Print the indexes that the statements of a database ask for, as SQL.
    Autoindex(AutoIndex),
    /// Bring PgHero's history over: once, or again to bring what came since.
    #[command(name = "import-pghero")]
    ImportPgHero(ImportPgHero),
    /// Print the configuration that is in force, as heron.toml and without its secrets.
    Config(ShowConfig),
    /// Delete history older than is kept.
    Clean(Clean),
}

/// Where settings and history are.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Configuration file: heron.toml, or PgHero's pghero.yml as it is. One of these names is read if it is here.
    #[arg(long, env = "HERON_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where Heron keeps its history and accounts: sqlite://FILE, postgres://… or mysql://… [default: sqlite://heron.db]
    #[arg(long, env = "HERON_STORE", value_name = "URL", hide_env_values = true)]
    pub store: Option<String>,
}

/// What is watched and how history is written.
#[derive(Debug, Clone, Default, Args)]
pub struct Watching {
    /// Time between captures, as 60s or 5m. [default: 60s]
    #[arg(long, env = "HERON_CAPTURE_INTERVAL", value_name = "SPAN", value_parser = span)]
    pub capture_interval: Option<Duration>,
    /// How long history is kept, as 14d. [default: 14d]
    #[arg(long, env = "HERON_KEEP", value_name = "SPAN", value_parser = span)]
    pub keep: Option<Duration>,
    /// Databases to watch besides those of the configuration file, as postgres://role:password@host/name.
    #[arg(env = "DATABASE_URL", value_name = "DATABASE_URL", hide_env_values = true, value_delimiter = ' ')]
    pub urls: Vec<String>,
}

/// Where people find Heron.
#[derive(Debug, Clone, Default, Args)]
pub struct Reach {
    /// Address to listen on. [default: 127.0.0.1:3100]
    #[arg(long, env = "HERON_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// The address people use, as https://heron.example.org: for links, and so that cookies are sent over TLS only.
    #[arg(long, env = "HERON_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The path under which a proxy shows Heron, as /heron; whether the proxy keeps it or takes it away does not matter.
    /// [default: the path of --public-url]
    #[arg(long, env = "HERON_BASE_PATH", value_name = "PATH")]
    pub base_path: Option<BasePath>,
}

/// `heron serve`
#[derive(Debug, Clone, Default, Args)]
pub struct Serve {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap prints the doc comment of a flattened group as if it were the command's")]
    pub common: Common,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub reach: Reach,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub watching: Watching,
}

/// `heron config`
#[derive(Debug, Clone, Default, Args)]
pub struct ShowConfig {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub serve: Serve,
}

/// `heron analyze`
#[derive(Debug, Clone, Args)]
pub struct Analyze {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// Only tables that are larger than this.
    #[arg(long, value_name = "GB", default_value_t = 0.0)]
    pub min_size_gb: f64,
    /// The databases' ids. [default: all]
    #[arg(value_name = "DATABASE")]
    pub databases: Vec<String>,
}

/// `heron autoindex`
#[derive(Debug, Clone, Args)]
pub struct AutoIndex {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// The databases' ids, or their URLs, as postgres://role:password@host/name. [default: all that are configured]
    #[arg(value_name = "DATABASE")]
    pub databases: Vec<String>,
}

impl Watching {
    /// The databases of the environment, for commands whose arguments are ids.
    pub fn ambient() -> Self {
        let urls = std::env::var("DATABASE_URL").unwrap_or_default();
        Self { urls: urls.split(' ').filter(|url| !url.is_empty()).map(str::to_owned).collect(), ..Self::default() }
    }
}

/// `heron import-pghero`
#[derive(Debug, Clone, Args)]
pub struct ImportPgHero {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// Which of Heron's databases each of PgHero's is, as primary=shop,other=blog; with nothing behind the = it is left
    /// out. [default: the one of the same name, or the only one]
    #[arg(long, value_name = "FROM=INTO", value_delimiter = ',', value_parser = pair)]
    pub databases: Vec<(String, String)>,
    /// How much history to bring, as 90d. [default: what the configuration says, else 14d]
    #[arg(long, env = "HERON_KEEP", value_name = "SPAN", value_parser = span)]
    pub keep: Option<Duration>,
    /// The database that has PgHero's tables. [default: stats_database_url of pghero.yml or PGHERO_STATS_DATABASE_URL]
    #[arg(value_name = "SOURCE_URL")]
    pub source: Option<String>,
}

/// `heron capture`
#[derive(Debug, Clone, Default, Args)]
pub struct Capture {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// Capture every database once and stop; for a scheduler of your own.
    #[arg(long)]
    pub once: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub watching: Watching,
}

/// `heron check`
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// How to print the report.
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// Exit with 1 if something at least this bad is found: info, warning or critical.
    #[arg(long, value_name = "SEVERITY", default_value = "warning")]
    pub fail_on: Severity,
    /// Configuration file, for the thresholds.
    #[arg(long, env = "HERON_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database, as postgres://role:password@host/name.
    #[arg(env = "DATABASE_URL", value_name = "DATABASE_URL", hide_env_values = true)]
    pub url: String,
}

/// `heron top`
#[derive(Debug, Clone, Args)]
pub struct Top {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// The stretch that ends now, as 1h or 7d.
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "1h", conflicts_with_all = ["from", "to"])]
    pub last: Duration,
    /// Its beginning, as 2026-11-22T03:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "to")]
    pub from: Option<Timestamp>,
    /// Its end.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "from")]
    pub to: Option<Timestamp>,
    /// The ranking: time, calls, mean or rows.
    #[arg(long, default_value = "time")]
    pub sort: StatementSort,
    /// Also Heron's own statements and those of the platform the server runs on.
    #[arg(long)]
    pub own: bool,
    /// How many statements.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// How to print them.
    #[arg(long, default_value = "text")]
    pub format: Format,
    /// The database's id, as in the page's address.
    #[arg(value_name = "DATABASE")]
    pub database: String,
}

/// `heron catalogue`
#[derive(Debug, Clone, Args)]
pub struct Catalogue {
    /// How to print it.
    #[arg(long, default_value = "text")]
    pub format: CatalogueFormat,
    /// Print only the actions people can take; in JSON, instead of the questions.
    #[arg(long)]
    pub actions: bool,
    /// Print instead what each check needs, as a table in Markdown.
    #[arg(long, conflicts_with_all = ["actions", "format"])]
    pub checks: bool,
}

/// `heron grants`
#[derive(Debug, Clone, Args)]
pub struct Grants {
    /// The role's name.
    #[arg(long, default_value = "heron", value_name = "NAME")]
    pub role: String,
    /// Also what the role needs for the actions people can take, as ending a session.
    #[arg(long)]
    pub actions: bool,
}

/// `heron clean`
#[derive(Debug, Clone, Args)]
pub struct Clean {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    /// How much history to keep, as 14d. [default: what the configuration says, else 14d]
    #[arg(long, env = "HERON_KEEP", value_name = "SPAN", value_parser = span)]
    pub keep: Option<Duration>,
    /// Also delete all history of databases that the configuration does not name any more.
    #[arg(long)]
    pub removed: bool,
}

/// `heron user`
#[derive(Debug, Clone, Args)]
pub struct User {
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub common: Common,
    #[command(flatten)]
    #[expect(missing_docs, reason = "as above")]
    pub reach: Reach,
    /// What to do.
    #[command(subcommand)]
    pub action: UserAction,
}

/// What `heron user` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum UserAction {
    /// Make an account and print a one-time link to set its password.
    Add {
        /// The name to sign in with.
        name: String,
        /// viewer, operator or administrator.
        #[arg(long, default_value = "viewer")]
        role: Role,
    },
    /// List the accounts.
    List,
    /// Print a one-time link to set an account's password.
    Passwd {
        /// The account.
        name: String,
    },
    /// Give an account another role.
    Role {
        /// The account.
        name: String,
        /// viewer, operator or administrator.
        role: Role,
    },
    /// Remove an account; whoever uses it is signed out.
    Remove {
        /// The account.
        name: String,
    },
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// How the catalogue is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CatalogueFormat {
    /// For people.
    Text,
    /// Statements with their headers as comments.
    Sql,
    /// A JSON array.
    Json,
}

fn span(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(span) if span >= Duration::from_secs(1) => Ok(span),
        Ok(_) => Err("must be at least one second".into()),
        Err(error) => Err(format!("{error}: use 60s, 5m, 24h or 14d")),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').map(|(from, into)| (from.to_owned(), into.to_owned()));
    pair.ok_or_else(|| "use PGHERO_ID=HERON_ID".into())
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "use RFC 3339, as 2026-11-22T03:00:00Z".into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
