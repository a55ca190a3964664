//! W3C's vectors at every step, proofs of our own from base to verifier, and everything that must be refused.

use std::sync::Mutex;

use jigap_keys::json::{self, Limits};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn contexts() -> &'static Contexts {
    static EXAMPLES: std::sync::LazyLock<Contexts> =
        std::sync::LazyLock::new(|| Contexts::known().with_examples());
    &EXAMPLES
}

fn file(path: &str) -> Option<Value> {
    let file = jigap_tests::vectors("w3c-vc-di-ecdsa")?.join("TestVectors").join(path);
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let bytes = std::fs::read(file).unwrap();
    Some(json::parse(&bytes, Limits::MESSAGE).unwrap())
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pointers(value: &Value) -> Vec<Pointer> {
    value.as_array().unwrap().iter().map(|text| pointer(text.as_str().unwrap())).collect()
}

fn pointer(text: &str) -> Pointer {
    Pointer::parse(text).unwrap()
}

fn key_of(proof: &Proof) -> PublicKey {
    let (_, multikey) = proof.verification_method().split_once('#').unwrap();
    PublicKey::from_multikey(multikey).unwrap()
}

fn only_proof(document: &SecuredDocument) -> Proof {
    document.proofs().unwrap().remove(0)
}

fn verify_value(secured: &Value) -> Result<(), ProofError> {
    let document = SecuredDocument::from_value(secured.clone())?;
    let proof = only_proof(&document);
    document.verify(&proof, &key_of(&proof), contexts())
}

/// Gives out these bytes, and no more.
struct Given(Mutex<Vec<u8>>);

impl Entropy for Given {
    fn fill(&self, out: &mut [u8]) {
        let mut left = self.0.lock().unwrap();
        let rest = left.split_off(out.len());
        out.copy_from_slice(&std::mem::replace(&mut *left, rest));
    }
}

/// Repeats itself: a chain of hashes.
struct Seeded(Mutex<[u8; 32]>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for block in out.chunks_mut(32) {
            *state = sha256(&*state);
            block.copy_from_slice(&state[..block.len()]);
        }
    }
}

fn seeded(seed: u8) -> Seeded {
    Seeded(Mutex::new([seed; 32]))
}

