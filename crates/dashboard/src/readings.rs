//! The readings of one database that viewers share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use model::{
    Archiver, Caches, ConnectionUse, Constraint, DatabaseId, DatabaseSample, ForeignKey, HostSeries, Index,
    InstalledExtension, Overview, Packing, PreparedTransactions, Progress, Reading, Relation, RelationSize,
    Replication, Sequence, Server, Session, Setting, Statements, Table, Vacuum, Work, sql,
};
use probe::{CloudSettings, Fleet, Target, cloud::Span};
use store::Store;

use crate::flight::{Flight, Freshness, ServerFlight};

/// What moves fast is fresh for as long as a person takes to reload a page.
pub(crate) const FAST: Duration = Duration::from_secs(3);

/// What changes by DDL or over hours is asked for less often: what only DDL changes, if there may have been any.
const SLOW: Duration = Duration::from_secs(15);

/// What changes by DDL, and by nothing that would not be noticed at the next look.
const RARE: Duration = Duration::from_secs(300);

/// What looks at files or at all of the planner's statistics is dear, and changes slowly;
/// so do the counters of thousands of indexes.
const DEAR: Duration = Duration::from_secs(60);

/// One flight per subject of a database.
#[derive(Default)]
pub(crate) struct Readings {
    cluster: Arc<Cluster>,
    /// What the checks made of all the others.
    pub(crate) overview: Flight<Arc<Overview>>,
    server: Flight<Server>,
    caches: Flight<Caches>,
    vacuum: Flight<Vacuum>,
    prepared: Flight<PreparedTransactions>,
    progress: Flight<Vec<Progress>>,
    definitions: Flight<Option<i64>>,
    sequences: Flight<Arc<Vec<Sequence>>>,
    indexes: Flight<Arc<Vec<Index>>>,
    constraints: Flight<Vec<Constraint>>,
    tables: Flight<Arc<Vec<Table>>>,
    settings: Flight<Vec<Setting>>,
    work: Flight<Work>,
    extensions: Flight<Vec<InstalledExtension>>,
    foreign_keys: Flight<Arc<Vec<ForeignKey>>>,
    bloat: Flight<Arc<Vec<Packing>>>,
    space: Flight<Arc<Vec<RelationSize>>>,
    database: Flight<DatabaseSample>,
    statements: Flight<Arc<Statements>>,
    relations: Flight<Vec<Relation>>,
    texts: Flight<Texts>,
    /// Whether a statement is Heron's own, by queryid, as far as its text was looked at.
    pub(crate) own: Mutex<HashMap<String, bool>>,
    /// What the cloud said of the spans people looked at last.
    hosts: Mutex<Vec<(Span, Arc<Flight<HostSeries>>)>>,
}

/// The windows of a few people, by the minute.
const SPANS: usize = 8;

/// Texts by queryid, of all that were asked for; none where the server knows none.
type Texts = HashMap<String, Option<String>>;

/// What is the same for all databases of a server that are watched by the same role: another role may see more or less.
#[derive(Default)]
struct Cluster {
    activity: ServerFlight<Vec<Session>>,
    connections: ServerFlight<ConnectionUse>,
    replication: ServerFlight<Replication>,
    archiver: ServerFlight<Archiver>,
}

impl Readings {
    /// Nothing read yet, for every database of a fleet.
    pub(crate) fn of(fleet: &Fleet) -> HashMap<DatabaseId, Self> {
        let mut servers: Vec<(&Target, Arc<Cluster>)> = Vec::new();
        let mut readings = HashMap::new();
        for (id, target) in fleet.ids().filter_map(|id| Some((id, fleet.get(id)?))) {
            let same = |other: &Target| target.shares_server_with(other) && target.role() == other.role();
            let known = servers.iter().find(|(other, _)| same(other)).map(|(_, known)| known.clone());
            let cluster = known.unwrap_or_else(|| {
                servers.push((target, Arc::default()));
                servers[servers.len() - 1].1.clone()
            });
            readings.insert(id.clone(), Self { cluster, ..Self::default() });
        }
        readings
    }

