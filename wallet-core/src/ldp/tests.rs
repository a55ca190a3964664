//! Credentials and presentations by Data Integrity: an honest scene, and each rule broken alone.

use jigap_data_integrity::{Contexts, ProofOptions, sign};
use jigap_keys::{KeyType, PrivateKey};
use serde_json::json;

use super::*;
use crate::did;
use crate::documents::Documents;
use crate::sdjwt::KeyBindingRequest;
use crate::testing::Repeatable;
use crate::time::{Seconds, Timestamp};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const NONCE: &str = "n-0S6_WzA2Mj-0123456789";
const AUDIENCE: &str = "x509_san_dns:gate.example";

fn contexts() -> std::sync::Arc<Contexts> {
    std::sync::Arc::new(Contexts::known().with_examples())
}

struct Party {
    key: PrivateKey,
    did: String,
}

fn party(seed: u64) -> Party {
    let key = PrivateKey::generate(KeyType::Ed25519, &Repeatable::new(seed));
    let did = did::key_did(key.public());
    Party { key, did }
}

impl Party {
    fn method(&self) -> String {
        format!("{}#{}", self.did, self.did.trim_start_matches("did:key:"))
    }

    fn options(&self, purpose: &str) -> ProofOptions {
        ProofOptions { created: Some(NOW.to_rfc3339()), ..ProofOptions::new(self.method(), purpose) }
    }

    fn sign(&self, document: Value, options: &ProofOptions) -> Value {
        sign(document, options, &self.key, &contexts()).unwrap()
    }
}

fn credential(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = json!({
        "@context": [CONTEXT_V2, "https://www.w3.org/ns/credentials/examples/v2"],
        "type": ["VerifiableCredential", "StudentCard"],
        "issuer": {"id": party(1).did, "name": "Hanbit University"},
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2028-01-01T00:00:00Z",
        "credentialSubject": {"id": party(2).did, "enrolled": true},
    });
    change(&mut document);
    document
}

fn verified(document: Value) -> Result<VerifiedLdpVc, Refusal> {
    LdpVc::read(document, &contexts())?.verify(party(1).key.public(), &Documents::new())
}

#[track_caller]
fn refused_by(id: &str, change: impl FnOnce(&mut Value)) {
    let document = party(1).sign(credential(change), &party(1).options("assertionMethod"));
    assert_eq!(verified(document).err().map(|refusal| refusal.check.id), Some(id));
}

#[test]
fn an_honest_credential_is_read() {
    let read = verified(party(1).sign(credential(|_| {}), &party(1).options("assertionMethod"))).unwrap();
    let types = [
        "https://www.w3.org/2018/credentials#VerifiableCredential",
        "https://www.w3.org/ns/credentials/examples#StudentCard",
    ];
    assert_eq!(read.types(), types);
    assert_eq!(read.subject(), Some(party(2).did.as_str()));
    assert_eq!(read.period(), (Some(NOW), Timestamp::parse_rfc3339("2028-01-01T00:00:00Z")));
}

#[test]
fn ld_01_another_first_context_is_refused() {
    refused_by("LD-01", |it| {
        it["@context"] = json!(["https://www.w3.org/ns/credentials/examples/v2", CONTEXT_V2]);
    });
}

#[test]
fn ld_02_another_type_is_refused() {
    refused_by("LD-02", |it| it["type"] = json!(["StudentCard"]));
}

#[test]
fn ld_03_a_credential_of_nobody_is_refused() {
    refused_by("LD-03", |it| drop(it.as_object_mut().unwrap().remove("issuer")));
    refused_by("DM-13", |it| it["issuer"] = json!({"name": "somebody"}));
}

#[test]
fn ld_04_a_credential_about_nobody_is_refused() {
    refused_by("LD-04", |it| drop(it.as_object_mut().unwrap().remove("credentialSubject")));
    refused_by("DM-10", |it| it["credentialSubject"] = json!("did:example:somebody"));
}

