//! The authorization request as a verifier makes it (OpenID4VP 1.0 §5).
//!
//! What is built here is judged, before it leaves, by the very code with which a wallet judges it: a verifier cannot
//! send what a wallet would refuse.

use jigap_keys::{Entropy, PublicKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::client_id::ClientId;
use super::client_metadata::ClientMetadata;
use super::link::link;
use super::nonce::fresh;
use super::request::{AuthorizationRequest, ResponseMode, STATIC_DISCOVERY_AUDIENCE, check_own};
use crate::dcql::Query;
use crate::jose::{Header, UnsignedJws};
use crate::time::{Seconds, Timestamp};
use crate::verdict::Refusal;

/// What a verifier wants to ask.
#[derive(Debug, Clone)]
pub struct NewRequest<'a> {
    /// Who asks.
    pub client_id: &'a ClientId,
    /// Where the answer goes: https, without fragment.
    pub response_uri: &'a Url,
    /// The DCQL query.
    pub query: &'a Value,
    /// The formats it speaks and, for an encrypted response, its keys, best made for this request alone.
    pub client_metadata: &'a ClientMetadata,
    /// How long the request can be answered.
    pub lifetime: Seconds,
}

/// A request that was made and may be answered once. Its serialized form is what a verifier keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SentRequest {
    parameters: Map<String, Value>,
}

/// How a request object names the key it is signed with.
#[derive(Debug, Clone)]
pub enum Identification {
    /// For `x509_hash` and `x509_san_dns`: the certificate chain in DER, the signer's first.
    X5c(Vec<Vec<u8>>),
    /// For `decentralized_identifier`: the DID URL of the key.
    Kid(String),
}

impl NewRequest<'_> {
    /// The request, with a fresh `nonce` and `state` of 192 bits each. It asks for an encrypted response if the metadata has
    /// keys. Refuses what a wallet would refuse, and a query that points at a claim twice (`DQ-13`).
    pub fn build(&self, entropy: &dyn Entropy, now: Timestamp) -> Result<SentRequest, Refusal> {
        Query::parse(self.query)?.validate()?;
        let encrypted = !self.client_metadata.encryption_keys().is_empty();
        let mode = if encrypted { ResponseMode::DirectPostJwt } else { ResponseMode::DirectPost };
        let members = [
            ("aud", json!(STATIC_DISCOVERY_AUDIENCE)),
            ("client_id", json!(self.client_id.as_str())),
            ("client_metadata", self.client_metadata.to_value()),
            ("dcql_query", self.query.clone()),
            ("exp", json!(now.plus(self.lifetime).unix())),
            ("iat", json!(now.unix())),
            ("nonce", json!(fresh(entropy))),
            ("response_mode", json!(mode.name())),
            ("response_type", json!("vp_token")),
            ("response_uri", json!(self.response_uri.as_str())),
            ("state", json!(fresh(entropy))),
        ];
        let sent = SentRequest {
            parameters: members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        };
        sent.check(self.client_id)?;
        Ok(sent)
    }
}

impl SentRequest {
    /// The nonce that every presentation has to be bound to.
    pub fn nonce(&self) -> &str {
        self.text("nonce")
    }

    /// The state that the response has to repeat, by which the verifier finds the request again.
    pub fn state(&self) -> &str {
        self.text("state")
    }

    /// The whole client identifier: the audience that every presentation has to name.
    pub fn client_id(&self) -> &str {
        self.text("client_id")
    }

    /// What was asked, as a wallet reads it. Refuses a kept form that somebody changed.
    pub fn asked(&self) -> Result<AuthorizationRequest, Refusal> {
        self.check(&ClientId::parse(self.client_id())?)
    }

    /// The request object for a client that signs, its signature still missing: `typ` is `oauth-authz-req+jwt`, and it
    /// repeats the `wallet_nonce` of the POST that asks for it. `None` for a key that does not sign.
    pub fn request_object(
        &self,
        key: &PublicKey,
        identification: Identification,
        wallet_nonce: Option<&str>,
    ) -> Option<UnsignedJws> {
        let header = Header::for_key(key)?.typ("oauth-authz-req+jwt");
        let header = match identification {
            Identification::X5c(chain) => header.x5c(chain),
            Identification::Kid(kid) => header.kid(kid),
        };
        let mut payload = self.parameters.clone();
        if let Some(wallet_nonce) = wallet_nonce {
            payload.insert("wallet_nonce".to_owned(), json!(wallet_nonce));
        }
        Some(UnsignedJws::new(&header, &Value::Object(payload)))
    }

    /// The link that holds the whole request, for the client of `redirect_uri`, which cannot sign.
    pub fn link(&self) -> String {
        let of_objects_only = |name: &str| matches!(name, "aud" | "exp" | "iat");
        let parameters: Vec<(&str, String)> = self
            .parameters
            .iter()
            .filter(|(name, _)| !of_objects_only(name))
            .map(|(name, value)| {
                (name.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        link(parameters.iter().map(|(name, value)| (*name, value.as_str())))
    }

    fn check(&self, client_id: &ClientId) -> Result<AuthorizationRequest, Refusal> {
        check_own(client_id, &self.parameters)
    }

    fn text(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}
