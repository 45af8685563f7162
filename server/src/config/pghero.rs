//! pghero.yml, as PgHero's users have it: every key of PgHero 4 and of the years before, in both layouts.

use std::time::Duration;

use dashboard::Explain;

use super::{
    Entry, File, Variables, database, erb,
    layer::Layer,
    node::{Fault, Key, Node, Result},
};

const GLOBAL: [&str; 24] = [
    "databases",
    "long_running_query_sec",
    "slow_query_ms",
    "slow_query_calls",
    "total_connections_threshold",
    "explain_timeout_sec",
    "cache_hit_rate_threshold",
    "unused_index_megabytes",
    "index_bloat_bytes",
    "filter_data",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_region",
    "explain",
    "visualize_url",
    "disable_kill",
    "override_csp",
    "username",
    "password",
    "stats_database_url",
    "time_zone",
    "show_migrations",
    "azure_tenant_id, azure_client_id, azure_client_secret",
    "capture_query_stats",
];
const DATABASE: [&str; 18] = [
    "url",
    "spec",
    "name",
    "capture_query_stats",
    "long_running_query_sec",
    "slow_query_ms",
    "slow_query_calls",
    "total_connections_threshold",
    "explain_timeout_sec",
    "cache_hit_rate_threshold",
    "unused_index_megabytes",
    "index_bloat_bytes",
    "filter_data",
    "aws_db_instance_identifier",
    "gcp_database_id",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_region",
];

/// Reads the file's text.
pub(super) fn read(text: &str, variables: &Variables<'_>) -> Result<File> {
    let mut file = File { pghero: true, ..File::default() };
    for (key, node) in layout(Node::yaml(&erb::expand(text, variables)?)?, variables)? {
        let said = !node.is_nothing();
        match key.name.as_str() {
            "databases" => {
                for (id, node) in node.entries()? {
                    let entry = entry(&id, node, variables)?;
                    file.databases.push(entry);
                }
            }
            _ if !said => known(&key, &GLOBAL)?,
            "explain" => {
                file.all.explain = Some(match node.yes() {
                    Ok(true) => Explain::Plan,
                    Ok(false) => Explain::Off,
                    Err(_) if node.text().is_ok_and(|text| text == "analyze") => Explain::Analyze,
                    Err(_) => return Err(node.fault("expected true, false or analyze")),
                });
            }
            "disable_kill" => file.all.actions = Some(!node.yes()?),
            "username" => file.username = Some(node.text()?),
            "password" => file.password = Some(node.text()?),
            "stats_database_url" => file.history = Some(node.text()?),
            "visualize_url" => file.notes.push("visualize_url is not used: Heron draws plans itself".into()),
            "override_csp" => file.notes.push("override_csp is not used: Heron's pages need no weaker policy".into()),
            "time_zone" => file.notes.push("time_zone is not used: times are in UTC".into()),
            "show_migrations" => file.notes.push("show_migrations is not used: remedies are SQL".into()),
            _ => setting(&mut file.all, &key, &node, &GLOBAL)?,
        }
    }
    Ok(file)
}

/// The settings themselves, or those of the environment, as in Rails.
fn layout(root: Node, variables: &Variables<'_>) -> Result<Vec<(Key, Node)>> {
    if root.has("databases") {
        return root.entries();
    }
    let environment = ["RAILS_ENV", "RACK_ENV"].into_iter().find_map(variables).unwrap_or_else(|| "development".into());
    let entries = root.entries()?;
    let names: Vec<String> =
        entries.iter().filter(|(_, node)| node.has("databases")).map(|(key, _)| key.name.clone()).collect();
    // Outside Rails nobody says which environment it is; one alone can only be meant.
    let wanted = match names.as_slice() {
        [only] => only.clone(),
        _ => environment,
    };
    match entries.into_iter().find(|(key, node)| key.name == wanted && node.has("databases")) {
        Some((_, node)) => node.entries(),
        None if names.is_empty() => Err(Fault::at(1, "expected databases: here, or under the name of an environment")),
        None => {
            let names = names.join(", ");
            Err(Fault::at(
                1,
                format!("has no environment {wanted}, only {names}: set RAILS_ENV to the one that is meant"),
            ))
        }
    }
}

fn entry(id: &Key, node: Node, variables: &Variables<'_>) -> Result<Entry> {
    database::check_id(&id.name).map_err(|why| Fault::at(id.line, why))?;
    let (mut url, mut layer) = (None, Layer::default());
    for (key, node) in node.entries()? {
        match key.name.as_str() {
            _ if node.is_nothing() => known(&key, &DATABASE)?,
            "url" => {
                let given = node.text()?;
                database::name_of(&given).map_err(|why| node.fault(why))?;
                url = Some(given);
            }
            "spec" => {
                return Err(Fault::at(
                    key.line,
                    "spec names a database of a Rails application, which Heron does not read: use url",
                ));
            }
            "name" => layer.name = Some(node.text()?),
            "db_instance_identifier" => layer.cloud.aws_db_instance_identifier = Some(node.text()?),
            _ => setting(&mut layer, &key, &node, &DATABASE)?,
        }
    }
    // PgHero watches the application's own database where no other is named.
    let own = || ["PGHERO_DATABASE_URL", "DATABASE_URL"].into_iter().find_map(variables).filter(|url| !url.is_empty());
    let url = url.or_else(own).ok_or_else(|| {
        Fault::at(
            id.line,
            format!("database {} has no url, and neither PGHERO_DATABASE_URL nor DATABASE_URL is set", id.name),
        )
    })?;
    Ok(Entry { id: id.name.clone(), url, layer })
}

/// What can be set for all databases and for each.
fn setting(layer: &mut Layer, key: &Key, node: &Node, names: &[&str]) -> Result<()> {
    let mut threshold =
        |name: &str, unit: f64| layer.threshold(name, node.number()? / unit).map_err(|why| node.fault(why));
    match key.name.as_str() {
        "long_running_query_sec"
        | "slow_query_ms"
        | "slow_query_calls"
        | "total_connections_threshold"
        | "unused_index_megabytes" => threshold(&key.name, 1.0)?,
        "cache_hit_rate_threshold" => threshold("cache_hit_rate", 1.0)?,
        "index_bloat_bytes" => threshold("index_bloat_bytes", 1.0)?,
        "explain_timeout_sec" => layer.explain_timeout = Some(seconds(node)?),
        "filter_data" => layer.filter_data = Some(node.yes()?),
        "capture_query_stats" => layer.capture = Some(node.yes()?),
        _ if layer.read_cloud(key, node)? => {}
        _ => return Err(key.unknown(names)),
    }
    Ok(())
}

/// A name that stands there without a value, as in PgHero's own template: it has to be one all the same.
fn known(key: &Key, names: &[&str]) -> Result<()> {
    if names.iter().flat_map(|name| name.split(", ")).any(|name| name == key.name) {
        Ok(())
    } else {
        Err(key.unknown(names))
    }
}

fn seconds(node: &Node) -> Result<Duration> {
    let seconds = node.number()?;
    // Longer than a day nobody waits, and nobody explains in no time.
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(node.fault("expected seconds, more than 0 and at most a day's"))
    }
}
