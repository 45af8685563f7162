//! What the checks look at.

use std::sync::Arc;

use model::{
    Archiver, Caches, ConnectionUse, Constraint, ForeignKey, Index, InstalledExtension, Millis, Missing, Packing,
    PreparedTransactions, Reading, Relation, Replication, Sequence, Server, Session, Setting, StatementTotal, Table,
    Timestamp, Vacuum, Why,
};

/// Everything there is to judge about one database.
///
/// A subject nobody asked about is a reading like any other, one without an answer: start from [`Readings::unasked`]
/// and fill in what a check [needs](crate::Rule::needs). What there can be thousands of is shared with whoever read it.
#[derive(Debug, Clone)]
pub struct Readings {
    /// The server and what it lets Heron see.
    pub server: Reading<Server>,
    /// The sessions of the whole instance.
    pub activity: Reading<Vec<Session>>,
    /// Limits of connections and what is used of them.
    pub connections: Reading<ConnectionUse>,
    /// Standbys and slots.
    pub replication: Reading<Replication>,
    /// WAL archiving.
    pub archiver: Reading<Archiver>,
    /// Buffer hits and misses.
    pub caches: Reading<Caches>,
    /// How far it is to wraparound, and what keeps vacuum back.
    pub vacuum: Reading<Vacuum>,
    /// Prepared transactions.
    pub prepared: Reading<PreparedTransactions>,
    /// Columns fed by sequences.
    pub sequences: Reading<Arc<Vec<Sequence>>>,
    /// The indexes of the user tables.
    pub indexes: Reading<Arc<Vec<Index>>>,
    /// The constraints that were never validated.
    pub constraints: Reading<Vec<Constraint>>,
    /// The user tables with their counters.
    pub tables: Reading<Arc<Vec<Table>>>,
    /// The server's settings.
    pub settings: Reading<Vec<Setting>>,
    /// The database's extensions.
    pub extensions: Reading<Vec<InstalledExtension>>,
    /// The foreign keys of the user tables.
    pub foreign_keys: Reading<Arc<Vec<ForeignKey>>>,
    /// What the bloat of the largest tables and indexes can be estimated from.
    pub bloat: Reading<Arc<Vec<Packing>>>,
    /// What the statements did, with their texts.
    pub statements: Reading<Workload>,
    /// The tables the slow statements read (`advice::tables` names them), with their columns' statistics.
    pub relations: Reading<Vec<Relation>>,
}

/// Statements and since when they were counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Workload {
    /// The beginning of what the counters count: of a window, or the last reset; none when that is not known.
    pub since: Option<Timestamp>,
    /// One per statement and role.
    pub statements: Vec<StatementTotal>,
}

/// The fields of [`Readings`], for saying which of them a check needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// [`Readings::server`]
    Server,
    /// [`Readings::activity`]
    Activity,
    /// [`Readings::connections`]
    Connections,
    /// [`Readings::replication`]
    Replication,
    /// [`Readings::archiver`]
    Archiver,
    /// [`Readings::caches`]
    Caches,
    /// [`Readings::vacuum`]
    Vacuum,
    /// [`Readings::prepared`]
    Prepared,
    /// [`Readings::sequences`]
    Sequences,
    /// [`Readings::indexes`]
    Indexes,
    /// [`Readings::constraints`]
    Constraints,
    /// [`Readings::tables`]
    Tables,
    /// [`Readings::settings`]
    Settings,
    /// [`Readings::extensions`]
    Extensions,
    /// [`Readings::foreign_keys`]
    ForeignKeys,
    /// [`Readings::bloat`]
    Bloat,
    /// [`Readings::statements`]
    Statements,
    /// [`Readings::relations`]
    Relations,
}

impl Readings {
    /// Nothing has been asked yet.
    pub fn unasked(now: Timestamp) -> Self {
        fn unasked<T>(now: Timestamp) -> Reading<T> {
            Reading {
                taken_at: now,
                took: Millis(0.0),
                answer: Err(Missing::new(Why::Failed, "Heron has not asked the server about this.")),
            }
        }
        Self {
            server: unasked(now),
            activity: unasked(now),
            connections: unasked(now),
            replication: unasked(now),
            archiver: unasked(now),
            caches: unasked(now),
            vacuum: unasked(now),
            prepared: unasked(now),
            sequences: unasked(now),
            indexes: unasked(now),
            constraints: unasked(now),
            tables: unasked(now),
            settings: unasked(now),
            extensions: unasked(now),
            foreign_keys: unasked(now),
            bloat: unasked(now),
            statements: unasked(now),
            relations: unasked(now),
        }
    }

    /// When `subject` was read.
    pub fn taken_at(&self, subject: Subject) -> Timestamp {
        match subject {
            Subject::Server => self.server.taken_at,
            Subject::Activity => self.activity.taken_at,
            Subject::Connections => self.connections.taken_at,
            Subject::Replication => self.replication.taken_at,
            Subject::Archiver => self.archiver.taken_at,
            Subject::Caches => self.caches.taken_at,
            Subject::Vacuum => self.vacuum.taken_at,
            Subject::Prepared => self.prepared.taken_at,
            Subject::Sequences => self.sequences.taken_at,
            Subject::Indexes => self.indexes.taken_at,
            Subject::Constraints => self.constraints.taken_at,
            Subject::Tables => self.tables.taken_at,
            Subject::Settings => self.settings.taken_at,
            Subject::Extensions => self.extensions.taken_at,
            Subject::ForeignKeys => self.foreign_keys.taken_at,
            Subject::Bloat => self.bloat.taken_at,
            Subject::Statements => self.statements.taken_at,
            Subject::Relations => self.relations.taken_at,
        }
    }

    /// Since when, at least, this database's statistics count.
    pub(crate) fn counted_since(&self) -> Option<Timestamp> {
        self.server.value().and_then(model::Server::counted_since)
    }

    /// The database's name as the object of a finding.
    pub(crate) fn database(&self) -> String {
        self.server.value().map_or_else(|| "database".into(), |server| server.database.clone())
    }
}
