//! What the tests of SD-JWT share: keys, and a way to sign what no honest issuer would.

mod issue;
mod key_binding;
mod processing;
mod published;
mod rfc9901;

use jigap_keys::hash::HashAlgorithm;
use jigap_keys::{KeyType, PrivateKey, base64url};
use serde_json::{Map, Value, json};

use super::*;
use crate::claims::{ClaimPath, ThinnedArray};
use crate::jose::{self, Algorithm, Header};
use crate::testing::Repeatable;
use crate::verdict::Refusal;

fn issuer() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(1))
}

fn holder() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &Repeatable::new(2))
}

fn header() -> Header {
    Header::new(Algorithm::EdDsa)
}

fn path(value: Value) -> ClaimPath {
    ClaimPath::from_json(&value).unwrap()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}

/// An encoded disclosure with this very content.
fn disclosure(content: Value) -> String {
    base64url::encode(content.to_string())
}

fn digest_of(encoded: &str) -> String {
    super::disclosure::digest(HashAlgorithm::Sha256, encoded)
}

/// An SD-JWT VC with this very payload (`vct` is added) and these disclosures.
fn signed(mut payload: Value, disclosures: &[&str]) -> String {
    if let Some(members) = payload.as_object_mut() {
        members.entry("vct").or_insert(json!("urn:test"));
    }
    signed_as(&header().typ("dc+sd-jwt"), &payload, disclosures)
}

fn signed_as(header: &Header, payload: &Value, disclosures: &[&str]) -> String {
    let jws = jose::sign(header, payload, &issuer()).unwrap();
    disclosures.iter().fold(jws + "~", |text, one| text + one + "~")
}

fn verify(text: &str) -> Result<VerifiedSdJwtVc, Refusal> {
    SdJwtVc::parse(text)?.verify(issuer().public())
}

/// Check and reason of what was refused.
fn code(result: Result<impl Sized, Refusal>) -> (&'static str, &'static str) {
    let refusal = result.err().expect("it was accepted");
    (refusal.check.id, refusal.reason.code)
}
