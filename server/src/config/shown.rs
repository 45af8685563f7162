//! What is in force, as a heron.toml that says the same, without its secrets.

use std::fmt::Write;

use dashboard::{Explain, Settings};
use serde_json::Value;

use super::Config;

impl Config {
    /// The configuration in force as heron.toml. Passwords and keys are stars.
    pub fn shown(&self) -> String {
        let mut toml = String::new();
        let mut line = |text: String| {
            let _ = writeln!(toml, "{text}");
        };
        if let Some(file) = &self.file {
            line(format!("# from {}", file.display()));
        }
        for note in &self.notes {
            line(format!("# {note}"));
        }
        line(format!("listen = {}", quoted(&self.listen.to_string())));
        if !self.base_path.is_root() {
            line(format!("base_path = {}", quoted(&self.base_path.to_string())));
        }
        if let Some(url) = &self.public_url {
            line(format!("public_url = {}", quoted(url.as_str())));
        }
        line(format!("store = {}", quoted(&without_password(&self.store))));
        line(format!("capture_interval = {}", quoted(&humantime::format_duration(self.capture_interval).to_string())));
        line(format!("keep = {}", quoted(&humantime::format_duration(self.keep).to_string())));
        if let Some((name, _)) = &self.administrator {
            line(format!("# {name} becomes the administrator of a store without accounts"));
        }
        if let Some(url) = &self.pghero_history {
            line(format!("# heron import-pghero reads {}", without_password(url)));
        }
        for (id, url) in &self.databases {
            let table = format!("databases.{}", quoted(&id.0));
            line(format!("\n[{table}]\nurl = {}", quoted(&without_password(url))));
            let settings = self.settings_of(id);
            if let Some(name) = &settings.name {
                line(format!("name = {}", quoted(name)));
            }
            line(format!("capture = {}", !self.uncaptured.contains(id)));
            let Settings { explain, explain_timeout, actions, filter_data, .. } = settings;
            let explain = match explain {
                Explain::Off => "off",
                Explain::Plan => "plan",
                Explain::Analyze => "analyze",
            };
            line(format!("explain = {}", quoted(explain)));
            line(format!("explain_timeout = {}", quoted(&humantime::format_duration(*explain_timeout).to_string())));
            line(format!("actions = {actions}\nfilter_data = {filter_data}"));
            if let Ok(Value::Object(thresholds)) = serde_json::to_value(settings.thresholds) {
                line(format!("[{table}.thresholds]"));
                for (name, value) in thresholds.iter().filter(|(_, value)| !value.is_null()) {
                    line(format!("{name} = {value}"));
                }
            }
            let cloud = &settings.cloud;
            if cloud.is_set() {
                line(format!("[{table}.cloud]"));
                let path = cloud.google_application_credentials.as_ref().map(|path| path.display().to_string());
                for (name, value) in [
                    ("aws_db_instance_identifier", cloud.aws_db_instance_identifier.as_deref()),
                    ("aws_region", cloud.aws_region.as_deref()),
                    ("aws_access_key_id", cloud.aws_access_key_id.as_deref()),
                    ("aws_secret_access_key", cloud.aws_secret_access_key.as_ref().map(|_| "***")),
                    ("aws_session_token", cloud.aws_session_token.as_ref().map(|_| "***")),
                    ("gcp_database_id", cloud.gcp_database_id.as_deref()),
                    ("google_application_credentials", path.as_deref()),
                    ("azure_resource_id", cloud.azure_resource_id.as_deref()),
                    ("azure_tenant_id", cloud.azure_tenant_id.as_deref()),
                    ("azure_client_id", cloud.azure_client_id.as_deref()),
                    ("azure_client_secret", cloud.azure_client_secret.as_ref().map(|_| "***")),
                    ("endpoint", cloud.endpoint.as_deref()),
                ] {
                    if let Some(value) = value {
                        line(format!("{name} = {}", quoted(value)));
                    }
                }
            }
        }
        toml
    }
}

/// A text of TOML's: as one of JSON's, but for the character that JSON need not escape.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// A URL with its password as stars; one that cannot be read is not shown at all.
fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) => {
            let secret = |name: &str| name.to_ascii_lowercase().contains("password");
            if url.password().is_some() && url.set_password(Some("***")).is_err() {
                return "***".into();
            }
            if url.query_pairs().any(|(name, _)| secret(&name)) {
                let pairs: Vec<(String, String)> = url
                    .query_pairs()
                    .map(|(name, value)| {
                        (name.to_string(), if secret(&name) { "***".into() } else { value.to_string() })
                    })
                    .collect();
                url.query_pairs_mut().clear().extend_pairs(pairs);
            }
            url.to_string()
        }
        Err(_) => "***".into(),
    }
}
