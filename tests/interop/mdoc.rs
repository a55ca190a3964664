//! ISO 18013-5 mdocs against `@owf/mdoc` and Python `pymdoccbor`: each verifies what we issue and present, we judge what each
//! issues and what the first presents, and all sides refuse what was tampered with or made for somebody else.

use jigap_keys::{KeyType, PrivateKey, base64url};
use jigap_platform::authority::Profile;
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::cbor;
use jigap_wallet_core::claims::ClaimPath;
use jigap_wallet_core::cose::Header;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::judge::{Asked, Judge, Policy};
use jigap_wallet_core::mdoc::{ElementType, IssuerSigned, MdocBuilder, Session, SessionTranscript, Validity};
use jigap_wallet_core::ports::Clock;
use jigap_wallet_core::status::StatusReference;
use jigap_wallet_core::time::{Seconds, Timestamp};
use jigap_wallet_core::trust::Mechanism;
use jigap_wallet_core::verdict::Verdict;
use jigap_wallet_core::x509::Anchors;
use serde_json::{Value, json};

use crate::certificates::{certify, root};
use crate::peers::Peer;
use crate::scene::{AUDIENCE, NONCE, STATUS_INDEX, STATUS_URI, private_jwk, trust_by};

const JAVASCRIPT: &str = "mdoc.mjs";
const PYTHON: &str = "mdoc.py";
const MDL: &str = "org.iso.18013.5.1.mDL";
const NAMESPACE: &str = "org.iso.18013.5.1";
const ISSUER: &str = "https://dmv.example";
const RESPONSE_URI: &str = "https://gate.example/response";

/// A licensing authority with its document signer, and a device.
struct Scene {
    root: Vec<u8>,
    certificate: Vec<u8>,
    signer: PrivateKey,
    device: PrivateKey,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let root = root();
        let (certificate, signer) = certify(&root, Profile::DocumentSigner, &[]);
        let device = PrivateKey::generate(KeyType::P256, &OsEntropy);
        Self { root: root.certificate().to_vec(), certificate, signer, device, now: SystemClock.now() }
    }

    /// A licence of ours, with a status.
    fn issue(&self) -> Vec<u8> {
        let validity = Validity {
            signed: self.now,
            from: self.now,
            until: self.now.plus(Seconds(3600)),
            expected_update: None,
        };
        let status = StatusReference::new(STATUS_URI, STATUS_INDEX).unwrap();
        let builder = MdocBuilder::new(MDL, validity, self.device.public().clone()).status(status);
        let kinds = [
            ("birth_date", "full-date"),
            ("issue_date", "full-date"),
            ("age_over_18", "bool"),
            ("sex", "int"),
        ];
        let builder = elements().as_object().unwrap().iter().fold(builder, |builder, (name, value)| {
            let kind = kinds.iter().find(|(it, _)| it == name).map_or("tstr", |(_, kind)| kind);
            let kind = ElementType::from_json(&json!(kind)).unwrap();
            builder.element(NAMESPACE, name, kind.encode(value).unwrap())
        });
        let header = Header::for_key(KeyType::P256).unwrap().x5chain(vec![self.certificate.clone()]);
        builder.build(header, &OsEntropy).sign(&self.signer).unwrap()
    }

    /// Has a peer issue one.
    fn peers_issue(&self, peer: &mut Peer) -> Vec<u8> {
        let issued = peer.ask(&json!({
            "op": "issue", "docType": MDL, "namespaces": {NAMESPACE: elements()}, "key": private_jwk(&self.signer),
            "certificate": base64url::encode(&self.certificate), "device": self.device.public().to_jwk(),
            "from": self.now.unix(), "until": self.now.plus(Seconds(3600)).unix(),
        }));
        base64url::decode(issued.unwrap().as_str().unwrap()).unwrap()
    }

    fn present(&self, credential: &[u8], transcript: &SessionTranscript) -> Vec<u8> {
        let held = IssuerSigned::parse(credential).unwrap().verify(self.signer.public()).unwrap();
        let paths = disclosed().map(|name| ClaimPath::from_json(&json!([NAMESPACE, name])).unwrap());
        held.present(&paths).unwrap().sign(transcript, &self.device).unwrap()
    }

    fn judge(&self, response: &[u8], transcript: &SessionTranscript) -> Verdict {
        let mechanism =
            Mechanism::X5c { anchors: Anchors::new(vec![self.root.clone()]).unwrap(), san: Vec::new() };
        let trust = trust_by(ISSUER, MDL, mechanism, self.now);
        let judge = Judge::new(&trust, SystemClock.now(), Policy::default());
        let presented =
            judge.in_session(Session { transcript, reader_key: None }).read(&base64url::encode(response));
        presented.judge_presentation(&Asked { audience: AUDIENCE, nonce: NONCE }, &Documents::new())
    }

    fn verify(&self, response: &[u8], session: &Value) -> Value {
        json!({
            "op": "verify", "response": base64url::encode(response), "session": session,
            "root": base64url::encode(&self.root),
        })
    }
}

