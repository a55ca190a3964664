//! Targets of `ecdsa-sd-2023`: the proof values that an issuer and a holder write, in CBOR, and the pointers by which a holder
//! chooses.
//!
//! Input stands as the proof value of a document of our own. What derives from a base proof that holds must verify; a derived
//! proof that verifies must be the one that we made. (ECDSA knows two signatures that say the same; nobody finds the
//! other by chance.)

use std::sync::LazyLock;

use jigap_data_integrity::{
    Contexts, Pointer, Proof, ProofError, SecuredDocument, derive_ecdsa_sd, verify_ecdsa_sd_base,
};
use jigap_keys::base64url;
use jigap_keys::{KeyType, PrivateKey, PublicKey};
use serde_json::{Value, json};

use crate::fixtures::{Same, must, seeds, text};
use crate::ldp::{MORE_CONTEXT, more_context};

/// Made once by `sign_ecdsa_sd` with [`KEY`] over [`document`], `/issuer` mandatory: ECDSA draws other numbers each time.
const BASE: &[u8] = include_bytes!("../corpus/ecdsa_sd_base/seed-0");

static KEY: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate(KeyType::P256, &Same::new(4)));
static CONTEXTS: LazyLock<Contexts> = LazyLock::new(|| {
    let mut contexts = Contexts::known().clone();
    must(contexts.insert(MORE_CONTEXT, &more_context()));
    contexts
});
static DERIVED: LazyLock<Value> =
    LazyLock::new(|| must(derive(with(document(), BASE), &[must(Pointer::parse("/name"))])));

fn key() -> &'static PublicKey {
    KEY.public()
}

/// A credential with a value of each kind, and a proof without its value.
fn document() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", MORE_CONTEXT], "type": ["VerifiableCredential", "Card"],
        "issuer": "urn:ex:issuer", "name": "card", "description": "of a kind",
        "credentialSubject": {
            "id": "urn:ex:subject", "tags": ["b", "a"], "count": [1, 2.5], "home": {"city": {"tags": ["x"], "count": 1}},
            "order": ["x", "y"], "any": {"~/": [1, null]}, "graph": {"tags": "g"}, "title": "제목",
        },
        "proof": {
            "type": "DataIntegrityProof", "cryptosuite": "ecdsa-sd-2023",
            "verificationMethod": "urn:ex:issuer#key", "proofPurpose": "assertionMethod",
        },
    })
}

fn with(mut document: Value, data: &[u8]) -> Value {
    if let Some(proof) = document.get_mut("proof").and_then(Value::as_object_mut) {
        proof.insert("proofValue".to_owned(), json!(format!("u{}", base64url::encode(data))));
    }
    document
}

/// The document without its proof, which no pointer selects.
fn unsecured(mut document: Value) -> Value {
    document.as_object_mut().and_then(|members| members.remove("proof"));
    document
}

fn value(document: &Value) -> Vec<u8> {
    let text = document.pointer("/proof/proofValue").and_then(Value::as_str).unwrap_or_default();
    must(base64url::decode(text.trim_start_matches('u')))
}

fn derive(base: Value, selective: &[Pointer]) -> Result<Value, ProofError> {
    derive_ecdsa_sd(base, selective, &CONTEXTS)
}

/// Whether the one proof of a document holds.
fn holds(document: Value, verify: impl Fn(&SecuredDocument, &Proof) -> Result<(), ProofError>) -> bool {
    let document = must(SecuredDocument::from_value(document));
    must(document.proofs()).iter().all(|proof| verify(&document, proof).is_ok())
}

fn derived_holds(document: Value) -> bool {
    holds(document, |document, proof| document.verify(proof, key(), &CONTEXTS))
}

/// What derives from a base proof that holds verifies.
pub(crate) fn base(data: &[u8]) {
    let base = with(document(), data);
    let held = holds(base.clone(), |document, proof| verify_ecdsa_sd_base(document, proof, key(), &CONTEXTS));
    assert!(held || data != BASE, "what was signed does not hold");
    assert!(!derived_holds(base.clone()), "a base proof verifies");
    // Of another, what is broken may be withheld.
    match derive(base, &[must(Pointer::parse("/name"))]) {
        Ok(derived) => assert!(derived_holds(derived) || !held, "what derives does not verify"),
        Err(_) => assert!(!held, "nothing derives"),
    }
}

/// A derived proof that verifies is the holder's.
pub(crate) fn derived(data: &[u8]) {
    let ours = data == value(&DERIVED);
    assert_eq!(derived_holds(with(DERIVED.clone(), data)), ours, "something else verifies");
}

/// Each line is a pointer: it finds what RFC 6901 says, as `serde_json` reads it too, is written as it was read, and what
/// it selects is shown and verifies.
pub(crate) fn pointers(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (document, mut selective) = (unsecured(document()), Vec::new());
    for line in text.lines() {
        let Ok(pointer) = Pointer::parse(line) else { continue };
        assert_eq!(pointer.to_string(), line);
        assert_eq!(Pointer::from_steps(pointer.steps()).as_ref(), Ok(&pointer));
        assert_eq!(pointer.find(&document), document.pointer(line), "{line}");
        selective.push(pointer);
    }
    let all_there = selective.iter().all(|pointer| pointer.find(&document).is_some());
    let Ok(derived) = derive(with(self::document(), BASE), &selective) else { return };
    assert!(all_there, "a pointer at nothing selects");
    let shown = unsecured(derived.clone());
    // An array is shown without what was not selected of it.
    let in_array = |step: &String| step.bytes().all(|byte| byte.is_ascii_digit());
    for pointer in selective.iter().filter(|pointer| !pointer.steps().iter().any(in_array)) {
        assert_eq!(pointer.find(&shown), pointer.find(&document));
    }
    assert!(derived_holds(derived), "what was selected does not verify");
}

pub(crate) fn base_seeds() -> Vec<Vec<u8>> {
    vec![BASE.to_vec()]
}

pub(crate) fn derived_seeds() -> Vec<Vec<u8>> {
    vec![value(&DERIVED)]
}

pub(crate) fn pointer_seeds() -> Vec<Vec<u8>> {
    seeds([
        "/name\n/credentialSubject/tags/1\n/credentialSubject/home/city",
        "/credentialSubject/any\n/credentialSubject/order\n/credentialSubject/graph\n/credentialSubject/title",
        "/credentialSubject/any/~0~1/0\n/credentialSubject/count/01\n/type/1",
        "\n/issuer",
        "/credentialSubject/home/city/tags/0\n/credentialSubject/home/city/count\n~2/a",
    ])
}
