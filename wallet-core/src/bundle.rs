//! The trust bundle: one JSON file with all that judging needs, so that it works without a network.
//!
//! ```json
//! { "format": "jigap-trust-bundle/1",
//!   "list": "https://trust.example/list",
//!   "trust_list": "eyJ…",
//!   "signer": { "kty": "OKP", "crv": "Ed25519", "x": "…" },
//!   "documents": [ { "url": "https://…", "fetched_at": "2026-11-22T00:00:00Z", "max_age": 300, "body": "base64url" } ] }
//! ```
//! Whoever gives the file to the judge trusts its `signer` by that very act; the list is verified with it.

use jigap_keys::json::{self, Limits};
use jigap_keys::{PublicKey, base64url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::documents::{Document, Documents};
use crate::time::{Seconds, Timestamp};
use crate::trust::TrustList;
use crate::verdict::Refusal;

/// The only format there is.
const FORMAT: &str = "jigap-trust-bundle/1";
/// Most documents a bundle may hold.
const MAX_DOCUMENTS: usize = 1000;
const LIMITS: Limits = Limits { bytes: 64 * 1024 * 1024, depth: 6 };

/// A parsed bundle; its trust list is not verified yet.
#[derive(Debug, Clone)]
pub struct TrustBundle {
    /// The id of the trust list that is expected (its `sub`).
    pub list: String,
    /// The signed trust list, a compact JWS.
    pub trust_list: String,
    /// The key that must have signed it.
    pub signer: PublicKey,
    /// What was fetched for judging offline.
    pub documents: Documents,
}

/// Why a file is not a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Not JSON of the form above.
    #[error("the file is not a trust bundle")]
    Form,
    /// Another version of the format.
    #[error("the trust bundle is of an unknown format")]
    UnknownFormat,
    /// `signer` is not a public key.
    #[error("the trust bundle's signer is not a public key")]
    Signer,
    /// A document's URL, moment or body is malformed, or there are more than 1,000.
    #[error("a document of the trust bundle is malformed")]
    Document,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    list: String,
    trust_list: String,
    signer: Value,
    #[serde(default)]
    documents: Vec<StoredDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDocument {
    url: String,
    fetched_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u32>,
    body: String,
}

impl TrustBundle {
    /// Reads a bundle of at most 64 MiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let value = json::parse(bytes, LIMITS).map_err(|_| BundleError::Form)?;
        let stored: Stored = serde_json::from_value(value).map_err(|_| BundleError::Form)?;
        if stored.format != FORMAT {
            return Err(BundleError::UnknownFormat);
        }
        if stored.documents.len() > MAX_DOCUMENTS {
            return Err(BundleError::Document);
        }
        let mut documents = Documents::new();
        for document in stored.documents {
            let (url, document) = document.read().ok_or(BundleError::Document)?;
            documents.insert(url, document);
        }
        let signer = PublicKey::from_jwk(&stored.signer).map_err(|_| BundleError::Signer)?;
        Ok(Self { list: stored.list, trust_list: stored.trust_list, signer, documents })
    }

    /// Verifies the trust list at `now` with the bundle's signer.
    pub fn verify(&self, now: Timestamp) -> Result<TrustList, Refusal> {
        TrustList::verify(&self.trust_list, &self.list, &self.signer, now)
    }

    /// The bundle in `bytes` with a newer version of its list, signed by `signer`. Everything else in it stays.
    ///
    /// # Errors
    /// [`BundleError`] if `bytes` are no bundle.
    pub fn renewed(bytes: &[u8], trust_list: &str, signer: &PublicKey) -> Result<Vec<u8>, BundleError> {
        Self::parse(bytes)?;
        let mut value = json::parse(bytes, LIMITS).map_err(|_| BundleError::Form)?;
        if let Some(members) = value.as_object_mut() {
            members.insert("trust_list".to_owned(), trust_list.into());
            members.insert("signer".to_owned(), signer.to_jwk());
        }
        Ok(value.to_string().into_bytes())
    }

    /// Writes a bundle of a trust list, its signer and `documents`.
    pub fn write<'d>(
        (list, trust_list): (&str, &str),
        signer: &PublicKey,
        documents: impl IntoIterator<Item = (&'d Url, &'d Document)>,
    ) -> Value {
        let documents: Vec<Value> =
            documents.into_iter().map(|(url, document)| written(url, document)).collect();
        serde_json::json!({
            "format": FORMAT, "list": list, "trust_list": trust_list, "signer": signer.to_jwk(), "documents": documents
        })
    }
}

impl StoredDocument {
    fn read(self) -> Option<(Url, Document)> {
        let document = Document {
            bytes: base64url::decode(&self.body).ok()?,
            fetched_at: Timestamp::parse_rfc3339(&self.fetched_at)?,
            max_age: self.max_age.map(Seconds),
        };
        Some((Url::parse(&self.url).ok()?, document))
    }
}

fn written(url: &Url, document: &Document) -> Value {
    serde_json::json!(StoredDocument {
        url: url.to_string(),
        fetched_at: document.fetched_at.to_rfc3339(),
        max_age: document.max_age.map(|age| age.0),
        body: base64url::encode(&document.bytes),
    })
}

#[cfg(test)]
mod tests {
    use jigap_keys::{KeyType, PrivateKey};
    use serde_json::json;

    use super::*;
    use crate::testing::Repeatable;

    fn bundle() -> (Value, PublicKey) {
        let signer = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1)).public().clone();
        let url = Url::parse("https://issuer.example/.well-known/jwt-vc-issuer").unwrap();
        let document = Document {
            bytes: b"{}".to_vec(),
            fetched_at: Timestamp::from_unix(1_700_000_000),
            max_age: Some(Seconds(60)),
        };
        (TrustBundle::write(("https://trust.example/list", "a.b.c"), &signer, [(&url, &document)]), signer)
    }

    #[test]
    fn a_bundle_goes_there_and_back() {
        let (value, signer) = bundle();
        let read = TrustBundle::parse(value.to_string().as_bytes()).unwrap();
        assert_eq!((read.trust_list.as_str(), &read.signer), ("a.b.c", &signer));
        let url = Url::parse("https://issuer.example/.well-known/jwt-vc-issuer").unwrap();
        assert_eq!(read.documents.get(&url).unwrap().bytes, b"{}");
    }

    #[test]
    fn a_malformed_bundle_is_refused() {
        let refused = |change: fn(&mut Value), error| {
            let (mut value, _) = bundle();
            change(&mut value);
            assert_eq!(TrustBundle::parse(value.to_string().as_bytes()).err(), Some(error), "{value}");
        };
        refused(|bundle| bundle["format"] = json!("jigap-trust-bundle/2"), BundleError::UnknownFormat);
        refused(|bundle| bundle["signer"]["x"] = json!("AA"), BundleError::Signer);
        refused(|bundle| bundle["documents"][0]["url"] = json!("not a url"), BundleError::Document);
        refused(|bundle| bundle["documents"][0]["body"] = json!("="), BundleError::Document);
        refused(|bundle| bundle["extra"] = json!(1), BundleError::Form);
        refused(|bundle| bundle["trust_list"] = json!(7), BundleError::Form);
        assert_eq!(TrustBundle::parse(b"").err(), Some(BundleError::Form));
    }
}
