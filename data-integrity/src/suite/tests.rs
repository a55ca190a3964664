//! Proof chains, and documents that say what no signature would cover.

use jigap_keys::json;
use serde_json::json;

use super::vectors::{examples, value_in};
use super::*;
use crate::MAX_PROOFS;

fn value(path: &str) -> Option<Value> {
    value_in("w3c-vc-di-eddsa", path)
}

/// The key that a proof's did:key names.
fn key_of(proof: &Proof) -> PublicKey {
    let (_, multikey) = proof.verification_method().split_once('#').unwrap();
    PublicKey::from_multikey(multikey).unwrap()
}

fn verify_all(secured: &Value) -> Result<(), ProofError> {
    let document = SecuredDocument::from_value(secured.clone())?;
    let proofs = document.proofs()?;
    proofs.iter().try_for_each(|proof| document.verify(proof, &key_of(proof), examples()))
}

const SIGNED: [&str; 6] = [
    "eddsa-rdfc-2022/signedDataInt.json",
    "eddsa-rdfc-2022/employ/signedDataInt.json",
    "proof-set-chain/signedProofSet1.json",
    "proof-set-chain/signedProofSet2.json",
    "proof-set-chain/signedProofChain1.json",
    "proof-set-chain/signedProofChain2.json",
];

#[test]
fn every_signed_vector_verifies() {
    for path in SIGNED {
        let Some(signed) = value(path) else { return };
        assert_eq!(verify_all(&signed), Ok(()), "{path}");
    }
}

#[test]
fn a_chain_is_made_proof_by_proof() {
    let Some(pairs) = value("proof-set-chain/multiKeyPairs.json") else { return };
    let mut document = value("proof-set-chain/unsigned.json").unwrap();
    let expected = value("proof-set-chain/signedProofChain2.json").unwrap();
    let proofs = SecuredDocument::from_value(expected.clone()).unwrap().proofs().unwrap();
    for (number, proof) in proofs.iter().enumerate() {
        let key = pairs[format!("keyPair{}", number + 1)]["privateKeyMultibase"].as_str().unwrap();
        let options = ProofOptions {
            id: proof.id().map(str::to_owned),
            created: proof.created().map(str::to_owned),
            previous_proof: proof.previous_proof().to_vec(),
            ..ProofOptions::new(proof.verification_method(), proof.proof_purpose())
        };
        let key = PrivateKey::from_multikey(key).unwrap();
        document = sign(document, &options, &key, examples()).unwrap();
    }
    assert_eq!(document, expected);
}

/// Every string of `value`, changed one at a time.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => vec![Value::from(format!("{text}x")), Value::from(format!("x{text}"))],
        Value::Array(items) => {
            let at = |index: usize| {
                changed(&items[index]).into_iter().map(move |item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                })
            };
            (0..items.len()).flat_map(at).collect()
        }
        Value::Object(members) => {
            let at = |name: &String| {
                let name = name.clone();
                changed(&members[&name]).into_iter().map(move |value| {
                    let mut members = members.clone();
                    members.insert(name.clone(), value);
                    Value::Object(members)
                })
            };
            members.keys().flat_map(at).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn each_value_changed_alone_breaks_the_proof() {
    for path in SIGNED {
        let Some(signed) = value(path) else { return };
        let key = key_of(&SecuredDocument::from_value(signed.clone()).unwrap().proofs().unwrap()[0]);
        for other in changed(&signed) {
            let document = SecuredDocument::from_value(other.clone()).unwrap();
            let broken = document.proofs().unwrap().iter().any(|proof| {
                let key = proof.verification_method().split_once('#').map_or_else(
                    || Some(key.clone()),
                    |(_, multikey)| PublicKey::from_multikey(multikey).ok(),
                );
                key.is_none_or(|key| document.verify(proof, &key, examples()).is_err())
            });
            assert!(broken, "{path}: {other}");
        }
    }
}

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiableCredential"],
        "issuer": "did:example:school",
        "credentialSubject": {"id": "did:example:student", "grade": [1, 2.5], "enrolled": true},
    })
}

