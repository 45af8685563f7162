//! The command lines of README and docs do what they are printed for.

use std::path::{Path, PathBuf};

use crate::{
    program::{Done, Home, finished},
    support::free_port,
};
use testkit::{Postgres, TestDatabase, major};

/// What the texts write in the place of something that a test has, by what it is. Longer ones come first.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("postgres://…/the_database_with_pgheros_tables", "{pghero}"),
    ("postgres://pghero@stats/pghero", "{pghero}"),
    ("postgres://heron:…@db.example.org/shop", "{shop}"),
    ("postgres://heron@db/shop", "{shop}"),
    ("[DATABASE…]", "shop"),
    ("[--once]", "--once"),
    ("[--min-size-gb 1]", "--min-size-gb 1"),
    ("target/release/heron", "heron"),
];

/// Commands that are not run here, and why not.
const NOT_RUN: &[(&str, &str)] = &[
    ("make serve", "goes on until it is stopped; end2end starts it"),
    ("make test", "runs this test"),
    ("make build", "takes minutes; CI runs it"),
    ("make test-unit", "runs tests"),
    ("PG=16 make test-pg", "runs this test"),
    ("make test-e2e", "needs a browser; CI runs it"),
    ("make lint", "takes minutes; CI runs it"),
    ("cargo run -p app --features ssr --example gallery", "takes minutes; end2end runs it"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README.md, CONTRIBUTING.md and everything under docs.
fn texts() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut files = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    collect(&root().join("docs"), &mut files);
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    files.into_iter().map(read).collect()
}

/// The command lines of a text: of its blocks of shell, and `heron …` between backticks.
fn commands(text: &str) -> Vec<String> {
    let mut commands = vec![];
    let mut block: Option<bool> = None;
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            block = if block.is_some() { None } else { Some(matches!(language, "sh" | "bash" | "console")) };
            continue;
        }
        match block {
            Some(false) => {}
            Some(true) => {
                let line = line.trim_start_matches("$ ");
                let command = line.split("  #").next().unwrap_or_default().split(" # ").next().unwrap_or_default();
                commands.push(command.trim().to_owned());
            }
            None => {
                let between_backticks = line.split('`').skip(1).step_by(2);
                commands.extend(between_backticks.filter(|code| code.starts_with("heron ")).map(str::to_owned));
            }
        }
    }
    commands.retain(|command| !command.is_empty() && !command.starts_with('#'));
    commands
}

/// A folder where `shop` is configured and its history was captured, as the texts assume.
struct Reader {
    home: Home,
    shop: TestDatabase,
    pghero: TestDatabase,
}

impl Reader {
    async fn new(name: &str, file: impl FnOnce(&str, &str) -> String) -> Self {
        let server = Postgres::shared(major());
        let (shop, pghero) = (server.database_with_statements().await, pghero().await);
        let home = Home::new();
        home.write(name, &file(&shop.url, &pghero.url));
        let capture = home.run(&["capture", "--once"]);
        assert_eq!(capture.code, 0, "{capture:?}");
        Self { home, shop, pghero }
    }

    /// Runs a command line as a reader would; why it failed.
    async fn run(&self, line: &str) -> Result<(), String> {
        let mut line = line.to_owned();
        for (written, meant) in PLACEHOLDERS {
            line = line.replace(written, meant);
        }
        line = line.replace("{shop}", &self.shop.url).replace("{pghero}", &self.pghero.url);
        // A shell's redirection; the program's part is what stands before.
        let line = line.split(" > ").next().unwrap_or_default();
        let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
        if arguments.first() == Some(&"serve") {
            return self.serve(&arguments).await;
        }
        let Done { code, out, err } = finished(&mut self.home.command(&arguments));
        let expected = if arguments.first() == Some(&"check") { 0..=1 } else { 0..=0 };
        if expected.contains(&code) { Ok(()) } else { Err(format!("exit {code}\n{out}{err}")) }
    }

    async fn serve(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.home.command(arguments);
        command.env("HERON_LISTEN", format!("127.0.0.1:{}", free_port()));
        let mut heron = self.home.start_command(command);
        heron.says("Heron listens on").await;
        match heron.terminate().await {
            Some(0) => Ok(()),
            code => Err(format!("exit {code:?}\n{}", heron.everything())),
        }
    }
}

/// A database with PgHero's tables.
async fn pghero() -> TestDatabase {
    let database = Postgres::shared(major()).database().await;
    let db = database.connect().await;
    let sql = "CREATE TABLE pghero_queries (id bigserial PRIMARY KEY, query text);
         CREATE TABLE pghero_query_stats (id bigserial PRIMARY KEY, database text, \"user\" text, query_id bigint,
            query_hash bigint, total_time float, calls bigint, captured_at timestamp)";
    db.execute_script(sql).await.unwrap();
    db.close().await;
    database
}

#[tokio::test]
async fn every_documented_command_line_runs() {
    let toml = Reader::new("heron.toml", |shop, _| format!("[databases.shop]\nurl = \"{shop}\"\n")).await;
    let yaml = Reader::new("pghero.yml", |shop, pghero| {
        format!("databases:\n  shop:\n    url: {shop}\nstats_database_url: {pghero}\n")
    })
    .await;
    let (mut failed, mut run) = (vec![], 0);
    for (file, text) in texts() {
        let reader = if file.ends_with("from-pghero.md") { &yaml } else { &toml };
        for line in commands(&text) {
            let is_heron = ["heron ", "target/release/heron "].iter().any(|program| line.starts_with(program));
            if is_heron {
                run += 1;
                if let Err(why) = reader.run(&line).await {
                    failed.push(format!("{file}: {line}\n  {why}"));
                }
            } else if NOT_RUN.iter().all(|(known, _)| *known != line) {
                failed.push(format!("{file}: {line}\n  is not a command of heron: add it to NOT_RUN with the reason"));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(run >= 20, "only {run} command lines were found");
}

#[test]
fn every_make_target_in_the_docs_exists() {
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    for (command, _) in NOT_RUN {
        let Some((_, target)) = command.split_once("make ") else { continue };
        assert!(makefile.lines().any(|line| line.starts_with(&format!("{target}:"))), "{command}");
        assert!(texts().iter().any(|(_, text)| text.contains(command)), "{command} is in no text any more");
    }
}

#[test]
fn command_lines_are_found_in_blocks_and_between_backticks() {
    let text = "Run `heron check` or\n```sh\nheron serve   # goes on\n\n# nothing\n$ heron top shop\n```\n```toml\nheron = 1\n```\n`other`";
    assert_eq!(commands(text), ["heron check", "heron serve", "heron top shop"].map(str::to_owned)[..]);
}
