//! What one place says of a database: what it leaves open, the next place decides.
//!
//! The places, in their order: the database's own entry, the file's settings for all, PgHero's environment variables,
//! the defaults.

use std::time::Duration;

use advisor::Thresholds;
use dashboard::{Explain, Settings};
use probe::CloudSettings;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::node::{Key, Node, Result};

/// The settings of a database that were decided in one place.
#[derive(Debug, Clone, Default)]
pub(super) struct Layer {
    pub(super) name: Option<String>,
    /// Whether its statements are captured.
    pub(super) capture: Option<bool>,
    pub(super) explain: Option<Explain>,
    pub(super) explain_timeout: Option<Duration>,
    pub(super) actions: Option<bool>,
    pub(super) filter_data: Option<bool>,
    /// The thresholds by name, as many as were set.
    pub(super) thresholds: Map<String, Value>,
    pub(super) cloud: CloudSettings,
}

impl Layer {
    /// These settings, and where they say nothing those below.
    #[must_use]
    pub(super) fn over(self, below: &Self) -> Self {
        let mut thresholds = below.thresholds.clone();
        thresholds.extend(self.thresholds);
        Self {
            name: self.name.or_else(|| below.name.clone()),
            capture: self.capture.or(below.capture),
            explain: self.explain.or(below.explain),
            explain_timeout: self.explain_timeout.or(below.explain_timeout),
            actions: self.actions.or(below.actions),
            filter_data: self.filter_data.or(below.filter_data),
            thresholds,
            cloud: cloud_over(self.cloud, &below.cloud),
        }
    }

    /// The settings, with the defaults for what nobody set.
    pub(super) fn settings(self) -> Settings {
        let otherwise = Settings::default();
        Settings {
            name: self.name,
            // Each was tried when it was read.
            thresholds: Thresholds::deserialize(Value::Object(self.thresholds)).unwrap_or_default(),
            explain: self.explain.unwrap_or(otherwise.explain),
            explain_timeout: self.explain_timeout.unwrap_or(otherwise.explain_timeout),
            actions: self.actions.unwrap_or(otherwise.actions),
            filter_data: self.filter_data.unwrap_or(otherwise.filter_data),
            cloud: self.cloud,
        }
    }

    /// Sets one threshold.
    pub(super) fn threshold(&mut self, name: &str, value: f64) -> Result<(), String> {
        // A whole number is one, whichever language wrote `500` as `500.0`.
        let value = if value.fract() == 0.0 { Value::from(value as i64) } else { Value::from(value) };
        let one = Map::from_iter([(name.to_owned(), value.clone())]);
        Thresholds::deserialize(Value::Object(one)).map_err(|error| match error.to_string() {
            said if said.starts_with("invalid type") => "expected a whole number".to_owned(),
            said => said.replace('`', "\""),
        })?;
        self.thresholds.insert(name.to_owned(), value);
        Ok(())
    }

    /// Reads what heron.toml and pghero.yml call by the same name; whether the name was one of those.
    pub(super) fn read_cloud(&mut self, key: &Key, node: &Node) -> Result<bool> {
        let cloud = &mut self.cloud;
        let text = || if node.is_nothing() { Ok(None) } else { node.text().map(Some) };
        match key.name.as_str() {
            "aws_db_instance_identifier" => cloud.aws_db_instance_identifier = text()?,
            "aws_region" => cloud.aws_region = text()?,
            "aws_access_key_id" => cloud.aws_access_key_id = text()?,
            "aws_secret_access_key" => cloud.aws_secret_access_key = text()?.map(Into::into),
            "gcp_database_id" => cloud.gcp_database_id = text()?,
            "azure_resource_id" => cloud.azure_resource_id = text()?,
            "azure_tenant_id" => cloud.azure_tenant_id = text()?,
            "azure_client_id" => cloud.azure_client_id = text()?,
            "azure_client_secret" => cloud.azure_client_secret = text()?.map(Into::into),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Keys belong together: a database that has one of its own takes none from below.
fn cloud_over(own: CloudSettings, below: &CloudSettings) -> CloudSettings {
    let keys =
        if own.aws_access_key_id.is_some() || own.aws_secret_access_key.is_some() { &own } else { below }.clone();
    let client = if own.azure_client_id.is_some() || own.azure_client_secret.is_some() { &own } else { below }.clone();
    let below = below.clone();
    CloudSettings {
        aws_db_instance_identifier: own.aws_db_instance_identifier.or(below.aws_db_instance_identifier),
        aws_region: own.aws_region.or(below.aws_region),
        aws_access_key_id: keys.aws_access_key_id,
        aws_secret_access_key: keys.aws_secret_access_key,
        aws_session_token: keys.aws_session_token,
        gcp_database_id: own.gcp_database_id.or(below.gcp_database_id),
        google_application_credentials: own.google_application_credentials.or(below.google_application_credentials),
        azure_resource_id: own.azure_resource_id.or(below.azure_resource_id),
        azure_tenant_id: own.azure_tenant_id.or(below.azure_tenant_id),
        azure_client_id: client.azure_client_id,
        azure_client_secret: client.azure_client_secret,
        endpoint: own.endpoint.or(below.endpoint),
    }
}
