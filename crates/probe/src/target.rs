//! A watched database: where it is, and how it is asked.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Instant};

use dataset::{Database, Kind, RawQuery, Row, Secret, Value};
use model::{DatabaseId, Millis, Missing, Reading, Timestamp, Why};
use serde::de::DeserializeOwned;
use url::Url;

use crate::{
    Action, Limits, Question,
    obstacle::{self, Obstacle},
    slots::Server,
    statements,
};

/// A watched database.
#[derive(Clone)]
pub struct Target(Arc<Inner>);

struct Inner {
    id: DatabaseId,
    url: Secret,
    whereabouts: Whereabouts,
    server: Arc<Server>,
}

/// The server's address: databases with the same one are on the same server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// A host's name or number, or a socket's folder.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// What a URL says that may be shown.
#[derive(Debug, Clone)]
pub(crate) struct Whereabouts {
    pub(crate) address: Address,
    pub(crate) database: String,
    pub(crate) role: String,
}

impl Whereabouts {
    /// Reads a URL; what is wrong with it is said in words that repeat none of it.
    pub(crate) fn of(url: &str) -> Result<Self, String> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("the URL has to begin with postgres:// or postgresql://".into());
        }
        // Whether the driver can read it is known now rather than at the first question.
        let url = Url::parse(url).map_err(|error| format!("the URL cannot be read: {error}"))?;
        let parameter =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let decoded = |text: &str| -> Option<String> {
            let pairs = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
            url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned())
        };
        let host = parameter("host").or_else(|| url.host_str().and_then(decoded)).filter(|host| !host.is_empty());
        let role = parameter("user").or_else(|| decoded(url.username())).filter(|role| !role.is_empty());
        let role = role.or_else(|| std::env::var("PGUSER").ok()).unwrap_or_else(|| "postgres".into());
        let database = parameter("dbname").or_else(|| decoded(url.path().trim_start_matches('/')));
        let port = url.port().or_else(|| parameter("port")?.parse().ok());
        Ok(Self {
            address: Address {
                host: host.map_or_else(|| "localhost".into(), |host| lowered(&host)),
                port: port.unwrap_or(5432),
            },
            database: database.filter(|name| !name.is_empty()).unwrap_or_else(|| role.clone()),
            role,
        })
    }
}

/// A host's name means the same in any case, a folder's does not.
fn lowered(host: &str) -> String {
    if host.starts_with('/') { host.to_owned() } else { host.to_lowercase() }
}

impl Target {
    pub(crate) fn new(id: DatabaseId, url: String, whereabouts: Whereabouts, server: Arc<Server>) -> Self {
        Self(Arc::new(Inner { id, url: url.into(), whereabouts, server }))
    }

    /// The id from the configuration.
    pub fn id(&self) -> &DatabaseId {
        &self.0.id
    }

    /// Where the server is, as `db.example:5432`.
    pub fn address(&self) -> String {
        self.whereabouts().address.to_string()
    }

    /// The database's own name.
    pub fn database(&self) -> &str {
        &self.whereabouts().database
    }

    /// The role Heron signs in as.
    pub fn role(&self) -> &str {
        &self.whereabouts().role
    }

