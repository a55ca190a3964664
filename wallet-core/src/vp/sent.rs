//! The authorization request as a verifier makes it (OpenID4VP 1.0 §5).
//!
//! What is built here is judged, before it leaves, by the very code with which a wallet judges it: a verifier cannot
//! send what a wallet would refuse.

use jigap_keys::{Entropy, PublicKey};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use url::Url;

use super::authorization::{Authorization, FeedConsent};
use super::client_id::ClientId;
use super::client_metadata::ClientMetadata;
use super::link::link;
use super::nonce::fresh;
use super::request::{ResponseMode, STATIC_DISCOVERY_AUDIENCE, check_own};
use crate::dcql::Query;
use crate::jose::{Header, UnsignedJws};
use crate::mdoc::SessionTranscript;
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
    /// What the holder is to agree to by presenting, if anything.
    pub consent: Option<&'a FeedConsent>,
    /// The formats it speaks and, for an encrypted response, its keys, best made for this request alone.
    pub client_metadata: &'a ClientMetadata,
    /// How long the request can be answered.
    pub lifetime: Seconds,
}

/// A request that was made and may be answered once. Its serialized form is what a verifier keeps: the parameters, in
/// the order of their names. Query and metadata stay text, read only where somebody asks for them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentRequest {
    aud: String,
    client_id: String,
    client_metadata: Box<RawValue>,
    dcql_query: Box<RawValue>,
    exp: i64,
    iat: i64,
    nonce: String,
    response_mode: String,
    response_type: String,
    response_uri: String,
    state: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    transaction_data: Vec<String>,
}

/// The payload of a request object.
#[derive(Serialize)]
struct RequestObject<'a> {
    #[serde(flatten)]
    parameters: &'a SentRequest,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet_nonce: Option<&'a str>,
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
        let encrypted = !self.client_metadata.encryption_keys().is_empty();
        let mode = if encrypted { ResponseMode::DirectPostJwt } else { ResponseMode::DirectPost };
        let (metadata, query) = (self.client_metadata.to_value(), self.query.clone());
        let sent = SentRequest {
            aud: STATIC_DISCOVERY_AUDIENCE.to_owned(),
            client_id: self.client_id.as_str().to_owned(),
            client_metadata: text(&metadata),
            dcql_query: text(&query),
            exp: now.plus(self.lifetime).unix(),
            iat: now.unix(),
            nonce: fresh(entropy),
            response_mode: mode.name().to_owned(),
            response_type: "vp_token".to_owned(),
            response_uri: self.response_uri.as_str().to_owned(),
            state: fresh(entropy),
            transaction_data: self.consent.map(FeedConsent::encode).unwrap_or_default(),
        };
        check_own(self.client_id, sent.parameters(metadata, query))?.query.validate()?;
        Ok(sent)
    }
}

impl SentRequest {
    /// The nonce that every presentation has to be bound to.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The state that the response has to repeat, by which the verifier finds the request again.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The whole client identifier: the audience that every presentation has to name.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// What a device that answers has to authenticate (OpenID4VP 1.0 B.2.6.1); `encryption_key`: the key of the request that
    /// the response is encrypted to, if it is.
    pub fn session_transcript(&self, encryption_key: Option<&PublicKey>) -> SessionTranscript {
        SessionTranscript::openid4vp(&self.client_id, &self.nonce, encryption_key, &self.response_uri)
    }

    /// The query that the response has to satisfy.
    pub fn query(&self) -> Result<Query, Refusal> {
        // What is no JSON is no query.
        Query::parse(&serde_json::from_str(self.dcql_query.get()).unwrap_or_default())
    }

    /// What its holder was asked to authorize, if anything. Refuses by VP-21 what is not ours.
    pub fn authorization(&self) -> Result<Option<Authorization>, Refusal> {
        if self.transaction_data.is_empty() {
            return Ok(None);
        }
        Authorization::read(&self.transaction_data.as_slice().into(), &self.query()?).map(Some)
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
        let payload = serde_json::to_string(&RequestObject { parameters: self, wallet_nonce }).ok()?;
        Some(UnsignedJws::of_text(&header, &payload))
    }

    /// The link that holds the whole request, for the client of `redirect_uri`, which cannot sign.
    pub fn link(&self) -> String {
        let authorized = Value::from(self.transaction_data.as_slice()).to_string();
        let parameters = [
            ("client_id", self.client_id.as_str()),
            ("client_metadata", self.client_metadata.get()),
            ("dcql_query", self.dcql_query.get()),
            ("nonce", &self.nonce),
            ("response_mode", &self.response_mode),
            ("response_type", &self.response_type),
            ("response_uri", &self.response_uri),
            ("state", &self.state),
        ];
        let authorized =
            (!self.transaction_data.is_empty()).then_some(("transaction_data", authorized.as_str()));
        link(parameters.into_iter().chain(authorized))
    }

    /// The parameters as a wallet parses them; of `metadata` and `query` it is the text that is kept.
    fn parameters(&self, metadata: Value, query: Value) -> Map<String, Value> {
        let text = |text: &str| Value::String(text.to_owned());
        let members = [
            ("aud", text(&self.aud)),
            ("client_id", text(&self.client_id)),
            ("client_metadata", metadata),
            ("dcql_query", query),
            ("exp", self.exp.into()),
            ("iat", self.iat.into()),
            ("nonce", text(&self.nonce)),
            ("response_mode", text(&self.response_mode)),
            ("response_type", text(&self.response_type)),
            ("response_uri", text(&self.response_uri)),
            ("state", text(&self.state)),
        ];
        let data = Value::from(self.transaction_data.as_slice());
        let authorized = (!self.transaction_data.is_empty()).then_some(("transaction_data", data));
        members.into_iter().chain(authorized).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The JSON text of `value`, which every `Value` has.
fn text(value: &Value) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_default()
}
