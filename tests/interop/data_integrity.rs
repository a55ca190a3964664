//! W3C credentials with Data Integrity proofs against `@digitalbazaar/vc` and its cryptosuites: each issues, derives and
//! presents what the other verifies, and both sides refuse what was tampered with.

use jigap_data_integrity::{
    BbsBinding, BbsDisclosure, Contexts as Whole, Cryptosuite, Pointer, ProofOptions, SecuredDocument,
    derive_bbs, sign as secure, sign_bbs,
};
use jigap_keys::KeyType::{self, Ed25519, P256, P384};
use jigap_keys::{PrivateKey, bbs};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::key_did;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::judge::{Asked, Judge, Policy};
use jigap_wallet_core::ldp;
use jigap_wallet_core::ports::Clock;
use jigap_wallet_core::time::Seconds;
use jigap_wallet_core::verdict::Verdict;
use serde_json::{Value, json};

use crate::peers::{Peer, Refused};
use crate::scene::{AUDIENCE, NONCE, trust_in};

const PEER: &str = "vc.mjs";
const V2: &str = "https://www.w3.org/ns/credentials/v2";
const CONTEXT: &str = "https://jigap.example/types/student-id/1/context.jsonld";
const STUDENT: &str = "https://jigap.example/types/student-id/1#StudentId";
/// Suites that sign a document whole, and the key's type as we and as the peer call it.
const WHOLE: [(Cryptosuite, KeyType, &str); 3] = [
    (Cryptosuite::EddsaRdfc2022, Ed25519, "Ed25519"),
    (Cryptosuite::EcdsaRdfc2019, P256, "P-256"),
    (Cryptosuite::EcdsaRdfc2019, P384, "P-384"),
];
const SD: &str = "ecdsa-sd-2023";
const BBS: &str = "bbs-2023";
/// What is mandatory, and what is shown beside it. A name is withheld.
const MANDATORY: [&str; 4] = ["/issuer", "/validFrom", "/validUntil", "/credentialSubject/id"];
const SHOWN: [&str; 2] = ["/credentialSubject/enrolment_status", "/credentialSubject/given_name"];

fn name(suite: Cryptosuite) -> &'static str {
    if suite == Cryptosuite::EddsaRdfc2022 { "eddsa-rdfc-2022" } else { "ecdsa-rdfc-2019" }
}

fn method(did: &str) -> String {
    format!("{did}#{}", did.trim_start_matches("did:key:"))
}

/// One of ours: a key and its DID.
struct Party {
    key: PrivateKey,
    did: String,
}

impl Party {
    fn new(key_type: KeyType) -> Self {
        let key = PrivateKey::generate(key_type, &OsEntropy);
        let did = key_did(key.public());
        Self { key, did }
    }

    fn options(&self, cryptosuite: Cryptosuite) -> ProofOptions {
        ProofOptions {
            cryptosuite,
            key_type: self.key.public().key_type(),
            created: Some(SystemClock.now().to_rfc3339()),
            ..ProofOptions::new(method(&self.did), "assertionMethod")
        }
    }

    fn present(&self, credential: Value) -> Value {
        let method = method(&self.did);
        let presenting = ldp::Presenting {
            holder: &self.did,
            verification_method: &method,
            audience: AUDIENCE,
            nonce: NONCE,
            now: SystemClock.now(),
        };
        ldp::present(credential, presenting, contexts()).unwrap().sign(&self.key).unwrap()
    }
}

fn contexts() -> &'static std::sync::Arc<Whole> {
    Contexts::built_in().for_data_integrity()
}

fn credential(issuer: &str, holder: &str) -> Value {
    let now = SystemClock.now();
    json!({
        "@context": [V2, CONTEXT],
        "type": ["VerifiableCredential", "StudentId"],
        "issuer": issuer,
        "validFrom": now.minus(Seconds(1000)).to_rfc3339(),
        "validUntil": now.plus(Seconds(1000)).to_rfc3339(),
        "credentialSubject": {
            "id": holder, "family_name": "김", "given_name": "하늘", "enrolment_status": "enrolled",
            "birth_date": "2004-05-06",
        },
    })
}

/// Asks with the context of our type.
fn ask(peer: &mut Peer, mut request: Value) -> Result<Value, Refused> {
    let context: Value =
        serde_json::from_str(include_str!("../../schemas/student-id/context.jsonld")).unwrap();
    request["contexts"] = json!({ CONTEXT: context });
    peer.ask(&request)
}

