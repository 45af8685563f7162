//! What is configured, without secrets.

use serde::{Deserialize, Serialize};

use crate::{DatabaseId, RequirementState};

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configuration {
    /// What is the same for all databases.
    pub general: Vec<Configured>,
    /// The watched databases, in the configuration's order.
    pub databases: Vec<DatabaseConfiguration>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Configured {
    /// Its key in the configuration file.
    pub name: String,
    /// Its value, with its unit unless the key says it.
    pub value: String,
    /// Whether it is as it would be without any configuration.
    pub default: bool,
}

/// What is configured for one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseConfiguration {
    /// Its id.
    pub id: DatabaseId,
    /// The name people read, if it has one.
    pub name: Option<String>,
    /// Where its server is, as `db.example:5432`.
    pub address: String,
    /// The database's own name.
    pub database: String,
    /// The role Heron signs in as.
    pub role: String,
    /// Its settings.
    pub settings: Vec<Configured>,
    /// What the checks need, and whether it is there.
    pub requirements: Vec<RequirementState>,
}