    /// What an action changes is read anew.
    pub(crate) fn forget(&self) {
        self.overview.forget();
        self.cluster.activity.forget();
        self.server.forget();
        self.statements.forget();
        self.tables.forget();
    }

    /// The sessions of the server. Names of what they wait for can only be read in the database they are in.
    pub(crate) async fn activity(&self, target: &Target, patience: Duration) -> Reading<Vec<Session>> {
        let lacks_name = |session: &Session| {
            session.database.as_deref() == Some(target.database())
                && session.wanted.as_ref().is_some_and(|wanted| wanted.relation.is_none())
        };
        let fits = |sessions: &Vec<Session>| !sessions.iter().any(lacks_name);
        let read = || {
            let target = target.clone();
            async move { probe::activity::read(&target).await }
        };
        self.cluster.activity.get(target.id(), FAST, patience, fits, read).await
    }

    /// The limits of connections of the server.
    pub(crate) async fn connections(&self, target: &Target, patience: Duration) -> Reading<ConnectionUse> {
        let read = || {
            let target = target.clone();
            async move { probe::connections::read(&target).await }
        };
        self.cluster.connections.get(target.id(), FAST, patience, |_| true, read).await
    }

    /// WAL archiving of the server.
    pub(crate) async fn archiver(&self, target: &Target, patience: Duration) -> Reading<Archiver> {
        let read = || {
            let target = target.clone();
            async move { probe::archiver::read(&target).await }
        };
        self.cluster.archiver.get(target.id(), SLOW, patience, |_| true, read).await
    }

    /// The server's place in replication. On a standby the conflicts are those of the database.
    pub(crate) async fn replication(&self, target: &Target, patience: Duration) -> Reading<Replication> {
        let fits = |replication: &Replication| !replication.in_recovery;
        let read = || {
            let target = target.clone();
            async move { probe::replication::read(&target).await }
        };
        self.cluster.replication.get(target.id(), FAST, patience, fits, read).await
    }

    /// Several subjects want to know at once, and one question answers them. Who has to wait for it asks the subject itself.
    async fn unless_changed(&self, target: &Target, patience: Duration, fresh: Freshness) -> Freshness {
        let known = self.definitions(target, patience.min(FAST / 10)).await;
        Freshness { definitions: known.answer.ok().flatten(), ..fresh }
    }

    /// The tables the slow statements name. Names change only with the statements, so the flight is shared by all.
    pub(crate) async fn relations(
        &self,
        target: &Target,
        names: Vec<String>,
        patience: Duration,
    ) -> Reading<Vec<Relation>> {
        let target = target.clone();
        let read = || async move { probe::relations::read(&target, &names).await };
        self.relations.get(SLOW, patience, read).await
    }

    /// The host over a span, as its cloud measured it. A cloud counts by the minute, and counts what it is asked.
    pub(crate) async fn host(&self, cloud: &CloudSettings, span: Span, patience: Duration) -> Reading<HostSeries> {
        let (flight, cloud) = (self.flight_over(span), cloud.clone());
        flight.get(DEAR, patience, || async move { probe::cloud::read(&cloud, span).await }).await
    }

