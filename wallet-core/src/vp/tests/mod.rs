//! Hostile requests and responses for each rule, and the whole exchange both ways.

mod authorization;
mod client;
mod device;
mod exchange;
mod link;
mod request;
mod response;

use jigap_keys::{Entropy, KeyType, PrivateKey};
use serde_json::{Map, Value, json};
use url::Url;

use super::*;
use crate::did::key_did;
use crate::documents::Documents;
use crate::jose::{Header, UnsignedJws};
use crate::ports::HttpResponse;
use crate::testing::Repeatable;
use crate::time::Seconds;
use crate::verdict::{Check, Refusal};
use crate::x509::Anchors;
pub(super) use crate::x509::tests::{Authority, NOW};

const RESPONSE: &str = "https://verifier.example/response/1";

/// A verifier that is a did:key.
struct DidVerifier {
    key: PrivateKey,
    kid: String,
    client_id: ClientId,
}

impl DidVerifier {
    fn new(seed: u64) -> Self {
        let key = PrivateKey::generate(KeyType::P256, &Repeatable::new(seed));
        let did = key_did(key.public());
        let kid = format!("{did}#{}", did.trim_start_matches("did:key:"));
        let client_id = ClientId::parse(&format!("decentralized_identifier:{did}")).unwrap();
        Self { key, kid, client_id }
    }

    fn header(&self) -> Header {
        Header::for_key(self.key.public()).unwrap().typ("oauth-authz-req+jwt").kid(&self.kid)
    }

    fn sign(&self, header: &Header, payload: &Value) -> String {
        UnsignedJws::new(header, payload).sign(&self.key).unwrap()
    }

    /// The parameters of a request that is right in every respect.
    fn parameters(&self) -> Value {
        let mut parameters = parameters(self.client_id.as_str());
        parameters["aud"] = json!(STATIC_DISCOVERY_AUDIENCE);
        parameters["exp"] = json!(NOW.unix() + 300);
        parameters
    }

    fn invite(&self, object: &str) -> Result<UnverifiedRequest, Refusal> {
        let link = super::link::link([("client_id", self.client_id.as_str()), ("request", object)]);
        match Invitation::parse(&link)? {
            Invitation::ByValue(request) => Ok(request),
            Invitation::ByReference(_) => panic!("by reference"),
        }
    }

    /// What a wallet makes of a request object with this payload.
    fn ask(&self, payload: &Value) -> Result<AuthorizationRequest, Refusal> {
        let request = self.invite(&self.sign(&self.header(), payload))?;
        request.authenticate(trust(&Documents::new(), None))?.validate()
    }
}

fn trust<'a>(documents: &'a Documents, anchors: Option<&'a Anchors>) -> VerifierTrust<'a> {
    VerifierTrust { anchors, documents, now: NOW }
}

fn parameters(client_id: &str) -> Value {
    json!({
        "client_id": client_id,
        "response_type": "vp_token",
        "response_mode": "direct_post",
        "response_uri": RESPONSE,
        "nonce": "n-0S6_WzA2Mj",
        "state": "af0ifjsldkj",
        "dcql_query": query(),
        "client_metadata": metadata(),
    })
}

fn query() -> Value {
    json!({"credentials": [{
        "id": "student",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:student"]},
        "claims": [{"path": ["enrolled"]}]
    }]})
}

fn metadata() -> Value {
    json!({"vp_formats_supported": {"dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}}})
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn answer(content_type: &str, body: &[u8]) -> HttpResponse {
    HttpResponse {
        status: 200,
        content_type: content_type.to_owned(),
        max_age: None,
        age: 0,
        dpop_nonce: None,
        body: body.to_vec(),
    }
}

/// `base` with the member changed, or removed where `value` is `None`.
fn with(mut base: Value, name: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => base[name] = value,
        None => drop(base.as_object_mut().unwrap().remove(name)),
    }
    base
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>, check: Check, code: &str) {
    let refusal = outcome.unwrap_err();
    assert_eq!((refusal.check.id, refusal.reason.code), (check.id, code));
}
