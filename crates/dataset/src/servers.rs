//! The servers of one database: the primary, which takes the writes, replicas, which share the reads, and shards by name.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{Database, Dialect, Error, Options, Result, database::Core, engine};

/// The name of the server that takes the writes.
pub(crate) const PRIMARY: &str = "primary";

#[derive(Default)]
pub(crate) struct Servers {
    replicas: Vec<Arc<Core>>,
    shards: RwLock<BTreeMap<String, Arc<Core>>>,
    /// Whose turn it is.
    turn: AtomicUsize,
}

impl Servers {
    /// The replicas and shards of these options, each connected to when it is first asked.
    pub(crate) fn of(options: &Options, dialect: Dialect) -> Result<Self> {
        let replicas = options.replicas.iter().map(|url| peer(url.expose(), options, dialect));
        let shards = options.shards.iter().map(|(name, url)| Ok((named(name)?, peer(url.expose(), options, dialect)?)));
        Ok(Self {
            replicas: replicas.collect::<Result<_>>()?,
            shards: RwLock::new(shards.collect::<Result<_>>()?),
            turn: AtomicUsize::new(0),
        })
    }

    fn next(&self) -> Option<&Arc<Core>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.replicas.get(turn.checked_rem(self.replicas.len())?)
    }

    fn all(&self) -> Vec<Arc<Core>> {
        let shards = self.shards.read().unwrap_or_else(PoisonError::into_inner);
        self.replicas.iter().chain(shards.values()).map(Arc::clone).collect()
    }
}

fn named(name: &str) -> Result<String> {
    if name == PRIMARY {
        return Err(Error::value("`primary` is the name of the server that takes the writes"));
    }
    Ok(name.to_owned())
}

/// Another server of the same database: the same options, and the same SQL.
fn peer(url: &str, options: &Options, dialect: Dialect) -> Result<Arc<Core>> {
    let options = Options { replicas: Vec::new(), shards: Vec::new(), ..options.clone() };
    let mut core = engine::lazy(url, options)?;
    if core.dialect.is_mysql() && dialect.is_mysql() {
        core.dialect = dialect;
    }
    if core.dialect != dialect {
        return Err(Error::value(format!("a server of a {dialect} database speaks {}", core.dialect)));
    }
    Ok(Arc::new(core))
}

impl Database {
    /// One of the database's servers as a database of its own: a shard by its name, or `primary`, which then takes the
    /// reads too.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    /// # for name in ["db1", "db2", "db3"] {
    /// #     let db = Database::connect(&url(name)).await?;
    /// #     db.execute("create table me (name text)", []).await?;
    /// #     db.from("me").insert_only(row! { name: name }).await?;
    /// # }
    /// let options = Options {
    ///     replicas: vec![url("db2").into()],
    ///     shards: vec![("archive".to_owned(), url("db3").into())],
    ///     ..Options::default()
    /// };
    /// let db = Database::connect_with(&url("db1"), options).await?;
    /// let me = db.from("me").select(["name"]);
    /// assert_eq!(me.first::<String>().await?.as_deref(), Some("db2"));
    /// assert_eq!(me.server("archive").first::<String>().await?.as_deref(), Some("db3"));
    /// let in_db1 = db.transaction(TxOptions::default(), |tx| async move { tx.from("me").get::<String>("name").await });
    /// assert_eq!(in_db1.await?.as_deref(), Some("db1"));
    /// assert_eq!(db.server("archive")?.from("me").delete().await?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidOperation`](crate::Kind::InvalidOperation) for a name nobody knows.
    pub fn server(&self, name: &str) -> Result<Database> {
        if name == PRIMARY {
            return Ok(Self(Arc::clone(&self.0), Arc::default()));
        }
        let shards = self.1.shards.read().unwrap_or_else(PoisonError::into_inner);
        let core = shards.get(name).ok_or_else(|| Error::invalid(format!("no server is called {name}")))?;
        Ok(Self(Arc::clone(core), Arc::default()))
    }

    /// The names of the database's servers: `primary`, and those of its shards.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.add_server("archive", "sqlite::memory:")?;
    /// assert_eq!(db.servers(), ["primary", "archive"]);
    /// db.remove_server("archive").await;
    /// assert_eq!(db.servers(), ["primary"]);
    /// # Ok(()) }
    /// ```
    pub fn servers(&self) -> Vec<String> {
        let shards = self.1.shards.read().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(PRIMARY.to_owned()).chain(shards.keys().cloned()).collect()
    }

    /// One more shard, for all clones of this database; in the place of the one that had this name before.
    /// Call it inside a Tokio runtime.
    ///
    /// # Errors
    /// [`Kind::InvalidValue`](crate::Kind::InvalidValue) for a malformed URL, one of another kind of database, or the
    /// name `primary`.
    pub fn add_server(&self, name: &str, url: &str) -> Result<()> {
        let core = peer(url, self.options(), self.dialect())?;
        self.1.shards.write().unwrap_or_else(PoisonError::into_inner).insert(named(name)?, core);
        Ok(())
    }

    /// Without this shard. Its connections are closed, those in use when they come back.
    pub async fn remove_server(&self, name: &str) {
        let removed = self.1.shards.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        if let Some(core) = removed {
            core.pool.close().await;
        }
    }

    /// Where to send a statement: a read to the next replica, if there are any.
    pub(crate) fn routed(&self, writes: bool) -> Database {
        match self.1.next().filter(|_| !writes) {
            Some(replica) => Self(Arc::clone(replica), Arc::default()),
            None => self.clone(),
        }
    }

    /// Everything this database is connected to.
    pub(crate) fn cores(&self) -> Vec<Arc<Core>> {
        let mut cores = self.1.all();
        cores.push(Arc::clone(&self.0));
        cores
    }
}
