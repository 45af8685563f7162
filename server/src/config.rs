//! The configuration: flags before environment before file before defaults.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use advisor::Thresholds;
use indexmap::IndexMap;
use model::DatabaseId;
use serde::{Deserialize, Deserializer};
use url::Url;

use crate::{
    cli::{Common, Watching},
    exit::{Error, Result},
};

/// The file, as it is written. Unknown keys are refused, with their line.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    /// `--listen`
    listen: Option<SocketAddr>,
    /// `--public-url`
    public_url: Option<String>,
    /// `--store`
    store: Option<String>,
    /// `--capture-interval`
    #[serde(deserialize_with = "span")]
    capture_interval: Option<Duration>,
    /// `--keep`
    #[serde(deserialize_with = "span")]
    keep: Option<Duration>,
    /// What the checks find worth mentioning.
    thresholds: Thresholds,
    /// The databases to watch, by id, in the order of the switcher.
    databases: IndexMap<String, DatabaseEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseEntry {
    /// `postgres://role:password@host/name`.
    url: Option<String>,
    /// The environment variable that holds the URL, to keep the password out of the file.
    url_env: Option<String>,
}

/// All settings, decided.
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address people use, if it is not the one listened on.
    pub public_url: Option<Url>,
    /// The store's URL.
    pub store: String,
    /// Time between captures.
    pub capture_interval: Duration,
    /// How long history is kept.
    pub keep: Duration,
    /// What the checks find worth mentioning.
    pub thresholds: Thresholds,
    /// The databases to watch and their URLs.
    pub databases: Vec<(DatabaseId, String)>,
}

impl Config {
    /// Reads the file and puts flags and environment, which clap has merged, over it.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file's line, the database's id or the flag that makes no sense, and what was expected.
    pub fn load(common: &Common, watching: &Watching) -> Result<Self> {
        let file = read(common.config.as_deref())?;
        let mut databases = Vec::new();
        for (id, entry) in file.databases {
            check_id(&id)?;
            databases.push((DatabaseId(id.clone()), url_of(&id, entry)?));
        }
        for url in watching.urls.iter().filter(|url| !url.is_empty()) {
            let id = unique(&name_of(url)?, &databases);
            databases.push((id, url.clone()));
        }
        Ok(Self {
            listen: file.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 3100))),
            public_url: file.public_url.as_deref().map(public_url).transpose()?,
            store: common.store.clone().or(file.store).unwrap_or_else(|| "sqlite://heron.db".into()),
            capture_interval: watching.capture_interval.or(file.capture_interval).unwrap_or(Duration::from_secs(60)),
            keep: watching.keep.or(file.keep).unwrap_or(Duration::from_secs(14 * 24 * 3600)),
            thresholds: file.thresholds,
            databases,
        })
    }

    /// The same with `heron serve`'s own flags.
    ///
    /// # Errors
    /// As [`Config::load`], and when there is no database to watch.
    pub fn serve(serve: &crate::cli::Serve) -> Result<Self> {
        let mut config = Self::load(&serve.common, &serve.watching)?.watching_something()?;
        config.listen = serve.listen.unwrap_or(config.listen);
        if let Some(url) = &serve.public_url {
            config.public_url = Some(public_url(url)?);
        }
        Ok(config)
    }

    /// Refuses a configuration without databases.
    ///
    /// # Errors
    /// [`Error::Usage`], saying the two ways to name one.
    pub fn watching_something(self) -> Result<Self> {
        if self.databases.is_empty() {
            return Err(Error::Usage(
                "there is no database to watch: give a URL, as `heron serve postgres://role@host/name`, or a file with \
                 --config that has [databases.NAME] and url = \"postgres://…\""
                    .into(),
            ));
        }
        Ok(self)
    }

    /// The address for links.
    pub fn address(&self) -> String {
        match &self.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

fn read(path: Option<&Path>) -> Result<File> {
    let fallback = PathBuf::from("heron.toml");
    let path = match path {
        Some(path) => path,
        None if fallback.exists() => &fallback,
        None => return Ok(File::default()),
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::Usage(format!("cannot read {}: {error}", path.display())))?;
    toml::from_str(&text)
        .map_err(|error| Error::Usage(format!("{}: {}", path.display(), without_secrets(&error, &text))))
}

/// A TOML error with its line number but without quoting the line, which may hold a password.
fn without_secrets(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

fn span<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match humantime::parse_duration(&text) {
        Ok(span) if span >= Duration::from_secs(1) => Ok(Some(span)),
        Ok(_) => Err(serde::de::Error::custom(format!("{text:?} is less than a second"))),
        Err(_) => Err(serde::de::Error::custom(format!("{text:?} is no span of time: use \"60s\", \"5m\" or \"14d\""))),
    }
}

fn url_of(id: &str, entry: DatabaseEntry) -> Result<String> {
    let url = match (entry.url, entry.url_env) {
        (Some(url), None) => url,
        (None, Some(name)) => std::env::var(&name)
            .map_err(|_| Error::Usage(format!("database {id}: the environment variable {name} is not set")))?,
        _ => return Err(Error::Usage(format!("database {id} needs either url or url_env"))),
    };
    name_of(&url).map_err(|error| Error::Usage(format!("database {id}: {error}")))?;
    Ok(url)
}

/// The database's name in a URL, which is also where a malformed URL is noticed. Never quotes the URL itself.
fn name_of(url: &str) -> Result<String> {
    let url = Url::parse(url).map_err(|error| {
        Error::Usage(format!("a database URL makes no sense ({error}): use postgres://role:password@host/name"))
    })?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(Error::Usage(format!("cannot watch {}://: a database URL begins with postgres://", url.scheme())));
    }
    let path = url.path().trim_start_matches('/');
    // As libpq: without a name, the database is called like the role.
    let name = if path.is_empty() { url.username() } else { path };
    let name = percent_decode(name);
    Ok(if name.is_empty() { "postgres".into() } else { name })
}

