//! did:webvh 1.0 against `didwebvh-ts`: each resolves the logs and the witnesses' approvals that the other writes, to the same
//! document in each version, and both refuse what was tampered with.

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::did::webvh::{
    Change, Log, VersionQuery, WITNESSED, WitnessProofs, Witnesses, create, key_hash, placeholder_did,
};
use jigap_wallet_core::did::{DidUrl, Purpose};
use jigap_wallet_core::time::Timestamp;
use serde_json::{Value, json};

use crate::peers::{Peer, Refused};
use crate::scene::private_jwk;

const PEER: &str = "webvh.mjs";
const DAYS: [&str; 4] =
    ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"];
const NOW: &str = "2026-11-28T00:00:00Z";

fn moment(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519, &OsEntropy)
}

fn told(key: &PrivateKey) -> Value {
    json!({"jwk": private_jwk(key), "multikey": key.public().to_multikey()})
}

fn read(log: &str) -> Log {
    Log::read(log.as_bytes(), moment(NOW)).unwrap()
}

/// Without the services that every did:webvh has, whose endpoints the peer writes without the last slash.
fn plain(document: &Value) -> Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().remove("service");
    document
}

fn resolved(peer: &mut Peer, log: &str, number: u32, proofs: &WitnessProofs) -> Result<Value, Refused> {
    let did = read(log).versions().last().unwrap().did().to_string();
    let answer = peer.ask(&json!({"op": "resolve", "log": log, "did": did, "versionNumber": number,
        "witnessProofs": proofs.to_json()}))?;
    Ok(answer["doc"].clone())
}

/// Requires that both sides resolve each version of `log` alike.
fn agree(peer: &mut Peer, log: &str, proofs: &WitnessProofs) {
    let ours = read(log);
    for version in ours.versions() {
        let document = ours.resolve(&VersionQuery::Number(version.number())).unwrap().document.unwrap();
        let theirs = resolved(peer, log, version.number(), proofs).unwrap();
        assert_eq!(plain(&theirs), plain(&document), "version {}", version.number());
    }
}

#[test]
fn what_the_peer_writes_is_resolved_alike() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let keys: [PrivateKey; 5] = std::array::from_fn(|_| key());
    let [one, two, three, old, new] = &keys;
    let ask =
        |peer: &mut Peer, request: Value| peer.ask(&request).unwrap()["log"].as_str().unwrap().to_owned();
    let log = ask(
        &mut peer,
        json!({"op": "create", "domain": "school.example", "paths": ["dids", "hanbit"], "at": DAYS[0],
            "signer": told(one), "updateKeys": [told(one)], "next": [told(two)], "assertion": [told(old)]}),
    );
    let log = ask(
        &mut peer,
        json!({"op": "update", "log": log, "at": DAYS[1], "signer": told(two), "updateKeys": [told(two)],
            "next": [told(three)], "assertion": [told(new)]}),
    );
    agree(&mut peer, &log, &WitnessProofs::none());
    let log = read(&log);
    let first = log.versions()[0].state()["assertionMethod"][0].as_str().unwrap();
    let (url, before) = (DidUrl::parse(first).unwrap(), moment("2026-01-15T00:00:00Z"));
    let found = log.key_at(&url, Purpose::AssertionMethod, Some(before));
    assert_eq!(found.as_ref(), Ok(old.public()), "what was signed before the rotation");
    assert!(log.key_at(&url, Purpose::AssertionMethod, Some(moment(DAYS[1]))).is_err());

    let plain = json!({"op": "create", "domain": "school.example%3A8443", "at": DAYS[0], "signer": told(one),
        "updateKeys": [told(one)], "assertion": [told(old)]});
    let log = ask(&mut peer, plain);
    let log = ask(&mut peer, json!({"op": "deactivate", "log": log, "signer": told(one)}));
    assert!(read_now(&log).is_deactivated());
}

/// A log whose last entry the peer dated itself.
fn read_now(log: &str) -> Log {
    Log::read(log.as_bytes(), moment("2099-01-01T00:00:00Z")).unwrap()
}

#[test]
fn what_the_peers_witnesses_approve_is_approved() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let (controller, witness, other) = (key(), key(), key());
    let answer = peer.ask(
        &json!({"op": "create", "domain": "school.example", "at": DAYS[0], "signer": told(&controller),
        "updateKeys": [told(&controller)], "assertion": [told(&controller)],
        "witnesses": {"threshold": 1, "keys": [told(&witness)]}}),
    );
    let log = answer.unwrap()["log"].as_str().unwrap().to_owned();
    let ours = read(&log);
    let id = ours.versions()[0].id();
    for (by, approved) in [(&witness, true), (&other, false)] {
        let proof = peer.ask(&json!({"op": "approve", "versionId": id, "witness": told(by), "at": DAYS[0]}));
        let proofs = WitnessProofs::none().with(id, proof.unwrap());
        let result = ours.require_witnessed(&proofs, moment(NOW));
        assert_eq!(result.map_err(|refusal| refusal.check), if approved { Ok(()) } else { Err(WITNESSED) });
        assert_eq!(resolved(&mut peer, &log, 1, &proofs).is_ok(), approved);
    }
}

