//! Google Cloud Monitoring, `timeSeries.list` of `cloudsql.googleapis.com/database`.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use dataset::Secret;
use model::{Cloud, HostMetric, Millis, Timestamp};
use ring::{rand::SystemRandom, rsa::KeyPair, signature::RSA_PKCS1_SHA256};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    CloudSettings, Monitor, Points, Span,
    http::{Http, Trouble},
};
use crate::target::now;

/// What the token may do, and no more.
const SCOPE: &str = "https://www.googleapis.com/auth/monitoring.read";

pub(super) struct Google {
    http: Http,
    project: String,
    database: String,
    token: Secret,
}

/// A service account's key file, as the console hands it out.
#[derive(Deserialize)]
struct Account {
    client_email: String,
    private_key: String,
    token_uri: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    time_series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    interval: Interval,
    value: Typed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interval {
    end_time: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Typed {
    double_value: Option<f64>,
    /// 64 bits travel as text.
    int64_value: Option<String>,
}

impl Google {
    /// Finds a token: by the key file of the settings, or the machine's own.
    pub(super) fn open(settings: &CloudSettings, id: &str) -> Result<Self, Trouble> {
        // It becomes a part of a filter; a domain's project has a colon of its own.
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
        let Some((project, _)) =
            id.rsplit_once(':').filter(|(project, name)| plain && !project.is_empty() && !name.is_empty())
        else {
            return Err(Trouble::Settings(format!("gcp_database_id {id:?} is not of the form project:instance.")));
        };
        let http = Http::new(Cloud::Google, settings.endpoint.as_deref());
        let token = match &settings.google_application_credentials {
            Some(path) => {
                // Neither error quotes the file.
                let unreadable = |why: &str| Trouble::Settings(format!("The key file {} {why}.", path.display()));
                let text =
                    std::fs::read_to_string(path).map_err(|error| unreadable(&format!("cannot be read: {error}")))?;
                let account: Account =
                    serde_json::from_str(&text).map_err(|_| unreadable("is not that of a service account"))?;
                let assertion = assertion(&account, now()).ok_or_else(|| unreadable("holds no RSA key in PKCS #8"))?;
                let path = Url::parse(&account.token_uri).map_err(|_| unreadable("has no token_uri"))?;
                let url = format!("{}{}", http.at(&path.origin().ascii_serialization()), path.path());
                let form =
                    [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
                http.json::<Token>(http.post(&url).send_form(form))?
            }
            None => machine(&http)?,
        };
        Ok(Self { http, project: project.into(), database: id.into(), token: token.access_token.into() })
    }

    /// A metric's means by period; several series of it (one for each database) added up.
    fn series(&self, metric: &str, span: &Span) -> Result<BTreeMap<Timestamp, f64>, Trouble> {
        let address = self.http.at("https://monitoring.googleapis.com");
        let filter = format!(
            "metric.type = \"cloudsql.googleapis.com/database/{metric}\" AND resource.labels.database_id = \"{}\"",
            self.database
        );
        let url = format!("{address}/v3/projects/{}/timeSeries", self.project);
        let request = self
            .http
            .get(&url)
            .query("filter", filter)
            .query("interval.startTime", span.from().iso())
            .query("interval.endTime", span.to().iso())
            .query("aggregation.alignmentPeriod", format!("{}s", span.period()))
            .query("aggregation.perSeriesAligner", "ALIGN_MEAN")
            .header("authorization", format!("Bearer {}", self.token.expose()));
        let answer: Answer = self.http.json(request.call())?;
        let mut sums = BTreeMap::new();
        for point in answer.time_series.into_iter().flat_map(|series| series.points) {
            let Typed { double_value, int64_value } = point.value;
            let value = double_value.or_else(|| int64_value?.parse().ok());
            // A period is known by its end here, by its beginning elsewhere.
            let at = Timestamp::parse(&point.interval.end_time).map(|end| end - Millis::from_secs(span.period()));
            if let Some((at, value)) = at.zip(value) {
                *sums.entry(at).or_default() += value;
            }
        }
        Ok(sums)
    }
}

impl Monitor for Google {
    fn cloud(&self) -> Cloud {
        Cloud::Google
    }

    fn points(&self, metric: HostMetric, span: &Span) -> Result<Points, Trouble> {
        let (name, factor) = match metric {
            HostMetric::Cpu => ("cpu/utilization", 1.0),
            HostMetric::Connections => ("postgresql/num_backends", 1.0),
            HostMetric::ReplicationLag => ("replication/replica_lag", 1000.0),
            // Counted by the minute.
            HostMetric::Reads => ("disk/read_ops_count", 1.0 / 60.0),
            HostMetric::Writes => ("disk/write_ops_count", 1.0 / 60.0),
            HostMetric::FreeSpace => {
                let (quota, used) = (self.series("disk/quota", span)?, self.series("disk/bytes_used", span)?);
                // Known where both are.
                return Ok(quota.into_iter().filter_map(|(at, quota)| Some((at, quota - used.get(&at)?))).collect());
            }
        };
        Ok(self.series(name, span)?.into_iter().map(|(at, value)| (at, value * factor)).collect())
    }
}

/// What the account says of itself, signed with its key (RFC 7523); none if the key cannot be used.
fn assertion(account: &Account, now: Timestamp) -> Option<Secret> {
    let seconds = now.0 / 1_000_000;
    let claims = json!({
        "iss": account.client_email, "scope": SCOPE, "aud": account.token_uri, "iat": seconds, "exp": seconds + 600,
    });
    let part = |json: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let text = format!("{}.{}", part(json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let pem: String = account.private_key.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let key = KeyPair::from_pkcs8(&BASE64_STANDARD.decode(pem).ok()?).ok()?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).ok()?;
    Some(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)).into())
}

/// The token of the machine's own service account.
fn machine(http: &Http) -> Result<Token, Trouble> {
    let address = http.at("http://metadata.google.internal");
    let url = format!("{address}/computeMetadata/v1/instance/service-accounts/default/token");
    let request = http.get_local(&url).query("scopes", SCOPE).header("metadata-flavor", "Google");
    http.json(request.call()).map_err(|trouble| match trouble {
        Trouble::Unreachable(..) => Trouble::Settings(
            "There are no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account \
             that is a Monitoring Viewer."
                .into(),
        ),
        other => other,
    })
}