fn percent_decode(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn public_url(text: &str) -> Result<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ => Err(Error::Usage(format!("{text:?} is no address: use https://heron.example.org"))),
    }
}

/// The id is the first segment of a page's address: it must be one, and must not be a page of Heron's own.
fn check_id(id: &str) -> Result<()> {
    const TAKEN: [&str; 9] = ["api", "audit", "health", "metrics", "pkg", "settings", "sign-in", "sign-out", "users"];
    if id.is_empty()
        || id.chars().count() > 63
        || id.contains(['/', '\\'])
        || id.chars().any(char::is_control)
        || id.starts_with('.')
    {
        return Err(Error::Usage(format!("{id:?} cannot be a database's id: use 1 to 63 characters without slashes")));
    }
    if TAKEN.contains(&id) {
        return Err(Error::Usage(format!("{id:?} cannot be a database's id: it is a page of Heron's own")));
    }
    Ok(())
}

fn unique(name: &str, taken: &[(DatabaseId, String)]) -> DatabaseId {
    let name = if check_id(name).is_ok() { name.to_owned() } else { "database".into() };
    (1..)
        .map(|n| DatabaseId(if n == 1 { name.clone() } else { format!("{name}-{n}") }))
        .find(|id| taken.iter().all(|(other, _)| other != id))
        .unwrap_or(DatabaseId(name))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn load(text: &str, urls: &[&str]) -> Result<Config> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let common = Common { config: Some(file.path().into()), store: None };
        Config::load(&common, &Watching { urls: urls.iter().map(ToString::to_string).collect(), ..Watching::default() })
    }

    fn refused(text: &str) -> String {
        load(text, &[]).err().unwrap().to_string()
    }

    #[test]
    fn databases_keep_the_order_of_the_file_and_come_before_urls() {
        let config = load(
            "capture_interval = \"5m\"\n[databases.zebra]\nurl = \"postgres://h@localhost/z\"\n[databases.ant]\nurl = \"postgres://h@localhost/a\"",
            &["postgres://h@localhost/ant", "postgres://h@localhost/gr%C3%B6%C3%9Fe", "postgres://h@localhost/api"],
        )
        .unwrap();
        let ids: Vec<_> = config.databases.iter().map(|(id, _)| id.0.as_str()).collect();
        assert_eq!(ids, ["zebra", "ant", "ant-2", "größe", "database"]);
        assert_eq!(config.capture_interval, Duration::from_secs(300));
    }

    #[test]
    fn nonsense_is_refused_with_its_line_and_without_its_secret() {
        let cases = [
            ("\nlissten = \"x\"", "line 2: unknown field `lissten`"),
            ("capture_interval = \"often\"", "no span of time"),
            ("[databases.a]\nurl = \"postgres://u:geheim@\"\nurl_env = \"X\"", "needs either url or url_env"),
            ("[databases.a]\nurl = \"mysql://u:geheim@h/x\"", "begins with postgres://"),
            ("[databases.a]\nurl = \"postgres://u:geheim@[::x/\"", "makes no sense"),
            ("[databases.api]\nurl = \"postgres://h/x\"", "a page of Heron's own"),
            ("[databases.\"a/b\"]\nurl = \"postgres://h/x\"", "without slashes"),
            ("[databases.a]\nurl_env = \"HERON_NO_SUCH_VARIABLE\"", "is not set"),
            ("[databases.a]\nurl = \"postgres://u:geheim@h/x", "line 2"),
        ];
        for (text, expected) in cases {
            let said = refused(text);
            assert!(said.contains(expected), "{text:?} says {said:?}");
            assert!(!said.contains("geheim"), "{said}");
        }
    }

    #[test]
    fn nothing_to_watch_is_refused() {
        assert!(load("", &[]).unwrap().watching_something().is_err());
    }
}
