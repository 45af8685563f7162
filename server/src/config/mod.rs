//! The configuration: flags before environment before file before PgHero's environment before defaults.
//!
//! A file is heron.toml ([`file`]) or PgHero's pghero.yml ([`pghero`]). Both become the same [`File`]; what either says of
//! a database is a [`Layer`], and layers lie on each other.

mod database;
mod environment;
mod erb;
mod file;
mod layer;
mod node;
mod pghero;
mod shown;

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use app::BasePath;
use dashboard::Settings;
use model::DatabaseId;
use url::Url;

use self::{environment::Environment, layer::Layer};
use crate::{
    cli::{Common, Reach, Serve, Watching},
    exit::{Error, Result},
};

/// Looks up a variable of the environment.
type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What a file says.
#[derive(Default)]
struct File {
    listen: Option<SocketAddr>,
    base_path: Option<BasePath>,
    public_url: Option<Url>,
    store: Option<String>,
    capture_interval: Option<Duration>,
    keep: Option<Duration>,
    /// What holds for every database that says nothing else.
    all: Layer,
    databases: Vec<Entry>,
    username: Option<String>,
    password: Option<String>,
    history: Option<String>,
    notes: Vec<String>,
    /// Whether it is PgHero's.
    pghero: bool,
}

/// A database as a file has it.
struct Entry {
    id: String,
    url: String,
    layer: Layer,
}

/// All settings, decided.
#[derive(Clone)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The path under which a proxy shows Heron.
    pub base_path: BasePath,
    /// The address people use, if it is not the one listened on.
    pub public_url: Option<Url>,
    /// The store's URL.
    pub store: String,
    /// Time between captures.
    pub capture_interval: Duration,
    /// How long history is kept.
    pub keep: Duration,
    /// The databases to watch and their URLs.
    pub databases: Vec<(DatabaseId, String)>,
    /// The settings of databases that have none of their own.
    pub settings: Settings,
    /// The databases' own settings.
    pub own: HashMap<DatabaseId, Settings>,
    /// The databases whose statements are not captured.
    pub uncaptured: HashSet<DatabaseId>,
    /// PgHero's one user, who becomes the administrator of a store without accounts: name and password.
    pub administrator: Option<(String, String)>,
    /// The URL of PgHero's history.
    pub pghero_history: Option<String>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What somebody set that does nothing, as sentences.
    pub notes: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3100)),
            base_path: BasePath::default(),
            public_url: None,
            store: "sqlite://heron.db".into(),
            capture_interval: Duration::from_secs(60),
            keep: Duration::from_secs(14 * 24 * 3600),
            databases: vec![],
            settings: Settings::default(),
            own: HashMap::new(),
            uncaptured: HashSet::new(),
            administrator: None,
            pghero_history: None,
            file: None,
            notes: vec![],
        }
    }
}

impl Config {
    /// Reads the file and puts flags and environment, which clap has merged, over it.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file's line, the variable or the flag that makes no sense, and what was expected.
    pub fn load(common: &Common, watching: &Watching) -> Result<Self> {
        Self::decide(common, watching, &|name| std::env::var(name).ok())
    }

    /// The same with `heron serve`'s own flags.
    ///
    /// # Errors
    /// As [`Config::load`], and when there is no database to watch.
    pub fn serve(serve: &Serve) -> Result<Self> {
        Self::load(&serve.common, &serve.watching)?.watching_something()?.reached(&serve.reach)
    }

    /// The same where people find it as these flags say.
    ///
    /// # Errors
    /// [`Error::Usage`] for a public address or a base path that cannot be used.
    pub fn reached(mut self, reach: &Reach) -> Result<Self> {
        self.listen = reach.listen.unwrap_or(self.listen);
        if let Some(url) = &reach.public_url {
            self.public_url = Some(database::public_url(url).map_err(Error::Usage)?);
        }
        if let Some(path) = &reach.base_path {
            self.base_path = path.clone();
        }
        self.settle_base_path()
    }

