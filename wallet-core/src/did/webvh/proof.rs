//! The proofs of did:webvh 1.0: Data Integrity of the suite `eddsa-jcs-2022` by an Ed25519 did:key.
//!
//! A log entry's proof and a witness' proof have the same form ("Authorized Keys", "The Witness Proofs File"). Refused
//! (`WV-12`): another type, suite or purpose, a `verificationMethod` that is not `did:key:X#X` with the same X of an Ed25519
//! key twice, a proof with a context (the document has none, VC-DI-EDDSA §3.3.2), one that ended before the moment of
//! reading, a malformed moment; a signature that is not the key's over this document (`WV-13`).

use jigap_keys::{KeyType, PrivateKey, PublicKey, base58, hash, json};
use serde_json::{Value, json};

use crate::time::Timestamp;
use crate::verdict::{Check, Reason, Refusal};

/// WV-12: the proof is of the one form.
pub const PROOF_FORM: Check = Check::new(
    "WV-12",
    "a proof is a DataIntegrityProof of eddsa-jcs-2022 for assertionMethod, by a did:key whose body and fragment are one",
    "증명은 assertionMethod를 위한 eddsa-jcs-2022 DataIntegrityProof이고, did:key의 본문과 조각이 같습니다",
    "did:webvh 1.0, Authorized Keys, Witness DIDs and Reputation",
);
/// WV-13: the proof holds.
pub const PROOF: Check = Check::new(
    "WV-13",
    "each proof of a log entry verifies with a key that was allowed to update the DID",
    "기록 항목의 모든 증명이 DID를 갱신할 수 있던 키로 확인됩니다",
    "did:webvh 1.0, Authorized Keys",
);

const BAD_FORM: Reason = Reason::new(
    "webvh-proof-form",
    "a proof is not of the suite, purpose or key that did:webvh 1.0 demands",
    "증명이 did:webvh 1.0이 요구하는 방식, 목적, 키가 아닙니다",
);
const BAD_SIGNATURE: Reason = Reason::new(
    "webvh-proof-signature",
    "a proof does not verify with its key",
    "증명이 그 키로 확인되지 않습니다",
);

/// Members of a proof, bytes of an Ed25519 signature in base58btc at most.
const MAX_MEMBERS: usize = 16;
const MAX_SIGNATURE: usize = 88;

/// A proof of the right form, not verified.
#[derive(Debug)]
pub(super) struct Proof<'p> {
    /// The Multikey of the did:key that made it.
    pub(super) multikey: &'p str,
    key: PublicKey,
    config: String,
    signature: Vec<u8>,
}

impl<'p> Proof<'p> {
    /// Reads a proof at the moment `now`. Refuses by WV-12.
    pub(super) fn read(value: &'p Value, now: Timestamp) -> Result<Self, Refusal> {
        read(value, now).ok_or(PROOF_FORM.refuse(BAD_FORM))
    }

    /// Verifies it over a document in canonical form. Refuses by WV-13.
    pub(super) fn verify(&self, canonical: &str) -> Result<(), Refusal> {
        let input = signing_input(&self.config, canonical);
        self.key.verify(&input, &self.signature).map_err(|_| PROOF.refuse(BAD_SIGNATURE))
    }
}

fn read(value: &Value, now: Timestamp) -> Option<Proof<'_>> {
    let members = value.as_object().filter(|members| members.len() <= MAX_MEMBERS)?;
    let text = |name| members.get(name).and_then(Value::as_str);
    let named = text("type")? == "DataIntegrityProof"
        && text("cryptosuite")? == "eddsa-jcs-2022"
        && text("proofPurpose")? == "assertionMethod"
        && !members.contains_key("@context");
    let moment = |name| members.get(name).map(|it| it.as_str().and_then(Timestamp::parse_rfc3339));
    let in_time = moment("created") != Some(None)
        && moment("expires").is_none_or(|ends| ends.is_some_and(|ends| now < ends));
    let (body, fragment) = text("verificationMethod")?.strip_prefix("did:key:")?.split_once('#')?;
    if !named || !in_time || body != fragment {
        return None;
    }
    let key = ed25519(body)?;
    let signature = base58::decode(text("proofValue")?.strip_prefix('z')?, MAX_SIGNATURE).ok()?;
    let mut config = members.clone();
    config.remove("proofValue");
    let config = json::canonicalize(&Value::Object(config)).ok()?;
    Some(Proof { multikey: body, key, config, signature })
}

/// The Ed25519 key of a Multikey in its one spelling.
pub(super) fn ed25519(multikey: &str) -> Option<PublicKey> {
    let key = PublicKey::from_multikey(multikey).ok()?;
    (key.key_type() == KeyType::Ed25519 && key.to_multikey() == multikey).then_some(key)
}

/// VC-DI-EDDSA 1.0 §3.3.4: the digest of the proof's configuration, and that of the document.
fn signing_input(config: &str, canonical: &str) -> Vec<u8> {
    [hash::sha256(config.as_bytes()), hash::sha256(canonical.as_bytes())].concat()
}

/// A document that lacks only its proof's signature.
#[derive(Debug, Clone)]
pub(super) struct Unsigned {
    document: Value,
    config: Value,
    input: Vec<u8>,
}

impl Unsigned {
    /// What the Ed25519 key behind `multikey` will sign about `document`; `None` where that has no canonical form.
    pub(super) fn new(document: Value, multikey: &str, created: Timestamp) -> Option<Self> {
        let config = json!({
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": format!("did:key:{multikey}#{multikey}"),
            "created": created.to_rfc3339(),
            "proofPurpose": "assertionMethod",
        });
        let canonical = json::canonicalize(&document).ok()?;
        let input = signing_input(&json::canonicalize(&config).ok()?, &canonical);
        Some(Self { document, config, input })
    }

    /// What is to be signed (Ed25519, RFC 8032).
    pub(super) fn signing_input(&self) -> &[u8] {
        &self.input
    }

    /// What was drafted.
    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    /// The document and its proof with `signature`.
    pub(super) fn attach(self, signature: &[u8]) -> (Value, Value) {
        let mut proof = self.config;
        if let Some(members) = proof.as_object_mut() {
            members.insert("proofValue".into(), format!("z{}", base58::encode(signature)).into());
        }
        (self.document, proof)
    }

    /// The signature of `key`; `None` if it cannot sign.
    pub(super) fn signed_by(&self, key: &PrivateKey) -> Option<Vec<u8>> {
        key.sign(&self.input).ok()
    }
}