#[test]
fn every_step_of_the_vectors_is_reproduced() {
    let Some(material) = file("ecdsa-sd-2023/SDKeyMaterial.json") else { return };
    for (folder, chosen) in [("employ", "employSelective.json"), ("prc", "prCredSelective.json")] {
        let step = |name: &str| file(&format!("ecdsa-sd-2023/{folder}/{name}")).unwrap();
        let signed = step("addSignedSDBase.json");
        let document = SecuredDocument::from_value(signed.clone()).unwrap();
        let proof = only_proof(&document);

        // The base proof: its parts, and what is signed with the key of the labels and the ephemeral key of the vectors.
        let base = Base::read(proof.value()).unwrap();
        let recovered = step("derivedRecoveredBaseData.json");
        let signatures: Vec<String> = base.signatures.iter().map(|signature| hex(signature)).collect();
        assert_eq!(hex(&base.signature), recovered["baseSignature"], "{folder}");
        assert_eq!(hex(&base.hmac_key), recovered["hmacKey"], "{folder}");
        assert_eq!(json!(signatures), recovered["signatures"], "{folder}");
        assert_eq!(base.mandatory, pointers(&recovered["mandatoryPointers"]), "{folder}");
        let raw = step("addRawBaseSignatureInfo.json");
        assert_eq!(
            (&raw["baseSignature"], &raw["signatures"]),
            (&recovered["baseSignature"], &recovered["signatures"])
        );
        assert_eq!(base.write(), proof.value(), "{folder}");
        assert_eq!(verify_ecdsa_sd_base(&document, &proof, &key_of(&proof), contexts()), Ok(()), "{folder}");

        let secret = material["proofKeyPair"]["secretKeyMultibase"].as_str().unwrap();
        let secret = bs58::decode(&secret[1..]).into_vec().unwrap();
        let hmac_key = bytes(&material["hmacKeyString"]);
        let entropy = Given(Mutex::new([&hmac_key[..], &secret[2..]].concat()));
        let options = ProofOptions {
            cryptosuite: Cryptosuite::EcdsaSd2023,
            key_type: KeyType::P256,
            created: proof.created().map(str::to_owned),
            ..ProofOptions::new(proof.verification_method(), proof.proof_purpose())
        };
        let unsecured = Value::Object(document.unsecured().clone());
        let prepared =
            prepare_ecdsa_sd(unsecured, &options, &base.mandatory, (contexts(), &entropy)).unwrap();
        let made = prepared.base.clone().unwrap();
        assert_eq!((made.public_key, made.hmac_key), (base.public_key, base.hmac_key), "{folder}");
        let public_key =
            PublicKey::from_multikey(material["proofKeyPair"]["publicKeyMultibase"].as_str().unwrap());
        assert_eq!(multikey(&public_key.unwrap()).unwrap(), made.public_key);
        let hashes = step("addHashData.json");
        let expected =
            [bytes(&hashes["proofHash"]), base.public_key.to_vec(), bytes(&hashes["mandatoryHash"])].concat();
        assert_eq!(prepared.signing_input(), expected, "{folder}");
        // ECDSA's random numbers differ: the vectors' signatures hold for what we sign, and ours for what they sign.
        assert_eq!(key_of(&proof).verify(prepared.signing_input(), &base.signature), Ok(()), "{folder}");
        let again = prepared.attach(&base.signature).unwrap();
        let document = SecuredDocument::from_value(again).unwrap();
        assert_eq!(
            verify_ecdsa_sd_base(&document, &only_proof(&document), &key_of(&proof), contexts()),
            Ok(())
        );

        // The derived proof, to the byte.
        let chosen = pointers(&file(chosen).unwrap());
        let derived = derive_ecdsa_sd(signed, &chosen, contexts()).unwrap();
        assert_eq!(derived, step("derivedRevealDocument.json"), "{folder}");
        assert_eq!(verify_value(&derived), Ok(()), "{folder}");
        let value = Derived::read(derived["proof"]["proofValue"].as_str().unwrap()).unwrap();
        let signatures: Vec<String> = value.signatures.iter().map(|signature| hex(signature)).collect();
        // What was put into the proof's value, and what is read from it.
        for disclosure in [step("derivedDisclosureData.json"), step("verifyDerivedProofValue.json")] {
            assert_eq!(hex(&value.signature), disclosure["baseSignature"], "{folder}");
            assert_eq!(json!(signatures), disclosure["signatures"], "{folder}");
            assert_eq!(json!(value.mandatory), disclosure["mandatoryIndexes"], "{folder}");
        }
        assert_eq!(json!(signatures), step("derivedAdjSignatures.json")["filteredSignatures"], "{folder}");
        assert_eq!(json!(value.mandatory), step("derivedAdjMandatoryIndexes.json")["adjMandatoryIndexes"]);
        let verify = step("verifyCreateVerifyData.json");
        assert_eq!(json!(signatures), verify["signatures"], "{folder}");
    }
}

const MANDATORY: [&str; 4] = ["/issuer", "/validFrom", "/validUntil", "/credentialSubject/id"];

fn credential() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:1", "type": ["VerifiableCredential", "ExampleDegreeCredential"],
        "issuer": "did:example:university", "validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "did:example:student", "type": "Person", "givenName": "길동", "familyName": "홍", "birthDate": "2000-01-01",
            "courses": ["a", "b"], "degree": {"type": "ExampleBachelorDegree", "name": "Science"},
            "address": {"city": "Seoul"}
        }
    })
}

fn issuer() -> PrivateKey {
    PrivateKey::generate(KeyType::P256, &seeded(1))
}

