//! heron.toml.

use std::time::Duration;

use app::BasePath;
use dashboard::Explain;

use super::{
    Entry, File, Variables,
    database::{self, BASE_PATH},
    layer::Layer,
    node::{Fault, Key, Node, Result},
};

const SECOND: Duration = Duration::from_secs(1);

const FILE: [&str; 10] = [
    "listen",
    "base_path",
    "public_url",
    "store",
    "capture_interval",
    "keep",
    "thresholds",
    "cloud",
    "databases",
    "capture, explain, explain_timeout, actions, filter_data",
];
const DATABASE: [&str; 10] = [
    "url",
    "url_env",
    "name",
    "capture",
    "explain",
    "explain_timeout",
    "actions",
    "filter_data",
    "thresholds",
    "cloud",
];
const CLOUD: [&str; 12] = [
    "aws_db_instance_identifier",
    "aws_region",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "gcp_database_id",
    "google_application_credentials",
    "azure_resource_id",
    "azure_tenant_id",
    "azure_client_id",
    "azure_client_secret",
    "endpoint",
];

/// Reads the file's text.
pub(super) fn read(text: &str, variables: &Variables<'_>) -> Result<File> {
    let mut file = File::default();
    for (key, node) in Node::toml(text)?.entries()? {
        match key.name.as_str() {
            "listen" => file.listen = Some(node.address()?),
            "base_path" => {
                file.base_path = Some(BasePath::parse(&node.text()?).ok_or_else(|| node.fault(BASE_PATH))?);
            }
            "public_url" => file.public_url = Some(database::public_url(&node.text()?).map_err(|why| node.fault(why))?),
            "store" => file.store = Some(node.text()?),
            "capture_interval" => file.capture_interval = Some(node.span(SECOND)?),
            "keep" => file.keep = Some(node.span(SECOND)?),
            "databases" => {
                for (id, node) in node.entries()? {
                    let entry = entry(&id, node, variables)?;
                    file.databases.push(entry);
                }
            }
            "name" => return Err(key.unknown(&FILE)),
            _ => setting(&mut file.all, &key, node, &FILE)?,
        }
    }
    Ok(file)
}

fn entry(id: &Key, node: Node, variables: &Variables<'_>) -> Result<Entry> {
    let (mut url, mut layer) = (None, Layer::default());
    let line = id.line;
    database::check_id(&id.name).map_err(|why| Fault::at(line, why))?;
    for (key, node) in node.entries()? {
        let named = match key.name.as_str() {
            "url" => node.text()?,
            "url_env" => {
                let name = node.text()?;
                variables(&name).ok_or_else(|| node.fault(format!("the environment variable {name} is not set")))?
            }
            _ => {
                setting(&mut layer, &key, node, &DATABASE)?;
                continue;
            }
        };
        database::name_of(&named).map_err(|why| node.fault(why))?;
        if url.replace(named).is_some() {
            return Err(node.fault(format!("database {} has both url and url_env", id.name)));
        }
    }
    let url = url.ok_or_else(|| Fault::at(line, format!("database {} needs url or url_env", id.name)))?;
    Ok(Entry { id: id.name.clone(), url, layer })
}

/// What can be set for all databases and for each.
fn setting(layer: &mut Layer, key: &Key, node: Node, known: &[&str]) -> Result<()> {
    match key.name.as_str() {
        "name" => layer.name = Some(node.text()?),
        "capture" => layer.capture = Some(node.yes()?),
        "explain" => {
            layer.explain = Some(match node.text()?.as_str() {
                "off" => Explain::Off,
                "plan" => Explain::Plan,
                "analyze" => Explain::Analyze,
                _ => return Err(node.fault("expected \"off\", \"plan\" or \"analyze\"")),
            });
        }
        "explain_timeout" => layer.explain_timeout = Some(node.span(Duration::from_millis(1))?),
        "actions" => layer.actions = Some(node.yes()?),
        "filter_data" => layer.filter_data = Some(node.yes()?),
        "thresholds" => {
            for (key, node) in node.entries()? {
                let value = node.number()?;
                layer.threshold(&key.name, value).map_err(|why| Fault::at(key.line, why))?;
            }
        }
        "cloud" => {
            for (key, node) in node.entries()? {
                match key.name.as_str() {
                    "aws_session_token" => layer.cloud.aws_session_token = Some(node.text()?.into()),
                    "google_application_credentials" => {
                        layer.cloud.google_application_credentials = Some(node.text()?.into());
                    }
                    "endpoint" => layer.cloud.endpoint = Some(node.text()?),
                    _ if layer.read_cloud(&key, &node)? => {}
                    _ => return Err(key.unknown(&CLOUD)),
                }
            }
        }
        _ => return Err(key.unknown(known)),
    }
    Ok(())
}