/// A log that we write: created at a place, rotated by pre-rotation, moved.
struct Written {
    log: String,
    keys: [PrivateKey; 4],
}

impl Written {
    fn new() -> Self {
        let mut written = Self { log: String::new(), keys: std::array::from_fn(|_| key()) };
        let place = "school.example:dids:hanbit";
        let draft = create(
            place,
            &written.document(&placeholder_did(place)),
            &Change { portable: Some(true), ..written.change(0) },
            written.keys[0].public(),
            moment(DAYS[0]),
        );
        let draft = draft.unwrap();
        let signature = draft.signature(&written.keys[0]).unwrap();
        written.log = draft.into_line(&signature);
        written.append(1, None);
        let moved = read(&written.log).document_at("moved.example").unwrap();
        written.append(2, Some(&moved));
        written
    }

    fn document(&self, did: &str) -> Value {
        json!({"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"], "id": did,
            "verificationMethod": [{"id": format!("{did}#key-1"), "type": "Multikey", "controller": did,
                "publicKeyMultibase": self.keys[0].public().to_multikey()}],
            "assertionMethod": [format!("{did}#key-1")]})
    }

    /// The key of this number signs, and promises the next.
    fn change(&self, number: usize) -> Change {
        Change {
            update_keys: Some(vec![self.keys[number].public().clone()]),
            next_key_hashes: Some(vec![key_hash(self.keys[number + 1].public())]),
            ..Change::default()
        }
    }

    fn append(&mut self, number: usize, document: Option<&Value>) {
        let (key, at) = (&self.keys[number], moment(DAYS[number]));
        let draft = read(&self.log).update(document, &self.change(number), key.public(), at).unwrap();
        let signature = draft.signature(key).unwrap();
        self.log += &draft.into_line(&signature);
    }
}

#[test]
fn what_we_write_is_resolved_alike_by_the_peer() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    agree(&mut peer, &Written::new().log, &WitnessProofs::none());
}

#[test]
fn what_our_witnesses_approve_the_peer_takes_for_approved() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let (controller, witness) = (key(), key());
    let place = "school.example";
    let did = placeholder_did(place);
    let document = json!({"@context": ["https://www.w3.org/ns/did/v1"], "id": did});
    let change = Change {
        update_keys: Some(vec![controller.public().clone()]),
        witnesses: Some(Some(Witnesses::new(1, vec![witness.public().to_multikey()]).unwrap())),
        ..Change::default()
    };
    let draft = create(place, &document, &change, controller.public(), moment(DAYS[0])).unwrap();
    let signature = draft.signature(&controller).unwrap();
    let log = draft.into_line(&signature);
    let ours = read(&log);
    let draft = ours.versions()[0].approval(witness.public(), moment(DAYS[0])).unwrap();
    let signature = draft.signature(&witness).unwrap();
    let proofs = WitnessProofs::none().with(ours.versions()[0].id(), draft.into_proof(&signature));
    agree(&mut peer, &log, &proofs);
    let refused = resolved(&mut peer, &log, 1, &WitnessProofs::none()).unwrap_err();
    refused.assert_says("Witness threshold not met");
}

#[test]
fn what_was_tampered_with_is_refused_by_both() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let written = Written::new();
    let lines: Vec<&str> = written.log.lines().collect();
    let did = read(&written.log).versions()[2].did().to_string();
    for (tampered, what) in [
        (written.log.replacen("key-1", "key-2", 1), "a document"),
        (written.log.replacen(DAYS[1], "2026-02-02T00:00:00Z", 1), "a time"),
        (format!("{}\n{}\n", lines[0], lines[2]), "a version left out"),
        (format!("{}\n{}\n", lines[1], lines[2]), "the beginning left out"),
    ] {
        assert!(Log::read(tampered.as_bytes(), moment(NOW)).is_err(), "{what}");
        let refused = peer.ask(&json!({"op": "resolve", "log": tampered, "did": did}));
        assert!(refused.is_err(), "{what}");
    }
}

/// The one vector of the official suite that must resolve and that we refuse (docs/SPECS.md): the peer reads the
/// specification as we do, and not as the suite.
#[test]
fn witnesses_that_approve_their_own_coming_are_refused_by_both() {
    let Some(vectors) = jigap_tests::vectors("did-webvh/vectors/witness-update") else { return };
    let Some(mut peer) = Peer::start(PEER) else { return };
    #[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
    let file = |of: &str, name: &str| std::fs::read_to_string(vectors.join(of).join(name)).unwrap();
    for of in ["ts", "java", "java-eecc"] {
        let (log, proofs) = (file(of, "did.jsonl"), file(of, "did-witness.json"));
        let proofs = WitnessProofs::read(proofs.as_bytes()).unwrap();
        let ours = read(&log).require_witnessed(&proofs, moment(NOW));
        assert_eq!(ours.map_err(|refusal| refusal.check), Err(WITNESSED), "{of}");
        resolved(&mut peer, &log, 2, &proofs).unwrap_err().assert_says("got 1, need 2");
    }
}