fn base() -> Value {
    let method = format!("did:key:x#{}", issuer().public().to_multikey());
    let options = ProofOptions::new(method, "assertionMethod");
    let mandatory = MANDATORY.map(pointer);
    sign_ecdsa_sd(credential(), &options, &mandatory, &issuer(), (contexts(), &seeded(2))).unwrap()
}

fn shown(chosen: &[&str]) -> Value {
    let chosen: Vec<Pointer> = chosen.iter().map(|text| pointer(text)).collect();
    derive_ecdsa_sd(base(), &chosen, contexts()).unwrap()
}

/// `secured` with its proof value changed.
fn with_value(mut secured: Value, change: impl FnOnce(&mut Derived)) -> Value {
    let mut value = Derived::read(secured["proof"]["proofValue"].as_str().unwrap()).unwrap();
    change(&mut value);
    secured["proof"]["proofValue"] = json!(value.write());
    secured
}

#[test]
fn a_holder_shows_what_it_chooses_and_what_is_mandatory() {
    let shown = shown(&["/credentialSubject/givenName", "/credentialSubject/degree"]);
    assert_eq!(verify_value(&shown), Ok(()));
    let mut expected = credential();
    let subject = expected["credentialSubject"].as_object_mut().unwrap();
    for withheld in ["familyName", "birthDate", "courses", "address"] {
        subject.remove(withheld);
    }
    let mut said = shown.clone();
    said.as_object_mut().unwrap().remove("proof");
    assert_eq!(said, expected);
    assert!(!shown.to_string().contains("홍"));
}

#[test]
fn a_base_proof_is_refused_by_a_verifier() {
    assert_eq!(verify_value(&base()), Err(MALFORMED));
    let document = SecuredDocument::from_value(base()).unwrap();
    let proof = only_proof(&document);
    assert_eq!(verify_ecdsa_sd_base(&document, &proof, &key_of(&proof), contexts()), Ok(()));
    assert_eq!(ecdsa_sd_mandatory(&base()), Ok(MANDATORY.map(pointer).to_vec()));
    assert_eq!(ecdsa_sd_mandatory(&shown(&[])), Err(MALFORMED));
    let derived = SecuredDocument::from_value(shown(&[])).unwrap();
    let proof = only_proof(&derived);
    assert_eq!(verify_ecdsa_sd_base(&derived, &proof, &key_of(&proof), contexts()), Err(MALFORMED));
}

#[test]
fn a_holder_refuses_a_base_proof_that_is_not_of_the_document() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut secured = base();
        change(&mut secured);
        let document = SecuredDocument::from_value(secured).unwrap();
        let proof = only_proof(&document);
        verify_ecdsa_sd_base(&document, &proof, &key_of(&proof), contexts())
    };
    assert_eq!(refused(&|_| ()), Ok(()));
    assert_eq!(
        refused(&|it| it["credentialSubject"]["givenName"] = json!("x")),
        Err(ProofError::BadSignature)
    );
    assert_eq!(
        refused(&|it| it["validUntil"] = json!("2030-01-01T00:00:00Z")),
        Err(ProofError::BadSignature)
    );
    assert_eq!(
        refused(&|it| it["proof"]["created"] = json!("2030-01-01T00:00:00Z")),
        Err(ProofError::BadSignature)
    );
    assert_eq!(refused(&|it| it["credentialSubject"]["name"] = json!("x")), Err(MALFORMED));
}