#[test]
fn ld_05_malformed_moments_are_refused() {
    refused_by("DM-12", |it| it["validFrom"] = json!("yesterday"));
    refused_by("LD-05", |it| it["validFrom"] = json!("2026-02-30T00:00:00Z"));
    refused_by("LD-05", |it| it["validUntil"] = json!("2025-01-01T00:00:00Z"));
    let proof = |created: &str, expires: Option<&str>| {
        let options = ProofOptions {
            created: Some(created.to_owned()),
            expires: expires.map(str::to_owned),
            ..party(1).options("assertionMethod")
        };
        verified(party(1).sign(credential(|_| {}), &options))
    };
    assert_eq!(proof("today", None).err().map(|refusal| refusal.check.id), Some("LD-05"));
    for other in ["2026-01-01", "2026-01-01t00:00:00z", "2026-01-01T00:00:00+23:59"] {
        assert_eq!(proof(other, None).err().map(|refusal| refusal.check.id), Some("LD-05"), "{other}");
    }
    // A proof that ends before the credential does ends it.
    let ends = proof("2026-02-01T00:00:00Z", Some("2026-03-01T00:00:00Z")).unwrap().period().1;
    assert_eq!(ends, Timestamp::parse_rfc3339("2026-03-01T00:00:00Z"));
    refused_by("LD-05", |it| {
        it["@context"] = json!([CONTEXT_V1, "https://w3id.org/security/data-integrity/v2"]);
        it["type"] = json!(["VerifiableCredential"]);
        it["issuer"] = json!(party(1).did);
        it["credentialSubject"] = json!({"id": party(2).did, "type": "https://e.com/T"});
        it.as_object_mut().unwrap().retain(|name, _| !name.starts_with("valid"));
    });
}

/// Two contexts that call one property by two names: which one was asked for cannot be told. And a thing that is said of
/// itself by way of another.
#[test]
fn ld_07_what_cannot_be_read_back_is_refused() {
    let mut contexts = Contexts::known().clone();
    for (url, name) in [("https://e.com/a", "adult"), ("https://e.com/b", "minor")] {
        let context =
            json!({"@context": {name: "urn:ex:age", "friend": {"@id": "urn:ex:friend", "@type": "@id"}}});
        contexts.insert(url, context.to_string().as_bytes()).unwrap();
    }
    let contexts = std::sync::Arc::new(contexts);
    let refused = |subject: Value| {
        let document = json!({
            "@context": [CONTEXT_V2, "https://e.com/a"], "type": ["VerifiableCredential"],
            "issuer": party(1).did, "credentialSubject": subject,
        });
        let options = party(1).options("assertionMethod");
        let signed = sign(document, &options, &party(1).key, &contexts).unwrap();
        let read = LdpVc::read(signed, &contexts).unwrap();
        read.verify(party(1).key.public(), &Documents::new()).err().map(|refusal| refusal.check.id)
    };
    assert_eq!(refused(json!({"id": "urn:ex:s", "name": "x"})), None);
    assert_eq!(refused(json!({"id": "urn:ex:s", "adult": true})), Some("LD-07"));
    assert_eq!(refused(json!({"id": "urn:ex:s", "friend": "urn:ex:s"})), Some("LD-07"));
}

#[test]
fn an_empty_nonce_or_audience_fits_no_presentation() {
    let nothing =
        KeyBindingRequest { audience: "", nonce: "", now: NOW, max_age: Seconds(300), skew: Seconds(60) };
    let shown = ProofOptions { challenge: Some(String::new()), domain: Some(String::new()), ..shown() };
    let document = party(2).sign(presentation(signed_credential()), &shown);
    let (presentation, credential) = LdpVp::read(document, &contexts()).unwrap();
    let credential = credential.verify(party(1).key.public(), &Documents::new()).unwrap();
    let judged = |request: &KeyBindingRequest<'_>| {
        presentation.verify(&credential, request, &Documents::new()).err().map(|refusal| refusal.check.id)
    };
    assert_eq!(judged(&nothing), Some("V-13"));
    assert_eq!(judged(&KeyBindingRequest { nonce: "n", ..nothing }), Some("V-13"));
}

#[test]
fn v_03_every_proof_of_a_set_must_hold() {
    let signed = party(1).sign(credential(|_| {}), &party(1).options("assertionMethod"));
    let set = party(3).sign(signed.clone(), &party(3).options("assertionMethod"));
    verified(set.clone()).unwrap();
    let mut forged = set.clone();
    forged["proof"][1]["proofValue"] = set["proof"][0]["proofValue"].clone();
    assert_eq!(verified(forged).err().map(|refusal| refusal.check.id), Some("V-03"));
    let mut unknown = set;
    unknown["proof"][1]["verificationMethod"] = json!("did:web:example.com#key");
    assert_eq!(verified(unknown).err().map(|refusal| refusal.check.id), Some("V-03"));
}