/// Has the peer make a key; its DID.
fn peers_key(peer: &mut Peer, suite: &str, curve: &str) -> String {
    let did = peer.ask(&json!({"op": "key", "suite": suite, "curve": curve})).unwrap();
    did.as_str().unwrap().to_owned()
}

fn verify(peer: &mut Peer, credential: &Value) -> Result<Value, Refused> {
    ask(peer, json!({"op": "verify", "credential": credential}))
}

/// The document with another value where it is shown.
fn tampered(document: &Value) -> Value {
    let mut other = document.clone();
    let credential = if document.get("verifiableCredential").is_some() {
        &mut other["verifiableCredential"]
    } else {
        &mut other
    };
    let credential = if credential.is_array() { &mut credential[0] } else { credential };
    let status = credential.pointer_mut(SHOWN[0]).unwrap();
    assert_eq!(status.take(), "enrolled");
    *status = json!("graduated");
    other
}

fn judge(document: &Value, issuer: &str, nonce: Option<&str>) -> Verdict {
    let now = SystemClock.now();
    let trust = trust_in(issuer, STUDENT, now);
    let presented = Judge::new(&trust, now, Policy::default()).read(&document.to_string());
    match nonce {
        Some(nonce) => presented.judge_presentation(&Asked { audience: AUDIENCE, nonce }, &Documents::new()),
        None => presented.judge_credential(&Documents::new()),
    }
}

fn refused(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn data_integrity_of_the_peer_is_judged() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    for (suite, _, curve) in WHOLE {
        let suite = name(suite);
        let (issuer, holder) =
            (peers_key(&mut peer, suite, curve), peers_key(&mut peer, "eddsa-rdfc-2022", "Ed25519"));
        let request = json!({"op": "issue", "credential": credential(&issuer, &holder), "suite": suite});
        let credential = ask(&mut peer, request).unwrap();
        assert_eq!(refused(&judge(&credential, &issuer, None)), [""; 0], "{suite} {curve}");
        assert_eq!(refused(&judge(&tampered(&credential), &issuer, None)), ["V-03"], "{suite} {curve}");
        let presentation = ask(
            &mut peer,
            json!({
                "op": "present", "credential": credential, "suite": "eddsa-rdfc-2022", "holder": holder,
                "challenge": NONCE, "domain": AUDIENCE,
            }),
        )
        .unwrap();
        assert!(judge(&presentation, &issuer, Some(NONCE)).accepted(), "{suite} {curve}");
        assert_eq!(refused(&judge(&presentation, &issuer, Some("another"))), ["V-13"], "{suite} {curve}");
        assert!(!judge(&tampered(&presentation), &issuer, Some(NONCE)).accepted());
    }
}

#[test]
fn data_integrity_of_ours_is_verified_by_the_peer() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    for (suite, key_type, curve) in WHOLE {
        let (issuer, holder) = (Party::new(key_type), Party::new(Ed25519));
        let unsecured = credential(&issuer.did, &holder.did);
        let credential = secure(unsecured, &issuer.options(suite), &issuer.key, contexts()).unwrap();
        assert_eq!(verify(&mut peer, &credential), Ok(json!(true)), "{suite:?} {curve}");
        verify(&mut peer, &tampered(&credential)).unwrap_err().assert_says("Invalid signature");
        let presentation = holder.present(credential);
        let mut verify = |presentation: &Value, challenge: &str, domain: &str| {
            let request = json!({
                "op": "verifyPresentation", "presentation": presentation, "challenge": challenge, "domain": domain,
            });
            ask(&mut peer, request)
        };
        assert_eq!(verify(&presentation, NONCE, AUDIENCE), Ok(json!(true)), "{suite:?} {curve}");
        verify(&presentation, "another", AUDIENCE).unwrap_err().assert_says("challenge is not as expected");
        verify(&presentation, NONCE, "another").unwrap_err().assert_says("domain is not as expected");
        verify(&tampered(&presentation), NONCE, AUDIENCE).unwrap_err().assert_says("Invalid signature");
    }
}

/// Has the peer derive what [`SHOWN`] selects.
fn peer_derives(peer: &mut Peer, suite: &str, credential: &Value) -> Value {
    ask(peer, json!({"op": "derive", "credential": credential, "suite": suite, "disclose": SHOWN})).unwrap()
}