#[test]
fn a_changed_claim_or_a_withheld_mandatory_one_is_refused() {
    let secured = shown(&["/credentialSubject/givenName", "/credentialSubject/courses/0"]);
    assert_eq!(verify_value(&secured), Ok(()));
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut secured = secured.clone();
        change(&mut secured);
        verify_value(&secured)
    };
    let bad = Err(ProofError::BadSignature);
    assert_eq!(changed(&|it| it["credentialSubject"]["givenName"] = json!("x")), bad);
    assert_eq!(changed(&|it| it["credentialSubject"]["courses"] = json!(["b"])), bad);
    assert_eq!(changed(&|it| it["validUntil"] = json!("2030-01-01T00:00:00Z")), bad);
    assert_eq!(changed(&|it| it["issuer"] = json!("did:example:other")), bad);
    assert_eq!(changed(&|it| it["proof"]["created"] = json!("2030-01-01T00:00:00Z")), bad);
    for name in ["validUntil", "validFrom", "issuer"] {
        assert!(changed(&|it| drop(it.as_object_mut().unwrap().remove(name))).is_err(), "{name}");
    }
    assert!(changed(&|it| it["credentialSubject"]["familyName"] = json!("홍")).is_err());
    // Nor with indexes and signatures that fit what is left.
    let mut fewer = secured.clone();
    fewer.as_object_mut().unwrap().remove("validUntil");
    let fewer = with_value(fewer, |value| assert!(value.mandatory.pop().is_some()));
    assert_eq!(verify_value(&fewer), bad);
}

#[test]
fn a_proof_value_that_does_not_fit_is_refused() {
    let secured = shown(&["/credentialSubject/givenName", "/credentialSubject/degree/name"]);
    let changed = |change: &dyn Fn(&mut Derived)| verify_value(&with_value(secured.clone(), change));
    assert_eq!(changed(&|_| ()), Ok(()));
    let bad = Err(ProofError::BadSignature);
    assert_eq!(changed(&|value| assert!(value.signatures.pop().is_some())), Err(MALFORMED));
    assert_eq!(changed(&|value| value.signatures.push([1; SIGNATURE])), Err(MALFORMED));
    assert_eq!(changed(&|value| value.signatures.reverse()), bad);
    assert_eq!(changed(&|value| value.signature[0] ^= 1), bad);
    assert_eq!(changed(&|value| value.signatures[0][0] ^= 1), bad);
    assert_eq!(changed(&|value| assert!(value.labels.pop().is_some())), Err(MALFORMED));
    assert_eq!(changed(&|value| value.labels.push([1; LABEL])), Err(MALFORMED));
    assert_eq!(changed(&|value| value.labels[0][0] ^= 1), bad);
    assert_eq!(changed(&|value| value.mandatory.push(10_000)), Err(MALFORMED));
    assert_eq!(changed(&|value| value.mandatory.push(0)), Err(MALFORMED));
    assert_eq!(changed(&|value| value.mandatory = Vec::new()), Err(MALFORMED));
    assert_eq!(changed(&|value| value.public_key[1] ^= 1), Err(MALFORMED));
    assert_eq!(changed(&|value| value.public_key[2] = 4), Err(MALFORMED));
    // A point that is on the curve, and not the issuer's.
    assert_eq!(changed(&|value| value.public_key[2] ^= 1), bad);
}

