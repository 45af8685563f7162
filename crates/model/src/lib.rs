//! The nouns of Heron: plain values with units, shared by every room of the house.
//!
//! Nothing here asks, judges or draws: a type of this crate says what a thing *is*, in PostgreSQL's own words, and how
//! its unit is written for people. Everything serialises, compiles to wasm, and does no I/O.

mod actions;
mod activity;
mod archiver;
mod audit;
mod bloat;
mod caches;
mod capture;
mod cloud;
mod configuration;
mod connections;
mod constraints;
mod database;
mod finding;
mod foreign_keys;
mod history;
mod indexes;
mod lock_graph;
mod maintenance;
mod name;
mod node;
mod person;
mod plan;
mod platform;
mod prepared;
mod progress;
mod reading;
mod relations;
mod replication;
mod requirement;
mod sequences;
mod server;
mod settings;
mod space;
pub mod sql;
mod statements;
mod system;
mod tables;
mod tuning;
mod unit;
mod vacuum;
mod window;

pub use self::{
    actions::{Action, ActiveStatement, Deed, Hit, Proposal, SessionKey, Signal, Signalled},
    activity::{Connections, Session, WantedLock},
    archiver::{Archiver, ArchivingState, WaitingFiles},
    audit::{AuditEntry, AuditPage},
    bloat::{Bloat, BloatMeasure, PackedColumn, Packing},
    caches::Caches,
    capture::{Capture, Mark},
    cloud::{Cloud, HostMetric, HostSeries, HostValues},
    configuration::{Configuration, Configured, DatabaseConfiguration},
    connections::{ConnectionLimit, ConnectionUse, LimitScope},
    constraints::Constraint,
    database::{DatabaseId, DatabaseSample, FleetRow, Overview},
    finding::{Check, Evidence, Finding, NotRun, Outcome, Remedy, Report, Scope, Severity, Verdict},
    foreign_keys::ForeignKey,
    history::{Gap, History, Series, StatementTotal},
    indexes::{Index, IndexKey},
    lock_graph::{LockGraph, LockGroup, LockNode, LockOutline, LockTree},
    maintenance::Maintenance,
    name::{QualifiedName, quote_identifier, quote_literal},
    node::Node,
    person::{Person, Role},
    plan::{ExplainMode, ExplainOption, Explained, Plan, PlanActual, PlanNode, PlanRemark},
    platform::is_platform_role,
    prepared::{PreparedTransaction, PreparedTransactions},
    progress::{Progress, ProgressUnit},
    reading::{Missing, Reading, Why},
    relations::{Column, Relation, SourceKind, StatementTable},
    replication::{JudgedReplication, Receiver, Replication, Slot, Standby},
    requirement::{Met, RequirementState},
    sequences::Sequence,
    server::{Extension, RoleOverride, Server, Tracking},
    settings::{InstalledExtension, Setting, Work},
    space::{
        Counted, IndexUse, Indexes, Occupant, RelationDetail, RelationKind, RelationSize, SizeHistory, Space,
        SpaceQuery, TableReads,
    },
    statements::{
        Noise, Origin, Statement, StatementCounters, StatementKey, StatementList, StatementQuery, StatementRow,
        StatementSort, Statements, StatementsInfo,
    },
    system::{Counter, Counters, Source, SystemGrowth, SystemHistory, SystemSample},
    tables::{KeyObstacle, Keyless, Table, TableKind, Toast, UniqueIndex},
    tuning::{Machine, Storage, Tuned, Tuning, TuningAdvice},
    unit::{Bytes, Count, Millis, Ratio, Timestamp},
    vacuum::{DatabaseAge, FreezeAge, Holder, HolderKind, TemporaryTable, Vacuum, VacuumSettings},
    window::{Window, WindowError},
};
