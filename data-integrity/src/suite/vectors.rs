//! W3C's vectors of every suite, step by step, and what is made here of the same documents and keys.

use std::sync::LazyLock;

use jigap_keys::json::{self, Limits};
use serde_json::json;

use super::*;
use crate::canonical;

pub(super) fn examples() -> &'static Contexts {
    static EXAMPLES: LazyLock<Contexts> = LazyLock::new(|| Contexts::known().with_examples());
    &EXAMPLES
}

pub(super) fn text_in(folder: &str, path: &str) -> Option<String> {
    let file = jigap_tests::vectors(folder)?.join("TestVectors").join(path);
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(file).unwrap();
    Some(String::from_utf8(bytes).unwrap())
}

pub(super) fn value_in(folder: &str, path: &str) -> Option<Value> {
    Some(json::parse(text_in(folder, path)?.as_bytes(), Limits::MESSAGE).unwrap())
}

/// One folder of vectors.
struct Vector {
    suite: Cryptosuite,
    key_type: KeyType,
    all: &'static str,
    folder: &'static str,
    /// How its files' names end.
    suffix: &'static str,
    /// The file of the key, and the member with its private half.
    pair: (&'static str, &'static str),
}

const EDDSA: &str = "w3c-vc-di-eddsa";
const ECDSA: &str = "w3c-vc-di-ecdsa";

const VECTORS: [Vector; 10] = [
    ed25519(Cryptosuite::EddsaRdfc2022, "eddsa-rdfc-2022", "DataInt"),
    ed25519(Cryptosuite::EddsaRdfc2022, "eddsa-rdfc-2022/employ", "DataInt"),
    ed25519(Cryptosuite::EddsaJcs2022, "eddsa-jcs-2022", "JCS"),
    ed25519(Cryptosuite::Ed25519Signature2020, "Ed25519Signature2020", "EdSig"),
    p256(Cryptosuite::EcdsaRdfc2019, "ecdsa-rdfc-2019-p256", "ECDSAP256"),
    p256(Cryptosuite::EcdsaRdfc2019, "ecdsa-rdfc-2019-p256/employ", "ECDSAP256"),
    p256(Cryptosuite::EcdsaJcs2019, "ecdsa-jcs-2019-p256", "JCSECDSAP256"),
    p384(Cryptosuite::EcdsaRdfc2019, "ecdsa-rdfc-2019-p384", "ECDSAP384"),
    p384(Cryptosuite::EcdsaRdfc2019, "ecdsa-rdfc-2019-p384/employ", "ECDSAP384"),
    p384(Cryptosuite::EcdsaJcs2019, "ecdsa-jcs-2019-p384", "JCSECDSAP384"),
];

const fn ed25519(suite: Cryptosuite, folder: &'static str, suffix: &'static str) -> Vector {
    let pair = ("keyPair.json", "privateKeyMultibase");
    Vector { suite, key_type: KeyType::Ed25519, all: EDDSA, folder, suffix, pair }
}

const fn p256(suite: Cryptosuite, folder: &'static str, suffix: &'static str) -> Vector {
    let pair = ("p256KeyPair.json", "secretKeyMultibase");
    Vector { suite, key_type: KeyType::P256, all: ECDSA, folder, suffix, pair }
}

const fn p384(suite: Cryptosuite, folder: &'static str, suffix: &'static str) -> Vector {
    let pair = ("p384KeyPair.json", "secretKeyMultibase");
    Vector { suite, key_type: KeyType::P384, all: ECDSA, folder, suffix, pair }
}

impl Vector {
    fn text(&self, kind: &str) -> Option<String> {
        let text = text_in(self.all, &format!("{}/{kind}{}.txt", self.folder, self.suffix))?;
        Some(text.trim_end_matches('\n').to_owned())
    }

    fn value(&self, kind: &str) -> Option<Value> {
        value_in(self.all, &format!("{}/{kind}{}.json", self.folder, self.suffix))
    }

