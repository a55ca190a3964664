//! Bitstring Status Lists against `@digitalbazaar/vc-bitstring-status-list`: each reads what the other packs, at every
//! place, and refuses what is for another purpose.

use jigap_keys::{KeyType, PrivateKey};
use jigap_platform::clock::SystemClock;
use jigap_platform::entropy::OsEntropy;
use jigap_wallet_core::contexts::Contexts;
use jigap_wallet_core::did::jwk_did;
use jigap_wallet_core::documents::Documents;
use jigap_wallet_core::ldp;
use jigap_wallet_core::ports::Clock;
use jigap_wallet_core::status::bitstring::{
    Bitstring, ListCredential, PURPOSE, StatusEntry, StatusPurpose, StatusSize, UnverifiedList,
    VerifiedBitstring,
};
use jigap_wallet_core::time::Seconds;
use serde_json::{Value, json};

use crate::peers::Peer;

const PEER: &str = "bitstring.mjs";
/// Places at both ends of bytes and of lists.
const SET: [u64; 8] = [0, 7, 8, 63, 64, 94_567, 131_070, 131_071];

struct Signer {
    key: PrivateKey,
    did: String,
}

impl Signer {
    fn new() -> Self {
        let key = PrivateKey::generate(KeyType::Ed25519, &OsEntropy);
        let did = jwk_did(key.public());
        Self { key, did }
    }

    /// Signs a list and reads it as a verifier does.
    fn verified(&self, list: &Value, uri: &str) -> VerifiedBitstring {
        let now = SystemClock.now();
        let mut credential = list.as_object().unwrap().clone();
        credential.insert("issuer".to_owned(), json!(self.did));
        let contexts = Contexts::built_in();
        let method = format!("{}#0", self.did);
        let unsigned =
            ldp::issue(credential, &method, now, (KeyType::Ed25519, contexts.for_data_integrity())).unwrap();
        let signed = unsigned.sign(&self.key).unwrap().to_string();
        let read = UnverifiedList::read(signed.as_bytes(), contexts).unwrap();
        read.verify((&self.did, self.key.public().clone()), uri, &Documents::new(), now).unwrap()
    }
}

fn uri(purpose: &str) -> String {
    format!("https://uni.example/status/{purpose}")
}

fn entry(purpose: &str, index: u64) -> StatusEntry {
    StatusEntry::new(StatusPurpose::of(purpose), index, &uri(purpose)).unwrap()
}

#[test]
fn bitstring_lists_of_the_peer_are_read_as_it_wrote_them() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let signer = Signer::new();
    for (purpose, length) in [("revocation", 131_072), ("suspension", 200_000), ("message", 1_048_576)] {
        let request =
            json!({"op": "make", "id": uri(purpose), "length": length, "statusPurpose": purpose, "set": SET});
        let list = signer.verified(&peer.ask(&request).unwrap(), &uri(purpose));
        let now = SystemClock.now();
        let is_set = |index: &u64| list.list().get(*index, StatusSize::ONE) == Some(1);
        let set: Vec<u64> = (0..length).filter(is_set).collect();
        assert_eq!(set, SET, "{purpose}");
        for (index, value) in SET.iter().map(|index| (*index, 1)).chain([(1, 0), (131_069, 0)]) {
            assert_eq!(list.status(&entry(purpose, index), now, now).unwrap().value, value, "{index}");
        }
        let other = StatusEntry::new(StatusPurpose::Refresh, 0, &uri(purpose)).unwrap();
        assert_eq!(list.status(&other, now, now).unwrap_err().check, PURPOSE);
    }
}

#[test]
fn bitstring_lists_of_ours_are_read_by_the_peer() {
    let Some(mut peer) = Peer::start(PEER) else { return };
    let signer = Signer::new();
    let now = SystemClock.now();
    let list = |purpose: &str, set: &[u64]| {
        let mut list = Bitstring::new(0, StatusSize::ONE);
        for index in set {
            list.set(*index, StatusSize::ONE, 1).unwrap();
        }
        let credential = ListCredential {
            uri: uri(purpose),
            issuer: signer.did.clone(),
            purposes: vec![StatusPurpose::of(purpose)],
            issued_at: now,
            expires: Some(now.plus(Seconds(1000))),
            ttl: Some(Seconds(300)),
            list,
        };
        let by = (KeyType::Ed25519, Contexts::built_in());
        let unsigned = credential.unsigned_document(&format!("{}#0", signer.did), by);
        unsigned.unwrap().sign(&signer.key).unwrap()
    };
    let lists = json!({
        uri("revocation"): list("revocation", &SET), uri("suspension"): list("suspension", &[]),
    });
    for (index, revoked) in SET.iter().map(|index| (*index, true)).chain([(1, false), (94_566, false)]) {
        let credential = json!({
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "issuer": signer.did,
            "credentialStatus": [entry("revocation", index).to_json(), entry("suspension", index).to_json()],
            "credentialSubject": {"id": "did:example:holder"},
        });
        let said = peer.ask(&json!({"op": "check", "credential": credential, "lists": lists})).unwrap();
        let expected = json!([
            {"purpose": "revocation", "status": revoked}, {"purpose": "suspension", "status": false},
        ]);
        assert_eq!(said, expected, "{index}");
    }
    // A list for another purpose is refused on that side too.
    let lists = json!({uri("revocation"): list("suspension", &[])});
    let credential = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": signer.did,
        "credentialStatus": entry("revocation", 1).to_json(), "credentialSubject": {"id": "did:example:holder"},
    });
    let refused = peer.ask(&json!({"op": "check", "credential": credential, "lists": lists})).unwrap_err();
    refused.assert_says("does not match the status purpose");
}
