//! `heron import-pghero`: PgHero's history becomes Heron's.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, stderr},
};

use indicatif::{ProgressBar, ProgressStyle};
use model::{Count, DatabaseId, Millis, Timestamp};
use store::{ImportError, Imported, PgHero, Route, Store};

use crate::{
    cli::{ImportPgHero, Watching},
    config::Config,
    exit::{Error, Exit, Result},
};

/// Brings the history of every database over. What fails for one does not stop the others.
///
/// # Errors
/// When the source cannot be read, or it is not clear which database is which.
pub async fn run(import: ImportPgHero) -> Result {
    let watching = Watching { keep: import.keep, ..Watching::ambient() };
    let config = Config::load(&import.common, &watching)?;
    let url = import.source.as_ref().or(config.pghero_history.as_ref()).ok_or_else(|| {
        let ways = "give its URL, or set stats_database_url in pghero.yml or PGHERO_STATS_DATABASE_URL";
        Error::Usage(format!("where PgHero keeps its history is not known: {ways}"))
    })?;
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::Usage("PgHero keeps its history in PostgreSQL: its URL begins with postgres://".into()));
    }
    let source = PgHero::open(url).await.map_err(failed)?;
    let store = Store::open(&config.store).await?;
    let done = bring(&source, &store, &config, &import).await;
    store.close().await;
    source.close().await;
    done
}

async fn bring(source: &PgHero, store: &Store, config: &Config, import: &ImportPgHero) -> Result {
    let theirs = source.databases().await.map_err(failed)?;
    let mut ours: Vec<DatabaseId> = config.databases.iter().map(|(id, _)| id.clone()).collect();
    for id in store.watched().await? {
        if !ours.contains(&id) {
            ours.push(id);
        }
    }
    let pairs = pairs(&theirs, &ours, &import.databases).map_err(Error::Usage)?;
    if pairs.is_empty() {
        println!("PgHero's tables are empty: there is nothing to bring over");
    }
    let now: Timestamp = std::time::SystemTime::now().into();
    let oldest = now - Millis(config.keep.as_secs_f64() * 1000.0);
    let mut first = None;
    for (from, into) in pairs {
        let routes = Routes { source, from, into: &into, oldest, now };
        if let Err(error) = routes.bring(store).await {
            eprintln!("heron: {from}: {error}");
            first.get_or_insert(error.exit());
        }
    }
    Ok(first.unwrap_or(Exit::Fine))
}

/// A database's two histories.
struct Routes<'a> {
    source: &'a PgHero,
    from: &'a str,
    into: &'a DatabaseId,
    oldest: Timestamp,
    now: Timestamp,
}

impl Routes<'_> {
    async fn bring(&self, store: &Store) -> Result<()> {
        let Some((begin, end)) = self.source.span(self.from).await.map_err(failed)? else { return Ok(()) };
        let route = Route { source: self.source, from: self.from, into: self.into, oldest: self.oldest };
        let progress = Progress::new(format!("{} -> {}", self.from, self.into), begin.max(self.oldest), end);
        let statements = store.import_statements(route, |so_far| progress.tell(so_far)).await.map_err(failed)?;
        // Sizes are kept longer than statements, unless everything is.
        let oldest = self.oldest.min(self.now - store::SIZES_KEPT);
        let sizes = store.import_sizes(Route { oldest, ..route }, |_| {}).await.map_err(failed)?;
        store.roll_up(self.into).await?;
        progress.end();
        self.say(statements, "of statements");
        self.say(sizes, "of sizes");
        if statements.nameless > 0 {
            let rows = count(statements.nameless).of("row", "rows");
            println!("  {rows} name no query hash and were left out: PgHero wrote them before it had one");
        }
        if begin < self.oldest {
            println!("  statements before {} were left out: --keep says how much history is kept", self.oldest);
        }
        Ok(())
    }

    fn say(&self, imported: Imported, what: &str) {
        let (rows, captures) =
            (count(imported.rows).of("row", "rows"), count(imported.captures).of("capture", "captures"));
        let until = imported.until.map_or_else(String::new, |until| format!(", up to {until}"));
        println!("{} -> {}: {rows} {what} in {captures}{until}", self.from, self.into);
    }
}

