//! How far a server is from wraparound, and what keeps vacuum from moving it away.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{QualifiedName, Timestamp};

/// What there is to know of vacuum besides what each table counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vacuum {
    /// The database's tables with the oldest transaction ids and those with the oldest multixact ids, system catalogs
    /// included.
    pub tables: Vec<FreezeAge>,
    /// Every database of the server: the server stops for the oldest, whichever it is.
    pub databases: Vec<DatabaseAge>,
    /// Whoever may still need old rows, who needs the oldest first.
    pub holders: Vec<Holder>,
    /// How autovacuum is set.
    pub settings: VacuumSettings,
}

/// The age of a table's oldest unfrozen ids, the table's or its TOAST table's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeAge {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// `age(relfrozenxid)`, in transactions.
    pub age: i64,
    /// Transactions left until the server refuses to hand out new ids.
    pub left: i64,
    /// `mxid_age(relminmxid)`, in multixacts.
    pub multixact_age: i64,
    /// Multixacts left until the server refuses to make new ones.
    pub multixact_left: i64,
    /// Whether it is a catalog that all databases share: transactions of any database hold it back.
    #[serde(default)]
    pub shared: bool,
    /// Whether the oldest ids are those of its TOAST table.
    #[serde(default)]
    pub toast: bool,
    /// The session it belongs to, if it is a temporary table.
    #[serde(default)]
    pub temporary: Option<TemporaryTable>,
}

/// Whose a temporary table is. Only its own session can vacuum it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemporaryTable {
    /// The role that owns it.
    pub owner: Option<String>,
    /// The process id of its session; none if it has ended, and before PostgreSQL 16, which does not show it.
    pub pid: Option<i32>,
}

impl FreezeAge {
    /// The table's name, schema-qualified.
    pub fn on(&self) -> QualifiedName {
        QualifiedName::new(&self.schema, &self.table)
    }
}

/// The age of a database's oldest unfrozen ids (`pg_database.datfrozenxid`, `datminmxid`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseAge {
    /// The database.
    pub name: String,
    /// Whether it is the one that was asked.
    pub here: bool,
    /// Whether it accepts connections (`datallowconn`); autovacuum works in it even if it does not.
    #[serde(default = "allows_connections")]
    pub allows_connections: bool,
    /// Whether it is a template.
    #[serde(default)]
    pub template: bool,
    /// The role that owns it.
    #[serde(default)]
    pub owner: Option<String>,
    /// In transactions.
    pub age: i64,
    /// Transactions left until the server refuses to hand out new ids.
    pub left: i64,
    /// In multixacts.
    pub multixact_age: i64,
    /// Multixacts left until the server refuses to make new ones.
    pub multixact_left: i64,
}

fn allows_connections() -> bool {
    true
}

/// Somebody who may still need to see old rows: vacuum removes and freezes nothing younger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// What it is.
    pub kind: HolderKind,
    /// A session's pid, a prepared transaction's identifier, a slot's or a standby's name.
    pub name: String,
    /// The role behind it.
    pub user: Option<String>,
    /// The database it is in; none for what concerns all.
    pub database: Option<String>,
    /// The program behind it (`application_name`).
    pub application: Option<String>,
    /// What it does: a session's or walsender's `state`, whether a slot is active.
    pub state: Option<String>,
    /// How old the oldest row is that it may see, in transactions.
    pub age: i64,
    /// Since when there is a transaction, or somebody reads from a slot.
    pub since: Option<Timestamp>,
    /// Whether it concerns the database that was asked; what runs in another database keeps only shared catalogs back.
    pub here: bool,
    /// Whether it keeps only system catalogs back (`catalog_xmin`).
    pub catalog: bool,
}

/// The kinds of [`Holder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderKind {
    /// An open transaction (`pg_stat_activity.backend_xid`, `backend_xmin`).
    Transaction,
    /// A prepared one (`pg_prepared_xacts`).
    PreparedTransaction,
    /// A replication slot (`xmin`, `catalog_xmin`).
    ReplicationSlot,
    /// A standby with `hot_standby_feedback` and no slot (`pg_stat_replication.backend_xmin`).
    Standby,
}

impl fmt::Display for Holder {
    /// What it is and its name: `session 4711`, `replication slot "x"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            HolderKind::Transaction => write!(f, "the transaction of session {name}"),
            HolderKind::PreparedTransaction => write!(f, "the prepared transaction {name:?}"),
            HolderKind::ReplicationSlot => write!(f, "the replication slot {name}"),
            HolderKind::Standby => write!(f, "a query on the standby {name}"),
        }
    }
}

