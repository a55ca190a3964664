//! What whoever holds a signed document can make of it by contexts of its own, by contexts in credentials within it, and by
//! what RDF does not say: nothing that was not signed.

use serde_json::json;

use super::vectors::examples;
use super::*;
use crate::canonical::canonicalize;

const V2: &str = "https://www.w3.org/ns/credentials/v2";
const DATE_TIME: &str = "http://www.w3.org/2001/XMLSchema#dateTime";

fn key() -> PrivateKey {
    PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap()
}

fn credential() -> Value {
    json!({
        "@context": [V2, {"grade": "urn:ex:grade", "any": {"@id": "urn:ex:any", "@type": "@json"}}],
        "type": ["VerifiableCredential"], "issuer": "did:example:school",
        "name": {"@value": "성적", "@language": "ko"},
        "credentialSubject": {"id": "did:example:student", "grade": 1, "any": {"b": null, "a": [1.0]}},
    })
}

fn signed(document: Value) -> Value {
    let options = ProofOptions {
        created: Some("2026-01-01T00:00:00Z".to_owned()),
        expires: Some("2026-02-01T00:00:00Z".to_owned()),
        ..ProofOptions::new("did:example:school#1", "assertionMethod")
    };
    sign(document, &options, &key(), Contexts::known()).unwrap()
}

/// What a document reads as, if its one proof holds.
fn read(secured: &Value) -> Result<Value, ProofError> {
    let document = SecuredDocument::from_value(secured.clone())?;
    let proof = document.proofs()?.remove(0);
    let expanded = document.expand(Contexts::known());
    expanded.verify(&proof, key().public())?;
    expanded.reading()
}

/// The document with one more context, and its proof's `expires` moved to another member.
fn hidden(context: Value, name: &str, value: Value) -> Value {
    let mut hidden = signed(credential());
    hidden["@context"].as_array_mut().unwrap().push(context);
    let proof = hidden["proof"].as_object_mut().unwrap();
    proof.remove("expires").unwrap();
    proof.insert(name.to_owned(), value);
    hidden
}

#[test]
fn the_end_of_a_proof_cannot_be_hidden_behind_another_name() {
    let honest = signed(credential());
    assert!(read(&honest).is_ok());
    let said = |document: &Value| {
        let proof = document["proof"].as_object().unwrap();
        let context = document.get("@context");
        let statements = json_ld::configuration_in(context, proof, Contexts::known()).unwrap();
        canonicalize(&statements.quads, HashAlgorithm::Sha256).unwrap()
    };
    let end = "2026-02-01T00:00:00Z";
    let ends = json!({"ends": {"@id": "https://w3id.org/security#expiration", "@type": DATE_TIME}});
    let vocabulary = json!({"@vocab": "https://w3id.org/security#"});
    for hiding in [
        hidden(ends, "ends", json!(end)),
        hidden(vocabulary, "expiration", json!({"@value": end, "@type": DATE_TIME})),
    ] {
        // The same statements: the signature would hold, of a proof that says no end.
        assert_eq!(said(&hiding), said(&honest));
        assert_eq!(read(&hiding), Err(ProofError::Uncovered));
    }
}

#[test]
fn the_purpose_of_a_proof_cannot_be_another_word_for_it() {
    // No context of the data model is asked for here, so that no word is protected.
    let words = json!({
        "id": "@id", "type": "@type", "DataIntegrityProof": "https://w3id.org/security#DataIntegrityProof", "says": "urn:ex:says",
        "cryptosuite": {"@id": "https://w3id.org/security#cryptosuite", "@type": "https://w3id.org/security#cryptosuiteString"},
        "verificationMethod": {"@id": "https://w3id.org/security#verificationMethod", "@type": "@id"},
        "proofPurpose": {"@id": "https://w3id.org/security#proofPurpose", "@type": "@vocab"},
        "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id"},
        "created": {"@id": "http://purl.org/dc/terms/created", "@type": DATE_TIME},
        "expires": {"@id": "https://w3id.org/security#expiration", "@type": DATE_TIME},
    });
    let secured = signed(json!({"@context": words, "says": "x"}));
    assert!(read(&secured).is_ok());
    let mut other = secured;
    other["@context"]["authentication"] = json!("https://w3id.org/security#assertionMethod");
    other["proof"]["proofPurpose"] = json!("authentication");
    assert_eq!(read(&other), Err(ProofError::Uncovered));
}

