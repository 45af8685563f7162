/// Which SQL is spoken.
///
/// ```
#[doc = include_str!("example.md")]
/// let words = match db.dialect() {
///     Dialect::Postgres => "vacuum (analyze)",
///     Dialect::Sqlite => "analyze",
///     Dialect::MySql | Dialect::MariaDb => "analyze table checks",
/// };
/// db.execute(words, []).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    MySql,
    /// MariaDB: MySQL's SQL, and RETURNING.
    MariaDb,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// The name OpenTelemetry gives it in `db.system`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
            Self::Sqlite => "sqlite",
        }
    }

    /// How many values one statement can bind.
    pub(crate) fn bind_limit(self) -> usize {
        match self {
            Self::Sqlite => 32_766,
            _ => 65_535,
        }
    }

    /// A name, quoted as an identifier.
    pub(crate) fn quote(self, name: &str) -> String {
        let quote = if self.is_mysql() { "`" } else { "\"" };
        format!("{quote}{}{quote}", name.replace(quote, &quote.repeat(2)))
    }

    pub(crate) fn is_mysql(self) -> bool {
        matches!(self, Self::MySql | Self::MariaDb)
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
        })
    }
}
