//! Targets of `jigap-data-integrity` and `wallet-core::ldp`: JSON-LD to canonical statements and back to JSON, and W3C
//! credentials and presentations with Data Integrity proofs.
//!
//! A document without `proof` is signed by a key of our own, so that mutation reaches what stands behind the signature. One
//! with a proof is taken as it is: then what verifies must read as one of the documents that we signed, whatever JSON it
//! came in.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use jigap_data_integrity::{Contexts, Expanded, ProofOptions, SecuredDocument, sign};
use jigap_keys::PrivateKey;
use jigap_keys::json::canonicalize;
use jigap_wallet_core::did;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::ldp::{LdpVc, LdpVp};
use serde_json::{Value, json};

use crate::fixtures::{AUDIENCE, NONCE, NOW, holder, issuer, must, object, request, seeds};

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const V1: &str = "https://www.w3.org/2018/credentials/v1";
const MORE: &str = "https://contexts.example/more";
/// The type of [`credential`].
pub(crate) const TYPE: &str = "urn:ex:Card";

/// W3C's contexts, and one with a term of each kind.
pub(crate) fn more_context() -> Vec<u8> {
    let context = json!({"@context": {
        "ex": {"@id": "urn:ex:", "@prefix": true}, "Card": "ex:Card", "tags": "ex:tags", "count": "ex:count",
        "adult": {"@id": "ex:adult", "@type": "http://www.w3.org/2001/XMLSchema#boolean"},
        "home": {"@id": "ex:home", "@context": {"city": "ex:city"}}, "friend": {"@id": "ex:friend", "@type": "@id"},
        "order": {"@id": "ex:order", "@container": "@list"}, "any": {"@id": "ex:any", "@type": "@json"},
        "graph": {"@id": "ex:graph", "@container": "@graph"}, "title": {"@id": "ex:title", "@language": "ko"}
    }});
    context.to_string().into_bytes()
}

/// Where [`more_context`] is.
pub(crate) const MORE_CONTEXT: &str = MORE;

static CONTEXTS: LazyLock<Arc<Contexts>> = LazyLock::new(|| {
    let mut contexts = Contexts::known().clone();
    must(contexts.insert(MORE, &more_context()));
    Arc::new(contexts)
});

/// What the documents we signed say.
static SAID: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let documents = [signed(), shown()];
    let read = |document: &Value| reading(&must(expanded(document)));
    documents.iter().filter_map(read).collect()
});

fn expanded(document: &Value) -> Result<Expanded, jigap_data_integrity::ProofError> {
    Ok(SecuredDocument::from_value(document.clone())?.expand(&CONTEXTS))
}

fn reading(expanded: &Expanded) -> Option<String> {
    expanded.reading().ok().map(|reading| must(canonicalize(&reading)))
}

fn method(key: &PrivateKey) -> String {
    let did = did::key_did(key.public());
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}

fn options(key: &PrivateKey, purpose: &str) -> ProofOptions {
    ProofOptions { created: Some(NOW.to_rfc3339()), ..ProofOptions::new(method(key), purpose) }
}

/// What was signed verifies, and reads the same when its arrays are turned round or its values stand in arrays; what
/// verifies says what we signed.
pub(crate) fn data_integrity(data: &[u8]) {
    let Some(members) = object(data) else { return };
    let ours = !members.contains_key("proof");
    let mut document = Value::Object(members);
    if ours {
        let made = sign(document, &options(issuer(), "assertionMethod"), issuer(), &CONTEXTS);
        let Ok(made) = made else { return };
        document = made;
    }
    let Ok(expanded) = expanded(&document) else { return };
    let _ = expanded.types();
    let read = reading(&expanded);
    let Ok(proofs) = must(SecuredDocument::from_value(document.clone())).proofs() else { return };
    for proof in &proofs {
        let held = expanded.verify(proof, issuer().public()).is_ok();
        assert!(held || !ours, "what was signed does not verify");
        if held && !ours && proof.previous_proof().is_empty() {
            assert!(read.as_ref().is_none_or(|read| SAID.contains(read)), "something else verifies");
        }
    }
    for anew in [turned(&document, false), turned(&document, true)] {
        let Ok(again) = self::expanded(&anew) else { continue };
        if proofs.iter().all(|proof| again.verify(proof, issuer().public()).is_ok()) {
            assert_eq!(reading(&again), read, "the same statements read otherwise");
        }
    }
}

/// The document with its arrays turned round, and, if asked, each lone value in an array.
fn turned(value: &Value, arrays: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(|item| turned(item, arrays)).collect(),
        Value::Object(members) => {
            let turn = |(name, value): (&String, &Value)| {
                let kept = ["@context", "proof", "id"].contains(&name.as_str()) || name.starts_with('@');
                let value = if kept { value.clone() } else { turned(value, arrays) };
                let lone = arrays && !kept && !value.is_array() && name != "verifiableCredential";
                (name.clone(), if lone { json!([value]) } else { value })
            };
            members.iter().map(turn).collect()
        }
        other => other.clone(),
    }
}

