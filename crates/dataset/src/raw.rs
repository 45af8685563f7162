use std::borrow::Cow;

use futures::Stream;
use serde::de::DeserializeOwned;

use crate::{Result, Value, session::Session, statement::Statement};

/// A query in SQL, made by [`Database::fetch`], [`Tx::fetch`] or [`Tx::fetch_verbatim`]; nothing is sent before one of its
/// verbs.
///
/// ```
#[doc = include_str!("example.md")]
/// let query = db.fetch("select id, kind from checks where server = ? order by id", ["db1".into()]);
/// assert_eq!(query.clone().first::<(i64, String)>().await?, Some((1, "index".to_owned())));
/// assert_eq!(query.clone().get::<i64>().await?, Some(1));
/// assert_eq!(query.rows().await?[1].get("kind").and_then(Value::as_str), Some("vacuum"));
/// # Ok(()) }
/// ```
///
/// [`Database::fetch`]: crate::Database::fetch
/// [`Tx::fetch`]: crate::Tx::fetch
/// [`Tx::fetch_verbatim`]: crate::Tx::fetch_verbatim
#[derive(Debug, Clone)]
pub struct RawQuery {
    session: Session,
    /// The program's own, or somebody else's, which is sent as it stands.
    sql: Cow<'static, str>,
    binds: Vec<Value>,
    /// Names to be written into the text.
    names: Vec<(&'static str, String)>,
}

impl RawQuery {
    pub(crate) fn new(session: Session, sql: Cow<'static, str>, binds: Vec<Value>) -> Self {
        Self { session, sql, binds, names: Vec::new() }
    }

    /// On this server, as [`Dataset::server`](crate::Dataset::server).
    #[must_use]
    pub fn server(self, name: impl Into<String>) -> Self {
        Self { session: self.session.on(name.into()), ..self }
    }

    /// Writes `name`, quoted as an identifier, wherever the statement has `{place}`.
    ///
    /// ```
    #[doc = include_str!("example.md")]
    /// let count = db.fetch("select count(*) from {table}", []).name("table", "checks");
    /// assert_eq!(count.get::<i64>().await?, Some(3));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn name(mut self, place: &'static str, name: impl Into<String>) -> Self {
        self.names.push((place, name.into()));
        self
    }

    fn statement(self) -> Result<(Session, Statement)> {
        let statement = match self.sql {
            Cow::Borrowed(sql) => {
                let dialect = self.session.dialect();
                let mut sql = crate::placeholder::native(sql, self.binds.len(), dialect)?;
                for (place, name) in &self.names {
                    sql = sql.replace(&format!("{{{place}}}"), &dialect.quote(name)).into();
                }
                Statement::fixed(sql, self.binds)
            }
            verbatim => Statement { verbatim: true, ..Statement::fixed(verbatim, self.binds) },
        };
        Ok((self.session, statement))
    }

    /// Every row.
    ///
    /// # Errors
    /// As the database says; `Decode` when a row does not fit `T`.
    pub async fn all<T: DeserializeOwned + Send>(self) -> Result<Vec<T>> {
        let (session, statement) = self.statement()?;
        session.all(statement).await
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`RawQuery::all`].
    pub async fn first<T: DeserializeOwned + Send>(self) -> Result<Option<T>> {
        let (session, statement) = self.statement()?;
        session.first(statement).await
    }

    /// The first column of the first row; `None` for NULL or no row.
    ///
    /// # Errors
    /// As [`RawQuery::all`].
    pub async fn get<T: DeserializeOwned + Send>(self) -> Result<Option<T>> {
        let (session, statement) = self.statement()?;
        Ok(session.first::<(Option<T>,)>(statement).await?.and_then(|(value,)| value))
    }

    /// Every row, untyped.
    ///
    /// # Errors
    /// As [`RawQuery::all`].
    pub async fn rows(self) -> Result<Vec<crate::Row>> {
        let (session, statement) = self.statement()?;
        session.rows(statement).await
    }

    /// Every row as it arrives, in constant memory.
    pub fn stream<T: DeserializeOwned + Send + 'static>(self) -> impl Stream<Item = Result<T>> + Send + 'static {
        let session = self.session.clone();
        session.stream(self.statement().map(|(_, statement)| statement))
    }
}
