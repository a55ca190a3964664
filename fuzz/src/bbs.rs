//! Targets of `bbs-2023`: the proof values that an issuer and a holder write, in CBOR.
//!
//! Input stands as the proof value of a document of our own. What derives from a base proof must verify; a derived proof that
//! verifies must be the one that we made, for no other bytes say the same.

use std::sync::LazyLock;

use jigap_data_integrity::{
    BbsBinding, BbsDisclosure, Contexts, Pointer, ProofOptions, SecuredDocument, derive_bbs, sign_bbs,
};
use jigap_keys::Entropy;
use jigap_keys::base64url;
use jigap_keys::bbs::SecretKey;
use jigap_keys::hash::sha256;
use serde_json::{Value, json};

use crate::fixtures::must;

/// The same numbers in every run.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        let digest = sha256(b"bbs");
        out.iter_mut().zip(digest.iter().cycle()).for_each(|(to, from)| *to = *from);
    }
}

struct Made {
    key: SecretKey,
    base: Value,
    derived: Value,
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let key = SecretKey::generate(&Fixed);
    let document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"],
        "issuer": "urn:ex:issuer", "name": "card", "description": "of a kind",
        "credentialSubject": {"id": "urn:ex:subject"},
    });
    let options = ProofOptions::new("urn:ex:issuer#key", "assertionMethod");
    let mandatory = [must(Pointer::parse("/issuer"))];
    let binding = (&mandatory[..], BbsBinding::None);
    let base = must(sign_bbs(document, &options, binding, &key, Contexts::known(), &Fixed));
    let derived = must(derive(&base));
    Made { key, base, derived }
});

fn derive(base: &Value) -> Result<Value, jigap_data_integrity::ProofError> {
    let selective = [must(Pointer::parse("/name"))];
    let disclosure = BbsDisclosure { selective: &selective, ..BbsDisclosure::default() };
    derive_bbs(&SecuredDocument::from_value(base.clone())?, &disclosure, Contexts::known(), &Fixed)
}

fn with(document: &Value, data: &[u8]) -> Value {
    let mut document = document.clone();
    if let Some(place) = document.pointer_mut("/proof/proofValue") {
        *place = json!(format!("u{}", base64url::encode(data)));
    }
    document
}

fn value(document: &Value) -> Vec<u8> {
    let text = document.pointer("/proof/proofValue").and_then(Value::as_str).unwrap_or_default();
    must(base64url::decode(text.trim_start_matches('u')))
}

/// What derives from a base proof verifies as the issuer's.
pub(crate) fn base(data: &[u8]) {
    let Made { key, base, .. } = &*MADE;
    let Ok(made) = derive(&with(base, data)) else { return };
    let document = must(SecuredDocument::from_value(made));
    let proofs = must(document.proofs());
    let expanded = document.expand(Contexts::known());
    let holds = |proof| expanded.verify_bbs(proof, key.public(), None).is_ok();
    assert!(proofs.iter().all(holds), "what derives does not verify");
}

/// A derived proof that verifies is the holder's.
pub(crate) fn derived(data: &[u8]) {
    let Made { key, derived, .. } = &*MADE;
    let document = must(SecuredDocument::from_value(with(derived, data)));
    let Ok(proofs) = document.proofs() else { return };
    let expanded = document.expand(Contexts::known());
    for proof in &proofs {
        if expanded.verify_bbs(proof, key.public(), None).is_ok() {
            assert_eq!(data, value(derived), "something else verifies");
        }
    }
}

pub(crate) fn base_seeds() -> Vec<Vec<u8>> {
    vec![value(&MADE.base)]
}

pub(crate) fn derived_seeds() -> Vec<Vec<u8>> {
    vec![value(&MADE.derived)]
}