fn prepared(document: Value) -> Result<Prepared, ProofError> {
    prepare(document, &ProofOptions::new("did:example:school#1", "assertionMethod"), examples())
}

fn with(pointer: &str, name: &str, value: Value) -> Value {
    let mut document = credential();
    document.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert(name.into(), value);
    document
}

fn presentation(credential: Value) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": "VerifiablePresentation",
        "verifiableCredential": credential,
    })
}

#[test]
fn credentials_in_presentations_have_contexts_of_their_own() {
    prepared(presentation(credential())).unwrap();
    prepared(presentation(json!([credential(), credential()]))).unwrap();
    let mut unknown = credential();
    unknown["@context"] = json!(["https://www.w3.org/ns/credentials/v2", "https://example.com/c"]);
    assert_eq!(prepared(presentation(unknown)).err(), Some(ProofError::UnknownContext));
}

#[test]
fn what_no_signature_would_cover_is_refused() {
    prepared(credential()).unwrap();
    let uncovered = [
        with("/credentialSubject", "degree", Value::Null),
        with("/credentialSubject", "degree", json!([])),
        with("/credentialSubject", "degree", json!({})),
        with("/credentialSubject", "degree", json!({"@set": ["x"]})),
        with("/credentialSubject", "degree", json!({"@value": null})),
        with("/credentialSubject", "degree", json!({"@value": "x", "@index": "y"})),
        with("/credentialSubject", "@index", json!("x")),
        with("/credentialSubject", "@language", json!("ko")),
        with("/credentialSubject", "@included", json!([{"degree": "x"}])),
        with("/credentialSubject", "@id", json!("did:example:other")),
        with("/credentialSubject", "id", json!("_:b0")),
        with("/credentialSubject", "id", json!("@id")),
        with("", "issuer", json!("@issuer")),
        with("", "issuer", json!("_:b0")),
        with("", "@graph", json!([{"degree": "x"}])),
        presentation(json!({"@context": "https://www.w3.org/ns/credentials/v2", "id": "urn:x"})),
        presentation(json!("urn:x")),
        presentation(json!([])),
    ];
    for document in uncovered {
        assert_eq!(prepared(document.clone()).err(), Some(ProofError::Uncovered), "{document}");
    }
}

#[test]
fn what_json_ld_would_guess_at_is_refused() {
    let mut strict = credential();
    strict["@context"] = json!(["https://www.w3.org/ns/credentials/v2"]);
    let mut undefined_type = strict.clone();
    undefined_type["credentialSubject"] = json!({"type": "Student", "name": "x"});
    for document in [strict, undefined_type, with("", "issuer", json!("school")), with("", "id", json!("1"))]
    {
        assert_eq!(prepared(document.clone()).err(), Some(ProofError::JsonLd), "{document}");
    }
    let malformed = with("/credentialSubject", "degree", json!({"@value": "x", "@language": "k o"}));
    assert!(prepared(malformed).is_err());
}

