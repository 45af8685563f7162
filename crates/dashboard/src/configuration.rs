//! What configuration is in force, without its secrets.

use std::time::Duration;

use futures::future::try_join_all;
use model::{Configuration, Configured, DatabaseConfiguration, DatabaseId, Millis, Person, Role};
use probe::Target;
use serde_json::Value;

use crate::{Dashboard, Error, Explain, Result, Settings, allow};

/// How this Heron is set up, as far as the use cases do not depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The address people use, for links that are handed over; empty if it is not known.
    pub address: String,
    /// `SQLite`, `PostgreSQL` or `MariaDB`.
    pub store: String,
    /// Time between captures.
    pub capture_interval: Duration,
    /// How long history is kept.
    pub keep: Duration,
}

impl Default for Installation {
    fn default() -> Self {
        Self {
            address: String::new(),
            store: "SQLite".into(),
            capture_interval: Duration::from_secs(60),
            keep: Duration::from_secs(14 * 24 * 3600),
        }
    }
}

impl Dashboard {
    /// Tells the use cases how this Heron is set up.
    #[must_use]
    pub fn with_installation(self, installation: Installation) -> Self {
        Self { installation: installation.into(), ..self }
    }

    /// A page's whole URL, if it is known at what address people use Heron.
    pub fn url(&self, path: &str) -> Option<String> {
        let address = &self.installation.address;
        (!address.is_empty()).then(|| format!("{address}{path}"))
    }

    /// The configuration in force, and whether the databases have what the checks need.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden).
    pub async fn configuration(&self, viewer: &Person) -> Result<Configuration> {
        allow(viewer, Role::Viewer)?;
        let (here, usual) = (&*self.installation, Installation::default());
        let span = |span: Duration| Millis(span.as_secs_f64() * 1000.0).to_string();
        let configured =
            |name: &str, value: String, usual: &str| Configured { name: name.into(), default: value == usual, value };
        let general = vec![
            configured("address", here.address.clone(), "http://127.0.0.1:3100"),
            configured("store", here.store.clone(), &usual.store),
            configured("capture_interval", span(here.capture_interval), &span(usual.capture_interval)),
            configured("keep", span(here.keep), &span(usual.keep)),
        ];
        let ids: Vec<&DatabaseId> = self.fleet.ids().collect();
        let databases = try_join_all(ids.into_iter().map(|id| async move {
            let (target, _) = self.target(id)?;
            let requirements = self.requirements(id).await?;
            Ok::<_, Error>(DatabaseConfiguration { requirements, ..of(target, self.settings(id)) })
        }));
        Ok(Configuration { general, databases: databases.await? })
    }
}

fn of(target: &Target, settings: &Settings) -> DatabaseConfiguration {
    let usual = Settings::default();
    let configured = |name: &str, of: &dyn Fn(&Settings) -> String| Configured {
        name: name.into(),
        value: of(settings),
        default: of(settings) == of(&usual),
    };
    let on = |on: bool| if on { "on" } else { "off" }.to_owned();
    let mut all = vec![
        configured("explain", &|settings| {
            match settings.explain {
                Explain::Off => "off",
                Explain::Plan => "plan",
                Explain::Analyze => "analyze",
            }
            .into()
        }),
        configured("explain_timeout", &|settings| Millis(settings.explain_timeout.as_secs_f64() * 1000.0).to_string()),
        configured("actions", &|settings| on(settings.actions)),
        configured("filter_data", &|settings| on(settings.filter_data)),
    ];
    all.extend(thresholds(settings).into_iter().zip(thresholds(&usual)).map(|((name, value), (_, usual))| {
        Configured { name: format!("thresholds.{name}"), default: value == usual, value }
    }));
    DatabaseConfiguration {
        id: target.id().clone(),
        name: settings.name.clone(),
        address: target.address(),
        database: target.database().to_owned(),
        role: target.role().to_owned(),
        settings: all,
        requirements: vec![],
    }
}

/// Every threshold by its key in the configuration file, which says its unit.
fn thresholds(settings: &Settings) -> Vec<(String, String)> {
    let Ok(Value::Object(all)) = serde_json::to_value(settings.thresholds) else { return vec![] };
    let written = |value: &Value| value.as_f64().map_or_else(|| value.to_string(), |number| number.to_string());
    all.iter().map(|(name, value)| (name.clone(), written(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_is_named_with_its_value() {
        let mut settings = Settings::default();
        settings.thresholds.slow_query_ms = 12.5;
        let all = thresholds(&settings);
        assert!(all.contains(&("slow_query_ms".into(), "12.5".into())), "{all:?}");
        assert!(all.contains(&("long_running_query_sec".into(), "60".into())), "{all:?}");
    }
}
