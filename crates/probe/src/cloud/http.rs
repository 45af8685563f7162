//! Asking a cloud over HTTPS. One client for all of them; it blocks, so its callers have a thread of their own.

use std::time::Duration;

use model::{Cloud, Missing, Why};
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{Agent, Body, RequestBuilder, http::Response, typestate::WithBody, typestate::WithoutBody};

/// A cloud that has not answered by then is not asked on.
const PATIENCE: Duration = Duration::from_secs(10);

/// The service beside the machine answers at once or is not there.
const LOCAL_PATIENCE: Duration = Duration::from_secs(2);

/// Why a cloud gave no answer. No variant holds a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// Something of the configuration cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Nobody answered.
    #[error("{0} cannot be reached: {1}.")]
    Unreachable(Cloud, String),
    /// It answered that it does not want to.
    #[error("{cloud} refuses ({status}): {said}")]
    Refused { cloud: Cloud, status: u16, said: String },
    /// It answered something else.
    #[error("{0} answered in a way that Heron does not understand: {1}.")]
    Nonsense(Cloud, String),
}

impl From<Trouble> for Missing {
    fn from(trouble: Trouble) -> Self {
        let why = match trouble {
            Trouble::Unreachable(..) => Why::Unreachable,
            Trouble::Refused { status: 401, .. } => Why::Authentication,
            Trouble::Refused { status: 403, .. } => Why::Privilege,
            Trouble::Settings(_) | Trouble::Refused { .. } | Trouble::Nonsense(..) => Why::Failed,
        };
        Self::new(why, trouble.to_string())
    }
}

/// A client that knows whom it speaks to.
pub(super) struct Http {
    agent: Agent,
    pub(super) cloud: Cloud,
    endpoint: Option<String>,
}

impl Http {
    pub(super) fn new(cloud: Cloud, endpoint: Option<&str>) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            // Whoever sends us elsewhere would be given the credentials.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent("heron");
        let endpoint = endpoint.map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self { agent: config.build().new_agent(), cloud, endpoint }
    }

    /// Where a service of the cloud is.
    pub(super) fn at<'a>(&'a self, service: &'a str) -> &'a str {
        self.endpoint.as_deref().unwrap_or(service)
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder<WithoutBody> {
        self.agent.get(url)
    }

    pub(super) fn post(&self, url: &str) -> RequestBuilder<WithBody> {
        self.agent.post(url)
    }

    /// A question to the service beside the machine: past every proxy, and without patience.
    pub(super) fn get_local(&self, url: &str) -> RequestBuilder<WithoutBody> {
        self.agent.get(url).config().proxy(None).timeout_global(Some(LOCAL_PATIENCE)).build()
    }

    pub(super) fn put_local(&self, url: &str) -> RequestBuilder<WithBody> {
        self.agent.put(url).config().proxy(None).timeout_global(Some(LOCAL_PATIENCE)).build()
    }

    /// The answer as JSON.
    pub(super) fn json<T: DeserializeOwned>(&self, sent: Result<Response<Body>, ureq::Error>) -> Result<T, Trouble> {
        let text = self.text(sent)?;
        serde_json::from_str(&text).map_err(|error| Trouble::Nonsense(self.cloud, error.to_string()))
    }

    /// The answer as text.
    pub(super) fn text(&self, sent: Result<Response<Body>, ureq::Error>) -> Result<String, Trouble> {
        let unreachable = |error: ureq::Error| Trouble::Unreachable(self.cloud, error.to_string());
        let mut response = sent.map_err(unreachable)?;
        let text = response.body_mut().read_to_string().map_err(unreachable)?;
        match response.status().as_u16() {
            200..300 => Ok(text),
            status => Err(Trouble::Refused { cloud: self.cloud, status, said: said(&text) }),
        }
    }
}

/// What an error says for people: its first sentence, because signatures and requests may be quoted after it.
fn said(body: &str) -> String {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let places = ["/error/message", "/error_description", "/message", "/Message", "/error", "/__type"];
    let text = places.iter().find_map(|place| json.pointer(place)?.as_str()).unwrap_or("no reason was given");
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(240).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_s_way_to_complain_is_understood() {
        let cases = [
            (
                r#"{"__type":"com.amazon#AccessDeniedException","Message":"User x is not authorized"}"#,
                "User x is not authorized",
            ),
            (r#"{"error":{"code":403,"message":"Permission denied.\nmore"}}"#, "Permission denied."),
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret"}"#,
                "AADSTS7000215: Invalid client secret",
            ),
            (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
            ("<html>", "no reason was given"),
        ];
        for (body, expected) in cases {
            assert_eq!(said(body), expected);
        }
        assert_eq!(said(&format!(r#"{{"message":"{}"}}"#, "ü".repeat(999))).chars().count(), 240);
    }
}