fn elements() -> Value {
    json!({
        "family_name": "김", "given_name": "지갑", "birth_date": "2004-05-06", "issue_date": "2026-01-02",
        "document_number": "11-26-123456-78", "sex": 2, "age_over_18": true,
    })
}

fn disclosed() -> [&'static str; 4] {
    ["family_name", "birth_date", "sex", "age_over_18"]
}

fn shown() -> Value {
    json!({NAMESPACE: {"family_name": "김", "birth_date": "2004-05-06", "sex": 2, "age_over_18": true}})
}

/// Each kind of session as the peer and as we describe it: answered in plain, encrypted to a key, by the Digital Credentials API.
fn sessions() -> [(Value, SessionTranscript); 3] {
    let key = PrivateKey::generate(KeyType::P256, &OsEntropy);
    let key = key.public();
    let by_link = json!({"clientId": AUDIENCE, "nonce": NONCE, "responseUri": RESPONSE_URI});
    let mut encrypted = by_link.clone();
    encrypted["thumbprint"] = json!(key.thumbprint());
    let by_api = json!({"origin": "https://gate.example", "nonce": NONCE});
    [
        (by_link, SessionTranscript::openid4vp(AUDIENCE, NONCE, None, RESPONSE_URI)),
        (encrypted, SessionTranscript::openid4vp(AUDIENCE, NONCE, Some(key), RESPONSE_URI)),
        (by_api, SessionTranscript::digital_credentials("https://gate.example", NONCE, None)),
    ]
}

/// The bytes with another letter in the family name, and with one in the issuer's signature and the device's.
fn tampered(response: &[u8]) -> Vec<Vec<u8>> {
    let name = "김".as_bytes();
    let name = response.windows(name.len()).position(|window| window == name).unwrap();
    let parsed = cbor::parse(response, cbor::Limits::MESSAGE).unwrap();
    let document = &parsed.get("documents").unwrap().as_array().unwrap()[0];
    let place_of = |part: &str, names: &[&str]| {
        let message = names.iter().fold(document.get(part).unwrap(), |item, name| item.get(name).unwrap());
        // COSE_Sign1 (RFC 9052 §4.2): its last element.
        let signature = message.as_array().unwrap()[3].as_bytes().unwrap();
        response.windows(signature.len()).position(|window| window == signature).unwrap() + 8
    };
    let issuers = place_of("issuerSigned", &["issuerAuth"]);
    let devices = place_of("deviceSigned", &["deviceAuth", "deviceSignature"]);
    let places = [issuers, devices, name + 2].into_iter();
    places
        .map(|at| {
            let mut other = response.to_vec();
            other[at] ^= 1;
            other
        })
        .collect()
}

fn refused(verdict: &Verdict) -> Vec<&'static str> {
    verdict.refusals().map(|refusal| refusal.check.id).collect()
}

