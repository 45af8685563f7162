//! Azure Monitor, the metrics of `Microsoft.DBforPostgreSQL/flexibleServers`.

use dataset::Secret;
use model::{Cloud, HostMetric, Timestamp};
use serde::Deserialize;

use super::{
    CloudSettings, Monitor, Points, Span,
    http::{Http, Trouble},
};

/// Whom the token is for.
const AUDIENCE: &str = "https://management.azure.com/";

pub(super) struct Azure {
    http: Http,
    resource: String,
    token: Secret,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Answer {
    value: Vec<Metric>,
}

#[derive(Deserialize)]
struct Metric {
    timeseries: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    data: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point {
    /// The period's beginning.
    time_stamp: String,
    average: Option<f64>,
}

impl Azure {
    /// Finds a token: by the client of the settings, or the machine's managed identity.
    pub(super) fn open(settings: &CloudSettings, resource: &str) -> Result<Self, Trouble> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.()".contains(c);
        if !resource.starts_with("/subscriptions/") || !resource.chars().all(plain) {
            return Err(Trouble::Settings(format!(
                "azure_resource_id {resource:?} is not of the form \
                 /subscriptions/…/resourceGroups/…/providers/Microsoft.DBforPostgreSQL/flexibleServers/…."
            )));
        }
        let http = Http::new(Cloud::Azure, settings.endpoint.as_deref());
        let client = (&settings.azure_tenant_id, &settings.azure_client_id, &settings.azure_client_secret);
        let token = match client {
            (Some(tenant), Some(client), Some(secret)) => {
                if !tenant.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)) {
                    return Err(Trouble::Settings("azure_tenant_id is neither an id nor a domain.".into()));
                }
                let url = format!("{}/{tenant}/oauth2/v2.0/token", http.at("https://login.microsoftonline.com"));
                let scope = format!("{AUDIENCE}.default");
                let form = [
                    ("grant_type", "client_credentials"),
                    ("scope", &scope),
                    ("client_id", client),
                    ("client_secret", secret.expose()),
                ];
                http.json::<Token>(http.post(&url).send_form(form))?
            }
            (_, client, None) => machine(&http, client.as_deref())?,
            _ => {
                let part = "azure_client_secret needs azure_tenant_id and azure_client_id beside it.";
                return Err(Trouble::Settings(part.into()));
            }
        };
        Ok(Self { http, resource: resource.trim_end_matches('/').into(), token: token.access_token.into() })
    }
}

impl Monitor for Azure {
    fn cloud(&self) -> Cloud {
        Cloud::Azure
    }

    fn points(&self, metric: HostMetric, span: &Span) -> Result<Points, Trouble> {
        let (name, factor) = match metric {
            HostMetric::Cpu => ("cpu_percent", 0.01),
            HostMetric::Connections => ("active_connections", 1.0),
            HostMetric::ReplicationLag => ("physical_replication_delay_in_seconds", 1000.0),
            HostMetric::Reads => ("read_iops", 1.0),
            HostMetric::Writes => ("write_iops", 1.0),
            HostMetric::FreeSpace => ("storage_free", 1.0),
        };
        let address = self.http.at("https://management.azure.com");
        let url = format!("{address}{}/providers/Microsoft.Insights/metrics", self.resource);
        let request = self
            .http
            .get(&url)
            .query("api-version", "2018-01-01")
            .query("metricnames", name)
            .query("aggregation", "Average")
            .query("interval", interval(span.period()))
            .query("timespan", format!("{}/{}", span.from().iso(), span.to().iso()))
            .header("authorization", format!("Bearer {}", self.token.expose()));
        let answer: Answer = self.http.json(request.call())?;
        let points = answer.value.into_iter().flat_map(|metric| metric.timeseries).flat_map(|series| series.data);
        Ok(points.filter_map(|point| Some((Timestamp::parse(&point.time_stamp)?, point.average? * factor))).collect())
    }
}

/// Seconds as ISO 8601 has them, in Azure's own choice of units.
fn interval(seconds: i64) -> String {
    match seconds {
        86_400 => "P1D".into(),
        _ if seconds % 3600 == 0 => format!("PT{}H", seconds / 3600),
        _ => format!("PT{}M", seconds / 60),
    }
}

/// The token of the machine's managed identity, of the one that is meant if it has several.
fn machine(http: &Http, client: Option<&str>) -> Result<Token, Trouble> {
    let url = format!("{}/metadata/identity/oauth2/token", http.at("http://169.254.169.254"));
    let mut request = http.get_local(&url).query("api-version", "2018-02-01").query("resource", AUDIENCE);
    if let Some(client) = client {
        request = request.query("client_id", client);
    }
    http.json(request.header("metadata", "true").call()).map_err(|trouble| match trouble {
        Trouble::Unreachable(..) => Trouble::Settings(
            "There are no Azure credentials: set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET of a client \
             that is a Monitoring Reader, or give the machine a managed identity."
                .into(),
        ),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_azure_knows() {
        let said = [60, 300, 900, 1800, 3600, 21_600, 43_200, 86_400].map(interval);
        assert_eq!(said, ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"]);
    }
}
