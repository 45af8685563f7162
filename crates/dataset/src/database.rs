use std::{sync::Arc, time::Instant};

use crate::{
    Dataset, Dialect, Error, Migration, Options, RawQuery, Result, Table, Value,
    engine::{self, Lease, Mock, Pool, Shapes, Trouble},
    migrate, placeholder,
    servers::Servers,
    session::Session,
    statement::Statement,
    watch::{Bans, Waits},
};

/// A database: where datasets come from. A handle to share; a clone is the same database.
///
/// ```
#[doc = include_str!("example.md")]
/// let kinds: Vec<String> = db.from("checks").filter(col("millis").gt(100)).select_map("kind").await?;
/// assert_eq!(kinds, ["vacuum"]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Database(pub(crate) Arc<Core>, pub(crate) Arc<Servers>);

/// What all clones of a [`Database`] share.
pub(crate) struct Core {
    pub(crate) pool: Pool,
    pub(crate) dialect: Dialect,
    pub(crate) options: Options,
    pub(crate) shapes: Shapes,
    pub(crate) trouble: Arc<Trouble>,
    pub(crate) waits: Waits,
    pub(crate) blocked: Bans,
    /// Behind a pooler: the `SET LOCAL` statements that begin each transaction, or an empty text.
    pub(crate) pooled: Option<String>,
}

impl Core {
    pub(crate) fn new(pool: Pool, dialect: Dialect, options: Options, trouble: Arc<Trouble>) -> Self {
        Self {
            pool,
            dialect,
            options,
            shapes: Shapes::default(),
            trouble,
            waits: Waits::default(),
            blocked: Bans::default(),
            pooled: None,
        }
    }
}