#[test]
fn mdocs_that_we_issue_and_present_are_verified_by_the_peers() {
    for program in [JAVASCRIPT, PYTHON] {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new();
        let credential = scene.issue();
        for (session, transcript) in sessions() {
            let response = scene.present(&credential, &transcript);
            assert_eq!(peer.ask(&scene.verify(&response, &session)), Ok(shown()), "{program} {session}");
        }
        let [(session, transcript), ..] = sessions();
        let response = scene.present(&credential, &transcript);
        let others = tampered(&response);
        assert_eq!(others.len(), 3);
        for (index, other) in others.iter().enumerate() {
            // The second signature is the device's, of which the one in Python knows nothing.
            let verified = peer.ask(&scene.verify(other, &session));
            assert_eq!(verified.is_ok(), program == PYTHON && index == 1, "{program} {index}: {verified:?}");
        }
        let mut request = scene.verify(&response, &session);
        request["root"] = json!(base64url::encode(root().certificate()));
        assert!(peer.ask(&request).is_err(), "{program}: a root that did not sign");
    }
}

#[test]
fn an_mdoc_for_another_session_is_refused_by_the_peer() {
    let Some(mut peer) = Peer::start(JAVASCRIPT) else { return };
    let scene = Scene::new();
    let credential = scene.issue();
    let sessions = sessions();
    for (at, (_, transcript)) in sessions.iter().enumerate() {
        let response = scene.present(&credential, transcript);
        for (other, (session, _)) in sessions.iter().enumerate() {
            assert_eq!(peer.ask(&scene.verify(&response, session)).is_ok(), at == other, "{at} {other}");
        }
    }
}

#[test]
fn mdocs_that_the_peers_issue_are_judged() {
    for program in [JAVASCRIPT, PYTHON] {
        let Some(mut peer) = Peer::start(program) else { continue };
        let scene = Scene::new();
        let credential = scene.peers_issue(&mut peer);
        let [(_, transcript), ..] = sessions();
        let response = scene.present(&credential, &transcript);
        let verdict = scene.judge(&response, &transcript);
        assert_eq!(refused(&verdict), [""; 0], "{program}");
        assert_eq!(verdict.claims(0).unwrap(), &shown(), "{program}");
        for (other, id) in tampered(&response).iter().zip(["V-03", "V-11", "MD-03"]) {
            assert_eq!(refused(&scene.judge(other, &transcript)), [id], "{program}");
        }
    }
}

#[test]
fn mdocs_that_the_peer_presents_are_judged() {
    let Some(mut peer) = Peer::start(JAVASCRIPT) else { return };
    let scene = Scene::new();
    let theirs = scene.peers_issue(&mut peer);
    for (session, transcript) in sessions() {
        let response = peer.ask(&json!({
            "op": "present", "credential": base64url::encode(&theirs), "docType": MDL,
            "disclose": {NAMESPACE: disclosed()}, "key": private_jwk(&scene.device), "session": session,
        }));
        let response = base64url::decode(response.unwrap().as_str().unwrap()).unwrap();
        let verdict = scene.judge(&response, &transcript);
        assert_eq!(refused(&verdict), [""; 0], "{session}");
        assert_eq!(verdict.claims(0).unwrap(), &shown());
        let another = SessionTranscript::openid4vp(AUDIENCE, "another", None, RESPONSE_URI);
        assert_eq!(refused(&scene.judge(&response, &another)), ["V-11"]);
    }
}

#[test]
fn mdocs_of_ours_are_accepted_and_presented_by_the_peer() {
    let Some(mut peer) = Peer::start(JAVASCRIPT) else { return };
    let scene = Scene::new();
    let credential = base64url::encode(scene.issue());
    let accept = json!({"op": "accept", "credential": credential, "root": base64url::encode(&scene.root)});
    assert_eq!(peer.ask(&accept), Ok(json!(true)));
    let [(session, transcript), ..] = sessions();
    let response = peer.ask(&json!({
        "op": "present", "credential": credential, "docType": MDL, "disclose": {NAMESPACE: disclosed()},
        "key": private_jwk(&scene.device), "session": session,
    }));
    let response = base64url::decode(response.unwrap().as_str().unwrap()).unwrap();
    // All holds but the status, whose list nobody fetched.
    assert_eq!(refused(&scene.judge(&response, &transcript)), ["V-09"]);
}
