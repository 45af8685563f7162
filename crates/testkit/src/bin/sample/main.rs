//! A throw-away PostgreSQL with a lively workload, for as long as a command runs on it.
//!
//! ```text
//! sample [--major 16] [--port N] [-- COMMAND…]
//! ```
//!
//! The command gets two more arguments: the URLs of the databases `shop` and `library`, of a role that may look, cancel, end
//! and reset, and write nothing. Without a command the URLs are printed. Ctrl-C, SIGTERM and the command's end stop everything.

mod load;

use std::{
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use dataset::{Database, Kind};
use testkit::Postgres;
use tokio::{
    process::{Child, Command},
    signal::unix::{Signal, SignalKind, signal},
};

const USAGE: &str = "usage: sample [--major 16] [--port N] [-- COMMAND…]";

struct Arguments {
    major: u16,
    port: u16,
    command: Vec<String>,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments { major: 16, port: 0, command: Vec::new() };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut number =
            || given.next().and_then(|value| value.parse().ok()).ok_or(format!("{argument} needs a number"));
        match argument.as_str() {
            "--major" => found.major = number()?,
            "--port" => found.port = number()?,
            "--" => found.command = given.by_ref().collect(),
            _ => return Err(format!("what is {argument}?")),
        }
    }
    Ok(found)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("sample: {problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("sample: {error}");
            return ExitCode::FAILURE;
        }
    };
    eprintln!("Starting a throw-away PostgreSQL {} with a sample workload …", arguments.major);
    // Test servers are fast and unsafe; this one is looked at.
    let settings = [
        ("autovacuum_naptime", "20s"),
        ("log_min_error_statement", "panic"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
    ];
    let server = Postgres::start_own_at(arguments.major, arguments.port, &settings);
    let urls = tokio::select! {
        urls = prepare(&server) => urls,
        _ = signals.next() => return ExitCode::from(130),
    };
    let Urls { watch, shop, library } = match urls {
        Ok(urls) => urls,
        Err(error) => {
            eprintln!("sample: the sample databases cannot be made: {error}");
            return ExitCode::FAILURE;
        }
    };
    let _work = load::start(&shop, &library);

    let Some((program, rest)) = arguments.command.split_first() else {
        println!("{}", watch.join("\n"));
        eprintln!("Ctrl-C ends it.");
        signals.next().await;
        return ExitCode::SUCCESS;
    };
    // A group of its own, so that Ctrl-C reaches the command once: through us.
    let child = Command::new(program).args(rest).args(&watch).process_group(0).kill_on_drop(true).spawn();
    match child {
        Ok(child) => attend(child, &mut signals).await,
        Err(error) => {
            eprintln!("sample: {program}: {error}");
            ExitCode::from(127)
        }
    }
}

/// Waits for the command, and hands it the signals that are meant for it.
async fn attend(mut child: Child, signals: &mut Signals) -> ExitCode {
    loop {
        tokio::select! {
            status = child.wait() => return status.map_or(ExitCode::FAILURE, code),
            name = signals.next() => if let Some(pid) = child.id() {
                let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().await;
                if !sent.is_ok_and(|status| status.success()) {
                    return ExitCode::FAILURE;
                }
            },
        }
    }
}

fn code(status: ExitStatus) -> ExitCode {
    let number = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(number).unwrap_or(1))
}

/// What ends us.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "INT",
            _ = self.terminate.recv() => "TERM",
            _ = self.hangup.recv() => "HUP",
        }
    }
}

struct Urls {
    /// For whoever watches: `shop` and `library`.
    watch: [String; 2],
    /// For the workload.
    shop: String,
    library: String,
}

/// Makes the two databases, with everything that is wrong with them.
async fn prepare(server: &Postgres) -> dataset::Result<Urls> {
    let owner = server.role_named("shopkeeper", "").await;
    let watcher = server.role_named("heron", "IN ROLE pg_monitor, pg_read_all_data, pg_signal_backend").await;
    for (name, owned) in
        [("shop", "ALTER DATABASE shop OWNER TO shopkeeper"), ("library", "ALTER DATABASE library OWNER TO shopkeeper")]
    {
        let database = server.database_named(name).await;
        let admin = database.connect().await;
        admin.execute("CREATE EXTENSION pg_stat_statements", []).await?;
        admin.execute("GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO heron", []).await?;
        admin.execute(owned, []).await?;
        admin.close().await;
    }
    let (shop, library) = (owner.url("shop"), owner.url("library"));

    let db = Database::connect(&shop).await?;
    db.execute_script(include_str!("shop.sql")).await?;
    db.execute_script(include_str!("flaws.sql")).await?;
    // This one fails because of the addresses that occur twice, and leaves an invalid index behind.
    match db.execute("CREATE UNIQUE INDEX CONCURRENTLY customers_email ON customers (email)", []).await {
        Err(error) if error.kind() != Kind::Unique => return Err(error),
        _ => {}
    }
    db.execute("ANALYZE", []).await?;
    db.close().await;
    let db = Database::connect(&library).await?;
    db.execute_script(include_str!("library.sql")).await?;
    db.execute("VACUUM ANALYZE", []).await?;
    db.close().await;

    // What it took to get here is nobody's workload.
    let admin = server.connect().await;
    admin.execute("CREATE EXTENSION pg_stat_statements", []).await?;
    admin.fetch("SELECT pg_stat_statements_reset()::text", []).rows().await?;
    admin.close().await;
    Ok(Urls { watch: [watcher.url("shop"), watcher.url("library")], shop, library })
}