fn count(n: u64) -> Count {
    Count(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Which of Heron's databases each of PgHero's is: as it was said, else the one of the same name, else the only one.
fn pairs<'a>(
    theirs: &'a [String],
    ours: &[DatabaseId],
    said: &[(String, String)],
) -> Result<Vec<(&'a str, DatabaseId)>, String> {
    let said: BTreeMap<&str, &str> = said.iter().map(|(from, into)| (from.as_str(), into.as_str())).collect();
    if let Some(unknown) = said.keys().find(|from| !theirs.iter().any(|id| id == *from)) {
        return Err(format!("PgHero has no history of a database {unknown}: it has {}", theirs.join(", ")));
    }
    let names = || ours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut pairs: Vec<(&str, DatabaseId)> = Vec::new();
    for from in theirs {
        let into = match (said.get(from.as_str()), ours) {
            (Some(&""), _) => continue,
            (Some(&into), _) => match ours.iter().find(|id| id.0 == into) {
                Some(id) => id,
                None => return Err(format!("Heron watches no database {into}: it watches {}", names())),
            },
            (None, _) if ours.iter().any(|id| id.0 == *from) => {
                ours.iter().find(|id| id.0 == *from).unwrap_or(&ours[0])
            }
            (None, [only]) if theirs.len() == 1 => only,
            (None, []) => return Err("Heron watches no database yet: give --config, or set DATABASE_URL".into()),
            (None, _) => {
                return Err(format!(
                    "PgHero's database {from} is none of Heron's ({}): say which with --databases {from}=ID, or leave it \
                     out with --databases {from}=",
                    names()
                ));
            }
        };
        if pairs.iter().any(|(_, taken)| taken == into) {
            return Err(format!("two of PgHero's databases cannot both become {into}"));
        }
        pairs.push((from, into.clone()));
    }
    Ok(pairs)
}

fn failed(error: ImportError) -> Error {
    match error {
        ImportError::Store(error) => error.into(),
        ImportError::Source(_) => Error::Unreachable(error.to_string()),
        ImportError::NoHistory | ImportError::NotPgHeros(_) => Error::Usage(error.to_string()),
    }
}

/// How far it is: a bar on a terminal, elsewhere a line for every tenth.
struct Progress {
    name: String,
    bar: Option<ProgressBar>,
    begin: Timestamp,
    end: Timestamp,
    tenths: std::cell::Cell<u64>,
}

impl Progress {
    fn new(name: String, begin: Timestamp, end: Timestamp) -> Self {
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent}% {msg}");
        let bar = style.ok().filter(|_| stderr().is_terminal());
        let bar = bar.map(|style| ProgressBar::new(1000).with_style(style).with_prefix(name.clone()));
        Self { name, bar, begin, end, tenths: 0.into() }
    }

    fn tell(&self, so_far: Imported) {
        let Some(until) = so_far.until else { return };
        let whole = self.end.since(self.begin).0.max(1.0);
        let share = (until.since(self.begin).0 / whole).clamp(0.0, 1.0);
        let rows = count(so_far.rows).of("row", "rows");
        if let Some(bar) = &self.bar {
            bar.set_position((share * 1000.0) as u64);
            bar.set_message(rows);
            return;
        }
        let tenths = (share * 10.0) as u64;
        if tenths > self.tenths.replace(tenths) {
            eprintln!("{}: {} %, {rows}", self.name, tenths * 10);
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i1_it_is_clear_which_database_becomes_which_or_refused() {
        type Pairs = &'static [(&'static str, &'static str)];
        type Ids = &'static [&'static str];
        let cases: [(Ids, Ids, Pairs, Result<Pairs, &str>); 11] = [
            (&["primary"], &["shop"], &[], Ok(&[("primary", "shop")])),
            (&["a", "b"], &["b", "a", "c"], &[], Ok(&[("a", "a"), ("b", "b")])),
            (&["a", "b"], &["x", "y"], &[("a", "y"), ("b", "x")], Ok(&[("a", "y"), ("b", "x")])),
            (&["a", "b"], &["x"], &[("a", "x"), ("b", "")], Ok(&[("a", "x")])),
            (&[], &["x"], &[], Ok(&[])),
            (&["primary"], &["x", "y"], &[], Err("PgHero's database primary is none of Heron's (x, y): say which")),
            (&["a", "b"], &["x"], &[], Err("PgHero's database a is none of Heron's (x)")),
            (&["a"], &[], &[], Err("Heron watches no database yet")),
            (&["a"], &["x"], &[("b", "x")], Err("PgHero has no history of a database b: it has a")),
            (&["a"], &["x"], &[("a", "y")], Err("Heron watches no database y: it watches x")),
            (&["a", "b"], &["a"], &[("b", "a")], Err("two of PgHero's databases cannot both become a")),
        ];
        for (theirs, ours, said, expected) in cases {
            let theirs: Vec<String> = theirs.iter().map(ToString::to_string).collect();
            let ours: Vec<DatabaseId> = ours.iter().map(|id| DatabaseId((*id).into())).collect();
            let said: Vec<(String, String)> =
                said.iter().map(|(from, into)| ((*from).to_owned(), (*into).to_owned())).collect();
            match (pairs(&theirs, &ours, &said), expected) {
                (Ok(found), Ok(expected)) => {
                    let found: Vec<(&str, &str)> = found.iter().map(|(from, into)| (*from, into.0.as_str())).collect();
                    assert_eq!(found, expected);
                }
                (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{why}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
        }
    }
}