/// What our issuer did not sign is no credential; what our holder did not show is no presentation.
pub(crate) fn ldp(data: &[u8]) {
    let Some(members) = object(data) else { return };
    let document = Value::Object(members);
    if LdpVp::is_one(&document) {
        presentation(document);
    } else {
        credential(document);
    }
}

fn credential(document: Value) {
    let ours = document.get("proof").is_none();
    let document = if ours {
        let made = sign(document, &options(issuer(), "assertionMethod"), issuer(), &CONTEXTS);
        let Ok(made) = made else { return };
        made
    } else {
        document
    };
    let Ok(credential) = LdpVc::read(document, &CONTEXTS) else { return };
    let _ = (credential.unverified_issuer(), credential.unverified_types(), credential.verification_method());
    let _ = credential.needs(&issuer().public().clone().into(), &Documents::new());
    let Ok(verified) = credential.verify(issuer().public(), &Documents::new()) else { return };
    assert!(ours || SAID.contains(&must(canonicalize(verified.credential()))), "another credential verifies");
    assert!(verified.credential().get("issuer").is_some() && verified.credential().get("@context").is_none());
    if let Some(subject) = verified.subject() {
        assert!(verified.is_only_about(subject));
    }
}

fn presentation(mut document: Value) {
    let inner = document.get_mut("verifiableCredential");
    let inner = inner.and_then(|inner| if inner.is_array() { inner.get_mut(0) } else { Some(inner) });
    if let Some(credential) = inner.filter(|inner| inner.is_object() && inner.get("proof").is_none()) {
        let made = sign(credential.take(), &options(issuer(), "assertionMethod"), issuer(), &CONTEXTS);
        let Ok(made) = made else { return };
        *credential = made;
    }
    let ours = document.get("proof").is_none();
    if ours {
        let made = sign(document, &shown_options(), holder(), &CONTEXTS);
        let Ok(made) = made else { return };
        document = made;
    }
    let Ok((presentation, credential)) = LdpVp::read(document, &CONTEXTS) else { return };
    let Ok(verified) = credential.verify(issuer().public(), &Documents::new()) else { return };
    if let Ok(key) = presentation.verify(&verified, &request(), &Documents::new()) {
        assert_eq!(key, *holder().public());
        assert!(verified.is_only_about(&did::key_did(holder().public())));
        assert!(ours || SAID.contains(&must(canonicalize(verified.credential()))), "another one is shown");
    }
}

fn shown_options() -> ProofOptions {
    ProofOptions {
        challenge: Some(NONCE.to_owned()),
        domain: Some(AUDIENCE.to_owned()),
        ..options(holder(), "authentication")
    }
}

/// A credential with a value of each kind.
fn unsigned() -> Value {
    json!({
        "@context": [V2, MORE], "type": ["VerifiableCredential", "Card"],
        "issuer": {"id": did::key_did(issuer().public()), "name": "U"}, "validUntil": "2030-01-01T00:00:00Z",
        "credentialSubject": {
            "id": did::key_did(holder().public()), "tags": ["b", "a"], "count": [1, 2.5], "adult": true,
            "home": {"city": "Seoul"}, "friend": {"id": "urn:ex:p", "tags": "p"}, "order": ["x", "y"],
            "any": {"k": [1, null]}, "graph": {"tags": "g"}, "title": "제목"
        },
    })
}

/// It, signed by the issuer.
pub(crate) fn signed() -> Value {
    must(sign(unsigned(), &options(issuer(), "assertionMethod"), issuer(), &CONTEXTS))
}

fn unsigned_presentation(credential: Value) -> Value {
    json!({
        "@context": [V2], "type": "VerifiablePresentation", "verifiableCredential": [credential],
        "holder": did::key_did(holder().public()),
    })
}

/// It, shown by its holder.
pub(crate) fn shown() -> Value {
    must(sign(unsigned_presentation(signed()), &shown_options(), holder(), &CONTEXTS))
}

pub(crate) fn data_integrity_seeds() -> Vec<Vec<u8>> {
    let chain = ProofOptions { id: Some("urn:ex:1".to_owned()), ..options(issuer(), "assertionMethod") };
    let first = must(sign(unsigned(), &chain, issuer(), &CONTEXTS));
    let next =
        ProofOptions { previous_proof: vec!["urn:ex:1".to_owned()], ..options(issuer(), "assertionMethod") };
    let chained = must(sign(first, &next, issuer(), &CONTEXTS));
    let older = json!({
        "@context": [V1, "https://w3id.org/security/data-integrity/v2"], "type": "VerifiableCredential",
        "issuer": "urn:ex:u", "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": {"id": "urn:ex:s"},
    });
    let alike =
        json!({"@context": MORE, "home": [{"city": {"tags": "a"}}, {"city": {"tags": "b"}}, {"city": {}}]});
    seeds([unsigned(), signed(), chained, older, alike])
}

pub(crate) fn ldp_seeds() -> Vec<Vec<u8>> {
    seeds([unsigned(), signed(), shown(), unsigned_presentation(unsigned())])
}