#[test]
fn only_known_contexts_and_those_that_hide_nothing_are_used() {
    let contexts = |value| with("", "@context", value);
    let refused = |document| prepared(document).err();
    assert_eq!(refused(contexts(json!("https://example.com/c"))), Some(ProofError::UnknownContext));
    assert_eq!(refused(contexts(json!([{"name": null}]))), Some(ProofError::Context));
    assert_eq!(refused(contexts(json!([[]]))), Some(ProofError::Context));
    assert_eq!(refused(contexts(json!([null]))), Some(ProofError::Context));
    assert_eq!(
        refused(contexts(json!(vec!["https://www.w3.org/ns/credentials/v2"; 17]))),
        Some(ProofError::Context)
    );
    assert_eq!(refused(contexts(json!([]))), Some(ProofError::Context));
    assert_eq!(refused(contexts(Value::Null)), Some(ProofError::Context));
    let inner = with("/credentialSubject", "@context", json!("https://www.w3.org/ns/credentials/v2"));
    assert_eq!(refused(inner), Some(ProofError::Context));
    let mut nowhere = credential();
    nowhere.as_object_mut().unwrap().remove("@context");
    assert_eq!(refused(nowhere), Some(ProofError::Context));
    // Handed in, it is known.
    let mut known = examples().clone();
    known
        .insert("https://example.com/c", br#"{"@context": {"grade": "urn:grade", "enrolled": "urn:e"}}"#)
        .unwrap();
    let document = contexts(json!(["https://www.w3.org/ns/credentials/v2", "https://example.com/c"]));
    prepare(document, &ProofOptions::new("did:example:school#1", "assertionMethod"), &known).unwrap();
}

/// What a context by value calls something is not what it is read by: who shows the document could call it otherwise.
#[test]
fn contexts_by_value_are_signed_and_read_by_what_they_stand_for() {
    let v2 = "https://www.w3.org/ns/credentials/v2";
    let document = |name: &str| {
        json!({
            "@context": [v2, {"@protected": true, name: "urn:ex:grade", "kind": {"@id": "urn:ex:kind", "@type": "@vocab"}}],
            "type": ["VerifiableCredential"], "issuer": "did:example:school",
            "credentialSubject": {"id": "did:example:student", name: 1},
        })
    };
    let key = PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
    let options = ProofOptions::new("did:example:school#1", "assertionMethod");
    let signed = sign(document("grade"), &options, &key, Contexts::known()).unwrap();
    let mut renamed = document("adult");
    renamed["proof"] = signed["proof"].clone();
    for secured in [signed, renamed] {
        let document = SecuredDocument::from_value(secured).unwrap();
        let proof = document.proofs().unwrap().remove(0);
        let expanded = document.expand(Contexts::known());
        assert_eq!(expanded.verify(&proof, key.public()), Ok(()));
        let read = expanded.reading().unwrap();
        assert_eq!(read["credentialSubject"], json!({"id": "did:example:student", "urn:ex:grade": 1}));
    }
    let mut protected = document("grade");
    protected["@context"][1]["issuer"] = json!("urn:ex:issuer");
    assert_eq!(prepared(protected).err(), Some(ProofError::JsonLd));
}

/// What universities issue with Open Badges 3.0, and a learner record that holds it with its proof.
#[test]
fn badges_and_learner_records_are_signed_and_read() {
    let v2 = "https://www.w3.org/ns/credentials/v2";
    let badges = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
    let records = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json";
    let key = PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
    let options = ProofOptions::new("did:example:school#1", "assertionMethod");
    let issuer = json!({"id": "did:example:school", "type": ["Profile"], "name": "한빛대학교"});
    let badge = json!({
        "@context": [v2, badges], "id": "urn:uuid:1", "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer, "name": "Teamwork",
        "credentialSubject": {
            "id": "did:example:student", "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:2", "type": ["Achievement"], "name": "Teamwork", "description": "Works well in a team.",
                "criteria": {"narrative": "Was seen to."}, "achievementType": "Badge",
            },
            "result": [{"type": ["Result"], "value": "A+"}],
        },
    });
    let signed = sign(badge, &options, &key, Contexts::known()).unwrap();
    let record = json!({
        "@context": [v2, records, badges], "id": "urn:uuid:3", "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": {"id": "did:example:school", "type": ["Profile"], "name": "한빛대학교"}, "name": "Record", "partial": true,
        "credentialSubject": {
            "id": "did:example:student", "type": ["ClrSubject"],
            "verifiableCredential": [signed],
            "association": [
                {"type": "Association", "associationType": "isParentOf", "sourceId": "urn:uuid:2", "targetId": "urn:uuid:4"}
            ],
        },
    });
    // Each thing is described once in a graph: here student and school are described twice.
    assert_eq!(sign(record.clone(), &options, &key, Contexts::known()), Err(ProofError::Uncovered));
    let mut once = record;
    once["issuer"] = json!("did:example:school");
    once["credentialSubject"].as_object_mut().unwrap().remove("id");
    let record = sign(once, &options, &key, Contexts::known()).unwrap();
    for (secured, pointer, read) in [
        (signed, "/credentialSubject/achievement/criteria/narrative", json!("Was seen to.")),
        (record, "/credentialSubject/association/associationType", json!("isParentOf")),
    ] {
        let document = SecuredDocument::from_value(secured).unwrap();
        let proof = document.proofs().unwrap().remove(0);
        let expanded = document.expand(Contexts::known());
        assert_eq!(expanded.verify(&proof, key.public()), Ok(()));
        assert_eq!(expanded.reading().unwrap().pointer(pointer), Some(&read));
    }
}

