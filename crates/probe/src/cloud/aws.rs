//! Amazon CloudWatch, `GetMetricStatistics` of `AWS/RDS`.

use std::env;

use dataset::Secret;
use model::{Cloud, HostMetric, Timestamp};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    CloudSettings, Monitor, Points, Span,
    http::{Http, Trouble},
    signature::{Keys, Request, date, sign},
};
use crate::target::now;

pub(super) struct Aws {
    http: Http,
    instance: String,
    region: String,
    keys: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    datapoints: Vec<Datapoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    /// Seconds since 1970: the period's beginning.
    timestamp: f64,
    average: f64,
}

/// What the container's and the machine's services hand out.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lent {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

impl Aws {
    /// Finds credentials: those of the settings, the container's (ECS, EKS pod identity), or the machine's (IMDSv2).
    pub(super) fn open(settings: &CloudSettings, instance: &str) -> Result<Self, Trouble> {
        let region = settings.aws_region.clone().unwrap_or_else(|| "us-east-1".into());
        // It becomes a part of the address the signed request goes to.
        if region.is_empty() || !region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(Trouble::Settings(format!("aws_region {region:?} is no name of a region, as us-east-1.")));
        }
        let http = Http::new(Cloud::Aws, settings.endpoint.as_deref());
        let keys = match (&settings.aws_access_key_id, &settings.aws_secret_access_key) {
            (Some(id), Some(secret)) => {
                Keys { id: id.clone(), secret: secret.clone(), token: settings.aws_session_token.clone() }
            }
            (None, None) => lent(&http)?,
            _ => {
                let only = "aws_access_key_id and aws_secret_access_key belong together: only one of them is set.";
                return Err(Trouble::Settings(only.into()));
            }
        };
        Ok(Self { http, instance: instance.to_owned(), region, keys })
    }
}

impl Monitor for Aws {
    fn cloud(&self) -> Cloud {
        Cloud::Aws
    }

    fn points(&self, metric: HostMetric, span: &Span) -> Result<Points, Trouble> {
        let (name, factor) = match metric {
            HostMetric::Cpu => ("CPUUtilization", 0.01),
            HostMetric::Connections => ("DatabaseConnections", 1.0),
            HostMetric::ReplicationLag => ("ReplicaLag", 1000.0),
            HostMetric::Reads => ("ReadIOPS", 1.0),
            HostMetric::Writes => ("WriteIOPS", 1.0),
            HostMetric::FreeSpace => ("FreeStorageSpace", 1.0),
        };
        let body = json!({
            "Namespace": "AWS/RDS",
            "MetricName": name,
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": self.instance}],
            "StartTime": span.from().0 / 1_000_000,
            "EndTime": span.to().0 / 1_000_000,
            "Period": span.period(),
            "Statistics": ["Average"],
        })
        .to_string();
        let domain = if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let service = format!("https://monitoring.{}.{domain}", self.region);
        let address = Url::parse(self.http.at(&service))
            .map_err(|error| Trouble::Settings(format!("the cloud's endpoint cannot be read: {error}.")))?;
        let host = address.host_str().unwrap_or_default();
        let host = address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let when = date(now());
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("host", host),
            ("x-amz-date", when.clone()),
            ("x-amz-target", "GraniteServiceVersion20100801.GetMetricStatistics".to_owned()),
        ];
        headers.extend(self.keys.token.as_ref().map(|token| ("x-amz-security-token", token.expose().to_owned())));
        let request =
            Request { method: "POST", region: &self.region, service: "monitoring", headers: &mut headers, body: &body };
        let authorization = sign(&self.keys, request, &when);
        let mut request = self.http.post(address.as_str()).header("authorization", authorization);
        // The client writes the host itself, from the same address.
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request = request.header(*name, value);
        }
        let answer: Answer = self.http.json(request.send(&body))?;
        let point = |point: Datapoint| (Timestamp((point.timestamp * 1e6) as i64), point.average * factor);
        Ok(answer.datapoints.into_iter().map(point).collect())
    }
}

/// The keys of the role that the container or the machine has.
fn lent(http: &Http) -> Result<Keys, Trouble> {
    let none = |trouble: Trouble| match trouble {
        Trouble::Unreachable(..) => Trouble::Settings(
            "There are no AWS credentials: set aws_access_key_id and aws_secret_access_key, or run Heron with a role \
             that allows cloudwatch:GetMetricStatistics."
                .into(),
        ),
        other => other,
    };
    let lent = container(http).unwrap_or_else(|| machine(http)).map_err(none)?;
    let Lent { access_key_id, secret_access_key, token } = lent;
    Ok(Keys { id: access_key_id, secret: secret_access_key.into(), token: Some(token.into()) })
}

/// In a container the environment says where to ask, and with which token.
fn container(http: &Http) -> Option<Result<Lent, Trouble>> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let url = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        .or_else(|| Some(format!("http://169.254.170.2{}", variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")?)))?;
    let file = || std::fs::read_to_string(variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")?).ok();
    let token = file().or_else(|| variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")).map(Secret::from);
    let mut request = http.get_local(&url);
    if let Some(token) = token {
        request = request.header("authorization", token.expose().trim());
    }
    Some(http.json(request.call()))
}

/// A machine hands out its role's keys to who has a token.
fn machine(http: &Http) -> Result<Lent, Trouble> {
    let service = http.at("http://169.254.169.254");
    let token = http.put_local(&format!("{service}/latest/api/token"));
    let token = http.text(token.header("x-aws-ec2-metadata-token-ttl-seconds", "60").send_empty())?;
    let get = |path: &str| {
        let url = format!("{service}/latest/meta-data/iam/security-credentials/{path}");
        http.get_local(&url).header("x-aws-ec2-metadata-token", &token).call()
    };
    let role = http.text(get(""))?;
    http.json(get(role.lines().next().unwrap_or_default()))
}