#[test]
fn another_context_reads_the_same_or_breaks_the_proof() {
    let honest = signed(credential());
    let expected = read(&honest).unwrap();
    assert_eq!(expected["credentialSubject"]["urn:ex:grade"], json!(1));
    // A name of the registry is no name for something else.
    let mut renamed = honest.clone();
    renamed["@context"][1]["validUntil2"] = json!("urn:ex:grade");
    let subject = renamed["credentialSubject"].as_object_mut().unwrap();
    subject.remove("grade").unwrap();
    subject.insert("validUntil2".to_owned(), json!(1));
    assert_eq!(read(&renamed), Ok(expected));
    for (context, broken) in [
        (json!({"grade": "urn:ex:other"}), ProofError::BadSignature),
        (
            json!({"@language": "ko", "grade": {"@id": "urn:ex:grade", "@type": "urn:ex:t"}}),
            ProofError::BadSignature,
        ),
        (json!({"VerifiableCredential": "urn:ex:t"}), ProofError::JsonLd),
        (json!({"grade": null}), ProofError::Context),
    ] {
        let mut changed = honest.clone();
        changed["@context"].as_array_mut().unwrap().push(context.clone());
        assert_eq!(read(&changed), Err(broken), "{context}");
    }
}

/// Unsigned, and never read: a reader's letters run as its own rules have it.
#[test]
fn a_direction_is_not_signed_and_not_read() {
    let honest = signed(credential());
    let mut turned = honest.clone();
    turned["name"]["@direction"] = json!("rtl");
    assert_eq!(read(&turned), read(&honest));
    assert!(!read(&turned).unwrap().to_string().contains("rtl"));
}

#[test]
fn json_is_read_as_what_was_signed_however_it_is_written() {
    let honest = signed(credential());
    let expected = read(&honest).unwrap();
    assert_eq!(expected["credentialSubject"]["urn:ex:any"], json!({"a": [1], "b": null}));
    let mut written = honest.clone();
    written["@context"][1]["any"] = json!("urn:ex:any");
    for value in [
        json!({"@value": {"a": [1.0], "b": null}, "@type": "@json"}),
        json!({"@value": "{\"a\":[1],\"b\":null}", "@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"}),
    ] {
        written["credentialSubject"]["any"] = value;
        assert_eq!(read(&written).as_ref(), Ok(&expected));
    }
    for value in [json!({"a": [1], "b": null}), json!({"@value": {"a": [2], "b": null}, "@type": "@json"})] {
        written["credentialSubject"]["any"] = value;
        assert!(read(&written).is_err());
    }
}

/// A learner record's credentials have contexts. They mean there what they mean, and nothing outside.
#[test]
fn a_context_within_changes_nothing_around_it() {
    let record = |inner: Value, name: &str| {
        json!({
            "@context": [V2, {"verifiableCredential": "urn:ex:vc", "verifiableCredential2": "urn:ex:v", "grade": "urn:ex:grade"}],
            "type": ["VerifiableCredential"], "issuer": "did:example:school",
            "credentialSubject": {
                "id": "did:example:student", "verifiableCredential": {"@context": inner, "id": "urn:uuid:1", name: 1}, "grade": 2,
            },
        })
    };
    let prepare_one = |document| {
        prepare(document, &ProofOptions::new("did:example:school#1", "assertionMethod"), examples())
    };
    let outer = record(json!([{"grade": "urn:ex:other"}]), "grade");
    let same = record(json!([{"mark": "urn:ex:other"}]), "mark");
    let other = record(json!([{"mark": "urn:ex:grade"}]), "mark");
    assert!(prepare_one(outer.clone()).is_ok());
    let input = |document| prepare_one(document).map(|prepared| prepared.signing_input().to_vec());
    assert_eq!(input(outer.clone()), input(same));
    assert_ne!(input(outer.clone()), input(other));
    // Anywhere else a context is refused.
    let mut elsewhere = outer.clone();
    elsewhere["credentialSubject"]["@context"] = json!([V2]);
    assert_eq!(input(elsewhere), Err(ProofError::Context));
    let mut named = outer;
    let inner = named["credentialSubject"].as_object_mut().unwrap().remove("verifiableCredential").unwrap();
    named["credentialSubject"]["verifiableCredential2"] = inner;
    assert_eq!(input(named), Err(ProofError::Context));
}