#[test]
fn v_16_a_credential_proven_for_another_purpose_is_refused() {
    let document = party(1).sign(credential(|_| {}), &party(1).options("authentication"));
    assert_eq!(verified(document).err().map(|refusal| refusal.check.id), Some("V-16"));
}

fn presentation(credential: Value) -> Value {
    json!({
        "@context": [CONTEXT_V2],
        "type": "VerifiablePresentation",
        "holder": party(2).did,
        "verifiableCredential": [credential],
    })
}

fn signed_credential() -> Value {
    party(1).sign(credential(|_| {}), &party(1).options("assertionMethod"))
}

fn shown() -> ProofOptions {
    ProofOptions {
        challenge: Some(NONCE.to_owned()),
        domain: Some(AUDIENCE.to_owned()),
        ..party(2).options("authentication")
    }
}

/// What refuses the holder's proof of `document`.
fn judged(document: Value) -> Option<&'static str> {
    let request = KeyBindingRequest {
        audience: AUDIENCE,
        nonce: NONCE,
        now: NOW,
        max_age: Seconds(300),
        skew: Seconds(60),
    };
    let (presentation, credential) = LdpVp::read(document, &contexts()).unwrap();
    let credential = credential.verify(party(1).key.public(), &Documents::new()).unwrap();
    let judged = presentation.verify(&credential, &request, &Documents::new());
    judged.err().map(|refusal| refusal.check.id)
}

#[test]
fn a_presentation_is_its_holders_for_this_verifier_this_request_and_now() {
    let holder = party(2);
    let show = |options: &ProofOptions| judged(holder.sign(presentation(signed_credential()), options));
    assert_eq!(show(&shown()), None);
    assert_eq!(judged(presentation(signed_credential())), Some("V-10"));
    assert_eq!(show(&ProofOptions { proof_purpose: "assertionMethod".into(), ..shown() }), Some("V-16"));
    assert_eq!(show(&ProofOptions { challenge: None, ..shown() }), Some("V-13"));
    assert_eq!(show(&ProofOptions { challenge: Some("other".into()), ..shown() }), Some("V-13"));
    assert_eq!(show(&ProofOptions { domain: None, ..shown() }), Some("V-12"));
    assert_eq!(show(&ProofOptions { domain: Some("https://other.example".into()), ..shown() }), Some("V-12"));
    let at = |seconds: i64| Some(Timestamp::from_unix(1_800_000_000 + seconds).to_rfc3339());
    assert_eq!(show(&ProofOptions { created: None, ..shown() }), Some("V-14"));
    assert_eq!(show(&ProofOptions { created: at(-400), ..shown() }), Some("V-14"));
    assert_eq!(show(&ProofOptions { created: at(100), ..shown() }), Some("V-14"));
    assert_eq!(show(&ProofOptions { expires: at(-100), ..shown() }), Some("V-14"));
    // By somebody else, under his own name and under the holder's.
    let stranger = party(4);
    let own = ProofOptions { verification_method: stranger.method(), ..shown() };
    assert_eq!(judged(stranger.sign(presentation(signed_credential()), &own)), Some("V-11"));
    assert_eq!(judged(stranger.sign(presentation(signed_credential()), &shown())), Some("V-11"));
    let twice = holder.sign(holder.sign(presentation(signed_credential()), &shown()), &shown());
    assert_eq!(judged(twice), Some("V-10"));
}

#[test]
fn ld_06_a_presentation_of_another_form_is_refused() {
    let refused = |document: Value| LdpVp::read(document, &contexts()).err().map(|refusal| refusal.check.id);
    let mut two = presentation(signed_credential());
    two["verifiableCredential"] = json!([signed_credential(), signed_credential()]);
    let mut none = presentation(signed_credential());
    none["verifiableCredential"] = json!([]);
    let mut nobody = presentation(signed_credential());
    nobody["holder"] = json!(5);
    let mut elsewhere = presentation(signed_credential());
    elsewhere["@context"] = json!(["https://www.w3.org/ns/credentials/examples/v2"]);
    for document in [two, none, nobody, elsewhere] {
        assert_eq!(refused(document.clone()), Some("LD-06"), "{document}");
    }
}

#[test]
fn what_is_no_document_with_proofs_is_refused() {
    let refused = |document: Value| LdpVc::read(document, &contexts()).err().map(|refusal| refusal.check.id);
    assert_eq!(refused(json!([])), Some("V-01"));
    assert_eq!(refused(credential(|_| {})), Some("V-01"));
    assert_eq!(refused(credential(|it| it["proof"] = json!({"type": 5}))), Some("V-03"));
}
