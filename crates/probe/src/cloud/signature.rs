//! Amazon's signature of a request, version 4: a chain of HMACs, for which `ring` is enough (it is here for TLS anyway).

use std::fmt::Write;

use dataset::Secret;
use model::Timestamp;
use ring::{digest, hmac};

/// Who signs.
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: Secret,
    pub(super) token: Option<Secret>,
}

/// What is signed: a request without a query to the root of a service.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    /// Names in lower case, `host` and `x-amz-date` among them.
    pub(super) headers: &'a mut Vec<(&'static str, String)>,
    pub(super) body: &'a str,
}

/// The moment as the header `x-amz-date` has it: `20150830T123600Z`.
pub(super) fn date(at: Timestamp) -> String {
    at.iso().replace(['-', ':'], "")
}

/// The header `authorization` for a request sent at a moment, written as [`date`] does.
pub(super) fn sign(keys: &Keys, request: Request<'_>, date: &str) -> String {
    let Request { method, region, service, headers, body } = request;
    headers.sort();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    let canonical = format!("{method}\n/\n\n{lines}\n{names}\n{}", sha256(body));
    let day = date.get(..8).unwrap_or_default();
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&canonical));
    let first = format!("AWS4{}", keys.secret.expose()).into_bytes();
    let key = [day, region, service, "aws4_request"].iter().fold(first, |key, part| authenticated(&key, part));
    let signature = hex(&authenticated(&key, &text));
    format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", keys.id)
}

fn authenticated(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amazon's published test suite: `get-vanilla`, `post-vanilla`, `post-header-key-sort`.
    #[test]
    fn the_published_examples_are_signed_as_published() {
        let keys =
            Keys { id: "AKIDEXAMPLE".into(), secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(), token: None };
        let when = date(Timestamp::parse("2015-08-30T12:36:00Z").unwrap());
        assert_eq!(when, "20150830T123600Z");
        let cases = [
            ("GET", None, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            ("POST", None, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                "POST",
                Some(("my-header1", "value1")),
                "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
            ),
        ];
        for (method, more, signature) in cases {
            let mut headers = vec![("x-amz-date", when.clone()), ("host", "example.amazonaws.com".into())];
            headers.extend(more.map(|(name, value)| (name, value.to_owned())));
            let request = Request { method, region: "us-east-1", service: "service", headers: &mut headers, body: "" };
            let said = sign(&keys, request, &when);
            assert!(said.ends_with(&format!("Signature={signature}")), "{method} {more:?}: {said}");
            assert!(
                said.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;")
            );
        }
    }
}