#[test]
fn proofs_build_on_other_proofs_by_their_names_alone() {
    let Some(chain) = value("proof-set-chain/signedProofChain2.json") else { return };
    let with_previous = |name: Value| {
        let mut chain = chain.clone();
        chain["proof"][3]["previousProof"] = name;
        verify_all(&chain)
    };
    assert_eq!(with_previous(json!("urn:uuid:other")), Err(ProofError::PreviousProof));
    assert_eq!(with_previous(json!([])), Err(ProofError::MalformedProof("previousProof")));
    assert_eq!(with_previous(json!(["urn:uuid:d94f792a-c546-4d06-b38a-da070ab56c23"])), Ok(()));
    let mut itself = chain.clone();
    itself["proof"][3]["id"] = chain["proof"][3]["previousProof"].clone();
    assert_eq!(verify_all(&itself), Err(ProofError::PreviousProof));
    let mut without = chain.clone();
    without["proof"].as_array_mut().unwrap().remove(0);
    assert_eq!(verify_all(&without), Err(ProofError::PreviousProof));
}

#[test]
fn malformed_documents_and_proofs_are_refused() {
    let parse = |text: &str| SecuredDocument::parse(text.as_bytes()).err();
    assert_eq!(parse("[]"), Some(ProofError::NotAnObject));
    assert_eq!(parse("{}"), Some(ProofError::NoProof));
    assert_eq!(parse(r#"{"proof": []}"#), Some(ProofError::NoProof));
    assert!(matches!(parse(r#"{"proof": {}, "proof": {}}"#), Some(ProofError::Json(_))));
    let many = json!({"proof": vec![json!({}); MAX_PROOFS + 1]}).to_string();
    assert_eq!(parse(&many), Some(ProofError::TooManyProofs));
    let proof = |member: &'static str, value: Value| {
        let mut proof =
            json!({"type": "x", "verificationMethod": "x", "proofPurpose": "x", "proofValue": "x"});
        proof[member] = value;
        SecuredDocument::from_value(json!({"proof": proof})).unwrap().proofs().err()
    };
    for member in ["type", "verificationMethod", "proofPurpose", "proofValue", "created", "id", "domain"] {
        assert_eq!(proof(member, json!(5)), Some(ProofError::MalformedProof(member)));
    }
}

#[test]
fn the_suite_the_key_and_the_signature_must_fit() {
    let Some(signed) = value("eddsa-rdfc-2022/signedDataInt.json") else { return };
    let mut other = signed.clone();
    for (proof_type, cryptosuite) in [
        ("DataIntegrityProof", json!("eddsa-2022")),
        ("DataIntegrityProof", Value::Null),
        ("Ed25519Signature2018", json!("eddsa-rdfc-2022")),
    ] {
        other["proof"]["type"] = json!(proof_type);
        other["proof"]["cryptosuite"] = cryptosuite.clone();
        if cryptosuite.is_null() {
            other["proof"].as_object_mut().unwrap().remove("cryptosuite");
        }
        assert_eq!(verify_all(&other), Err(ProofError::UnsupportedSuite), "{proof_type} {cryptosuite}");
    }
    let mut other = signed.clone();
    other["proof"]["cryptosuite"] = json!("eddsa-jcs-2022");
    assert_eq!(verify_all(&other), Err(ProofError::BadSignature));
    other["proof"]["cryptosuite"] = json!("ecdsa-rdfc-2019");
    assert_eq!(verify_all(&other), Err(ProofError::WrongKey));
    for text in ["", "z", "u2YwC8z3", "z2YwC8z3", &format!("z{}", "2".repeat(1000))] {
        let mut other = signed.clone();
        other["proof"]["proofValue"] = json!(text);
        assert_eq!(verify_all(&other), Err(ProofError::MalformedProof("proofValue")), "{text}");
    }
    let document = SecuredDocument::from_value(signed).unwrap();
    let proof = document.proofs().unwrap().remove(0);
    let p256 = PublicKey::from_multikey("zDnaegE6RR3atJtHKwTRTWHsJ3kNHqFwv7n9YjTgmU7TyfU76").unwrap();
    assert_eq!(document.verify(&proof, &p256, examples()), Err(ProofError::WrongKey));
}

#[test]
fn deep_documents_are_refused_before_they_are_expanded() {
    let nested = |levels: usize| {
        let deep = (0..levels).fold(json!("x"), |inner, _| json!({"part": inner}));
        prepared(with("/credentialSubject", "part", deep)).err()
    };
    assert_eq!(nested(20), None);
    assert_eq!(nested(31), Some(ProofError::Json(json::JsonError::TooDeep)));
    assert_eq!(nested(200), Some(ProofError::Json(json::JsonError::TooDeep)));
}

#[test]
fn a_poisonous_document_is_refused_in_bounded_time() {
    // Two subjects that look alike, each with as many parts that do.
    let alike = |count: usize| {
        let parts: Vec<Value> = (0..count).map(|_| json!({"name": "x"})).collect();
        let subject = json!({"part": parts});
        prepared(with("", "credentialSubject", json!([subject, subject]))).err()
    };
    assert_eq!(alike(3), None);
    assert_eq!(alike(12), Some(ProofError::TooComplex));
}

/// A proof over JSON says in which contexts it was made. Where it stands in a presentation, which is signed by its statements,
/// they are read as JSON-LD has it: they hold in the proof, and may say nothing new of what is protected.
#[test]
fn a_proof_over_json_may_stand_in_a_presentation_with_its_contexts() {
    let key = PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
    let by = |cryptosuite| ProofOptions {
        cryptosuite,
        ..ProofOptions::new("did:example:school#1", "assertionMethod")
    };
    let inner = sign(credential(), &by(Cryptosuite::EddsaJcs2022), &key, examples()).unwrap();
    assert_eq!(inner["proof"]["@context"], inner["@context"]);
    let whole = |credential: &Value| prepared(presentation(credential.clone()));
    let signed =
        sign(presentation(inner.clone()), &by(Cryptosuite::EddsaRdfc2022), &key, examples()).unwrap();
    let document = SecuredDocument::from_value(signed).unwrap();
    assert_eq!(document.verify(&document.proofs().unwrap()[0], key.public(), examples()), Ok(()));

    // The contexts that hold there anyhow say nothing; the examples' vocabulary says what a word stands for.
    let with = |context: Option<Value>, purpose: &str| {
        let mut credential = inner.clone();
        let proof = credential["proof"].as_object_mut().unwrap();
        proof.remove("@context");
        proof.extend(context.map(|context| ("@context".to_owned(), context)));
        proof.insert("proofPurpose".to_owned(), purpose.into());
        whole(&credential).map(|prepared| prepared.signing_input().to_vec())
    };
    let own = Some(inner["@context"].clone());
    assert_eq!(with(own.clone(), "assertionMethod"), with(None, "assertionMethod"));
    assert_ne!(with(own.clone(), "authentication"), with(own, "assertionMethod"));
    // What a proof's type says of its words has the last word.
    let another = json!({"proofValue": "https://e.com/no-value"});
    assert_eq!(with(Some(another), "assertionMethod"), with(None, "assertionMethod"));
    let protected = json!({"VerifiableCredential": "https://e.com/no-credential"});
    assert_eq!(with(Some(protected), "assertionMethod"), Err(ProofError::JsonLd));
    let unknown = json!("https://e.com/unknown");
    assert_eq!(with(Some(unknown), "assertionMethod"), Err(ProofError::UnknownContext));
    // Nobody but a document and a proof has contexts.
    let mut elsewhere = inner.clone();
    elsewhere["credentialSubject"]["@context"] = inner["@context"].clone();
    assert_eq!(whole(&elsewhere).err(), Some(ProofError::Context));
    let mut of_subject = inner;
    of_subject["credentialSubject"]["proof"] = of_subject["proof"].take();
    of_subject.as_object_mut().unwrap().remove("proof");
    assert_eq!(whole(&of_subject).err(), Some(ProofError::Context));
}