    fn flight_over(&self, span: Span) -> Arc<Flight<HostSeries>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, flight)) = hosts.iter().find(|(known, _)| *known == span) {
            return flight.clone();
        }
        if hosts.len() == SPANS {
            hosts.remove(0);
        }
        let flight = Arc::<Flight<HostSeries>>::default();
        hosts.push((span, flight.clone()));
        flight
    }

    /// Texts by queryid, literals removed, as far as the server knows them. What is learned is kept in the store.
    pub(crate) async fn texts(
        &self,
        target: &Target,
        store: &Store,
        queryids: Vec<String>,
        patience: Duration,
    ) -> Texts {
        // Who comes while others ask waits for their answer, and asks again only if that was about other statements.
        let mut texts = Texts::new();
        for fresh in [FAST, Duration::ZERO] {
            let wanted: Vec<String> = queryids.iter().filter(|id| !texts.contains_key(*id)).cloned().collect();
            if wanted.is_empty() {
                break;
            }
            let (target, store) = (target.clone(), store.clone());
            let read = || async move { read_texts(&target, &store, wanted).await };
            match self.texts.get(fresh, patience, read).await.answer {
                Ok(found) => texts.extend(found),
                Err(_) => break,
            }
        }
        texts
    }
}

async fn read_texts(target: &Target, store: &Store, wanted: Vec<String>) -> Reading<Texts> {
    let Reading { taken_at, took, answer } = probe::statements::texts(target, &wanted).await;
    if let Ok(found) = &answer
        && let Err(error) = store.keep_texts(target.id(), found).await
    {
        tracing::warn!(database = %target.id(), "texts were not kept: {error}");
    }
    let answer = answer.map(|found| {
        let mut texts: Texts = wanted.into_iter().map(|queryid| (queryid, None)).collect();
        texts.extend(found.into_iter().map(|(queryid, text)| (queryid, Some(sql::redact(&text)))));
        texts
    });
    Reading { taken_at, took, answer }
}

/// What there can be thousands of is not copied for everybody who looks.
fn shared<A, B: From<A>>(reading: Reading<A>) -> Reading<B> {
    Reading { taken_at: reading.taken_at, took: reading.took, answer: reading.answer.map(B::from) }
}

/// A method of the subject's name for each flight: `readings.server(target, patience)`. Behind `or` it says how long an answer
/// is kept while nobody changes a definition.
macro_rules! subjects {
    ($($subject:ident: $answer:ty, $fresh:expr $(, or $unchanged:expr)?, |$readings:ident| $flight:expr;)*) => {
        impl Readings {
            $(pub(crate) async fn $subject(&self, target: &Target, patience: Duration) -> Reading<$answer> {
                let fresh = Freshness::from($fresh);
                $(let fresh = self.unless_changed(target, patience, Freshness { unchanged: $unchanged, ..fresh }).await;)?
                let ($readings, target) = (self, target.clone());
                $flight.get(fresh, patience, || async move { shared(probe::$subject::read(&target).await) }).await
            })*
        }
    };
}

subjects! {
    server: Server, FAST, |readings| readings.server;
    caches: Caches, SLOW, |readings| readings.caches;
    vacuum: Vacuum, SLOW, |readings| readings.vacuum;
    prepared: PreparedTransactions, SLOW, |readings| readings.prepared;
    progress: Vec<Progress>, FAST, |readings| readings.progress;
    definitions: Option<i64>, SLOW, |readings| readings.definitions;
    sequences: Arc<Vec<Sequence>>, SLOW, or DEAR, |readings| readings.sequences;
    indexes: Arc<Vec<Index>>, SLOW, or DEAR, |readings| readings.indexes;
    constraints: Vec<Constraint>, SLOW, or RARE, |readings| readings.constraints;
    tables: Arc<Vec<Table>>, SLOW, |readings| readings.tables;
    settings: Vec<Setting>, SLOW, |readings| readings.settings;
    work: Work, SLOW, |readings| readings.work;
    extensions: Vec<InstalledExtension>, SLOW, or RARE, |readings| readings.extensions;
    foreign_keys: Arc<Vec<ForeignKey>>, SLOW, or RARE, |readings| readings.foreign_keys;
    bloat: Arc<Vec<Packing>>, DEAR, |readings| readings.bloat;
    space: Arc<Vec<RelationSize>>, DEAR, |readings| readings.space;
    database: DatabaseSample, DEAR, |readings| readings.database;
    statements: Arc<Statements>, FAST, |readings| readings.statements;
}