/// Has the peer issue for selective disclosure; credential and issuer.
fn peer_issues(peer: &mut Peer, suite: &str, holder: &str) -> (Value, String) {
    let issuer = peers_key(peer, suite, "P-256");
    let credential = credential(&issuer, holder);
    let request = json!({"op": "issue", "credential": credential, "suite": suite, "mandatory": MANDATORY});
    (ask(peer, request).unwrap(), issuer)
}

fn assert_shows_its_part(document: &Value) {
    let subject = document["credentialSubject"].as_object().unwrap();
    let mut names: Vec<_> = subject.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["enrolment_status", "given_name", "id"]);
}

#[test]
fn ecdsa_sd_issued_and_derived_by_either_is_verified_by_both() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let (issuer, holder) = (Party::new(P256), Party::new(Ed25519));
    let unsecured = credential(&issuer.did, &holder.did).as_object().unwrap().clone();
    let entropy = (contexts(), &OsEntropy as &dyn jigap_keys::Entropy);
    let unsigned = ldp::issue_selectively(unsecured, &[], &method(&issuer.did), SystemClock.now(), entropy);
    let ours = (unsigned.unwrap().sign(&issuer.key).unwrap(), issuer.did);
    let theirs = peer_issues(&mut peer, SD, &holder.did);
    for (base, issuer) in [ours, theirs] {
        let paths = [["credentialSubject", "enrolment_status"], ["credentialSubject", "given_name"]];
        let paths = paths.map(|path| ClaimPath::from_json(&json!(path)).unwrap());
        let derived = ldp::disclose(base.clone(), &paths, entropy).unwrap();
        for shown in [derived, peer_derives(&mut peer, SD, &base)] {
            assert_shows_its_part(&shown);
            assert_eq!(refused(&judge(&shown, &issuer, None)), [""; 0]);
            assert_eq!(verify(&mut peer, &shown), Ok(json!(true)));
            let other = tampered(&shown);
            assert_eq!(refused(&judge(&other, &issuer, None)), ["V-03"]);
            verify(&mut peer, &other).unwrap_err().assert_says("Invalid signature");
            let presentation = holder.present(shown);
            assert!(judge(&presentation, &issuer, Some(NONCE)).accepted());
        }
        // A base proof is for its holder alone.
        assert_eq!(refused(&judge(&base, &issuer, None)), ["V-03"]);
        verify(&mut peer, &base).unwrap_err().assert_says("must be a derived proof");
    }
}

/// Whether a derived `bbs-2023` proof is of the issuer with this did:key.
fn bbs_holds(document: &Value, issuer: &str) -> bool {
    let key = bbs::PublicKey::from_multikey(issuer.trim_start_matches("did:key:")).unwrap();
    let secured = SecuredDocument::from_value(document.clone()).unwrap();
    let proofs = secured.proofs().unwrap();
    let expanded = secured.expand(contexts());
    proofs.len() == 1 && proofs.iter().all(|proof| expanded.verify_bbs(proof, &key, None).is_ok())
}

#[test]
fn bbs_issued_and_derived_by_either_is_verified_by_both() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let key = bbs::SecretKey::generate(&OsEntropy);
    let issuer = format!("did:key:{}", key.public().to_multikey());
    let holder = Party::new(Ed25519);
    let pointers =
        |texts: &[&str]| -> Vec<Pointer> { texts.iter().map(|text| Pointer::parse(text).unwrap()).collect() };
    let (mandatory, selective) = (pointers(&MANDATORY), pointers(&SHOWN));
    let options = ProofOptions::new(method(&issuer), "assertionMethod");
    let binding = (&mandatory[..], BbsBinding::None);
    let ours =
        sign_bbs(credential(&issuer, &holder.did), &options, binding, &key, contexts(), &OsEntropy).unwrap();
    let theirs = peer_issues(&mut peer, BBS, &holder.did);
    for (base, issuer) in [(ours, issuer), theirs] {
        let secured = SecuredDocument::from_value(base.clone()).unwrap();
        let disclosure = BbsDisclosure { selective: &selective, ..BbsDisclosure::default() };
        let derived = derive_bbs(&secured, &disclosure, contexts(), &OsEntropy).unwrap();
        for shown in [derived, peer_derives(&mut peer, BBS, &base)] {
            assert_shows_its_part(&shown);
            assert!(bbs_holds(&shown, &issuer));
            assert_eq!(verify(&mut peer, &shown), Ok(json!(true)));
            assert!(!bbs_holds(&tampered(&shown), &issuer));
            verify(&mut peer, &tampered(&shown)).unwrap_err().assert_says("Invalid signature");
        }
        assert!(!bbs_holds(&base, &issuer));
    }
}