    fn decide(common: &Common, watching: &Watching, variables: &Variables<'_>) -> Result<Self> {
        let environment = Environment::read(variables)?;
        let path = path_of(common.config.as_deref(), variables);
        let file = path.as_deref().map(|path| read(path, variables)).transpose()?.unwrap_or_default();
        let otherwise = Self::default();

        let all = file.all.over(&environment.all);
        let mut config = Self {
            listen: file.listen.or(environment.listen).unwrap_or(otherwise.listen),
            base_path: file.base_path.or(environment.base_path).unwrap_or_default(),
            public_url: file.public_url,
            store: common.store.clone().or(file.store).unwrap_or(otherwise.store),
            capture_interval: watching.capture_interval.or(file.capture_interval).unwrap_or(otherwise.capture_interval),
            keep: watching.keep.or(file.keep).unwrap_or(otherwise.keep),
            settings: finished(all.clone(), variables),
            administrator: file
                .password
                .or(environment.password)
                .map(|password| (file.username.or(environment.username).unwrap_or_else(|| "admin".into()), password)),
            pghero_history: file.history.or(environment.history),
            notes: [environment.notes, file.notes].concat(),
            file: path,
            ..otherwise
        };
        for Entry { id, url, layer } in file.databases {
            config.watch(DatabaseId(id), url, layer.over(&all), variables);
        }

        let mut urls: Vec<&String> = watching.urls.iter().filter(|url| !url.is_empty()).collect();
        let ambient = variables("DATABASE_URL").unwrap_or_default();
        if file.pghero
            && urls.iter().map(|url| url.as_str()).eq(ambient.split(' ').filter(|url| !url.is_empty()))
            && !urls.is_empty()
        {
            // Beside a pghero.yml it is where PgHero kept its own tables.
            urls.clear();
            config.notes.push("DATABASE_URL is not watched: pghero.yml names the databases".into());
        }
        let only = if config.file.is_none() { environment.only } else { Layer::default() };
        if let Some(url) = environment.database.filter(|_| config.databases.is_empty() && urls.is_empty()) {
            config.watch(DatabaseId("primary".into()), url, only.over(&all), variables);
        } else if urls.len() == 1 && config.databases.is_empty() {
            let id = config.id_for(urls[0])?;
            config.watch(id, urls[0].clone(), only.over(&all), variables);
        } else {
            for url in urls {
                let id = config.id_for(url)?;
                config.watch(id, url.clone(), all.clone(), variables);
            }
        }
        config.settle_base_path()
    }

    fn watch(&mut self, id: DatabaseId, url: String, layer: Layer, variables: &Variables<'_>) {
        if layer.capture == Some(false) {
            self.uncaptured.insert(id.clone());
        }
        self.own.insert(id.clone(), finished(layer, variables));
        self.databases.push((id, url));
    }

    /// The id of a database that has only a URL: its name, made unique.
    fn id_for(&self, url: &str) -> Result<DatabaseId> {
        let name = database::name_of(url).map_err(Error::Usage)?;
        let name = if database::check_id(&name).is_ok() { name } else { "database".into() };
        let taken = |id: &DatabaseId| {
            self.databases.iter().any(|(other, _)| other == id) || self.base_path.first() == Some(id.0.as_str())
        };
        let numbered = |n: u32| DatabaseId(if n == 1 { name.clone() } else { format!("{name}-{n}") });
        Ok((1..).map(numbered).find(|id| !taken(id)).unwrap_or(DatabaseId(name.clone())))
    }

    /// A public address with a path says the base path too. A database's id may not be its first segment: a proxy that
    /// takes the base path away would make one page's address of another's.
    fn settle_base_path(mut self) -> Result<Self> {
        let path = self.public_url.as_ref().map_or("", |url| url.path()).trim_end_matches('/');
        if self.base_path.is_root() && !path.is_empty() {
            let path = BasePath::parse(path);
            self.base_path =
                path.ok_or_else(|| Error::Usage(format!("the path of the public URL: {}", database::BASE_PATH)))?;
        }
        let first = self.base_path.first();
        match self.databases.iter().find(|(id, _)| first == Some(id.0.as_str())) {
            Some((id, _)) => {
                Err(Error::Usage(format!("{:?} cannot be a database's id: the base path begins with it", id.0)))
            }
            None => Ok(self),
        }
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

    /// The address for links, its path included.
    pub fn address(&self) -> String {
        let origin = match &self.public_url {
            Some(url) => url.origin().ascii_serialization(),
            None => format!("http://{}", self.listen),
        };
        format!("{origin}{}", self.base_path)
    }

    /// The settings of a database.
    pub fn settings_of(&self, id: &DatabaseId) -> &Settings {
        self.own.get(id).unwrap_or(&self.settings)
    }
}

/// The settings of a layer; region and credentials of a cloud may come from the environment.
fn finished(layer: Layer, variables: &Variables<'_>) -> Settings {
    let settings = layer.settings();
    let named = settings.cloud.is_set();
    if named { Settings { cloud: settings.cloud.or_environment(variables), ..settings } } else { settings }
}

/// The file to read: the one that is named, or one that lies where Heron's or PgHero's usually does.
fn path_of(named: Option<&Path>, variables: &Variables<'_>) -> Option<PathBuf> {
    let named = named
        .map(Path::to_owned)
        .or_else(|| variables("PGHERO_CONFIG_PATH").filter(|path| !path.is_empty()).map(Into::into));
    named.or_else(|| {
        ["heron.toml", "pghero.yml", "config/pghero.yml"].into_iter().map(PathBuf::from).find(|path| path.exists())
    })
}

fn read(path: &Path, variables: &Variables<'_>) -> Result<File> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::Usage(format!("cannot read {}: {error}", path.display())))?;
    let yaml = path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let file = if yaml { pghero::read(&text, variables) } else { file::read(&text, variables) };
    file.map_err(|fault| Error::Usage(format!("{}: {fault}", path.display())))
}