    /// Whether both use the same two connections.
    pub fn shares_server_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.server, &other.0.server)
    }

    pub(crate) fn whereabouts(&self) -> &Whereabouts {
        &self.0.whereabouts
    }

    pub(crate) fn url(&self) -> &Secret {
        &self.0.url
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        &self.0.server
    }

    /// Every row of the answer.
    ///
    /// It runs to its end even if nobody waits for it any more: giving up half-way would leave a statement running on
    /// the server and a connection in an unknown state, and the next question would open a third.
    pub(crate) async fn ask<T>(&self, question: &'static Question, binds: Vec<Value>) -> Result<Vec<T>, Obstacle>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.ask_of(question, binds, None).await
    }

    /// As [`Target::ask`], with the schema of an extension in the place of `{extension}`.
    pub(crate) async fn ask_of<T>(
        &self,
        question: &'static Question,
        binds: Vec<Value>,
        extension: Option<String>,
    ) -> Result<Vec<T>, Obstacle>
    where
        T: DeserializeOwned + Send + 'static,
    {
        self.run(question, binds, extension, |query| Box::pin(query.all())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        question: &'static Question,
        binds: Vec<Value>,
        extension: Option<String>,
        fetch: Fetch<T>,
    ) -> Result<Vec<T>, Obstacle> {
        let target = self.clone();
        let answer = tokio::spawn(async move { target.ask_twice(question, binds, extension.as_deref(), fetch).await });
        answer.await.unwrap_or_else(|panic| Err(Obstacle::failed(format!("The question did not come back: {panic}"))))
    }

    /// The rows of a question of the [`catalogue`](crate::catalogue) as the server sent them.
    ///
    /// The readings of the subjects are typed; this is for what treats all questions alike.
    pub async fn rows(&self, question: &'static Question, binds: Vec<Value>) -> Reading<Vec<Row>> {
        reading(async {
            let extension = match question.sql.contains("{extension}") {
                true => Some(statements::installed(self).await?.schema),
                false => None,
            };
            self.run(question, binds, extension, |query| Box::pin(query.rows())).await
        })
        .await
    }

    /// Every row of the answer to a question that opens relations if `$1` is true.
    ///
    /// Between finding a relation in the catalog and opening it, it may be dropped or locked, and PostgreSQL fails the whole
    /// statement then. After three attempts the question is asked without opening any: what only an open relation tells is
    /// missing from the rows, and each row says so.
    pub(crate) async fn ask_opening<T>(&self, question: &'static Question) -> Result<Vec<T>, Obstacle>
    where
        T: DeserializeOwned + Send + 'static,
    {
        for _ in 0..3 {
            match self.ask(question, vec![Value::Bool(true)]).await {
                Err(obstacle) if obstacle.is_of_a_relation() => {
                    tracing::debug!(database = %self.id(), question = question.name, "a relation was dropped or locked");
                }
                answer => return answer,
            }
        }
        self.ask(question, vec![Value::Bool(false)]).await
    }

    /// The only row of the answer.
    pub(crate) async fn ask_one<T>(&self, question: &'static Question) -> Result<T, Obstacle>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let rows = self.ask(question, vec![]).await?;
        rows.into_iter()
            .next()
            .ok_or_else(|| Obstacle::failed(format!("The server said nothing about {}.", question.name)))
    }

    /// Does what somebody asked for: each step once, in order, on a connection of its own. The rows are the last step's.
    /// `extension` is the schema that takes the place of `{extension}`.
    ///
    /// It runs to its end even if nobody waits for it any more.
    pub(crate) async fn act<T>(
        &self,
        limits: Limits,
        steps: Vec<(&'static Action, Vec<Value>)>,
        extension: Option<String>,
    ) -> Result<Vec<T>, Obstacle>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let target = self.clone();
        let done = tokio::spawn(async move {
            let acting = target.server().visit_to_act(&target, limits.options_to_act()).await?;
            let mut answer = Ok(vec![]);
            for (action, binds) in steps {
                let Some(database) = acting.database() else { break };
                let sent = in_schema(database.fetch(action.sql, binds), extension.as_deref()).all().await;
                answer = sent.map_err(|error| obstacle::to_act(&target, action, &error));
                if answer.is_err() {
                    break;
                }
            }
            acting.leave().await;
            answer
        });
        done.await.unwrap_or_else(|panic| Err(Obstacle::failed(format!("The action did not come back: {panic}"))))
    }

    /// A connection that was open before may have died meanwhile, with its server or by a proxy's hand; the question
    /// only reads, so it may be put again on a fresh one.
    async fn ask_twice<T>(
        &self,
        question: &'static Question,
        binds: Vec<Value>,
        extension: Option<&str>,
        fetch: Fetch<T>,
    ) -> Result<Vec<T>, Obstacle> {
        loop {
            let mut visit = self.server().visit(self).await?;
            let Some(database) = visit.database() else {
                return Err(Obstacle::failed("There is no connection."));
            };
            let error = match send(database, question, binds.clone(), extension, fetch).await {
                Ok(rows) => return Ok(rows),
                Err(error) => error,
            };
            let obstacle = obstacle::of(self, question, &error);
            tracing::debug!(database = %self.id(), question = question.name, %error, "no answer");
            match obstacle.kind {
                Some(Kind::Disconnect) if !visit.is_fresh() => visit.discard(),
                _ if obstacle.missing.why == Why::Connections && visit.give_way() => {}
                _ if obstacle.refuses_connections() => {
                    visit.refused(self, &obstacle);
                    return Err(obstacle);
                }
                _ => return Err(obstacle),
            }
        }
    }
}

/// The one place that asks a watched server anything, and it asks only what is in the catalogue.
async fn send<T>(
    database: &Database,
    question: &'static Question,
    binds: Vec<Value>,
    extension: Option<&str>,
    fetch: Fetch<T>,
) -> dataset::Result<Vec<T>> {
    fetch(in_schema(database.fetch(question.sql, binds), extension)).await
}

/// How the rows of a query are read.
type Fetch<T> = fn(RawQuery) -> Pin<Box<dyn Future<Output = dataset::Result<Vec<T>>> + Send>>;

/// The query with the schema's name, quoted, in the place of `{extension}`.
fn in_schema(query: RawQuery, extension: Option<&str>) -> RawQuery {
    match extension {
        Some(schema) => query.name("extension", schema),
        None => query,
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("id", &self.0.id)
            .field("whereabouts", self.whereabouts())
            .finish_non_exhaustive()
    }
}

/// Signs and dates an answer.
pub(crate) async fn reading<T>(work: impl Future<Output = Result<T, Obstacle>>) -> Reading<T> {
    let begun = Instant::now();
    let answer = work.await.map_err(Missing::from);
    Reading { taken_at: now(), took: Millis(begun.elapsed().as_secs_f64() * 1000.0), answer }
}

/// The local clock.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
