//! Clouds, played by a server of the test that looks at what it is asked and answers as the real ones do.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
};
use model::{Cloud, HostMetric, HostSeries, Missing, Timestamp, Why};
use probe::{
    CloudSettings,
    cloud::{Span, read},
};
use ring::{digest, hmac, signature};

/// 2026-11-22 03:00:00 UTC.
const END: i64 = 1_795_316_400;

/// A request as it arrived.
#[derive(Debug, Clone)]
struct Seen {
    method: Method,
    path: String,
    query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A form's field, or a question's.
    fn field(&self, name: &str) -> String {
        let form = url::form_urlencoded::parse(self.body.as_bytes()).find(|(key, _)| key == name);
        form.map(|(_, value)| value.into_owned()).or_else(|| self.query.get(name).cloned()).unwrap_or_default()
    }
}

type Answers = fn(&Seen) -> (u16, String);

/// A cloud that answers by a function, and remembers what it was asked.
struct StandIn {
    address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    async fn new(answers: Answers) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let router = Router::new().fallback(answer).with_state((answers, seen.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(
    State((answers, seen)): State<(Answers, Arc<Mutex<Vec<Seen>>>)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let one = Seen { method, path: uri.path().into(), query, headers, body };
    let (status, text) = answers(&one);
    seen.lock().unwrap().push(one);
    (StatusCode::from_u16(status).unwrap(), text)
}

/// Five minutes.
fn span() -> Span {
    Span::new(Timestamp(END * 1_000_000), 300, 60).unwrap()
}

async fn series(settings: &CloudSettings) -> HostSeries {
    read(settings, span()).await.answer.unwrap()
}

async fn missing(settings: &CloudSettings) -> Missing {
    read(settings, span()).await.answer.unwrap_err()
}

/// What `HostSeries` says of a metric, minute by minute.
fn values(series: &HostSeries, metric: HostMetric) -> Vec<Option<f64>> {
    series.metrics.iter().find(|(known, _)| *known == metric).unwrap().1.clone().unwrap()
}

mod amazon {
    use super::*;

    fn settings(cloud: &StandIn) -> CloudSettings {
        CloudSettings {
            aws_db_instance_identifier: Some("production-1".into()),
            aws_region: Some("eu-west-1".into()),
            aws_access_key_id: Some("AKIDEXAMPLE".into()),
            aws_secret_access_key: Some("hunter2hunter2".into()),
            endpoint: Some(cloud.address.clone()),
            ..CloudSettings::default()
        }
    }

    /// As CloudWatch answers `GetMetricStatistics` in JSON: in no order, and nothing about a lag that is not there.
    fn cloudwatch(seen: &Seen) -> (u16, String) {
        let asked: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
        if asked["MetricName"] == "ReplicaLag" {
            return (200, r#"{"Datapoints":[],"Label":"ReplicaLag"}"#.into());
        }
        let points = format!(
            r#"{{"Average":25.5,"Timestamp":{}.0,"Unit":"Percent"}},{{"Average":50.0,"Timestamp":{}.0,"Unit":"Percent"}}"#,
            END - 60,
            END - 300
        );
        (200, format!(r#"{{"Datapoints":[{points}],"Label":{}}}"#, asked["MetricName"]))
    }

    /// The signature once more, from what arrived and by the book.
    fn signature_of(seen: &Seen, secret: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let sha = |text: &str| hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        let mac = |key: &[u8], text: &str| {
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
        };
        let signed = seen.header("authorization").split("SignedHeaders=").nth(1).unwrap();
        let signed = signed.split(',').next().unwrap();
        let lines: String = signed.split(';').map(|name| format!("{name}:{}\n", seen.header(name))).collect();
        let canonical = format!("{}\n{}\n\n{lines}\n{signed}\n{}", seen.method, seen.path, sha(&seen.body));
        let date = seen.header("x-amz-date");
        let scope = format!("{}/eu-west-1/monitoring/aws4_request", &date[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha(&canonical));
        let key = mac(format!("AWS4{secret}").as_bytes(), &date[..8]);
        let key = mac(&mac(&mac(&key, "eu-west-1"), "monitoring"), "aws4_request");
        hex(&mac(&key, &text))
    }

    /// §2.15, R8 to R13.
    #[tokio::test]
    async fn every_metric_is_asked_for_and_signed() {
        let cloud = StandIn::new(cloudwatch).await;
        let series = series(&settings(&cloud)).await;
        assert_eq!(series.cloud, Cloud::Aws);
        assert_eq!(values(&series, HostMetric::Cpu), [Some(0.5), None, None, None, Some(0.255)]);
        assert_eq!(values(&series, HostMetric::Reads), [Some(50.0), None, None, None, Some(25.5)]);
        assert_eq!(values(&series, HostMetric::ReplicationLag), [None; 5]);
        assert_eq!(series.values(HostMetric::ReplicationLag), None, "a primary has no lag");

        let mut names = Vec::new();
        for seen in cloud.seen() {
            assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/"));
            assert_eq!(seen.header("x-amz-target"), "GraniteServiceVersion20100801.GetMetricStatistics");
            assert_eq!(seen.header("content-type"), "application/x-amz-json-1.0");
            let authorization = seen.header("authorization");
            assert!(authorization.ends_with(&format!("Signature={}", signature_of(&seen, "hunter2hunter2"))));
            assert!(authorization.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-target,"));
            let asked: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
            assert_eq!(asked["Namespace"], "AWS/RDS");
            assert_eq!(asked["Dimensions"][0]["Value"], "production-1");
            assert_eq!((&asked["StartTime"], &asked["EndTime"]), (&(END - 300).into(), &END.into()));
            assert_eq!((&asked["Period"], &asked["Statistics"][0]), (&60.into(), &"Average".into()));
            names.push(asked["MetricName"].as_str().unwrap().to_owned());
        }
        let expected =
            ["CPUUtilization", "DatabaseConnections", "ReplicaLag", "ReadIOPS", "WriteIOPS", "FreeStorageSpace"];
        assert_eq!(names, expected);
    }

    /// Without keys the machine's role is used, as IMDSv2 hands it out.
    #[tokio::test]
    async fn a_machine_s_role_is_enough() {
        fn machine(seen: &Seen) -> (u16, String) {
            match (seen.method.as_str(), seen.path.as_str()) {
                ("PUT", "/latest/api/token") if !seen.header("x-aws-ec2-metadata-token-ttl-seconds").is_empty() => {
                    (200, "the-token".into())
                }
                ("GET", "/latest/meta-data/iam/security-credentials/") => (200, "heron-role".into()),
                ("GET", "/latest/meta-data/iam/security-credentials/heron-role") => {
                    assert_eq!(seen.header("x-aws-ec2-metadata-token"), "the-token");
                    (
                        200,
                        r#"{"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"lent","Token":"session"}"#.into(),
                    )
                }
                ("POST", "/") => cloudwatch(seen),
                _ => (404, String::new()),
            }
        }
        let cloud = StandIn::new(machine).await;
        let settings = CloudSettings { aws_access_key_id: None, aws_secret_access_key: None, ..settings(&cloud) };
        assert!(series(&settings).await.values(HostMetric::Cpu).is_some());
        let last = cloud.seen().pop().unwrap();
        assert_eq!(last.header("x-amz-security-token"), "session");
        assert!(last.header("authorization").contains("Credential=ASIA/"));
        assert!(last.header("authorization").ends_with(&format!("Signature={}", signature_of(&last, "lent"))));
    }

    #[tokio::test]
    async fn a_refusal_is_a_sentence_without_secrets() {
        let refuse: Answers = |_| {
            let said = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: heron is not authorized to perform: cloudwatch:GetMetricStatistics"}"#;
            (403, said.into())
        };
        let cloud = StandIn::new(refuse).await;
        let series = series(&settings(&cloud)).await;
        let missing = series.missing();
        assert_eq!((missing.len(), missing[0].why), (1, Why::Privilege));
        assert!(missing[0].detail.contains("not authorized to perform: cloudwatch:GetMetricStatistics"), "{missing:?}");
        assert!(!format!("{series:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn nonsense_and_redirects_are_answers_too() {
        let nonsense: Answers = |_| (200, "<html>a proxy's page</html>".into());
        let series_of = |answers| async move { series(&settings(&StandIn::new(answers).await)).await };
        assert!(series_of(nonsense).await.missing()[0].detail.contains("does not understand"));
        let moved: Answers = |_| (302, String::new());
        assert!(series_of(moved).await.missing()[0].detail.contains("refuses (302)"));
    }

    #[tokio::test]
    async fn settings_that_cannot_be_used_are_not_sent() {
        let cloud = StandIn::new(cloudwatch).await;
        let region = CloudSettings { aws_region: Some("evil.example/".into()), ..settings(&cloud) };
        assert!(missing(&region).await.detail.contains("no name of a region"));
        let half = CloudSettings { aws_secret_access_key: None, ..settings(&cloud) };
        assert!(missing(&half).await.detail.contains("belong together"));
        assert!(cloud.seen().is_empty());
    }

    /// One wait, not six.
    #[tokio::test]
    async fn a_cloud_that_is_not_there_is_one_missing_answer() {
        let begun = Instant::now();
        let nobody = StandIn { address: "http://127.0.0.1:1".into(), seen: Arc::default() };
        assert_eq!(missing(&settings(&nobody)).await.why, Why::Unreachable);
        assert!(begun.elapsed() < Duration::from_secs(12));
    }
}

mod google {
    use super::*;

    fn settings(cloud: &StandIn) -> CloudSettings {
        let key = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/service-account.json");
        CloudSettings {
            gcp_database_id: Some("shop:production-1".into()),
            google_application_credentials: Some(key),
            endpoint: Some(cloud.address.clone()),
            ..CloudSettings::default()
        }
    }

    /// As Cloud Monitoring answers `timeSeries.list`: newest first, whole numbers as text, a series for each database.
    fn monitoring(seen: &Seen) -> (u16, String) {
        if seen.path == "/token" || seen.path.ends_with("/service-accounts/default/token") {
            return (200, r#"{"access_token":"the-token","expires_in":3599,"token_type":"Bearer"}"#.into());
        }
        let at = |second: i64| Timestamp(second * 1_000_000).iso();
        let points = |kind: &str, late: &str, early: &str| {
            let point = |end: String, value: &str| {
                format!(r#"{{"interval":{{"startTime":"{end}","endTime":"{end}"}},"value":{{"{kind}":{value}}}}}"#)
            };
            format!(r#"{{"points":[{},{}]}}"#, point(at(END), late), point(at(END - 240), early))
        };
        let filter = seen.field("filter");
        let series = match filter.split('"').nth(1).unwrap().rsplit("database/").next().unwrap() {
            "cpu/utilization" => points("doubleValue", "0.25", "0.5"),
            "postgresql/num_backends" => {
                format!("{},{}", points("doubleValue", "3", "4"), points("doubleValue", "10", "20"))
            }
            "disk/quota" => points("int64Value", "\"1000\"", "\"1000\""),
            "disk/bytes_used" => points("int64Value", "\"600\"", "\"400\""),
            "disk/read_ops_count" => points("doubleValue", "120", "60"),
            _ => return (200, "{}".into()),
        };
        (200, format!(r#"{{"timeSeries":[{series}],"unit":"1"}}"#))
    }

    /// §2.15.
    #[tokio::test]
    async fn every_metric_is_asked_for_with_a_token_for_the_account() {
        let cloud = StandIn::new(monitoring).await;
        let series = series(&settings(&cloud)).await;
        assert_eq!(series.cloud, Cloud::Google);
        assert_eq!(values(&series, HostMetric::Cpu), [Some(0.5), None, None, None, Some(0.25)]);
        assert_eq!(values(&series, HostMetric::Connections), [Some(24.0), None, None, None, Some(13.0)]);
        assert_eq!(values(&series, HostMetric::FreeSpace), [Some(600.0), None, None, None, Some(400.0)]);
        assert_eq!(values(&series, HostMetric::Reads), [Some(1.0), None, None, None, Some(2.0)]);
        assert_eq!(series.values(HostMetric::ReplicationLag), None);

        let seen = cloud.seen();
        assert_eq!(seen[0].field("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
        is_signed_by_the_account(&seen[0].field("assertion"));
        for seen in &seen[1..] {
            assert_eq!(seen.path, "/v3/projects/shop/timeSeries");
            assert_eq!(seen.header("authorization"), "Bearer the-token");
            assert!(seen.field("filter").ends_with("AND resource.labels.database_id = \"shop:production-1\""));
            assert_eq!(seen.field("interval.endTime"), "2026-11-22T03:00:00Z");
            assert_eq!(seen.field("interval.startTime"), "2026-11-22T02:55:00Z");
            assert_eq!(seen.field("aggregation.alignmentPeriod"), "60s");
            assert_eq!(seen.field("aggregation.perSeriesAligner"), "ALIGN_MEAN");
        }
        assert_eq!(seen.len(), 8, "a token, five metrics, and two for the free space");
    }

    fn is_signed_by_the_account(assertion: &str) {
        use base64::{Engine, prelude::*};
        let account = include_str!("fixtures/service-account.json");
        let account: serde_json::Value = serde_json::from_str(account).unwrap();
        let pem: String =
            account["private_key"].as_str().unwrap().lines().filter(|line| !line.starts_with('-')).collect();
        let key = ring::rsa::KeyPair::from_pkcs8(&BASE64_STANDARD.decode(pem).unwrap()).unwrap();
        let (text, sum) = assertion.rsplit_once('.').unwrap();
        let public = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
        public.verify(text.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(sum).unwrap()).unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["iss"], "heron@shop.iam.gserviceaccount.com");
        assert_eq!(claims["aud"], "https://oauth2.googleapis.com/token");
        assert_eq!(claims["scope"], "https://www.googleapis.com/auth/monitoring.read");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    }

    #[tokio::test]
    async fn a_machine_s_account_is_enough() {
        let cloud = StandIn::new(monitoring).await;
        let settings = CloudSettings { google_application_credentials: None, ..settings(&cloud) };
        assert!(series(&settings).await.values(HostMetric::Cpu).is_some());
        assert_eq!(cloud.seen()[0].header("metadata-flavor"), "Google");
    }

    #[tokio::test]
    async fn a_key_that_is_none_and_an_id_that_is_none_are_said() {
        let cloud = StandIn::new(monitoring).await;
        let none = CloudSettings { google_application_credentials: Some("/nowhere.json".into()), ..settings(&cloud) };
        assert!(missing(&none).await.detail.contains("/nowhere.json cannot be read"));
        for id in ["production-1", "shop:", "shop:x\" OR \"", ":x"] {
            let wrong = CloudSettings { gcp_database_id: Some(id.into()), ..settings(&cloud) };
            assert!(missing(&wrong).await.detail.contains("project:instance"), "{id}");
        }
        assert!(cloud.seen().is_empty());
    }
}

mod azure {
    use super::*;

    const RESOURCE: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/db";

    fn settings(cloud: &StandIn) -> CloudSettings {
        CloudSettings {
            azure_resource_id: Some(RESOURCE.into()),
            azure_tenant_id: Some("the-tenant".into()),
            azure_client_id: Some("the-client".into()),
            azure_client_secret: Some("hunter2".into()),
            endpoint: Some(cloud.address.clone()),
            ..CloudSettings::default()
        }
    }

    /// As Azure Monitor answers: every period is there, some without a value; an unknown metric is an error.
    fn monitor(seen: &Seen) -> (u16, String) {
        if seen.path == "/the-tenant/oauth2/v2.0/token" || seen.path == "/metadata/identity/oauth2/token" {
            return (200, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"the-token"}"#.into());
        }
        if seen.field("metricnames") == "physical_replication_delay_in_seconds" {
            return (400, r#"{"code":"BadRequest","message":"Failed to find metric configuration"}"#.into());
        }
        let data: Vec<String> = (0..5)
            .map(|minute| {
                let at = Timestamp((END - 300 + 60 * minute) * 1_000_000).iso();
                let average = if minute == 2 { String::new() } else { format!(r#","average":{}"#, 10 * minute) };
                format!(r#"{{"timeStamp":"{at}"{average}}}"#)
            })
            .collect();
        let series = format!(r#"[{{"metadatavalues":[],"data":[{}]}}]"#, data.join(","));
        (200, format!(r#"{{"cost":4,"interval":"PT1M","value":[{{"unit":"Percent","timeseries":{series}}}]}}"#))
    }

    /// §9.3.
    #[tokio::test]
    async fn every_metric_is_asked_for_with_a_token_for_the_client() {
        let cloud = StandIn::new(monitor).await;
        let series = series(&settings(&cloud)).await;
        assert_eq!(series.cloud, Cloud::Azure);
        assert_eq!(values(&series, HostMetric::Cpu), [Some(0.0), Some(0.1), None, Some(0.3), Some(0.4)]);
        assert_eq!(values(&series, HostMetric::Writes), [Some(0.0), Some(10.0), None, Some(30.0), Some(40.0)]);
        let missing = series.missing();
        assert_eq!(missing.len(), 1);
        assert!(missing[0].detail.contains("refuses (400): Failed to find metric configuration"), "{missing:?}");

        let seen = cloud.seen();
        assert_eq!(seen[0].field("grant_type"), "client_credentials");
        assert_eq!(seen[0].field("scope"), "https://management.azure.com/.default");
        assert_eq!(
            (seen[0].field("client_id"), seen[0].field("client_secret")),
            ("the-client".into(), "hunter2".into())
        );
        for seen in &seen[1..] {
            assert_eq!(seen.path, format!("{RESOURCE}/providers/Microsoft.Insights/metrics"));
            assert_eq!(seen.header("authorization"), "Bearer the-token");
            assert_eq!(seen.field("timespan"), "2026-11-22T02:55:00Z/2026-11-22T03:00:00Z");
            assert_eq!((seen.field("interval"), seen.field("aggregation")), ("PT1M".into(), "Average".into()));
        }
        let names: Vec<String> = seen[1..].iter().map(|seen| seen.field("metricnames")).collect();
        let lag = "physical_replication_delay_in_seconds";
        assert_eq!(names, ["cpu_percent", "active_connections", lag, "read_iops", "write_iops", "storage_free"]);
    }

    #[tokio::test]
    async fn a_managed_identity_is_enough() {
        let cloud = StandIn::new(monitor).await;
        let settings = CloudSettings { azure_client_secret: None, ..settings(&cloud) };
        assert!(series(&settings).await.values(HostMetric::Cpu).is_some());
        let first = &cloud.seen()[0];
        assert_eq!((first.header("metadata"), first.field("client_id")), ("true", "the-client".into()));
    }

    #[tokio::test]
    async fn a_wrong_secret_is_said_without_it() {
        let refuse: Answers = |_| {
            (401, r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1"}"#.into())
        };
        let cloud = StandIn::new(refuse).await;
        let missing = missing(&settings(&cloud)).await;
        assert_eq!(missing.why, Why::Authentication);
        assert_eq!(missing.detail, "Azure Monitor refuses (401): AADSTS7000215: Invalid client secret provided.");
    }

    #[tokio::test]
    async fn a_resource_that_is_none_is_not_asked_about() {
        let cloud = StandIn::new(monitor).await;
        for id in ["production-1", "/subscriptions/1?x=", "/subscriptions/1/#"] {
            let wrong = CloudSettings { azure_resource_id: Some(id.into()), ..settings(&cloud) };
            assert!(missing(&wrong).await.detail.contains("azure_resource_id"), "{id}");
        }
        assert!(cloud.seen().is_empty());
    }
}

/// §7 `system` (disabled, no provider).
#[tokio::test]
async fn no_cloud_is_said_in_a_sentence() {
    assert_eq!(missing(&CloudSettings::default()).await.detail, "No cloud is configured for this database.");
}