#[test]
fn another_key_and_other_options_are_refused() {
    let secured = SecuredDocument::from_value(shown(&["/credentialSubject/givenName"])).unwrap();
    let proof = only_proof(&secured);
    let verify = |key_type, seed| {
        let key = PrivateKey::generate(key_type, &seeded(seed));
        secured.verify(&proof, key.public(), contexts())
    };
    assert_eq!(verify(KeyType::P256, 1), Ok(()));
    assert_eq!(verify(KeyType::P256, 9), Err(ProofError::BadSignature));
    for key_type in [KeyType::P384, KeyType::Ed25519] {
        assert_eq!(verify(key_type, 1), Err(ProofError::WrongKey));
    }
    assert_eq!(secured.verify_json(&proof, issuer().public()), Err(ProofError::UnsupportedSuite));
    let options = ProofOptions {
        cryptosuite: Cryptosuite::EcdsaSd2023,
        key_type: KeyType::P256,
        ..ProofOptions::new("did:example:a#b", "assertionMethod")
    };
    let prepare = |options: &ProofOptions, mandatory: &[&str]| {
        let mandatory: Vec<Pointer> = mandatory.iter().map(|text| pointer(text)).collect();
        prepare_ecdsa_sd(credential(), options, &mandatory, (contexts(), &seeded(3))).map(drop)
    };
    assert_eq!(prepare(&options, &[]), Ok(()));
    assert_eq!(prepare(&options, &["/nothing"]), Err(ProofError::Pointer));
    let wrong = ProofOptions { key_type: KeyType::P384, ..options.clone() };
    assert_eq!(prepare(&wrong, &[]), Err(ProofError::WrongKey));
    let wrong = ProofOptions { cryptosuite: Cryptosuite::EcdsaRdfc2019, ..options.clone() };
    assert_eq!(prepare(&wrong, &[]), Err(ProofError::UnsupportedSuite));
    let wrong = ProofOptions { previous_proof: vec!["urn:x".into()], ..options.clone() };
    assert_eq!(prepare(&wrong, &[]), Err(ProofError::PreviousProof));
    assert_eq!(
        crate::prepare(credential(), &options, contexts()).map(drop),
        Err(ProofError::UnsupportedSuite)
    );
    assert_eq!(derive_ecdsa_sd(credential(), &[], contexts()), Err(ProofError::NoProof));
    assert_eq!(derive_ecdsa_sd(base(), &[pointer("/nothing")], contexts()), Err(ProofError::Pointer));
    assert_eq!(derive_ecdsa_sd(shown(&[]), &[], contexts()), Err(MALFORMED));
}

/// Every pointer into `value`, but into `@context`.
fn all_pointers(value: &Value, here: &[String], out: &mut Vec<Pointer>) {
    out.push(Pointer::from_steps(here.to_vec()).unwrap());
    let mut inner = |step: String, value: &Value| all_pointers(value, &[here, &[step]].concat(), out);
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| inner(index.to_string(), item))
        }
        Value::Object(members) => {
            let said = members.iter().filter(|(name, _)| *name != "@context");
            said.for_each(|(name, value)| inner(name.clone(), value));
        }
        _ => {}
    }
}

/// The texts in `value` that lie at or in one of the `pointers`, or on the way to one as `id` or `type`; and the others.
fn told(value: &Value, pointers: &[Pointer]) -> (Vec<String>, Vec<String>) {
    let mut all = Vec::new();
    all_pointers(value, &[], &mut all);
    let leaves = all.iter().filter_map(|here| Some((here, here.find(value)?.as_str()?.to_owned())));
    let is_told = |here: &Pointer| {
        let kept = here.steps().iter().position(|step| step == "id" || step == "type");
        pointers.iter().any(|it| it.holds(here))
            || kept.is_some_and(|at| {
                let node = Pointer::from_steps(here.steps()[..at].to_vec()).unwrap();
                pointers.iter().any(|it| node.holds(it))
            })
    };
    let (told, withheld): (Vec<_>, Vec<_>) = leaves.partition(|(here, _)| is_told(here));
    let texts = |leaves: Vec<(&Pointer, String)>| leaves.into_iter().map(|(_, text)| text).collect();
    (texts(told), texts(withheld))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_chosen_verifies_and_nothing_else_is_told(picks in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let mut all = Vec::new();
        all_pointers(&credential(), &[], &mut all);
        let chosen: Vec<Pointer> = picks.iter().map(|pick| pick.get(&all).clone()).collect();
        let shown = derive_ecdsa_sd(base(), &chosen, contexts()).unwrap();
        prop_assert_eq!(verify_value(&shown), Ok(()));
        let (told, withheld) = told(&credential(), &[MANDATORY.map(pointer).to_vec(), chosen].concat());
        let mut said = shown.clone();
        said.as_object_mut().unwrap().remove("proof");
        let said = said.to_string();
        for text in told {
            prop_assert!(said.contains(&format!("\"{text}\"")), "{} is not told", text);
        }
        for text in withheld {
            prop_assert!(!said.contains(&format!("\"{text}\"")), "{} is told", text);
        }
    }
}