    fn key(&self) -> Option<PrivateKey> {
        let pair = value_in(self.all, self.pair.0)?;
        Some(PrivateKey::from_multikey(pair[self.pair.1].as_str().unwrap()).unwrap())
    }

    fn hash(&self) -> HashAlgorithm {
        self.suite.hash(self.key_type).unwrap()
    }

    fn canonical(&self, value: &Value) -> String {
        if self.suite.is_of_statements() {
            let quads = json_ld::statements(value.as_object().unwrap(), examples()).unwrap().quads;
            let text = canonical::canonicalize(&quads, self.hash()).unwrap();
            text.trim_end_matches('\n').to_owned()
        } else {
            json::canonicalize(value).unwrap()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The document and the one proof of a signed vector.
fn parts(signed: &Value) -> (SecuredDocument, Proof) {
    let document = SecuredDocument::from_value(signed.clone()).unwrap();
    let proof = document.proofs().unwrap().remove(0);
    (document, proof)
}

#[test]
fn every_signed_vector_verifies() {
    for vector in VECTORS {
        let Some(signed) = vector.value("signed") else { return };
        let (document, proof) = parts(&signed);
        assert_eq!(proof.suite(), Some(vector.suite));
        let key = vector.key().unwrap();
        let (_, multikey) = proof.verification_method().split_once('#').unwrap();
        assert_eq!(key.public(), &PublicKey::from_multikey(multikey).unwrap(), "{}", vector.folder);
        assert_eq!(document.verify(&proof, key.public(), examples()), Ok(()), "{}", vector.folder);
        let of_json = document.verify_json(&proof, key.public());
        let expected =
            if vector.suite.is_of_statements() { Err(ProofError::UnsupportedSuite) } else { Ok(()) };
        assert_eq!(of_json, expected, "{}", vector.folder);
    }
}

#[test]
fn every_step_of_the_vectors_is_reproduced() {
    for vector in VECTORS {
        let Some(signed) = vector.value("signed") else { return };
        let (folder, file) = (vector.folder, |kind| vector.text(kind).unwrap());
        let (document, proof) = parts(&signed);
        let unsecured = Value::Object(document.unsecured().clone());
        assert_eq!(vector.canonical(&unsecured), file("canonDoc"), "{folder}");
        assert_eq!(vector.canonical(&vector.value("proofConfig").unwrap()), file("proofCanon"), "{folder}");
        let expanded = document.expand(examples());
        let signed =
            signing_input(&expanded, proof.members(), (None, &[]), (vector.suite, vector.hash())).unwrap();
        assert_eq!(hex(&signed), file("combinedHash"), "{folder}");
        let (configured, said) = signed.split_at(signed.len() / 2);
        assert_eq!((hex(configured), hex(said)), (file("proofHash"), file("docHash")), "{folder}");
        assert_eq!(proof.value(), file("sigBTC58"), "{folder}");
        let signature = decode(proof.value(), vector.key_type).unwrap();
        assert_eq!(hex(&signature), file("sigHex"), "{folder}");
    }
}

/// Ed25519 gives one signature for one message; ECDSA draws a number, so that ours is another one.
#[test]
fn what_is_signed_here_is_what_w3c_signed() {
    for vector in VECTORS {
        let Some(expected) = vector.value("signed") else { return };
        let key = vector.key().unwrap();
        let (document, proof) = parts(&expected);
        let options = ProofOptions {
            cryptosuite: vector.suite,
            created: proof.created().map(str::to_owned),
            ..ProofOptions::new(proof.verification_method(), proof.proof_purpose())
        };
        let unsecured = Value::Object(document.unsecured().clone());
        let mut made = sign(unsecured, &options, &key, examples()).unwrap();
        let (again, proof) = parts(&made);
        assert_eq!(again.verify(&proof, key.public(), examples()), Ok(()), "{}", vector.folder);
        if vector.key_type != KeyType::Ed25519 {
            made["proof"]["proofValue"] = expected["proof"]["proofValue"].clone();
        }
        assert_eq!(made, expected, "{}", vector.folder);
    }
}

#[test]
fn a_key_of_another_type_signs_in_no_suite_and_none_is_left_untried() {
    let mut tried = Vec::new();
    // Base proofs are prepared in their own way, and have tests of their own.
    for suite in Cryptosuite::ALL.into_iter().filter(|it| *it != Cryptosuite::EcdsaSd2023) {
        assert_eq!(Cryptosuite::of(suite.proof_type(), suite.name()), Some(suite));
        for key_type in KeyType::ALL {
            let contexts =
                ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/suites/ed25519-2020/v1"];
            let document = json!({"@context": contexts, "id": "urn:x", "name": "x"});
            let options = ProofOptions {
                cryptosuite: suite,
                key_type,
                ..ProofOptions::new("did:example:1#1", "assertionMethod")
            };
            let prepared = prepare(document, &options, Contexts::known());
            if suite.takes(key_type) {
                let prepared = prepared.unwrap();
                assert_eq!(prepared.key_type(), key_type);
                let bytes = if key_type == KeyType::P384 { 96 } else { 64 };
                assert_eq!(prepared.signing_input().len(), bytes);
                for wrong in [bytes - 1, bytes + 1, 0] {
                    let refused = prepared.clone().attach(&vec![0; wrong]);
                    assert_eq!(refused, Err(ProofError::MalformedProof("proofValue")));
                }
                tried.push((suite, key_type));
            } else {
                assert_eq!(prepared, Err(ProofError::WrongKey), "{suite:?} {key_type:?}");
            }
        }
    }
    for vector in VECTORS {
        tried.retain(|it| *it != (vector.suite, vector.key_type));
    }
    assert_eq!(tried, [], "a suite has no vectors");
}

/// A document that is no JSON-LD, as did:webvh has them.
#[test]
fn json_without_contexts_is_signed_as_it_stands() {
    let key = PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
    let options = ProofOptions {
        cryptosuite: Cryptosuite::EddsaJcs2022,
        created: Some("2026-11-22T00:00:00Z".into()),
        ..ProofOptions::new("did:key:z6Mkx#z6Mkx", "assertionMethod")
    };
    let entry = json!({"versionId": "1-Qm", "parameters": {"ttl": 5, "witness": null, "nextKeyHashes": []}});
    let none = Contexts::default();
    let made = sign(entry.clone(), &options, &key, &none).unwrap();
    assert_eq!(made["proof"].get("@context"), None);
    let verified = |document: &Value| {
        let (document, proof) = parts(document);
        document.verify_json(&proof, key.public())
    };
    assert_eq!(verified(&made), Ok(()));
    for (pointer, value) in [
        ("/versionId", json!("1-Qn")),
        ("/parameters/witness", json!({})),
        ("/parameters/nextKeyHashes", json!([null])),
        ("/proof/created", json!("2026-11-22T00:00:01Z")),
        ("/proof/proofPurpose", json!("authentication")),
    ] {
        let mut changed = made.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(verified(&changed), Err(ProofError::BadSignature), "{pointer}");
    }
    let mut more = made.clone();
    more["parameters"]["portable"] = json!(true);
    assert_eq!(verified(&more), Err(ProofError::BadSignature));
    let mut with_context = made;
    with_context["@context"] = json!("https://www.w3.org/ns/credentials/v2");
    assert_eq!(verified(&with_context), Err(ProofError::BadSignature));
}

/// VC-DI-EDDSA §3.3.2 step 4: contexts may be appended after the proof was made, and nothing else be done to them; and what
/// the appended ones would change is not read.
#[test]
fn contexts_appended_after_a_proof_over_json_change_nothing() {
    let Some(signed) = value_in(EDDSA, "eddsa-jcs-2022/signedJCS.json") else { return };
    let v2 = "https://www.w3.org/ns/credentials/v2";
    let examples_v2 = "https://www.w3.org/ns/credentials/examples/v2";
    let mut contexts = examples().clone();
    contexts.insert("https://e.com/idle", br#"{"@context": {"idle": "urn:idle"}}"#).unwrap();
    contexts.insert("https://e.com/alumni", br#"{"@context": {"alumniOf": "urn:other"}}"#).unwrap();
    let in_contexts = |list: Value| {
        let mut other = signed.clone();
        other["@context"] = list;
        let (document, proof) = parts(&other);
        let (_, multikey) = proof.verification_method().split_once('#').unwrap();
        let key = PublicKey::from_multikey(multikey).unwrap();
        let expanded = document.expand(&contexts);
        (expanded.verify(&proof, &key), expanded.types().map(|types| types.len()))
    };
    assert_eq!(in_contexts(json!([v2, examples_v2])), (Ok(()), Ok(2)));
    assert_eq!(in_contexts(json!([v2, examples_v2, "https://e.com/idle"])), (Ok(()), Ok(2)));
    let renaming = in_contexts(json!([v2, examples_v2, "https://e.com/alumni"]));
    assert_eq!(renaming, (Ok(()), Err(ProofError::Uncovered)));
    for list in [
        json!([v2]),
        json!([examples_v2, v2]),
        json!(v2),
        json!([]),
        json!(["https://e.com/idle", v2, examples_v2]),
    ] {
        assert_eq!(in_contexts(list.clone()).0, Err(ProofError::Context), "{list}");
    }
    // Where the proof names none, the document's own are signed.
    let mut without = signed.clone();
    without["proof"].as_object_mut().unwrap().remove("@context");
    let (document, proof) = parts(&without);
    let key = PublicKey::from_multikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").unwrap();
    assert_eq!(document.verify_json(&proof, &key), Err(ProofError::BadSignature));
}

/// As VCDM 1.1 was mostly issued: its own context beside the data model's, and without it no proof.
#[test]
fn a_credential_of_vcdm_1_1_with_a_signature_of_2020() {
    let key = PrivateKey::from_multikey("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq").unwrap();
    let options = ProofOptions {
        cryptosuite: Cryptosuite::Ed25519Signature2020,
        created: Some("2026-11-22T00:00:00Z".into()),
        challenge: Some("n-0S6".into()),
        domain: Some("gate.example".into()),
        ..ProofOptions::new("did:example:school#1", "assertionMethod")
    };
    let credential = |contexts: Value| {
        json!({
            "@context": contexts, "type": ["VerifiableCredential"], "issuer": "did:example:school",
            "issuanceDate": "2026-11-22T00:00:00Z", "credentialSubject": {"id": "did:example:student"},
        })
    };
    let v1 = "https://www.w3.org/2018/credentials/v1";
    let both = json!([v1, "https://w3id.org/security/suites/ed25519-2020/v1"]);
    let signed = sign(credential(both), &options, &key, Contexts::known()).unwrap();
    assert_eq!(signed["proof"].get("cryptosuite"), None);
    let verified = |signed: &Value| {
        let (document, proof) = parts(signed);
        document.verify(&proof, key.public(), Contexts::known())
    };
    assert_eq!(verified(&signed), Ok(()));
    for (pointer, value) in [
        ("/proof/challenge", json!("n-0S7")),
        ("/proof/domain", json!("other.example")),
        ("/proof/created", json!("2026-11-22T00:00:01Z")),
        ("/credentialSubject/id", json!("did:example:other")),
    ] {
        let mut other = signed.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_eq!(verified(&other), Err(ProofError::BadSignature), "{pointer}");
    }
    assert_eq!(sign(credential(json!([v1])), &options, &key, Contexts::known()), Err(ProofError::JsonLd));
}