impl Database {
    /// Connects with the default [`Options`].
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let other = Database::connect("sqlite::memory:").await?;
    /// assert_eq!(other.dialect(), Dialect::Sqlite);
    /// assert_eq!(Database::connect("oracle://h/d").await.unwrap_err().kind(), Kind::InvalidValue);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidValue`](crate::Kind::InvalidValue) for a malformed URL, `Authentication`, `UnknownDatabase`,
    /// and `Disconnect` when the server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, Options::default()).await
    }

    /// Connects once, to know that it works; further connections are made as they are needed.
    ///
    /// The URL's scheme is `postgres`, `mysql`, `mariadb` or `sqlite` (`sqlite://file`, `sqlite::memory:`).
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let options = Options { connect_sqls: vec!["pragma cache_size = -2000"], ..Options::default() };
    /// let tuned = Database::connect_with("sqlite::memory:", options).await?;
    /// # tuned.ping().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect_with(url: &str, options: Options) -> Result<Self> {
        Self::of(Box::pin(engine::connect(url, options)).await?)
    }

    /// A database that is connected to when it is first used, which may well be down now. Call it inside a Tokio runtime.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let down = Database::lazy("postgres://heron@127.0.0.1:1/shop", Options::default())?;
    /// assert_eq!(down.ping().await.unwrap_err().kind(), Kind::Disconnect);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Kind::InvalidValue`](crate::Kind::InvalidValue) for a malformed URL.
    pub fn lazy(url: &str, options: Options) -> Result<Self> {
        Self::of(engine::lazy(url, options)?)
    }

    /// A database that writes down what it is asked ([`Database::statements`]) and has no rows.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let mock = Database::mock(Dialect::Postgres);
    /// mock.from("checks").filter(col("id").eq(7)).delete().await?;
    /// assert_eq!(mock.statements(), [r#"DELETE FROM "checks" WHERE "id" = $1"#]);
    /// # Ok(()) }
    /// ```
    pub fn mock(dialect: Dialect) -> Self {
        let pool = Pool::Mock(Arc::new(Mock::default()));
        Self(Arc::new(Core::new(pool, dialect, Options::default(), Arc::default())), Arc::default())
    }

    fn of(core: Core) -> Result<Self> {
        let servers = Servers::of(&core.options, core.dialect)?;
        Ok(Self(Arc::new(core), Arc::new(servers)))
    }

    /// The statements a [`Database::mock`] was sent since this was last asked.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let mock = Database::mock(Dialect::Sqlite);
    /// mock.execute("vacuum", []).await?;
    /// assert_eq!(mock.statements(), ["vacuum"]);
    /// assert!(mock.statements().is_empty());
    /// # Ok(()) }
    /// ```
    pub fn statements(&self) -> Vec<String> {
        match &self.0.pool {
            Pool::Mock(mock) => mock.take(),
            _ => Vec::new(),
        }
    }

    /// Which SQL it speaks.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// How it was connected to.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Connections now open, and how many of them nobody uses.
    pub fn pool_size(&self) -> (u32, usize) {
        self.0.pool.size()
    }

    /// All rows of a table; narrow it down from there.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// assert_eq!(db.from("checks").sql(), "SELECT * FROM `checks`");
    /// assert_eq!(db.from(("main", "checks")).count().await?, 3);
    /// # Ok(()) }
    /// ```
    pub fn from(&self, table: impl Into<Table>) -> Dataset {
        Dataset::new(Session::Database(self.clone()), table.into())
    }

    /// A query in SQL, with `?` (on PostgreSQL also `$1`) for each value.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let kinds: Vec<String> = db.fetch("select kind from checks where millis > ? order by id", [50.into()]).all().await?;
    /// assert_eq!(kinds, ["vacuum", "bloat"]);
    /// # Ok(()) }
    /// ```
    pub fn fetch(&self, sql: &'static str, binds: impl IntoIterator<Item = Value>) -> RawQuery {
        RawQuery::new(Session::Database(self.clone()), sql.into(), binds.into_iter().collect())
    }

    /// Runs a statement in SQL; how many rows it changed.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// assert_eq!(db.execute("update checks set millis = 0 where server = ?", ["db1".into()]).await?, 2);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As the database says.
    pub async fn execute(&self, sql: &'static str, binds: impl IntoIterator<Item = Value>) -> Result<u64> {
        let binds: Vec<Value> = binds.into_iter().collect();
        let sql = placeholder::native(sql, binds.len(), self.dialect())?;
        let session = Session::Database(self.clone());
        Ok(session.execute(Statement { sql, binds, writes: true, verbatim: false }).await?.rows)
    }

    /// Runs several statements, separated by `;`, without values.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.execute_script("create table notes (id integer primary key, note text); insert into notes values (1, 'x')").await?;
    /// assert_eq!(db.from("notes").count().await?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The first statement's that fails. What ran before it stays, except on PostgreSQL, where all of it is undone.
    pub async fn execute_script(&self, sql: &'static str) -> Result<()> {
        self.lease(true).await?.script(sql).await
    }

    /// Brings the schema up to date: runs each [`Migration`] that has not run yet, in order.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// const NOTES: &str = "create table notes (id integer primary key, note varchar(100))";
    /// let history = [Migration {
    ///     version: 1,
    ///     name: "notes",
    ///     postgres: NOTES,
    ///     sqlite: NOTES,
    ///     mysql: NOTES,
    ///     down: Some("drop table notes"),
    /// }];
    /// db.migrate(&history).await?;
    /// db.migrate(&history).await?;
    /// assert!(db.table_exists("notes").await?);
    /// db.migrate_down(&history, 0).await?;
    /// assert!(!db.table_exists("notes").await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Kind::Migration`](crate::Kind::Migration) when one fails, was changed after it ran, or is unknown to `migrations`.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        Box::pin(migrate::up(self, migrations)).await
    }

    /// Undoes migrations above `version`, the latest first.
    ///
    /// # Errors
    /// As [`Database::migrate`]; also when one of them cannot be undone.
    pub async fn migrate_down(&self, migrations: &[Migration], version: i64) -> Result<()> {
        Box::pin(migrate::down(self, migrations, version)).await
    }

    /// Whether there is a table or view of this name, in the current schema unless one is given.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// assert!(db.table_exists("checks").await? && !db.table_exists("nowhere").await?);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn table_exists(&self, table: impl Into<Table>) -> Result<bool> {
        Session::Database(self.clone()).table_exists(&table.into()).await
    }

    /// The server's version, in its own words: `16.4`, `10.11.19-MariaDB`, `3.50.4`.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// assert!(db.version().await?.starts_with("3."));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub async fn version(&self) -> Result<String> {
        let sql = match self.dialect() {
            Dialect::Postgres => "SELECT current_setting('server_version')",
            Dialect::Sqlite => "SELECT sqlite_version()",
            _ => "SELECT version()",
        };
        let version = self.fetch(sql, []).first::<String>().await?;
        version.ok_or_else(|| Error::new(crate::Kind::NoRow, "the server does not tell its version"))
    }

    /// Asks the primary for a sign of life.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dataset::Result<()> {
    /// let db = dataset::Database::connect("sqlite::memory:").await?;
    /// db.ping().await?;
    /// db.close().await;
    /// assert_eq!(db.ping().await.unwrap_err().kind(), dataset::Kind::Disconnect);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Database::connect`]; `PoolTimeout` when every connection is in use.
    pub async fn ping(&self) -> Result<()> {
        let session = Session::Database(self.clone()).on_primary();
        session.execute(Statement::fixed("SELECT 1", Vec::new())).await.map(drop)
    }

    /// Closes every connection, those to replicas and shards too; those in use when they come back. Closing twice is fine.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// db.close().await;
    /// assert_eq!(db.from("checks").count().await.unwrap_err().kind(), Kind::Disconnect);
    /// # Ok(()) }
    /// ```
    pub async fn close(&self) {
        // All at once: nobody gets a connection while others are waited for.
        let cores = self.cores();
        futures::future::join_all(cores.iter().map(|core| core.pool.close())).await;
    }

    pub(crate) async fn lease(&self, writes: bool) -> Result<Lease> {
        self.guard_blocked()?;
        let begun = Instant::now();
        let conn = self.0.pool.acquire(writes, &self.0.options, &self.0.trouble).await;
        self.0.waits.note(begun.elapsed(), &conn);
        Ok(Lease::new(conn?, Arc::clone(&self.0)))
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Database").field(&self.0.dialect).finish()
    }
}
