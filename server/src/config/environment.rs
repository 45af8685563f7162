//! The environment variables of PgHero and its container, for what neither flags nor a file decide.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use app::BasePath;

use super::{
    Variables,
    database::{self, BASE_PATH},
    layer::Layer,
    node::truth,
};
use crate::exit::{Error, Result};

/// What PgHero's variables say.
#[derive(Default)]
pub(super) struct Environment {
    pub(super) all: Layer,
    pub(super) listen: Option<SocketAddr>,
    pub(super) base_path: Option<BasePath>,
    pub(super) database: Option<String>,
    pub(super) history: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    /// The instance of the one database that is watched without a file.
    pub(super) only: Layer,
    pub(super) notes: Vec<String>,
}

impl Environment {
    pub(super) fn read(variables: &Variables<'_>) -> Result<Self> {
        let get = |name: &str| variables(name).filter(|value| !value.is_empty());
        let mut read = Self {
            listen: listen(&get)?,
            history: get("PGHERO_STATS_DATABASE_URL"),
            username: get("PGHERO_USERNAME"),
            password: get("PGHERO_PASSWORD"),
            ..Self::default()
        };
        if let Some(path) = get("RAILS_RELATIVE_URL_ROOT") {
            let path = BasePath::parse(&path);
            read.base_path = Some(path.ok_or_else(|| wrong("RAILS_RELATIVE_URL_ROOT", BASE_PATH))?);
        }
        if let Some(url) = get("PGHERO_DATABASE_URL") {
            database::name_of(&url).map_err(|why| wrong("PGHERO_DATABASE_URL", &why))?;
            read.database = Some(url);
        }
        for (name, threshold) in [
            ("PGHERO_LONG_RUNNING_QUERY_SEC", "long_running_query_sec"),
            ("PGHERO_SLOW_QUERY_MS", "slow_query_ms"),
            ("PGHERO_SLOW_QUERY_CALLS", "slow_query_calls"),
            ("PGHERO_TOTAL_CONNECTIONS_THRESHOLD", "total_connections_threshold"),
        ] {
            if let Some(value) = get(name) {
                read.all.threshold(threshold, number(name, &value)?).map_err(|why| wrong(name, &why))?;
            }
        }
        if let Some(value) = get("PGHERO_EXPLAIN_TIMEOUT_SEC") {
            let seconds = number("PGHERO_EXPLAIN_TIMEOUT_SEC", &value)?;
            read.all.explain_timeout = Some(std::time::Duration::from_secs_f64(seconds.clamp(0.001, 86_400.0)));
        }
        // PgHero takes any value for yes, also "false"; who wrote that did not mean it.
        read.all.filter_data = get("PGHERO_FILTER_DATA").map(|value| truth(&value).unwrap_or(true));
        read.only.cloud.aws_db_instance_identifier = get("PGHERO_DB_INSTANCE_IDENTIFIER");
        read.only.cloud.gcp_database_id = get("PGHERO_GCP_DATABASE_ID");
        read.only.cloud.azure_resource_id = get("PGHERO_AZURE_RESOURCE_ID");
        for (name, why) in [
            ("PGHERO_VISUALIZE_URL", "Heron draws plans itself"),
            ("PGHERO_TZ", "times are in UTC"),
            ("PGHERO_SHOW_MIGRATIONS", "remedies are SQL"),
        ] {
            if get(name).is_some() {
                read.notes.push(format!("{name} is not used: {why}"));
            }
        }
        Ok(read)
    }
}

/// `PORT` and `BIND` of PgHero's container. Alone, a port does not open Heron to the network.
fn listen(get: &impl Fn(&str) -> Option<String>) -> Result<Option<SocketAddr>> {
    let (port, bind) = (get("PORT"), get("BIND"));
    if port.is_none() && bind.is_none() {
        return Ok(None);
    }
    let port = port.map_or(Ok(3100), |port| port.parse());
    let port: u16 = port.map_err(|_| wrong("PORT", "expected a port, as 8080"))?;
    let bind = bind.map_or(Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)), |bind| {
        bind.trim_start_matches("tcp://").trim_matches(['[', ']']).parse()
    });
    let bind = bind.map_err(|_| wrong("BIND", "expected an address, as 0.0.0.0"))?;
    Ok(Some(SocketAddr::new(bind, port)))
}

fn number(name: &str, value: &str) -> Result<f64> {
    let number = value.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| wrong(name, "expected a number, 0 or more"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::Usage(format!("{name}: {what}"))
}
