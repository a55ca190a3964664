//! Where a credential says its status can be found: the `status` claim (Token Status List §6.1, §6.2).

use serde_json::{Value, json};
use url::Url;

use crate::verdict::{Check, Reason, Refusal};

/// The `status` claim has the form of Token Status List §6.2.
pub const REFERENCE: Check = Check::new(
    "ST-01",
    "the credential's status reference is well formed",
    "증명서의 상태 참조가 형식에 맞습니다",
    "Token Status List §6.2",
);

const MALFORMED: Reason = Reason::new(
    "status-reference-malformed",
    "the status reference lacks a URI or a non-negative index",
    "상태 참조에 URI나 0 이상의 색인이 없습니다",
);

/// A place in a status list: `status.status_list` of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusReference {
    uri: String,
    url: Url,
    idx: u64,
}

impl StatusReference {
    /// A reference to index `idx` of the list at `uri`, an absolute URI (RFC 3986). Whether it may be fetched is the
    /// fetch guard's question.
    pub fn new(uri: &str, idx: u64) -> Result<Self, Refusal> {
        match Url::parse(uri) {
            Ok(url) if uri.is_ascii() => Ok(Self { uri: uri.to_owned(), url, idx }),
            _ => Err(Self::malformed()),
        }
    }

    pub(super) const fn malformed() -> Refusal {
        REFERENCE.refuse(MALFORMED)
    }

    /// Reads the value of a `status` claim. `None` if it names only mechanisms other than `status_list`: then the
    /// status is *unknown*, and whoever asks must not take it for valid. No more is it known where
    /// [others stand beside](Self::has_others_beside) that one.
    pub fn from_claim(status: &Value) -> Result<Option<Self>, Refusal> {
        let mechanisms = status.as_object().filter(|map| !map.is_empty()).ok_or(Self::malformed())?;
        let Some(list) = mechanisms.get("status_list") else { return Ok(None) };
        let idx = list.get("idx").and_then(Value::as_u64).ok_or(Self::malformed())?;
        let uri = list.get("uri").and_then(Value::as_str).ok_or(Self::malformed())?;
        Self::new(uri, idx).map(Some)
    }

    /// Whether a `status` claim names other mechanisms beside `status_list`: every member names one (§6.1, §14.2). The draft does
    /// not say that any one of them is enough.
    pub fn has_others_beside(status: &Value) -> bool {
        status.as_object().is_some_and(|map| map.len() > 1 && map.contains_key("status_list"))
    }

    /// The value of the `status` claim that makes this reference.
    pub fn to_claim(&self) -> Value {
        json!({"status_list": {"idx": self.idx, "uri": self.uri}})
    }

    /// The list's URI as written, which `sub` of the token repeats letter for letter.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The same, to fetch from.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The place in the list.
    pub const fn idx(&self) -> u64 {
        self.idx
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_goes_there_and_back() {
        let claim = json!({"status_list": {"idx": 0, "uri": "https://example.com/statuslists/1"}});
        let reference = StatusReference::from_claim(&claim).unwrap().unwrap();
        assert_eq!((reference.uri(), reference.idx()), ("https://example.com/statuslists/1", 0));
        assert_eq!(reference.to_claim(), claim);
    }

    #[test]
    fn another_mechanism_alone_is_no_reference() {
        assert_eq!(StatusReference::from_claim(&json!({"other": {}})), Ok(None));
        assert!(!StatusReference::has_others_beside(&json!({"other": {}, "another": {}})));
    }

    #[test]
    fn another_mechanism_beside_a_list_is_seen() {
        let mut claim = json!({"status_list": {"idx": 0, "uri": "https://example.com/statuslists/1"}});
        assert!(!StatusReference::has_others_beside(&claim));
        claim["other"] = json!(null);
        assert!(StatusReference::has_others_beside(&claim));
        assert!(!StatusReference::has_others_beside(&json!([claim, 1])));
    }

    #[test]
    fn st_01_malformed_reference_is_refused() {
        let uri = "https://example.com/1";
        for claim in [
            json!(null),
            json!({}),
            json!([]),
            json!("status_list"),
            json!({"status_list": null}),
            json!({"status_list": []}),
            json!({"status_list": {"uri": uri}}),
            json!({"status_list": {"idx": 1}}),
            json!({"status_list": {"idx": -1, "uri": uri}}),
            json!({"status_list": {"idx": 1.5, "uri": uri}}),
            json!({"status_list": {"idx": "1", "uri": uri}}),
            json!({"status_list": {"idx": 1e30, "uri": uri}}),
            json!({"status_list": {"idx": 1, "uri": 1}}),
            json!({"status_list": {"idx": 1, "uri": ""}}),
            json!({"status_list": {"idx": 1, "uri": "/statuslists/1"}}),
            json!({"status_list": {"idx": 1, "uri": "https://example.com/상태"}}),
        ] {
            assert_eq!(StatusReference::from_claim(&claim).unwrap_err().check, REFERENCE, "{claim}");
        }
    }
}