/// How autovacuum is set (`pg_settings`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VacuumSettings {
    /// `autovacuum`
    pub autovacuum: bool,
    /// `track_counts`, without which autovacuum does not know what changed.
    pub track_counts: bool,
    /// `autovacuum_freeze_max_age`, in transactions.
    pub freeze_max_age: i64,
    /// `autovacuum_multixact_freeze_max_age`, in multixacts.
    pub multixact_freeze_max_age: i64,
    /// `autovacuum_max_workers`
    pub max_workers: i64,
    /// `autovacuum_vacuum_threshold`, in rows.
    pub vacuum_threshold: f64,
    /// `autovacuum_vacuum_scale_factor`
    pub vacuum_scale_factor: f64,
    /// `autovacuum_vacuum_max_threshold`, in rows; from 18 on, and if it is set.
    pub vacuum_max_threshold: Option<f64>,
    /// `autovacuum_vacuum_insert_threshold`, in rows.
    pub insert_threshold: f64,
    /// `autovacuum_vacuum_insert_scale_factor`
    pub insert_scale_factor: f64,
    /// `autovacuum_analyze_threshold`, in rows.
    pub analyze_threshold: f64,
    /// `autovacuum_analyze_scale_factor`
    pub analyze_scale_factor: f64,
}

impl VacuumSettings {
    /// These settings with what a table's storage parameters say instead.
    #[must_use]
    pub fn with_options(mut self, options: &[String]) -> Self {
        for (name, value) in options.iter().filter_map(|option| option.split_once('=')) {
            let Ok(value) = value.trim().parse::<f64>() else { continue };
            match name {
                "autovacuum_vacuum_threshold" => self.vacuum_threshold = value,
                "autovacuum_vacuum_scale_factor" => self.vacuum_scale_factor = value,
                "autovacuum_vacuum_max_threshold" => self.vacuum_max_threshold = (value >= 0.0).then_some(value),
                "autovacuum_vacuum_insert_threshold" => self.insert_threshold = value,
                "autovacuum_vacuum_insert_scale_factor" => self.insert_scale_factor = value,
                "autovacuum_analyze_threshold" => self.analyze_threshold = value,
                "autovacuum_analyze_scale_factor" => self.analyze_scale_factor = value,
                _ => {}
            }
        }
        self
    }

    /// Dead rows from which on autovacuum vacuums a table of so many rows.
    pub fn vacuum_at(&self, rows: f64) -> f64 {
        let at = self.vacuum_threshold + self.vacuum_scale_factor * rows;
        self.vacuum_max_threshold.map_or(at, |most| at.min(most))
    }

    /// Changed rows from which on autovacuum analyzes a table of so many rows.
    pub fn analyze_at(&self, rows: f64) -> f64 {
        self.analyze_threshold + self.analyze_scale_factor * rows
    }

    /// Whether autovacuum works at all, but for forced vacuums against wraparound.
    pub fn works(&self) -> bool {
        self.autovacuum && self.track_counts
    }
}

impl Default for VacuumSettings {
    /// PostgreSQL's own defaults.
    fn default() -> Self {
        Self {
            autovacuum: true,
            track_counts: true,
            freeze_max_age: 200_000_000,
            multixact_freeze_max_age: 400_000_000,
            max_workers: 3,
            vacuum_threshold: 50.0,
            vacuum_scale_factor: 0.2,
            vacuum_max_threshold: None,
            insert_threshold: 1_000.0,
            insert_scale_factor: 0.2,
            analyze_threshold: 50.0,
            analyze_scale_factor: 0.1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_parameters_replace_the_settings_of_the_server() {
        let options = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let server = VacuumSettings { vacuum_max_threshold: Some(500.0), ..VacuumSettings::default() };
        let cases = [
            ("", 250.0, 150.0),
            ("fillfactor=70 autovacuum_enabled=no", 250.0, 150.0),
            ("autovacuum_vacuum_threshold=10000000", 500.0, 150.0),
            ("autovacuum_vacuum_threshold=10000000 autovacuum_vacuum_max_threshold=-1", 10_000_200.0, 150.0),
            ("autovacuum_vacuum_threshold=100 autovacuum_vacuum_scale_factor=0", 100.0, 150.0),
            ("autovacuum_vacuum_max_threshold=7", 7.0, 150.0),
            ("autovacuum_analyze_threshold=1e3 autovacuum_analyze_scale_factor=0.5", 250.0, 1_500.0),
            ("autovacuum_analyze_threshold=?", 250.0, 150.0),
        ];
        for (text, vacuum, analyze) in cases {
            let own = server.with_options(&options(text));
            assert_eq!((own.vacuum_at(1_000.0), own.analyze_at(1_000.0)), (vacuum, analyze), "{text}");
        }
    }
}
